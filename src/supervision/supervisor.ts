/**
 * A supervisor of children with ids: those it was defined with, and those added while it runs.
 *
 * Invariants
 * - Children start one after the other in start order, and stop one after the other in reverse, each within its own limit.
 * - With a group strategy restarts are carried out one at a time; with `one_for_one` no child waits for another.
 * - A temporary child that has ended is forgotten.
 *
 * Source  OTP, supervisor(3) and supervisor.erl.
 */

import { AlreadyExists, Conflict, NotFound } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import { type AutoShutdown, shutsDown } from "./auto-shutdown.ts"
import type { ChildSpec } from "./child-spec.ts"
import type { Intensity } from "./intensity.ts"
import { restartedWith, type Strategy } from "./strategy.ts"
import { SupervisedChild } from "./supervised-child.ts"
import { startError } from "./supervisor-errors.ts"
import { SupervisorProcess, type SupervisorProcessOptions } from "./supervisor-process.ts"
import type { ChildRequest, SupervisorOperation } from "./supervisor-route.ts"

export interface SupervisorRules extends Intensity {
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
}

export interface SupervisorOptions extends Omit<SupervisorProcessOptions, "intensity"> {
  readonly rules: SupervisorRules
  /** In start order. */
  readonly specs: readonly ChildSpec[]
  /** Reads a child that is added while the supervisor runs. Throws what `startChild` is to answer. */
  specOf(id: string, child: unknown): ChildSpec
}

export class Supervisor extends SupervisorProcess {
  readonly #rules: SupervisorRules
  readonly #specOf: SupervisorOptions["specOf"]
  /** Restarts of a group strategy that wait for their turn. */
  readonly #planned: (() => Promise<void>)[] = []
  #isRestarting = false

  constructor(kernel: Kernel, options: SupervisorOptions) {
    super(kernel, { ...options, intensity: { intensity: options.rules.intensity, periodMs: options.rules.periodMs } })
    this.#rules = options.rules
    this.#specOf = options.specOf
    for (const spec of options.specs) this.children.add(new SupervisedChild(spec, this), true)
  }

  override get kind(): string {
    return this.#rules.strategy
  }

  /** Boot: the first child that cannot start ends it, and those already up are stopped. */
  protected override async start(): Promise<void> {
    for (const child of this.children.list()) {
      if (await this.startUp(child)) continue
      await this.bringDown()
      if (this.stopReason === undefined) throw startError(this.label, child)
      return this.end(this.stopReason)
    }
  }

  protected override async stopChildren(): Promise<void> {
    for (const child of this.children.list().toReversed()) {
      child.linger?.cancel()
      this.step(child, "STOP", "shutdown")
      await child.until("stopped", "givenUp")
    }
  }

  protected override isForgotten(child: SupervisedChild): boolean {
    return child.spec.restart === "temporary" && !child.isIdleStopped && this.isStarted
  }

  protected override retired(child: SupervisedChild): void {
    if (!child.spec.significant) return
    const others = this.children.list().filter((other) => other !== child && other.spec.significant && isAlive(other))
    if (shutsDown(this.#rules.autoShutdown, others.length)) this.shutDownAfter(child)
  }

  // -- what it is asked for ------------------------------------------------------------------------------------

  protected override serve(operation: SupervisorOperation, { id = "", child, drain = false }: ChildRequest): unknown {
    switch (operation) {
      case "startChild":
        return this.#startChild(id, child)
      case "terminateChild":
        return this.#terminateChild(this.#childOf(id), drain)
      case "restartChild":
        return this.#restartChild(this.#childOf(id))
      case "deleteChild":
        return this.#deleteChild(this.#childOf(id))
      case "whichChildren":
        return this.whichChildren()
      case "countChildren":
        return this.countChildren()
    }
  }

  async #startChild(id: string, definition: unknown): Promise<Pid | undefined> {
    const present = this.children.find(id)
    if (present !== undefined) throw presentError(this.label, present)
    const child = new SupervisedChild(this.#specOf(id, definition), this)
    this.children.add(child, true)
    try {
      return await this.startRequested(child)
    } catch (error) {
      this.forget(child)
      throw error
    }
  }

  async #terminateChild(child: SupervisedChild, isDrained: boolean): Promise<void> {
    // One that its detach policy has stopped stays down from now on, whoever wants it.
    child.isIdleStopped = false
    child.decisions += 1
    if (child.state === "stopped" && this.isForgotten(child)) this.forget(child)
    child.isDrained = isDrained
    this.step(child, "STOP", "shutdown")
    await child.until("stopped", "givenUp")
  }

  async #restartChild(child: SupervisedChild): Promise<Pid | undefined> {
    if (child.state !== "stopped") throw busyError(this.label, child)
    child.decisions += 1
    return this.startRequested(child)
  }

  #deleteChild(child: SupervisedChild): void {
    if (child.state !== "stopped") throw busyError(this.label, child)
    this.forget(child)
  }

  #childOf(id: string): SupervisedChild {
    const child = this.children.find(id)
    if (child !== undefined) return child
    throw new NotFound(`${this.label} has no child ${id}`, { details: { field: "id", supervisor: this.label, id } })
  }

  // -- restarts ------------------------------------------------------------------------------------------------

  protected override planRestart(child: SupervisedChild, delayMs: number): void {
    child.decisions += 1
    const plan = child.decisions
    const restart = (): Promise<void> => this.#restart(child, plan, delayMs).catch((error) => this.crash(error))
    if (this.#rules.strategy === "one_for_one") return void restart()
    this.#planned.push(restart)
    if (!this.#isRestarting) void this.#restartInTurn()
  }

  /** The first begins at once, so that no other end comes between a failure and the group that shares it. */
  async #restartInTurn(): Promise<void> {
    this.#isRestarting = true
    for (let next = this.#planned.shift(); next !== undefined; next = this.#planned.shift()) await next()
    this.#isRestarting = false
  }

  /** Carries out one restart; a start that fails in it has by then planned the next. */
  async #restart(failed: SupervisedChild, plan: number, delayMs: number): Promise<void> {
    if (!isPlanned(failed, plan)) return
    const affected = restartedWith(this.#rules.strategy, this.children.list(), failed)
    const group = affected.map((child) => ({ child, decisions: child.decisions }))
    // Whatever ends them from here on: it is part of this failure, and not counted again. Source  OTP, supervisor.erl, shutdown.
    for (const child of affected) child.isLetGo = true
    for (const child of affected.toReversed()) await this.#bringDown(child)
    await this.pause(delayMs)
    for (const { child, decisions } of group) {
      if (this.isStopping) return
      // Terminated, deleted or started by request meanwhile.
      if (child.decisions !== decisions || !takesPart(child) || !this.children.has(child)) continue
      await this.startUp(child)
      // Its failure has planned a restart of its own; one that ended and stays down leaves the others to be started.
      if (child.state === "backingOff" || child.state === "givenUp") return
    }
  }

  /** Stops a sibling that is to be started again; a temporary one is stopped for good. */
  async #bringDown(child: SupervisedChild): Promise<void> {
    this.step(child, child.spec.restart === "temporary" ? "STOP" : "RESTART")
    await child.until("backingOff", "stopped", "givenUp")
  }
}

/** Whether a restart that was planned is still what the child waits for. */
function isPlanned(child: SupervisedChild, plan: number): boolean {
  return child.state === "backingOff" && child.decisions === plan
}

/** Whether a group restart starts this child: not one stopped for good, nor one that waits for a caller. */
function takesPart(child: SupervisedChild): boolean {
  if (child.state === "backingOff") return true
  return child.state === "stopped" && child.spec.restart !== "temporary" && !child.isIdleStopped
}

/** Whether it lives, or will live again. */
function isAlive({ state }: SupervisedChild): boolean {
  return state !== "stopped" && state !== "givenUp"
}

/** Source  OTP, start_child: already_present, {already_started, Pid}. */
function presentError(supervisor: string, { spec, state, process }: SupervisedChild): AlreadyExists {
  const details = { field: "id", supervisor, id: spec.id, state, pid: process?.pid }
  const [what, hint] = state === "stopped" ? ["has", "restartChild starts it, deleteChild forgets it"] : ["runs", `it is ${state}`]
  return new AlreadyExists(`${supervisor} ${what} a child ${spec.id} already: ${hint}`, { details })
}

/** Source  OTP, restart_child and delete_child: running, restarting. */
function busyError(supervisor: string, { spec, state }: SupervisedChild): Conflict {
  const details = { field: "id", supervisor, id: spec.id, state }
  return new Conflict(`${spec.id} is ${state}: ${supervisor} can do that with a child that is stopped only`, { details })
}
