/**
 * A supervisor of any number of children without names: each is started when somebody asks for it, known by its pid, and
 * forgotten when it is down for good. No child has to do with another.
 *
 * Invariants
 * - All children stop at the same time, under one timer for each limit there is.
 * - Starting, restarting and stopping one child costs the same among a hundred thousand.
 * - Each child can be addressed as long as it is known, by a pid or by an id of its own.
 *
 * Source  Elixir, DynamicSupervisor; OTP, supervisor(3), simple_one_for_one. Differs: it serves other requests while a child starts,
 *         and a child whose restart fails is tried again after its backoff.
 */

import { Alarm } from "../kernel/alarm.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Invalid, NotFound, Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { isPid, type Pid } from "../kernel/pid.ts"
import { processOf } from "../kernel/process-of.ts"
import { timeOver } from "./child-shutdown.ts"
import type { ChildSpec } from "./child-spec.ts"
import type { Intensity } from "./intensity.ts"
import type { KeeperProcessOptions } from "./keeper-process.ts"
import { KeyedChildren, type KeyedPlace } from "./keyed-children.ts"
import { onceDown, type PendingAnswer } from "./pending-answer.ts"
import { SupervisedChild } from "./supervised-child.ts"
import { stoppingError } from "./supervisor-errors.ts"
import { SupervisorProcess } from "./supervisor-process.ts"
import type { ChildRequest, SupervisorOperation } from "./supervisor-route.ts"

export interface DynamicSupervisorRules extends Intensity {
  /** `Infinity`: no limit. */
  readonly maxChildren: number
}

export interface DynamicSupervisorOptions extends Omit<KeeperProcessOptions, "intensity"> {
  readonly rules: DynamicSupervisorRules
  /**
   * Reads a child that is to be started, and gives it an id that none had before. Throws what `startChild` is to answer. `place`: where each
   * incarnation of it is registered before anybody can know of it.
   */
  specOf(child: unknown, place?: KeyedPlace): ChildSpec
}

export class DynamicSupervisor extends SupervisorProcess {
  readonly #rules: DynamicSupervisorRules
  readonly #specOf: DynamicSupervisorOptions["specOf"]
  /** While all are told to stop: whose time is over after so many ms. */
  #stopLimits: Map<number, SupervisedChild[]> | undefined = undefined
  #emptied: (() => void) | undefined = undefined
  readonly #keyed: KeyedChildren

  constructor(kernel: Kernel, options: DynamicSupervisorOptions) {
    super(kernel, { ...options, intensity: { intensity: options.rules.intensity, periodMs: options.rules.periodMs } })
    this.#rules = options.rules
    this.#specOf = options.specOf
    this.#keyed = new KeyedChildren(this.label, options.topology.registries, (callback) => {
      if (!this.kernel.signal(this.inbox, "marker", callback)) callback()
    })
  }

  override get kind(): string {
    return "dynamic"
  }

  protected override start(): void {}

  protected override isForgotten(): boolean {
    return true
  }

  protected override forget(child: SupervisedChild): void {
    super.forget(child)
    this.#keyed.forget(child)
    if (this.children.size === 0) this.#emptied?.()
  }

  protected override giveUp(child: SupervisedChild, reason: ExitReason): void {
    this.#keyed.gaveUp(child)
    super.giveUp(child, reason)
  }

  protected override planRestart(child: SupervisedChild, delayMs: number): () => void {
    return this.planLoneRestart(child, delayMs)
  }

  protected override async stopChildren(): Promise<void> {
    const limits = new Map<number, SupervisedChild[]>()
    this.#stopLimits = limits
    for (const child of this.children.list()) {
      child.aim = "down"
      this.lookAt(child)
    }
    // What is limited from now on has served before the others, and is on its own.
    this.#stopLimits = undefined
    const alarms = [...limits].map(([limitMs, children]) => new Alarm(this.kernel, limitMs, () => this.#timeOver(children)))
    if (this.children.size > 0) await new Promise<void>((resolve) => (this.#emptied = resolve))
    for (const alarm of alarms) alarm.cancel()
  }

  #timeOver(children: readonly SupervisedChild[]): void {
    for (const child of children) if (child.limit === undefined) timeOver(child)
  }

  protected override limitShutdown(child: SupervisedChild, limitMs: number): void {
    if (this.#stopLimits === undefined || limitMs === Number.POSITIVE_INFINITY) return super.limitShutdown(child, limitMs)
    const children = this.#stopLimits.get(limitMs) ?? []
    children.push(child)
    this.#stopLimits.set(limitMs, children)
  }

  // -- what it is asked for ------------------------------------------------------------------------------------

  protected override serve(operation: SupervisorOperation, request: ChildRequest, envelope: Envelope): unknown {
    const { child, pid, id, drain = false } = request
    switch (operation) {
      case "startChild":
        return this.#startChild(child)
      case "lookUpOrStart":
        return this.#keyed.lookUpOrStart(envelope, (place) => this.#start(child, place))
      case "terminateChild":
        return this.#terminateChild(this.#childOf(pid, id), drain)
      case "whichChildren":
        return this.whichChildren()
      case "countChildren":
        return this.countChildren()
      case "whichChild":
        return this.whichChild(this.#childOf(pid, id))
      case "getChildSpec":
        return this.getChildSpec(this.#childOf(pid, id))
      case "restartChild":
      case "deleteChild":
        throw new Invalid(`${this.label} is a dynamic supervisor: it forgets a child that is down`, { details: { field: operation } })
    }
  }

  #startChild(definition: unknown): PendingAnswer {
    return this.startRequested(this.#added(definition))
  }

  /** Whoever has waited before it asks for this may find that nobody is started any more. */
  #start(definition: unknown, place: KeyedPlace): SupervisedChild {
    if (this.isStopping || this.status !== "ready") throw stoppingError(this.label)
    const child = this.#added(definition, place)
    this.startRequested(child)
    return child
  }

  #added(definition: unknown, place?: KeyedPlace): SupervisedChild {
    const { maxChildren } = this.#rules
    if (this.children.size >= maxChildren) throw limitError(this.label, maxChildren)
    const child = new SupervisedChild(this.#specOf(definition, place), this)
    this.children.add(child, false)
    return child
  }

  #terminateChild(child: SupervisedChild, isDrained: boolean): PendingAnswer {
    child.aim = "down"
    child.isDrained = isDrained
    this.lookAt(child)
    return onceDown(child)
  }

  /** By its pid, by the one it had where it waits for its restart, or by its id. One that is being stopped has been told already. */
  #childOf(pid: Pid | undefined, id: string | undefined): SupervisedChild {
    // By id there is no table: it is asked for seldom, and there may be very many.
    const child = pid === undefined ? this.children.list().find(({ spec }) => spec.id === id) : this.children.ofPid(pid)
    if (child !== undefined && child.state !== "stopping") return child
    // One of another runtime is told so: its number may be that of a process here.
    if (child === undefined && isPid(pid)) processOf(pid, this.kernel)
    const address = pid ?? id
    throw new NotFound(`${this.label} has no child ${address}`, {
      details: { field: pid === undefined ? "id" : "pid", supervisor: this.label, pid, id },
    })
  }
}

/** Source  Elixir, DynamicSupervisor.start_child: max_children. */
function limitError(supervisor: string, maxChildren: number): Unavailable {
  return new Unavailable(`${supervisor} has all the ${maxChildren} children it may have`, { details: { supervisor, maxChildren } })
}
