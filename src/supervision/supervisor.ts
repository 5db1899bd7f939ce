/**
 * A supervisor of children with ids: those it was defined with, and those added while it runs.
 *
 * Invariants
 * - Children start one after the other in start order, and stop one after the other in reverse, each within its own limit.
 * - With a group strategy a later failure takes the place of a restart that is under way, for all that share it. With `one_for_one` no child
 *   waits for another.
 * - While a group is down, no caller starts one of its members.
 * - What a service that is up requires is not taken down by request.
 * - A temporary child that has ended is forgotten.
 *
 * Source  OTP, supervisor(3) and supervisor.erl.
 */

import type { ProcessContextRule } from "../kernel/async-context.ts"
import { AlreadyExists, Conflict, Invalid, NotFound } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { type AutoShutdown, shutsDown } from "./auto-shutdown.ts"
import type { ChildSpec } from "./child-spec.ts"
import { type GroupControl, GroupRestart } from "./group-restart.ts"
import type { Intensity } from "./intensity.ts"
import type { KeeperProcessOptions } from "./keeper-process.ts"
import { onceDown, type PendingAnswer } from "./pending-answer.ts"
import { restartedWith, type Strategy } from "./strategy.ts"
import { SupervisedChild } from "./supervised-child.ts"
import { startError } from "./supervisor-errors.ts"
import { SupervisorProcess } from "./supervisor-process.ts"
import type { ChildRequest, SupervisorOperation } from "./supervisor-route.ts"

export interface SupervisorRules extends Intensity {
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
}

export interface SupervisorOptions extends Omit<KeeperProcessOptions, "intensity"> {
  readonly rules: SupervisorRules
  /** In start order. */
  readonly specs: readonly ChildSpec[]
  /** Of a pool: its workers' own rule; `undefined`: the runtime's. */
  readonly workersRule?: ProcessContextRule | undefined
  /** Reads a child that is added while the supervisor runs. Throws what `startChild` is to answer. */
  specOf(id: string, child: unknown): ChildSpec
}

export class Supervisor extends SupervisorProcess {
  readonly #rules: SupervisorRules
  readonly #specOf: SupervisorOptions["specOf"]
  /** The restart of a group strategy that is under way. */
  #group: GroupRestart | undefined = undefined
  readonly #groupControl: GroupControl

  constructor(kernel: Kernel, options: SupervisorOptions) {
    super(kernel, { ...options, intensity: { intensity: options.rules.intensity, periodMs: options.rules.periodMs } })
    this.#rules = options.rules
    this.#specOf = options.specOf
    this.#groupControl = {
      lookAt: (child) => this.lookAt(child),
      pause: (delayMs) => this.pause(delayMs),
      over: (group) => this.#groupOver(group),
    }
    for (const spec of options.specs) this.children.add(new SupervisedChild(spec, this), true)
  }

  override get kind(): string {
    return this.#rules.strategy
  }

  /** Boot: the first child that cannot start ends it, and those already up are stopped. One that lacks what somebody took down stays down. */
  protected override async start(): Promise<void> {
    for (const child of this.children.list()) {
      if (!isLeftIdle(child) && !(await this.#startsUp(child))) return this.#failBoot(this.failedAtBoot ?? child)
    }
  }

  async #startsUp(child: SupervisedChild): Promise<boolean> {
    const isRunning = await this.startUp(child)
    return this.failedAtBoot === undefined && (isRunning || (child.isHeldBack && this.stopReason === undefined))
  }

  async #failBoot(child: SupervisedChild): Promise<void> {
    await this.bringDown()
    if (this.stopReason === undefined) throw startError(this.label, child)
    this.end(this.stopReason)
  }

  protected override async stopChildren(): Promise<void> {
    for (const child of this.children.list().toReversed()) {
      child.aim = "down"
      this.lookAt(child)
      await child.until(({ isDown }) => isDown)
    }
  }

  protected override isForgotten(child: SupervisedChild): boolean {
    return child.spec.restart === "temporary" && !child.isWakeable && this.isStarted
  }

  protected override retired(child: SupervisedChild): void {
    if (!child.spec.significant) return
    const { autoShutdown } = this.#rules
    // Only then it matters how many there are, and there may be very many.
    const others = autoShutdown === "all_significant" ? this.children.list().filter((other) => other !== child && isAlive(other)) : []
    if (shutsDown(autoShutdown, others.length)) this.shutDownAfter(child)
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
      case "whichChild":
        return this.whichChild(this.#childOf(id))
      case "getChildSpec":
        return this.getChildSpec(this.#childOf(id))
      case "lookUpOrStart":
        throw new Invalid(`${this.label} is no dynamic supervisor: its children are found by their ids`, { details: { field: operation } })
    }
  }

  /** Where it does not start, it is forgotten in that very moment. */
  #startChild(id: string, definition: unknown): PendingAnswer {
    const present = this.children.find(id)
    if (present !== undefined) throw presentError(this.label, present)
    const child = new SupervisedChild(this.#specOf(id, definition), this)
    child.isTentative = true
    this.children.add(child, true)
    this.#group?.join(child)
    return this.startRequested(child)
  }

  #terminateChild(child: SupervisedChild, isDrained: boolean): PendingAnswer {
    const dependents = child.isSettledDown ? [] : (child.spec.requiredBy?.() ?? [])
    if (dependents.length > 0) throw requiredError(this.label, child, dependents)
    // One that its detach policy has stopped stays down from now on, whoever wants it.
    child.aim = "down"
    child.lingerMs = undefined
    child.isDrained = isDrained
    this.lookAt(child)
    return onceDown(child)
  }

  #restartChild(child: SupervisedChild): PendingAnswer {
    const isFree = child.plan === undefined || child.plan.admits(child)
    if (child.state !== "stopped" || child.aim === "up" || !isFree) throw busyError(this.label, child)
    // Nobody need come for it, as after its first start.
    child.lingerMs = child.spec.unacquiredMs
    return this.startRequested(child)
  }

  #deleteChild(child: SupervisedChild): void {
    if (child.state !== "stopped" || child.aim === "up") throw busyError(this.label, child)
    this.forget(child)
    child.spec.deleted?.()
  }

  #childOf(id: string): SupervisedChild {
    const child = this.children.find(id)
    if (child !== undefined) return child
    throw new NotFound(`${this.label} has no child ${id}`, { details: { field: "id", supervisor: this.label, id } })
  }

  // -- restarts ------------------------------------------------------------------------------------------------

  protected override planRestart(child: SupervisedChild, delayMs: number): () => void {
    const { strategy } = this.#rules
    if (strategy === "one_for_one") return this.planLoneRestart(child, delayMs)
    const before = this.#group
    const group = new GroupRestart(this.#groupControl, restartedWith(strategy, this.children, child), delayMs, before)
    this.#group = group
    before?.end()
    return () => group.begin(child.nextAttemptAt)
  }

  #groupOver(group: GroupRestart): void {
    if (this.#group === group) this.#group = undefined
  }
}

/** Whether it is not to be started with its supervisor, and nobody holds it, or waits for it as it requires it. */
function isLeftIdle({ aim, spec }: SupervisedChild): boolean {
  return aim === "idle" && spec.isIdle?.() !== false
}

/** Whether it is significant, and lives or will live again. */
function isAlive({ spec, isSettledDown }: SupervisedChild): boolean {
  return spec.significant && !isSettledDown
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

/** An extension to OTP, as `requires` is. */
function requiredError(supervisor: string, { spec }: SupervisedChild, requiredBy: readonly string[]): Conflict {
  const details = { field: "id", supervisor, id: spec.id, requiredBy }
  return new Conflict(`${spec.id} is required by ${requiredBy.join(", ")}: terminate that first`, { details })
}
