/** One child as its supervisor sees it: the spec, the present incarnation, and where in its life it is. */

import type { Alarm } from "../kernel/alarm.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Keeper } from "../kernel/keeper.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { ChildSpec } from "./child-spec.ts"
import type { ChildState } from "./child-state.ts"
import { childTable } from "./lifecycle.ts"

interface Waiter {
  readonly states: readonly ChildState[]
  resolve(state: ChildState): void
}

/** Who decides what follows. */
export interface ChildSupervisor {
  startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void
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
  /** The incarnation that was told to stop. */
  ending: Process | undefined = undefined
  /** Kills it when its time to stop is over. */
  limit: Alarm | undefined = undefined
  #waiters: readonly Waiter[] = []

  constructor(spec: ChildSpec, supervisor: ChildSupervisor) {
    this.spec = spec
    this.#supervisor = supervisor
  }

  /** What its ended process leaves to the next one: nothing, where something of it still runs with that, which `held` is told. */
  legacy(held: (holder: string) => void): unknown {
    const estate = this.process?.estate() ?? this.estate
    const holder = this.process?.holder
    if (estate === undefined || holder === undefined) return estate
    held(holder)
    return undefined
  }

  startSettled(process: Process, failure: ExitReason | undefined): void {
    this.#supervisor.startSettled(this, process, failure)
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
