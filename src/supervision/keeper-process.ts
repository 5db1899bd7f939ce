/**
 * The part of a supervisor that moves its children on: starts them, sees to it when they end, plans their restarts, stops them.
 *
 * Whoever wants something of a child says so in the child's record: up, down, idle, with nothing of what was. `lookAt` alone moves it on: it
 * looks at what is, and takes the one step that follows. It is asked after whatever happens, so nothing is done because of what was so before
 * a wait, and what is wanted last holds.
 *
 * Invariants
 * - A new incarnation starts only when the one before has ended, its `terminate` hook included.
 * - What follows from a child's end is decided before anybody else hears of it.
 * - Each restart goes through the inbox, however fast a child fails: what else waits there has its turn between two of them.
 *
 * Not here: which siblings share a failure, what is asked for, its own end (the subclasses).
 */

import { Alarm } from "../kernel/alarm.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { setKeeper } from "../kernel/pid.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import type { HolderWaits } from "../topology/holder-waits.ts"
import type { Exit, Topology } from "../topology/topology.ts"
import { delayBefore, isUsedUp, nextAttempt } from "./backoff.ts"
import { ChildRoster } from "./child-roster.ts"
import { timeOver } from "./child-shutdown.ts"
import { isRestarted } from "./child-spec.ts"
import { limitStart, startIsOver } from "./child-start.ts"
import type { ChildAim, ChildEvent } from "./child-state.ts"
import { type Intensity, RestartWindow } from "./intensity.ts"
import { childTable } from "./lifecycle.ts"
import { nextStep } from "./next-step.ts"
import { LoneRestart } from "./restart-plan.ts"
import { RestartWaits } from "./restart-waits.ts"
import type { ChildSupervisor, SupervisedChild } from "./supervised-child.ts"
import type { SupervisionReport } from "./supervision-event.ts"
import { stoppingError } from "./supervisor-errors.ts"
import type { SupervisorRequest } from "./supervisor-request.ts"

export interface KeeperProcessOptions extends ProcessOptions {
  readonly topology: Topology
  readonly intensity: Intensity
  readonly report: SupervisionReport
}

export abstract class KeeperProcess extends Process implements ChildSupervisor {
  readonly #topology: Topology
  protected readonly intensity: Intensity
  protected readonly report: SupervisionReport
  protected readonly children = new ChildRoster(this)
  readonly #restarts: RestartWindow
  protected readonly waits: RestartWaits
  /** It stops its children. */
  protected isStopping = false
  /** One that somebody has woken while it boots, and that could not start: nothing is tried twice then. */
  protected failedAtBoot: SupervisedChild | undefined = undefined

  constructor(kernel: Kernel, options: KeeperProcessOptions) {
    super(kernel, options)
    this.#topology = options.topology
    this.intensity = options.intensity
    this.report = options.report
    this.#restarts = new RestartWindow(options.intensity)
    this.waits = new RestartWaits(kernel)
    this.trapExit = true
  }

  /** Who waits for whom to start or to end. */
  protected get holderWaits(): HolderWaits {
    return this.#topology.registries.waits
  }

  abstract request(request: SupervisorRequest<SupervisedChild>): boolean

  abstract reconsider(child: SupervisedChild): void

  pull(child: SupervisedChild, waiting: Iterable<SupervisedChild>): void {
    child.plan?.pull(child, waiting)
    later(() => this.lookAt(child))
  }

  /** Plans the restart of a child that has failed, `delayMs` from now. What is returned begins it, once the child is known to be down. */
  protected abstract planRestart(child: SupervisedChild, delayMs: number): () => void

  /** Whether a child that is down, and will not be started by itself, is taken off the list. */
  protected abstract isForgotten(child: SupervisedChild): boolean

  /** It runs. */
  protected abstract childStarted(child: SupervisedChild): void

  /** Tells a child to stop; gives the ms after which its time for that is over. */
  protected abstract tellToStop(child: SupervisedChild, process: Process): number

  abstract stopping(child: SupervisedChild, process: Process): void

  /** A child has failed once too often. */
  protected abstract giveUp(child: SupervisedChild, reason: ExitReason): void

  /** A child has ended by itself, and will not be started again. */
  protected retired(_child: SupervisedChild): void {}

  /** The one place where a child is moved on: by the step that follows from what is wanted of it and where it is, if any does. */
  protected lookAt(child: SupervisedChild): void {
    if (this.isOver) return
    const isHeld = child.plan?.holds(child) === true
    const { state, aim, isStale } = child
    const event = nextStep({ state, aim, isHeld, isStale }, () => this.#mayStart(child))
    // It was found that what it requires will not come.
    if (child.aim !== aim) return this.lookAt(child)
    if (this.isDraining && mustWait(child, event)) return this.#giveUpStart(child)
    if (event !== undefined) return this.step(child, event, child.isHeldBack ? child.lastReason : undefined)
    if (child.isSettledDown) this.#settled(child)
    child.settle()
  }

  /** What it waits for may wait itself for the end of this supervisor, which would wait for the answer. */
  #giveUpStart(child: SupervisedChild): void {
    child.lastReason = { error: stoppingError(this.label) }
    child.hasRunLast = false
    child.aim = "down"
    this.lookAt(child)
  }

  #mayStart(child: SupervisedChild): boolean {
    if (this.#isEnding || child.process !== undefined) return false
    return (child.plan === undefined || child.plan.admits(child)) && this.#hasWhatItRequires(child)
  }

  /** Where it will not have it by itself, it stays down, until somebody has it started again. */
  #hasWhatItRequires(child: SupervisedChild): boolean {
    child.isHeldBack = false
    const answer = child.spec.requirement?.() ?? "met"
    if (answer === "met" || answer === "coming") return answer === "met"
    child.lastReason = { error: answer }
    child.hasRunLast = false
    child.isHeldBack = true
    child.aim = child.isWoken ? "idle" : "down"
    this.report({ type: "child_stopped", supervisor: this.label, child: child.spec.id, reason: child.lastReason })
    // Its state may be the same, but what others know of it is of an incarnation that a killed supervisor had.
    if (child.isDown) child.spec.changed?.(child.state, child.lastReason)
    return false
  }

  protected step(child: SupervisedChild, event: ChildEvent, reason?: ExitReason): void {
    const next = childTable.next(child.state, event)
    if (next === undefined || this.isOver) return
    child.state = next.target
    if (next.action === "spawn") this.#spawn(child)
    else if (next.action === "shutDown") this.shutDown(child)
    else if (child.isSettledDown) this.#settled(child)
    child.notify(reason)
    child.plan?.moved(child)
  }

  /** It is down, and nothing follows by itself. */
  #settled(child: SupervisedChild): void {
    child.estate = undefined
    child.nextAttemptAt = undefined
    child.isRequested = false
    child.isWoken = false
    child.isDrained = false
    if (child.plan instanceof LoneRestart) child.plan = undefined
    if (child.isTentative || this.isForgotten(child)) this.forget(child)
  }

  /** Whoever hears of its end finds its id free. */
  protected forget(child: SupervisedChild): void {
    if (!this.children.has(child)) return
    this.children.delete(child)
    child.linger?.cancel()
    if (child.lastPid !== undefined) setKeeper(child.lastPid, undefined)
    if (child.knownPid !== undefined) setKeeper(child.knownPid, undefined)
    if (child.spec.forgotten === undefined) return
    child.spec.changed?.(child.state, child.lastReason)
    child.spec.forgotten()
  }

  /** At boot, where nothing is tried twice. Resolves with whether it runs: one that was told to stop meanwhile starts nothing more. */
  protected async startUp(child: SupervisedChild): Promise<boolean> {
    if (this.isStopping) return false
    child.aim = "up"
    this.lookAt(child)
    return (await child.until(({ state, isSettledDown }) => state === "running" || isSettledDown)) === "running"
  }

  /** It was killed in the middle of things, and its next incarnation may be at work: nothing more is done or told. */
  protected get isOver(): boolean {
    return this.status === "ended"
  }

  get isSuperseded(): boolean {
    for (let each: Process | undefined = this; each !== undefined; each = each.parent) if (each.status === "ended") return true
    return false
  }

  /** Nothing is started any more, whoever wants it. */
  get #isEnding(): boolean {
    return this.isStopping || this.status === "ending" || this.isOver
  }

  #spawn(child: SupervisedChild): void {
    const restores = !child.isFresh && child.spec.state !== "reset"
    child.isFresh = false
    child.isStale = false
    child.isHeldBack = false
    child.nextAttemptAt = undefined
    // Who has the pid of one that ran may know no other, however often its start fails since. Source  OTP, supervisor.erl: restarting(Pid).
    if (child.lastPid !== undefined && child.lastPid !== child.knownPid) setKeeper(child.lastPid, undefined)
    try {
      const process = child.spec.start({ parent: this, estate: child.estate, restores })
      child.process = process
      child.lastPid = process.pid
      setKeeper(process.pid, child)
      this.#topology.linkChild(this, process.pid)
      limitStart(child, process)
    } catch (error) {
      later(() => this.startSettled(child, undefined, { error }))
    }
  }

  /** A child's process has started, or cannot. */
  startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void {
    if (child.process !== process || child.state !== "starting" || this.isOver) return
    startIsOver(child)
    if (failure !== undefined) return this.#failed(child, failure)
    child.estate = undefined
    child.isRequested = false
    child.isTentative = false
    child.isWoken = false
    if (child.knownPid !== undefined) setKeeper(child.knownPid, undefined)
    child.knownPid = process?.pid
    child.startedAt = this.kernel.now()
    this.report({ type: "child_started", supervisor: this.label, child: child.spec.id, pid: String(process?.pid) })
    this.step(child, "STARTED")
    this.childStarted(child)
    this.lookAt(child)
  }

  /** Its incarnation is told to stop, or killed, as its spec says; once. */
  shutDown(child: SupervisedChild): void {
    const { process } = child
    const { shutdown } = child.spec
    child.linger?.cancel()
    if (process !== undefined && child.ending === process) return
    child.ending = process
    if (process === undefined || process.status === "ended") return later(() => this.#stopped(child, process?.exitReason ?? "shutdown"))
    if (shutdown === "brutal_kill") return process.urge({ type: "exit", reason: "kill" })
    this.limitShutdown(child, this.tellToStop(child, process))
  }

  /** Sees to it that something follows when the child's time to serve, or to stop, is over. */
  protected limitShutdown(child: SupervisedChild, limitMs: number): void {
    if (limitMs !== Number.POSITIVE_INFINITY) child.limit = new Alarm(this.kernel, limitMs, () => timeOver(child))
  }

  /** A child's process has ended. What follows is decided before anybody else hears of it; a restart has to wait for its turn in the inbox. */
  ended(child: SupervisedChild, process: Process, reason: ExitReason): void {
    if (child.ending === process) this.#stopped(child, reason)
    // While the supervisor boots, its exit signal stands in the inbox until it has started.
    else if (this.isStarted) this.#endedByItself(child, process, reason)
  }

  /** It has ended after it was told to, or just before. */
  #stopped(child: SupervisedChild, reason: ExitReason): void {
    child.limit?.cancel()
    child.limit = undefined
    child.ending = undefined
    if (this.isOver) return
    this.#letGo(child, reason)
    this.report({ type: "child_stopped", supervisor: this.label, child: child.spec.id, reason })
    this.step(child, "ENDED", reason)
    this.lookAt(child)
  }

  /** A child may send exit signals while it lives, and they mean nothing here. */
  protected exited({ from, reason }: Exit): void {
    const child = this.children.ofPid(from)
    if (child?.process?.pid === from && child.process.status === "ended") this.#endedByItself(child, child.process, reason)
  }

  #endedByItself(child: SupervisedChild, process: Process, reason: ExitReason): void {
    if (child.process !== process || child.state !== "running" || this.isOver) return
    this.#failed(child, process.exitReason ?? reason)
  }

  /** A child ended by itself, or could not start. */
  #failed(child: SupervisedChild, reason: ExitReason): void {
    const { spec } = child
    const hadStarted = child.state === "running"
    child.linger?.cancel()
    this.#letGo(child, reason)
    if (child.plan?.absorbs(child) === true) {
      if (spec.restart === "temporary" && child.aim === "up") child.aim = child.isWoken ? this.#aimAfterFailedStart(child) : "done"
      return this.#down(child, child.aim === "up" ? "RETRY" : "DONE", reason)
    }
    const isStartedAgain = hadStarted ? isRestarted(spec.restart, reason) : spec.restart !== "temporary"
    if (!this.isStarted || this.isStopping || child.isRequested || !isStartedAgain) {
      child.aim = hadStarted && child.aim === "up" ? "done" : this.#aimAfterFailedStart(child)
      this.#down(child, "DONE", reason)
      if (hadStarted && this.isStarted && !this.#isEnding) this.retired(child)
      return
    }
    this.#retry(child, reason)
  }

  /** Who wants it may have it tried anew, where that was so before; what requires it and waits for it does not. */
  #aimAfterFailedStart(child: SupervisedChild): ChildAim {
    if (!child.isWoken) return "down"
    if (!this.isStarted) this.failedAtBoot ??= child
    return child.isRequested ? "idle" : "spent"
  }

  #down(child: SupervisedChild, event: "RETRY" | "DONE", reason: ExitReason): void {
    this.report({ type: "child_stopped", supervisor: this.label, child: child.spec.id, reason })
    this.step(child, event, reason)
  }

  /** Counts a failure, and plans the restart. */
  #retry(child: SupervisedChild, reason: ExitReason): void {
    const { backoff, id } = child.spec
    const now = this.kernel.now()
    child.attempt = nextAttempt(child.attempt, child.state === "running" ? now - child.startedAt : undefined, backoff)
    if (isUsedUp(child.attempt, backoff)) return this.#usedUp(child, reason)
    this.#restarts.add(now)
    if (this.#restarts.isExceeded) return this.giveUp(child, reason)
    child.restarts ??= new RestartWindow(this.intensity)
    child.restarts.add(now)
    const delayMs = delayBefore(child.attempt, backoff, this.kernel.host.random())
    child.nextAttemptAt = now + delayMs
    const restarts = this.#restarts.size
    this.report({ type: "restarting", supervisor: this.label, child: id, reason, restarts, ...this.intensity, delayMs })
    const begin = this.planRestart(child, delayMs)
    this.step(child, "RETRY", reason)
    begin()
  }

  /** As many restarts in a row as may be tried have been: it stays down, though its supervisor goes on, until somebody wants it. */
  #usedUp(child: SupervisedChild, reason: ExitReason): void {
    const { id, backoff } = child.spec
    const { plan } = child
    child.aim = "spent"
    // Whether the supervisor ends with it is seen before its group goes on without it.
    child.plan = undefined
    this.report({ type: "attempts_used_up", supervisor: this.label, child: id, reason, attempts: backoff.maxAttempts })
    this.#down(child, "DONE", reason)
    this.retired(child)
    plan?.moved(child)
  }

  /** The restart of a child that has to do with no other. */
  protected planLoneRestart(child: SupervisedChild, delayMs: number): () => void {
    const plan = new LoneRestart()
    child.plan = plan
    return () =>
      void this.pause(delayMs).then(() => {
        if (child.plan !== plan) return
        child.plan = undefined
        this.lookAt(child)
      })
  }

  /** Takes over what the ended incarnation leaves, and lets go of the incarnation. Its pid leads to the child until there is another one. */
  #letGo(child: SupervisedChild, reason: ExitReason): void {
    const { spec } = child
    child.lastReason = reason
    child.hasRunLast = child.process?.isStarted === true
    // A stop by request, or for want of callers, is no crash: whoever has it started finds it empty.
    const isKept = spec.state === "retain" && !child.isFresh && child.state !== "stopping"
    child.estate = isKept ? child.legacy((holder) => this.#notRetained(child, holder)) : undefined
    child.process = undefined
  }

  #notRetained({ spec }: SupervisedChild, holder: string): void {
    this.report({ type: "state_not_retained", supervisor: this.label, child: spec.id, holder })
  }

  /** Waits, unless the supervisor is told to stop meanwhile; then until the inbox has come to what was posted before. */
  protected async pause(delayMs: number): Promise<void> {
    if (delayMs > 0) await this.waits.wait(delayMs)
    if (this.isStopping || this.isOver) return
    await new Promise<void>((resolve) => {
      if (!this.kernel.signal(this.inbox, "marker", resolve)) resolve()
    })
  }
}

/** Whether somebody waits for its start, which has not begun and does not begin now. */
function mustWait({ isRequested, aim, process, state }: SupervisedChild, event: ChildEvent | undefined): boolean {
  return isRequested && aim === "up" && process === undefined && (event === "WAKE" || (event === undefined && state === "backingOff"))
}

/** Keeps a step from running inside the step that caused it. */
export function later(step: () => void): void {
  void Promise.resolve().then(step)
}
