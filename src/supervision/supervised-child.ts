/**
 * One child as its supervisor sees it: the spec, the present incarnation, where in its life it is, and what is wanted of it.
 *
 * It is the child's identity: who holds it means this child, and not another one that is given the same id later.
 */

import type { Alarm } from "../kernel/alarm.ts"
import { AnswerWatch } from "../kernel/answer-watch.ts"
import { type ExitReason, toldToOthers } from "../kernel/exit-reason.ts"
import type { Keeper, Sequel } from "../kernel/keeper.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { StartLimit } from "../kernel/start-limit.ts"
import { type ChildSpec, isRestarted } from "./child-spec.ts"
import type { ChildAim, ChildState } from "./child-state.ts"
import type { RestartWindow } from "./intensity.ts"
import { childTable } from "./lifecycle.ts"
import type { RestartPlan } from "./restart-plan.ts"
import type { SupervisorRequest } from "./supervisor-request.ts"

interface Waiter {
  readonly test: (child: SupervisedChild) => boolean
  readonly then: () => void
}

/** Who decides what follows. */
export interface ChildSupervisor {
  /** `false`: it has ended, or is about to. */
  request(request: SupervisorRequest<SupervisedChild>): boolean
  startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void
  stopping(child: SupervisedChild, process: Process): void
  ended(child: SupervisedChild, process: Process, reason: ExitReason): void
  /** Whether its boot is over. */
  readonly isStarted: boolean
  /** It has ended, or has outlived a supervisor above it: whether its children come again is not its matter any more. */
  readonly isSuperseded: boolean
  /** Those who are to start wait for it. */
  pull(child: SupervisedChild, waiting: Iterable<SupervisedChild>): void
  /** What it requires or is required by is in another state, or a caller of what is below it has left. */
  reconsider(child: SupervisedChild): void
}

export class SupervisedChild implements Keeper {
  readonly spec: ChildSpec
  readonly supervisor: ChildSupervisor
  state: ChildState = childTable.initial
  aim: ChildAim
  /** Its neighbours in start order. */
  previous: SupervisedChild | undefined = undefined
  next: SupervisedChild | undefined = undefined
  /** Its number in start order; 0 where its supervisor does not list it. */
  order = 0
  process: Process | undefined = undefined
  /** Of the last incarnation; it leads here until there is another one. */
  lastPid: Pid | undefined = undefined
  /** Of the last incarnation that ran; it leads here until another one runs. */
  knownPid: Pid | undefined = undefined
  /** What the last incarnation left to the next. */
  estate: unknown = undefined
  /** The next incarnation starts with nothing, whatever the present one leaves. */
  isFresh = false
  /** The present incarnation is to be replaced. */
  isStale = false
  /** Failures in a row. */
  attempt = 0
  /** When its present or last incarnation began to run. */
  startedAt = 0
  /** While its start may not take for ever. */
  startLimit: StartLimit | undefined = undefined
  /** Restarts after failures, as far as they count; `undefined` where there was none. */
  restarts: RestartWindow | undefined = undefined
  /** When it is started again after a failure, as far as that is known. */
  nextAttemptAt: number | undefined = undefined
  /** Restarts that it takes part in, or waits for. */
  plan: RestartPlan<SupervisedChild> | undefined = undefined
  /** Why the last incarnation ended, or could not start. */
  lastReason: ExitReason | undefined = undefined
  /** Whether that was the end of one that had run, and not a start that failed or was held back. */
  hasRunLast = false
  /** Being started because somebody asked for it: they are told if that fails, and it is not tried again. */
  isRequested = false
  /** Added, and has never run: where its start fails, it is forgotten. */
  isTentative = false
  /** Being started because somebody wants what would stay down without. */
  isWoken = false
  /** It was not started, as what it requires will not come by itself. */
  isHeldBack = false
  linger: Alarm | undefined = undefined
  /** How long to linger once it is idle: its detach policy has decided to stop it; a crash meanwhile does not change that. */
  lingerMs: number | undefined = undefined
  /** The linger after which it was stopped last. */
  lastLingerMs: number | undefined = undefined
  /** What is waited for before it is idle. */
  readonly owed = new AnswerWatch()
  /** Who asked for its stop wants it to serve first what it had accepted. */
  isDrained = false
  /** The incarnation that was told to stop. */
  ending: Process | undefined = undefined
  /** Its time to serve what it had accepted, or to stop; killed after that. */
  limit: Alarm | undefined = undefined
  #waiters: readonly Waiter[] = []

  constructor(spec: ChildSpec, supervisor: ChildSupervisor) {
    this.spec = spec
    this.supervisor = supervisor
    this.aim = spec.autoStart ? "down" : "idle"
    spec.kept?.(this)
  }

  /** `lastReason`, as those are told whose request it was not. */
  get toldReason(): ExitReason | undefined {
    return this.lastReason === undefined ? undefined : toldToOthers(this.lastReason, this.hasRunLast)
  }

  get isDown(): boolean {
    return this.state === "stopped" || this.state === "givenUp"
  }

  /** Whether it is down and will not be started by itself. */
  get isSettledDown(): boolean {
    return this.state === "givenUp" || (this.state === "stopped" && this.aim !== "up")
  }

  get awaitsEnd(): boolean {
    return this.state === "stopping" || this.state === "restarting"
  }

  /** Whether it is to be down until somebody wants it. */
  get isWakeable(): boolean {
    return this.aim === "idle" || this.aim === "spent"
  }

  /** It is to be up, as somebody wants it; where its restarts were used up, they are counted from zero. */
  wake(): void {
    this.isWoken = this.isWakeable
    if (this.aim === "spent") this.attempt = 0
    this.aim = "up"
  }

  /** What its ended process leaves to the next one: nothing, where something of it still runs with that, which `held` is told. */
  legacy(held: (holder: string) => void): unknown {
    const estate = this.process?.estate() ?? this.estate
    const holder = this.process?.holder
    if (estate === undefined || holder === undefined) return estate
    held(holder)
    return undefined
  }

  sequel(reason: ExitReason): Sequel {
    const { changed, forgotten, comesLater } = this.spec
    // With the next incarnation of its supervisor, unless it was added; where that will not come, its mailbox is closed for good by now.
    if (this.supervisor.isSuperseded) return changed !== undefined && forgotten === undefined ? "next" : "never"
    if (this.#comesBack(reason)) return "next"
    return comesLater?.() === true ? "later" : "never"
  }

  #comesBack(reason: ExitReason): boolean {
    const { restart, comesWith } = this.spec
    if (this.state === "stopping") return comesWith?.() === true
    if (this.state === "restarting") return true
    // Its group's restart is its own; and what a start ends with says nothing of whether its work is done.
    if (this.plan?.absorbs(this) === true) return restart !== "temporary"
    if (this.state !== "starting") return isRestarted(restart, reason)
    return restart !== "temporary" && !this.isRequested
  }

  startSettled(process: Process, failure: ExitReason | undefined): void {
    this.supervisor.startSettled(this, process, failure)
  }

  stopping(process: Process): void {
    this.supervisor.stopping(this, process)
  }

  ended(process: Process, reason: ExitReason): void {
    this.supervisor.ended(this, process, reason)
  }

  /** Calls back once, in the very step in which `test` holds; at once where it does already. */
  when(test: (child: SupervisedChild) => boolean, then: () => void): void {
    if (test(this)) then()
    else this.#waiters = [...this.#waiters, { test, then }]
  }

  /** Resolves with its state once `test` holds; that may have changed when the waiter goes on. */
  until(test: (child: SupervisedChild) => boolean): Promise<ChildState> {
    return new Promise((resolve) => this.when(test, () => resolve(this.state)))
  }

  /** It is in another state. */
  notify(reason: ExitReason | undefined): void {
    if (!this.supervisor.isSuperseded) this.spec.changed?.(this.state, reason)
    this.settle()
  }

  /** Tells those whose wait is over. */
  settle(): void {
    if (this.#waiters.length === 0) return
    const over = this.#waiters.filter(({ test }) => test(this))
    if (over.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => !over.includes(waiter))
    for (const { then } of over) then()
  }
}
