/**
 * What all supervisors are: a process that starts children, watches them, restarts those that fail, and stops them. Which siblings
 * share a failure, in which order children stop and what can be asked for is the matter of the kind of supervisor (a subclass).
 *
 * Policy is elsewhere, in pure tables (strategy, intensity, backoff, restart type, detach policy, auto-shutdown, lifecycle); this
 * process carries it out. It is linked to its children and traps exits.
 *
 * Invariants
 * - A new incarnation starts only when the one before has ended, its `terminate` hook included.
 * - It goes on answering while children wait, start or stop: only its own boot and its own end take no requests.
 * - Each restart goes through the inbox, however fast a child fails: what else waits there has its turn between two of them.
 * - Once it begins to end, its inbox is closed: a child that asks its own stopping supervisor is refused at once.
 *
 * Source  OTP, supervisor(3) and supervisor.erl. Differs: backoff before restarts; requests are served while a restart is under way.
 */

import { Alarm } from "../kernel/alarm.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Internal, Invalid, PigeonholeError, Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { setKeeper } from "../kernel/pid.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import type { Down } from "../topology/monitors.ts"
import type { Exit, Topology } from "../topology/topology.ts"
import { delayBefore, nextAttempt } from "./backoff.ts"
import { CallerRequests, type SupervisorRequest } from "./caller-requests.ts"
import { ChildRoster } from "./child-roster.ts"
import { isRestarted } from "./child-spec.ts"
import type { ChildEvent } from "./child-state.ts"
import { type Intensity, RestartWindow } from "./intensity.ts"
import { childTable } from "./lifecycle.ts"
import { RestartWaits } from "./restart-waits.ts"
import type { ChildSupervisor, SupervisedChild } from "./supervised-child.ts"
import type { SupervisionReport } from "./supervision-event.ts"
import { type ChildCounts, type ChildRequest, type ChildStatus, type SupervisorOperation, SupervisorRoute } from "./supervisor-route.ts"

export interface SupervisorProcessOptions extends ProcessOptions {
  readonly topology: Topology
  readonly intensity: Intensity
  readonly report: SupervisionReport
}

/** A child with its present process, for those who look at the whole tree. */
export interface ChildView extends ChildStatus {
  readonly process: Process | undefined
}

export abstract class SupervisorProcess extends Process implements ChildSupervisor {
  readonly #topology: Topology
  readonly #intensity: Intensity
  readonly #report: SupervisionReport
  protected readonly children = new ChildRoster()
  readonly #restarts: RestartWindow
  #hasGivenUp = false
  #isStopping = false
  /** Why it was told to stop during its boot. */
  protected stopReason: ExitReason | undefined = undefined
  readonly #waits: RestartWaits
  readonly #requests: CallerRequests

  constructor(kernel: Kernel, options: SupervisorProcessOptions) {
    super(kernel, options)
    this.#topology = options.topology
    this.#intensity = options.intensity
    this.#report = options.report
    this.#restarts = new RestartWindow(options.intensity)
    this.#waits = new RestartWaits(kernel)
    this.trapExit = true
    this.#requests = new CallerRequests({
      kernel,
      find: (id) => this.children.find(id),
      step: (child, event, reason) => this.step(child, event, reason),
      startUp: (child) => this.startUp(child),
    })
    this.onEnded((reason) => this.#over(reason))
  }

  /** What it waits for is its children, whatever it does. */
  override get isAtWork(): boolean {
    return false
  }

  /** How a person reads its kind in the tree. */
  abstract get kind(): string

  /** Plans the restart of a child that has failed, `delayMs` from now. */
  protected abstract planRestart(child: SupervisedChild, delayMs: number): void

  /** Stops all children; resolves when none is left alive. */
  protected abstract stopChildren(): Promise<void>

  /** Whether a child that is down, and will not be started by itself, is taken off the list. */
  protected abstract isForgotten(child: SupervisedChild): boolean

  /** Carries out what was asked for by name. A throw or rejection is the answer. */
  protected abstract serve(operation: SupervisorOperation, request: ChildRequest): unknown

  /** A child has ended by itself, and will not be started again. */
  protected retired(_child: SupervisedChild): void {}

  /** Posts a request of the service layer; `false` where the supervisor has ended, or is about to. */
  request(request: SupervisorRequest): boolean {
    if (this.status === "ending" || this.status === "ended") return false
    this.#requests.open(request)
    if (this.isStarted) return this.kernel.signal(this.inbox, "signal", request)
    // A child that is being started may wait for this very answer, and the inbox for the end of the boot.
    later(() => this.#requests.serve(request))
    return true
  }

  /** The children in start order. */
  viewChildren(): readonly ChildView[] {
    return this.children.list().map((child) => ({ ...statusOf(child), process: child.process }))
  }

  /** Told to stop during its boot: the child that is being started is stopped, which ends the boot. */
  protected override interrupted(reason: ExitReason): void {
    this.stopReason = reason
    void this.#stop()
  }

  protected override handle(envelope: Envelope): void {
    // Only the runtime sends signals; what looks like one but came as a message is none.
    if (envelope.kind !== "signal") return this.#answer(envelope)
    const message = envelope.argument as SupervisorRequest | Exit | Down
    if (message.type === "EXIT") this.#exited(message)
    else if (message.type !== "DOWN") this.#requests.serve(message)
  }

  protected override async terminate(): Promise<void> {
    await this.#stop()
    if (!this.#hasGivenUp) return
    for (const child of this.children.list()) this.step(child, "GIVE_UP", "shutdown")
  }

  // -- what it is asked for ------------------------------------------------------------------------------------

  #answer(envelope: Envelope): void {
    const { route, origin } = envelope
    // What came through a mailbox was found permitted there.
    if (origin === undefined || !(route instanceof SupervisorRoute)) return this.#refuse(envelope)
    this.accept(envelope)
    this.leaveOpen(envelope)
    void this.#settle(envelope, route.name)
  }

  /** One that ended meanwhile has had its answer. */
  async #settle(envelope: Envelope, operation: SupervisorOperation): Promise<void> {
    try {
      const result = await this.serve(operation, envelope.argument as ChildRequest)
      if (!envelope.isSettled) envelope.reply(result)
    } catch (error) {
      if (envelope.isSettled) return
      envelope.fail(error instanceof PigeonholeError ? error : new Internal(`${this.label} failed in ${operation}`, { cause: error }))
    }
  }

  #refuse(envelope: Envelope): void {
    if (!envelope.isRequest) return this.kernel.report(this.label, envelope.argument, "unhandled")
    const hint = "it answers what is asked through its mailbox: acquire it by its id"
    envelope.fail(new Invalid(`${this.label} is a supervisor and answers no messages; ${hint}`, { details: { field: "pid" } }))
  }

  protected whichChildren(): readonly ChildStatus[] {
    return this.children.list().map(statusOf)
  }

  protected countChildren(): ChildCounts {
    const children = this.children.list()
    const supervisors = children.filter(({ spec }) => spec.type === "supervisor").length
    const active = children.filter(
      ({ process, state }) => process !== undefined && process.status !== "ended" && state !== "starting",
    ).length
    return { specs: children.length, active, supervisors, workers: children.length - supervisors }
  }

  /** Starts a child that somebody asked for; where that fails, it is down, and they are told why. Gives its pid. */
  protected async startRequested(child: SupervisedChild): Promise<SupervisedChild["startedPid"]> {
    child.isRequested = true
    this.step(child, "START")
    const state = await child.until("running", "stopped", "givenUp")
    child.isRequested = false
    if (state === "running") return child.startedPid
    throw startError(this.label, child)
  }

  // -- the life of a child -----------------------------------------------------------------------------------

  protected step(child: SupervisedChild, event: ChildEvent, reason?: ExitReason): void {
    const next = childTable.next(child.state, event)
    if (next === undefined || this.#isOver || (event === "START" && this.#isEnding)) return
    child.state = next.target
    if (next.action === "spawn") this.#spawn(child)
    else if (next.action === "shutDown") this.#shutDown(child)
    if ((child.state === "stopped" || child.state === "givenUp") && this.isForgotten(child)) this.forget(child)
    child.notify(reason)
  }

  protected forget(child: SupervisedChild): void {
    this.children.delete(child)
    child.linger?.cancel()
    // Those who wait for it hear of its state first.
    if (child.spec.forgotten !== undefined) later(() => child.spec.forgotten?.())
  }

  /** Resolves with whether it runs: a failure has by then planned the next start, or given it up. */
  protected async startUp(child: SupervisedChild): Promise<boolean> {
    this.step(child, "START")
    return (await child.until("running", "backingOff", "stopped", "givenUp")) === "running"
  }

  /** It was killed in the middle of things, and its next incarnation may be at work: nothing more is done or told. */
  get #isOver(): boolean {
    return this.status === "ended"
  }

  /** Nothing is started any more, whoever wants it. */
  get #isEnding(): boolean {
    return this.#isStopping || this.status === "ending" || this.#isOver
  }

  protected get isStopping(): boolean {
    return this.#isStopping
  }

  #spawn(child: SupervisedChild): void {
    child.isIdleStopped = false
    child.isLetGo = false
    child.startedAt = this.kernel.now()
    try {
      const process = child.spec.start({ parent: this, estate: child.estate })
      child.process = process
      setKeeper(process.pid, child)
      this.#topology.link(this, process.pid)
    } catch (error) {
      child.process = undefined
      later(() => this.startSettled(child, undefined, { error }))
    }
  }

  /** A child's process has started, or cannot. */
  startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void {
    if (child.process !== process || child.state !== "starting" || this.#isOver) return
    if (failure !== undefined) return this.#failed(child, failure)
    child.estate = undefined
    child.isRequested = false
    child.startedPid = process?.pid
    this.#report({ type: "child_started", supervisor: this.label, child: child.spec.id, pid: String(process?.pid) })
    this.step(child, "STARTED")
    this.#requests.linger(child)
  }

  #shutDown(child: SupervisedChild): void {
    const { process } = child
    const { shutdown } = child.spec
    child.linger?.cancel()
    if (process !== undefined && child.ending === process) return
    child.ending = process
    child.isLetGo = true
    if (process === undefined || process.status === "ended") return later(() => this.#stopped(child, process?.exitReason ?? "shutdown"))
    if (shutdown === "brutal_kill") return process.urge({ type: "exit", reason: "kill" })
    process.urge({ type: "stop", reason: "shutdown" })
    if (shutdown !== "infinity") this.limitShutdown(child, shutdown)
  }

  /** Sees to it that the child is killed when its time to stop is over. */
  protected limitShutdown(child: SupervisedChild, limitMs: number): void {
    child.limit = new Alarm(this.kernel, limitMs, () => child.ending?.urge({ type: "exit", reason: "kill" }))
  }

  /** A child's process has ended. By itself: then its exit signal stands in the inbox, and is seen to in its turn. */
  ended(child: SupervisedChild, process: Process, reason: ExitReason): void {
    if (child.ending === process) this.#stopped(child, reason)
  }

  /** It has ended after it was told to, or just before. */
  #stopped(child: SupervisedChild, reason: ExitReason): void {
    child.limit?.cancel()
    child.limit = undefined
    child.ending = undefined
    if (this.#isOver) return
    this.#letGo(child, reason)
    // A stop for want of callers is no crash: the next caller finds the service empty.
    if (child.isIdleStopped) child.estate = undefined
    this.#report({ type: "child_stopped", supervisor: this.label, child: child.spec.id, reason })
    this.step(child, "ENDED", reason)
  }

  #exited({ from, reason }: Exit): void {
    if (from === this.parent?.pid) return this.end(reason)
    const child = this.children.ofPid(from)
    if (child?.state === "running" && child.process?.pid === from) this.#failed(child, reason)
  }

  /** A child ended by itself, or could not start. */
  #failed(child: SupervisedChild, reason: ExitReason): void {
    const { spec } = child
    const hadStarted = child.state === "running"
    child.linger?.cancel()
    this.#letGo(child, reason)
    if (!this.isStarted || this.#isStopping || child.isRequested || !isRestarted(spec.restart, reason)) {
      this.#report({ type: "child_stopped", supervisor: this.label, child: spec.id, reason })
      this.step(child, "DONE", reason)
      if (hadStarted && this.isStarted && !this.#isEnding) this.retired(child)
      return
    }
    this.#restarts.add(this.kernel.now())
    if (this.#restarts.isExceeded) return this.#giveUp(child, reason)
    child.attempt = nextAttempt(child.attempt, this.kernel.now() - child.startedAt, spec.backoff)
    const delayMs = delayBefore(child.attempt, spec.backoff, this.kernel.host.random())
    const restarts = this.#restarts.size
    this.#report({ type: "restarting", supervisor: this.label, child: spec.id, reason, restarts, ...this.#intensity, delayMs })
    this.step(child, "RETRY", reason)
    this.planRestart(child, delayMs)
  }

  /** Takes over what the ended incarnation leaves, and lets go of the incarnation. */
  #letGo(child: SupervisedChild, reason: ExitReason): void {
    if (child.process !== undefined) setKeeper(child.process.pid, undefined)
    child.lastReason = reason
    child.estate = child.spec.state === "retain" ? (child.process?.estate() ?? child.estate) : undefined
    child.process = undefined
  }

  #giveUp(child: SupervisedChild, reason: ExitReason): void {
    this.#hasGivenUp = true
    this.#report({ type: "gave_up", supervisor: this.label, child: child.spec.id, reason, ...this.#intensity })
    this.step(child, "GIVE_UP", reason)
    this.#shutItselfDown(`it gave up on ${child.spec.id}`)
  }

  /** Ends it because of a significant child. */
  protected shutDownAfter(child: SupervisedChild): void {
    const reason = child.lastReason ?? "normal"
    this.#report({ type: "auto_shutdown", supervisor: this.label, child: child.spec.id, reason })
    this.#shutItselfDown(`its significant child ${child.spec.id} has ended`)
  }

  /** Its own supervisor sees `shutdown`, as in OTP; above the root there is but the program, which wants to know why. */
  #shutItselfDown(why: string): void {
    this.end(this.parent === undefined ? { shutdown: why } : "shutdown")
  }

  /** Waits, unless the supervisor is told to stop meanwhile; then until the inbox has come to what was posted before. */
  protected async pause(delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#waits.wait(delayMs)
    if (this.#isStopping) return
    await new Promise<void>((resolve) => {
      if (!this.kernel.signal(this.inbox, "marker", resolve)) resolve()
    })
  }

  // -- its own end -------------------------------------------------------------------------------------------

  /** Stops all children, and takes no further requests. */
  #stop(): Promise<void> {
    this.inbox.close(() => stoppingError(this.label))
    return this.bringDown()
  }

  /** Stops all children; from now on none is started. */
  protected bringDown(): Promise<void> {
    this.#isStopping = true
    this.#waits.end()
    return this.stopChildren()
  }

  /** It has ended: if it was killed, those who wait for a child that its next incarnation does not know hear of it here. */
  #over(reason: ExitReason): void {
    this.#waits.end()
    this.#requests.abandonAll()
    for (const { spec } of this.children.list()) {
      if (spec.forgotten === undefined) continue
      spec.changed?.("stopped", reason)
      spec.forgotten()
    }
  }
}

function statusOf({ spec, state, process }: SupervisedChild): ChildStatus {
  return { id: spec.id, type: spec.type, state, pid: process?.pid }
}

/** Keeps a step from running inside the step that caused it. */
function later(step: () => void): void {
  void Promise.resolve().then(step)
}

export function startError(supervisor: string, child: SupervisedChild): Unavailable {
  const reason = child.lastReason ?? "shutdown"
  const details = { supervisor, child: child.spec.id, reason }
  const message = `${child.spec.id} could not be started by ${supervisor}: ${formatExitReason(reason)}`
  return new Unavailable(message, typeof reason === "object" && "error" in reason ? { details, cause: reason.error } : { details })
}

function stoppingError(supervisor: string): Unavailable {
  return new Unavailable(`${supervisor} is stopping`, { details: { supervisor } })
}
