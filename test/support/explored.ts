/** Applications that tests of the simulation explore: a scenario that writes notes, and what was noted in some schedule of all. */

import { type Application, type ExploreOptions, explore, type Report, type World } from "pigeonhole/simulation"
import { actor, formatExitReason, type ProcessSelf, type Runtime } from "../../actors/index.ts"

/** What a scenario is, where the rest of the application is none. */
export type Outcomes = (runtime: Runtime, world: World, notes: string[]) => unknown

/** An application that has nothing but a scenario. */
export function only(run: Outcomes, more: Partial<Application> = {}): () => Application {
  return () => {
    const notes: string[] = []
    return { tree: {}, ...more, run: (runtime, world) => run(runtime, world, notes) }
  }
}

/** Waits as long as it takes: time passes in a schedule where it likes. */
export const patient = { timeoutMs: Number.POSITIVE_INFINITY }

/** The notes of each schedule once all is at rest, those that differ, in the order of their texts. Throws where a schedule fails. */
export async function outcomesOf(run: Outcomes, options: ExploreOptions = {}, tree: Application["tree"] = {}): Promise<string[]> {
  const seen = new Set<string>()
  const make = (): Application => {
    const notes: string[] = []
    return {
      tree,
      run: async (runtime, world) => void (await run(runtime, world, notes)),
      check: () => void seen.add(notes.join(" ")),
    }
  }
  nothingFailed(await explore(make, { schedules: 300, ...options }))
  return [...seen].sort()
}

/** Throws with the whole story where a schedule has failed. */
export function nothingFailed(report: Report): void {
  if (report.failure !== undefined) throw new Error(`${report.text}\n\n${report.failure.details ?? ""}\n${report.schedule}`)
}

/** Each part is done by a process of its own, as it starts; resolves when all have ended, and throws where one has crashed. */
export async function together(runtime: Runtime, ...parts: ((self: ProcessSelf<unknown>) => unknown)[]): Promise<void> {
  const pids = parts.map((part) => runtime.spawn(actor(async (self) => void (await part(self)))))
  for (const reason of await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))) {
    if (reason !== "normal") throw new Error(`a part ended: ${formatExitReason(reason)}`)
  }
}
