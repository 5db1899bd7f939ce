/**
 * The process that starts, watches, restarts and stops its children.
 *
 * Policy is elsewhere, in pure tables (strategy, intensity, backoff, restart type, detach policy, lifecycle); this
 * process carries it out. It is linked to its children and traps exits.
 *
 * Invariants
 * - Children start one after the other in start order, and stop one after the other in reverse, each within its own limit.
 * - A new incarnation starts only when the one before has ended, its `terminate` hook included.
 * - With a group strategy restarts are carried out one at a time; with `one_for_one` no child waits for another.
 * - It goes on answering while children wait, start or stop: only its own boot and its own end take no requests.
 *
 * Source  OTP, supervisor(3) and supervisor.erl. Differs: backoff before restarts; requests are served while a restart is under way.
 */

import { Alarm } from "../kernel/alarm.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Invalid, Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import type { Down } from "../topology/monitors.ts"
import type { Exit, Topology } from "../topology/topology.ts"
import { delayBefore, nextAttempt } from "./backoff.ts"
import { CallerRequests, type SupervisorRequest } from "./caller-requests.ts"
import { type ChildSpec, isRestarted } from "./child-spec.ts"
import type { ChildEvent, ChildState } from "./child-state.ts"
import { addRestart, type Intensity, isExceeded } from "./intensity.ts"
import { childTable } from "./lifecycle.ts"
import { restartedWith, type Strategy } from "./strategy.ts"
import { SupervisedChild } from "./supervised-child.ts"
import type { SupervisionReport } from "./supervision-event.ts"

export interface SupervisorRules extends Intensity {
  readonly strategy: Strategy
}

export interface SupervisorOptions extends ProcessOptions {
  readonly topology: Topology
  readonly rules: SupervisorRules
  /** In start order. */
  readonly specs: readonly ChildSpec[]
  readonly report: SupervisionReport
}

/** One row of `whichChildren`. */
export interface ChildStatus {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly state: ChildState
  readonly pid: Pid | undefined
  readonly process: Process | undefined
}

export class Supervisor extends Process {
  readonly #topology: Topology
  readonly #rules: SupervisorRules
  readonly #report: SupervisionReport
  readonly #children: SupervisedChild[]
  readonly #byPid = new Map<Pid, SupervisedChild>()
  #restarts: readonly number[] = []
  #hasGivenUp = false
  #isStopping = false
  /** Restarts of a group strategy, one after the other. */
  #restarting: Promise<void> = Promise.resolve()
  readonly #waits = new Set<() => void>()
  readonly #requests: CallerRequests

  constructor(kernel: Kernel, options: SupervisorOptions) {
    super(kernel, options)
    this.#topology = options.topology
    this.#rules = options.rules
    this.#report = options.report
    this.#children = options.specs.map((spec) => new SupervisedChild(spec))
    this.trapExit = true
    this.#requests = new CallerRequests({
      kernel,
      find: (id) => this.#children.find((child) => child.spec.id === id),
      step: (child, event, reason) => this.#step(child, event, reason),
      startUp: (child) => this.#startUp(child),
    })
    this.onEnded(() => this.#requests.abandonAll())
  }

  /** Posts a request; `false` where the supervisor has ended, or is about to. */
  request(request: SupervisorRequest): boolean {
    if (this.status === "ending" || this.status === "ended") return false
    this.#requests.open(request)
    if (this.isStarted) return this.kernel.signal(this.inbox, "signal", request)
    // A child that is being started may wait for this very answer, and the inbox for the end of the boot.
    later(() => this.#requests.serve(request))
    return true
  }

  /** The children in start order. */
  whichChildren(): readonly ChildStatus[] {
    return this.#children.map(({ spec, state, process }) => {
      return { id: spec.id, type: spec.type, state, pid: process?.pid, process }
    })
  }

  get rules(): SupervisorRules {
    return this.#rules
  }

  /** Boot: the first child that cannot start ends it, and those already up are stopped. */
  protected override async start(): Promise<void> {
    for (const child of this.#children) {
      if (await this.#startUp(child)) continue
      const reason = child.lastReason ?? "shutdown"
      await this.#stopAll()
      throw startError(this.label, child, reason)
    }
  }

  /** Told to stop during its boot: the child that is being started is stopped, which ends the boot. */
  protected override interrupted(): void {
    void this.#stopAll()
  }

  protected override handle(envelope: Envelope): void {
    // Only the runtime sends signals; what looks like a request but came as a message is none.
    if (envelope.kind !== "signal") return this.#refuse(envelope)
    const message = envelope.argument as SupervisorRequest | Exit | Down
    if (message.type === "EXIT") this.#exited(message)
    else if (message.type !== "DOWN") this.#requests.serve(message)
  }

  protected override async terminate(): Promise<void> {
    await this.#stopAll()
    if (!this.#hasGivenUp) return
    for (const child of this.#children) this.#step(child, "GIVE_UP", "shutdown")
  }

  #refuse(envelope: Envelope): void {
    if (!envelope.isRequest) return this.kernel.report(this.label, envelope.argument, "unhandled")
    envelope.fail(new Invalid(`${this.label} is a supervisor and answers no messages`, { details: { field: "pid" } }))
  }

  // -- the life of a child -----------------------------------------------------------------------------------

  #step(child: SupervisedChild, event: ChildEvent, reason?: ExitReason): void {
    const step = childTable.next(child.state, event)
    if (step === undefined || (event === "START" && this.#isEnding)) return
    child.state = step.target
    if (step.action === "spawn") this.#spawn(child)
    else if (step.action === "shutDown") this.#shutDown(child)
    child.notify(reason)
  }

  /** Nothing is started any more, whoever wants it. */
  get #isEnding(): boolean {
    return this.#isStopping || this.status === "ending" || this.status === "ended"
  }

  #spawn(child: SupervisedChild): void {
    child.isIdleStopped = false
    child.startedAt = this.kernel.now()
    try {
      const process = child.spec.start({ parent: this, estate: child.estate })
      child.process = process
      this.#byPid.set(process.pid, child)
      this.#topology.link(this, process.pid)
      process.onStarted((failure) => this.#startSettled(child, process, failure))
    } catch (error) {
      child.process = undefined
      later(() => this.#startSettled(child, undefined, { error }))
    }
  }

  #startSettled(child: SupervisedChild, process: Process | undefined, failure: ExitReason | undefined): void {
    if (child.process !== process || child.state !== "starting") return
    if (failure !== undefined) return this.#failed(child, failure)
    child.estate = undefined
    this.#report({ type: "child_started", supervisor: this.label, child: child.spec.id, pid: String(process?.pid) })
    this.#step(child, "STARTED")
    this.#requests.linger(child)
  }

  #shutDown(child: SupervisedChild): void {
    const { process } = child
    const { shutdown } = child.spec
    child.linger?.cancel()
    if (process === undefined || process.status === "ended") return later(() => this.#stopped(child, process?.exitReason ?? "shutdown"))
    if (child.ending === process) return
    child.ending = process
    this.#byPid.delete(process.pid)
    process.onEnded((reason) => this.#stopped(child, reason))
    if (shutdown === "brutal_kill") return process.urge({ type: "exit", reason: "kill" })
    process.urge({ type: "stop", reason: "shutdown" })
    if (shutdown === "infinity") return
    child.limit = new Alarm(this.kernel, shutdown, () => process.urge({ type: "exit", reason: "kill" }))
  }

  /** It has ended after it was told to, or just before. */
  #stopped(child: SupervisedChild, reason: ExitReason): void {
    child.limit?.cancel()
    child.limit = undefined
    child.ending = undefined
    if (child.process !== undefined) this.#byPid.delete(child.process.pid)
    child.lastReason = reason
    this.#inherit(child)
    // A stop for want of callers is no crash: the next caller finds the service empty.
    if (child.isIdleStopped) child.estate = undefined
    this.#report({ type: "child_stopped", supervisor: this.label, child: child.spec.id, reason })
    this.#step(child, "ENDED", reason)
  }

  #exited({ from, reason }: Exit): void {
    if (from === this.parent?.pid) return this.end(reason)
    const child = this.#byPid.get(from)
    if (child === undefined) return
    this.#byPid.delete(from)
    if (child.state === "running") this.#failed(child, reason)
  }

  /** A child ended by itself, or could not start. */
  #failed(child: SupervisedChild, reason: ExitReason): void {
    const { spec } = child
    if (child.process !== undefined) this.#byPid.delete(child.process.pid)
    child.lastReason = reason
    child.linger?.cancel()
    this.#inherit(child)
    if (!this.isStarted || this.#isStopping || !isRestarted(spec.restart, reason)) {
      this.#report({ type: "child_stopped", supervisor: this.label, child: spec.id, reason })
      return this.#step(child, "DONE", reason)
    }
    const now = this.kernel.now()
    this.#restarts = addRestart(this.#restarts, now, this.#rules)
    if (isExceeded(this.#restarts, this.#rules)) return this.#giveUp(child, reason)
    child.attempt = nextAttempt(child.attempt, now - child.startedAt, spec.backoff)
    const delayMs = delayBefore(child.attempt, spec.backoff, this.kernel.host.random())
    const restarts = this.#restarts.length
    this.#report({ type: "restarting", supervisor: this.label, child: spec.id, reason, restarts, delayMs })
    this.#step(child, "RETRY", reason)
    this.#scheduleRestart(child, delayMs)
  }

  /** Takes over what the ended incarnation leaves, and lets go of the incarnation. */
  #inherit(child: SupervisedChild): void {
    child.estate = child.spec.state === "retain" ? (child.process?.estate() ?? child.estate) : undefined
    child.process = undefined
  }

  #giveUp(child: SupervisedChild, reason: ExitReason): void {
    const { intensity, periodMs } = this.#rules
    this.#hasGivenUp = true
    this.#report({ type: "gave_up", supervisor: this.label, child: child.spec.id, reason, intensity, periodMs })
    this.#step(child, "GIVE_UP", reason)
    this.end({ shutdown: `it gave up on ${child.spec.id}` })
  }

  // -- restarts ------------------------------------------------------------------------------------------------

  #scheduleRestart(child: SupervisedChild, delayMs: number): void {
    if (this.#rules.strategy === "one_for_one") this.#restart(child, delayMs).catch((error) => this.crash(error))
    else this.#restarting = this.#restarting.then(() => this.#restart(child, delayMs)).catch((error) => this.crash(error))
  }

  /** Carries out one restart; a start that fails in it has by then scheduled the next. */
  async #restart(failed: SupervisedChild, delayMs: number): Promise<void> {
    if (failed.state !== "backingOff") return
    const affected = restartedWith(this.#rules.strategy, this.#children, failed)
    for (const child of affected.toReversed()) await this.#bringDown(child)
    await this.#pause(delayMs)
    for (const child of affected) {
      if (this.#isStopping) return
      if (!takesPart(child)) continue
      await this.#startUp(child)
      // Its failure has scheduled a restart of its own; one that ended and stays down leaves the others to be started.
      if (child.state === "backingOff" || child.state === "givenUp") return
    }
  }

  /** Stops a sibling that is to be started again; a temporary one is stopped for good. */
  async #bringDown(child: SupervisedChild): Promise<void> {
    this.#step(child, child.spec.restart === "temporary" ? "STOP" : "RESTART")
    await child.until("backingOff", "stopped", "givenUp")
  }

  async #startUp(child: SupervisedChild): Promise<boolean> {
    this.#step(child, "START")
    return (await child.until("running", "backingOff", "stopped", "givenUp")) === "running"
  }

  /** Waits, unless the supervisor is told to stop meanwhile. */
  async #pause(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#isStopping) return
    await new Promise<void>((resolve) => {
      const alarm = new Alarm(this.kernel, delayMs, () => wake())
      const wake = (): void => {
        alarm.cancel()
        this.#waits.delete(wake)
        resolve()
      }
      this.#waits.add(wake)
    })
  }

  async #stopAll(): Promise<void> {
    this.#isStopping = true
    for (const wake of [...this.#waits]) wake()
    for (const child of this.#children.toReversed()) {
      child.linger?.cancel()
      this.#step(child, "STOP", "shutdown")
      await child.until("stopped", "givenUp")
    }
  }
}

/** Whether a group restart starts this child: not one stopped for good, nor one that waits for a caller. */
function takesPart(child: SupervisedChild): boolean {
  if (child.state === "backingOff") return true
  return child.state === "stopped" && child.spec.restart !== "temporary" && !child.isIdleStopped
}

/** Keeps a step from running inside the step that caused it. */
function later(step: () => void): void {
  void Promise.resolve().then(step)
}

function startError(supervisor: string, child: SupervisedChild, reason: ExitReason): Unavailable {
  const details = { supervisor, child: child.spec.id, reason }
  const message = `${child.spec.id} could not be started by ${supervisor}: ${formatExitReason(reason)}`
  return new Unavailable(message, typeof reason === "object" && "error" in reason ? { details, cause: reason.error } : { details })
}
