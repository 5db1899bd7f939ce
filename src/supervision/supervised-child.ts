/** One child as its supervisor sees it: the spec, the present incarnation, and where in its life it is. */

import type { Alarm } from "../kernel/alarm.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Process } from "../kernel/process.ts"
import type { ChildSpec } from "./child-spec.ts"
import type { ChildState } from "./child-state.ts"
import { childTable } from "./lifecycle.ts"

export class SupervisedChild {
  readonly spec: ChildSpec
  state: ChildState = childTable.initial
  process: Process | undefined = undefined
  /** What the last incarnation left to the next. */
  estate: unknown = undefined
  /** Failures in a row. */
  attempt = 0
  startedAt = 0
  /** Why the last incarnation ended, or could not start. */
  lastReason: ExitReason | undefined = undefined
  /** Stopped by its detach policy: the next acquire starts it. */
  isIdleStopped = false
  linger: Alarm | undefined = undefined
  /** How long to linger, once its detach policy has decided to stop it; a crash meanwhile does not change that. */
  lingerMs: number | undefined = undefined
  /** The incarnation that was told to stop. */
  ending: Process | undefined = undefined
  /** Kills it when its time to stop is over. */
  limit: Alarm | undefined = undefined
  #waiters: (() => void)[] = []

  constructor(spec: ChildSpec) {
    this.spec = spec
  }

  /** Resolves once the child is in one of the states. */
  async until(...states: readonly ChildState[]): Promise<ChildState> {
    while (!states.includes(this.state)) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    return this.state
  }

  notify(reason: ExitReason | undefined): void {
    this.spec.changed?.(this.state, reason)
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }
}
