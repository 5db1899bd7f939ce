/**
 * What all supervisors are: a process that starts children, watches them, restarts those that fail, and stops them. Which siblings
 * share a failure, in which order children stop and what can be asked for is the matter of the kind of supervisor (a subclass).
 *
 * Policy is elsewhere, in pure tables (strategy, intensity, backoff, restart type, detach policy, auto-shutdown, next step, lifecycle); the
 * processes carry it out. They are linked to their children and trap exits.
 *
 * Invariants
 * - It goes on answering while children wait, start or stop: only its own boot and its own end take no requests.
 * - Once it begins to end, its inbox is closed: a child that asks its own stopping supervisor is refused at once.
 * - What it leaves when it is killed ends within its limits, and serves nobody.
 *
 * Source  OTP, supervisor(3) and supervisor.erl. Differs: backoff before restarts; requests are served while a restart is under way.
 */

import { Alarm } from "../kernel/alarm.ts"
import { fail, reply } from "../kernel/answer.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Internal, Invalid, isOurs } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Down } from "../topology/monitors.ts"
import type { Exit } from "../topology/topology.ts"
import { CallerRequests } from "./caller-requests.ts"
import { tellToStop, timeOver } from "./child-shutdown.ts"
import { stopLimitsOf } from "./child-spec.ts"
import { detailsOf, specViewOf, statusOf } from "./child-status.ts"
import { KeeperProcess, type KeeperProcessOptions, later } from "./keeper-process.ts"
import { PendingAnswer, releaseOnOwnEnd, selfWaitOf } from "./pending-answer.ts"
import type { SupervisedChild } from "./supervised-child.ts"
import { startError, stoppingError } from "./supervisor-errors.ts"
import type { SupervisorRequest } from "./supervisor-request.ts"
import {
  type ChildCounts,
  type ChildDetails,
  type ChildRequest,
  type ChildSpecView,
  type ChildStatus,
  type SupervisorOperation,
  SupervisorRoute,
} from "./supervisor-route.ts"

/** A child with its present process, for those who look at the whole tree. */
export interface ChildView extends ChildStatus {
  readonly process: Process | undefined
}

export abstract class SupervisorProcess extends KeeperProcess {
  #hasGivenUp = false
  /** It was killed with the supervisor that knew its id: all below it has ids that are free. */
  #isForgotten = false
  /** Why it was told to stop during its boot. */
  protected stopReason: ExitReason | undefined = undefined
  readonly #requests: CallerRequests

  constructor(kernel: Kernel, options: KeeperProcessOptions) {
    super(kernel, options)
    this.#requests = new CallerRequests({
      kernel,
      knows: (child) => !this.isOver && this.children.has(child),
      lookAt: (child) => this.lookAt(child),
    })
    this.onEnded((reason) => this.#over(reason))
  }

  /** What it waits for is its children, whatever it does. */
  override get work(): readonly object[] {
    return []
  }

  override get owedAnswers(): readonly Envelope[] {
    return []
  }

  /** How a person reads its kind in the tree. */
  abstract get kind(): string

  /** Stops all children; resolves when none is left alive. */
  protected abstract stopChildren(): Promise<void>

  /** Carries out what was asked for by name. A throw or rejection is the answer, and what waits for a child is a `PendingAnswer`. */
  protected abstract serve(operation: SupervisorOperation, request: ChildRequest, envelope: Envelope): unknown

  /** Posts a request of the service layer. */
  override request(request: SupervisorRequest<SupervisedChild>): boolean {
    // What it still starts, where it has outlived a supervisor above it, serves nobody.
    if (this.status === "ended" || (request.type === "want" && this.isSuperseded)) return false
    if (this.status === "ending") return this.#requests.serveLast(request)
    const next = request.type === "detach" ? this.#requests.decide(request) : request
    if (next === undefined) return true
    this.#requests.open(next)
    if (this.isStarted) return this.kernel.signal(this.inbox, "signal", next)
    // A child that is being started may wait for this very answer, and the inbox for the end of the boot.
    later(() => this.#requests.serve(next))
    return true
  }

  /** A service that it requires, or that requires it, is in another state, or a caller of what is below it has left. */
  override reconsider(child: SupervisedChild): void {
    if (!this.children.has(child)) return
    if (child.lingerMs !== undefined) this.#requests.linger(child)
    this.lookAt(child)
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
    const message = envelope.argument as SupervisorRequest<SupervisedChild> | Exit | Down
    if (message.type === "EXIT") this.#exited(message)
    else if (message.type !== "DOWN") this.#requests.serve(message)
  }

  #exited(exit: Exit): void {
    if (exit.from === this.parent?.pid) this.end(exit.reason)
    else this.exited(exit)
  }

  protected override childStarted(child: SupervisedChild): void {
    this.#requests.started(child)
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
    this.#settle(envelope, route.name, () => this.serve(route.name, envelope.argument as ChildRequest, envelope))
  }

  #settle(envelope: Envelope, operation: SupervisorOperation, answer: () => unknown): void {
    this.holderWaits.end(envelope)
    // When the supervisor ended meanwhile, it has had its answer.
    if (envelope.isSettled) return
    // It has a child's argument with it, which is not held any longer than the child holds it.
    this.affairs?.close(envelope)
    try {
      const result = answer()
      if (result instanceof Promise) return this.#settleLater(envelope, operation, result)
      if (!(result instanceof PendingAnswer)) return reply(envelope, result)
      const impasse = result.test(result.child) ? undefined : selfWaitOf(envelope, result, this.holderWaits)
      if (impasse !== undefined) return fail(envelope, impasse)
      this.leaveOpen(envelope)
      this.holderWaits.begin(envelope, () => result.awaited())
      releaseOnOwnEnd(envelope, result)
      result.child.when(result.test, () => this.#settle(envelope, operation, result.answer))
    } catch (error) {
      fail(envelope, isOurs(error) ? error : new Internal(`${this.label} failed in ${operation}`, { cause: error }))
    }
  }

  /** What takes several steps. */
  #settleLater(envelope: Envelope, operation: SupervisorOperation, answer: Promise<unknown>): void {
    this.leaveOpen(envelope)
    answer.then(
      (value) => this.#settle(envelope, operation, () => value),
      (error) =>
        this.#settle(envelope, operation, () => {
          throw error
        }),
    )
  }

  #refuse(envelope: Envelope): void {
    if (!envelope.isRequest) return this.lost(envelope)
    const hint = "it answers what is asked through its mailbox: acquire it by its id"
    fail(envelope, new Invalid(`${this.label} is a supervisor and answers no messages; ${hint}`, { details: { field: "pid" } }))
  }

  protected whichChildren(): readonly ChildStatus[] {
    return this.children.list().map(statusOf)
  }

  protected whichChild(child: SupervisedChild): ChildDetails {
    return detailsOf(child, this.kernel.now())
  }

  protected getChildSpec({ spec }: SupervisedChild): ChildSpecView {
    return specViewOf(spec)
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
  protected startRequested(child: SupervisedChild): PendingAnswer {
    child.isRequested = true
    child.wake()
    child.lastReason = undefined
    this.lookAt(child)
    const isSettled = ({ state, isSettledDown }: SupervisedChild): boolean => state === "running" || isSettledDown
    return new PendingAnswer(child, isSettled, (): Pid | undefined => {
      if (child.state !== "running") throw startError(this.label, child)
      return child.lastPid
    })
  }

  // -- how its children stop -----------------------------------------------------------------------------------

  protected override tellToStop(child: SupervisedChild, process: Process): number {
    return tellToStop(child, process, { isDraining: this.isDraining, isWhole: this.isWholeDrain })
  }

  /** Its time to stop begins. */
  override stopping(child: SupervisedChild, process: Process): void {
    if (child.ending !== process) return
    child.limit?.cancel()
    this.limitShutdown(child, stopLimitsOf(child.spec).stopMs)
  }

  /** What is to be started and has to wait is not started any more. */
  override drain(reason: ExitReason, isWhole = false): void {
    super.drain(reason, isWhole)
    if (this.isDraining) for (const child of this.children.list()) if (child.isRequested) this.lookAt(child)
  }

  protected override get canDrain(): boolean {
    return this.isStarted && !this.isStopping
  }

  /** With its children, which drain as it ends. */
  override get isServing(): boolean {
    return this.isDraining
  }

  /** Nor do its children serve any longer. */
  protected override undrained(): void {
    for (const child of this.children.list()) if (child.ending?.isServing === true) timeOver(child)
  }

  protected override giveUp(child: SupervisedChild, reason: ExitReason): void {
    this.#hasGivenUp = true
    // What its group restart was about to start is not started any more.
    this.isStopping = true
    this.report({ type: "gave_up", supervisor: this.label, child: child.spec.id, reason, ...this.intensity })
    this.step(child, "GIVE_UP", reason)
    this.#shutItselfDown(`it gave up on ${child.spec.id}`)
  }

  /** Ends it because of a significant child. */
  protected shutDownAfter(child: SupervisedChild): void {
    const reason = child.lastReason ?? "normal"
    this.report({ type: "auto_shutdown", supervisor: this.label, child: child.spec.id, reason })
    this.#shutItselfDown(`its significant child ${child.spec.id} has ended`)
  }

  /** Its own supervisor sees `shutdown`, as in OTP; above the root there is but the program, which wants to know why. */
  #shutItselfDown(why: string): void {
    this.end(this.parent === undefined ? { shutdown: why } : "shutdown")
  }

  // -- its own end -------------------------------------------------------------------------------------------

  /** Stops all children, and takes no further requests. */
  #stop(): Promise<void> {
    this.closeDoor()
    return this.bringDown()
  }

  /** Until it has ended: whether there will be another one is not its matter. */
  protected closeDoor(): void {
    this.inbox.bar((isRetryable) => stoppingError(this.label, isRetryable))
  }

  /** Stops all children; from now on none is started. */
  protected bringDown(): Promise<void> {
    this.isStopping = true
    this.waits.end()
    this.#requests.wantNoMore()
    return this.stopChildren()
  }

  /**
   * It has ended. Where it was killed, something of it may be left: what it was stopping is not waited for any longer, what clears up by
   * itself has the time it would have had, and those who wait for a child that the next incarnation does not know hear of it here.
   */
  #over(reason: ExitReason): void {
    this.waits.end()
    this.#requests.abandonAll()
    for (const child of this.children.list()) {
      child.linger?.cancel()
      child.limit?.cancel()
      if (child.process !== undefined && child.process.status !== "ended") this.#limitOrphan(child.process, child, reason)
      if (child.spec.forgotten === undefined) continue
      child.spec.changed?.("stopped", reason)
      child.spec.forgotten()
    }
  }

  #limitOrphan(process: Process, { spec, ending }: SupervisedChild, reason: ExitReason): void {
    const kill = (): void => process.urge({ type: "exit", reason: "kill" })
    const isEnding = ending === process || process.status === "ending" || process.isDraining
    const isForgotten = this.#isForgotten || spec.forgotten !== undefined
    if (isForgotten && process instanceof SupervisorProcess) process.#isForgotten = true
    if (isEnding || spec.shutdown === "brutal_kill" || isForgotten) return kill()
    // One that boots would start all the others before it came to the signal of its link.
    if (process instanceof SupervisorProcess && !process.isStarted) process.urge({ type: "stop", reason })
    const { stopMs } = stopLimitsOf(spec)
    if (stopMs === Number.POSITIVE_INFINITY) return
    const limit = new Alarm(this.kernel, stopMs, kill)
    process.onEnded(() => limit.cancel())
  }
}
