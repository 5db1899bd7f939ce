/** What one of our own scenarios is: an application that is to hold, whatever happens in whatever order. Data; `own.test.ts` explores them. */

import type { Application, ExploreOptions, World } from "pigeonhole/simulation"
import { actor, type ExitReason, type ProcessSelf, type Runtime } from "../../../actors/index.ts"

export interface OwnScenario {
  /** Which of ARCHITECTURE's promises it is about. */
  readonly promises: readonly number[]
  make(world: World): Application
  readonly options: ExploreOptions
  /** Where the application is drawn, too: with so many seeds it is explored. */
  readonly seeds?: number
}

export type Self = ProcessSelf<unknown>

/** Each part is a process, which may be killed; resolves with why they ended. */
export function parts(runtime: Runtime, ...works: ((self: Self) => unknown)[]): Promise<ExitReason[]> {
  const pids = works.map((work) => runtime.spawn(actor(async (self) => void (await work(self)))))
  return Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
}

/** What went wrong, the first that was seen. */
export class Verdict {
  #first: string | undefined = undefined

  readonly look = (): string | undefined => this.#first

  expect(isRight: boolean, otherwise: string): void {
    if (!isRight) this.#first ??= otherwise
  }
}
