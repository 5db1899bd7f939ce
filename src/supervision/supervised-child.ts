/** One child as its supervisor sees it: the spec, the present incarnation, and where in its life it is. */

import type { Alarm } from "../kernel/alarm.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Keeper } from "../kernel/keeper.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { ChildSpec } from "./child-spec.ts"
import type { ChildState } from "./child-state.ts"
import { childTable } from "./lifecycle.ts"
import type { ChildStatus } from "./supervisor-route.ts"

interface Waiter {
  readonly states: readonly ChildState[]
  resolve(state: ChildState): void
}

/** Who decides what follows. */
export interface ChildSupervisor {
  startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void
  stopping(child: SupervisedChild, process: Process): void
  ended(child: SupervisedChild, process: Process, reason: ExitReason): void
}

export class SupervisedChild implements Keeper {
  readonly spec: ChildSpec
  readonly #supervisor: ChildSupervisor
  state: ChildState = childTable.initial
  /** Its number in start order. */
  order = 0
  /** Where its supervisor keeps it. */
  place = -1
  process: Process | undefined = undefined
  /** Of the last incarnation that started. */
  startedPid: Pid | undefined = undefined
  /** What the last incarnation left to the next. */
  estate: unknown = undefined
  /** Failures in a row. */
  attempt = 0
  startedAt = 0
  /** Restarts planned, and what was asked of it, so far: a plan made before the last of them is out of date. */
  decisions = 0
  /** Why the last incarnation ended, or could not start. */
  lastReason: ExitReason | undefined = undefined
  /** Being started because somebody asked for it: they are told if that fails, and it is not tried again. */
  isRequested = false
  /** Stopped by its detach policy: the next acquire starts it. */
  isIdleStopped = false
  linger: Alarm | undefined = undefined
  /** How long to linger, once its detach policy has decided to stop it; a crash meanwhile does not change that. */
  lingerMs: number | undefined = undefined
  /** Its end is expected, and will not count as a failure. */
  isLetGo = false
  /** Who asked for its stop wants it to serve first what it had accepted. */
  isDrained = false
  /** The incarnation that was told to stop. */
  ending: Process | undefined = undefined
  /** Its time to serve what it had accepted, or to stop; killed after that. */
  limit: Alarm | undefined = undefined
  #waiters: readonly Waiter[] = []

  constructor(spec: ChildSpec, supervisor: ChildSupervisor) {
    this.spec = spec
    this.#supervisor = supervisor
  }

  startSettled(process: Process, failure: ExitReason | undefined): void {
    this.#supervisor.startSettled(this, process, failure)
  }

  stopping(process: Process): void {
    this.#supervisor.stopping(this, process)
  }

  ended(process: Process, reason: ExitReason): void {
    this.#supervisor.ended(this, process, reason)
  }

  /** Resolves with the state once the child is in one of those; it may have left it when the waiter goes on. */
  until(...states: readonly ChildState[]): Promise<ChildState> {
    if (states.includes(this.state)) return Promise.resolve(this.state)
    return new Promise((resolve) => {
      this.#waiters = [...this.#waiters, { states, resolve }]
    })
  }

  notify(reason: ExitReason | undefined): void {
    this.spec.changed?.(this.state, reason)
    if (this.#waiters.length === 0) return
    const { state } = this
    const waiters = this.#waiters
    this.#waiters = waiters.filter(({ states }) => !states.includes(state))
    for (const { states, resolve } of waiters) if (states.includes(state)) resolve(state)
  }
}

/** As a caller sees it. */
export function statusOf({ spec, state, process }: SupervisedChild): ChildStatus {
  return { id: spec.id, type: spec.type, state, pid: process?.pid }
}
