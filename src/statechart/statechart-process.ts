/**
 * A running statechart: an XState actor behind the inbox of a process.
 *
 * Invariants
 * - Every transition runs in a turn of the process, one event at a time in the order of the inbox: what invoked actors send, what
 *   promises settle to and what time brings comes through the inbox too. Within a turn XState's own order holds.
 * - At any end, also a kill, every actor below the machine is stopped; no timer and no subscription of theirs is left.
 * - The snapshot before the failing event is what the next incarnation may inherit.
 */

import { type Actor, type AnyActorRef, type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject } from "xstate"
import { type AsyncContext, runIn } from "../kernel/async-context.ts"
import type { Envelope, Route } from "../kernel/envelope.ts"
import { type Invalid, invalid, shown } from "../kernel/errors.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import type { Context } from "../process/context.ts"
import { Self } from "../process/self.ts"
import { type Delivery, SystemProcess } from "../process/system-process.ts"
import { isExit, isWanted } from "../topology/topology.ts"
import { contained, type StatechartCallbacks } from "./statechart-callbacks.ts"
import { Due, StatechartClock } from "./statechart-clock.ts"
import { childrenOf, StatechartEstate } from "./statechart-estate.ts"
import { eventOf, isReserved } from "./statechart-events.ts"
import { concludeWith, STATECHART_ROUTES } from "./statechart-pid.ts"
import { promisesBelow } from "./statechart-promises.ts"
import { interceptRelay, type Relay, relay, type System } from "./xstate-relay.ts"

/** What a statechart process is made from. */
export interface StatechartPlan<Argument> {
  readonly machine: AnyStateMachine
  /** Whether the machine takes an event of that type anywhere. */
  takes(type: string): boolean
  inputOf(argument: Argument, self: Self): unknown
  readonly trapExit: boolean
  readonly callbacks: StatechartCallbacks
}

/** An event on its way between two actors of the machine, which came while the process had no turn. */
class Relayed implements Route {
  readonly kind = "cast"
  readonly source: AnyActorRef | undefined
  readonly target: AnyActorRef
  readonly event: EventObject

  constructor(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) {
    this.source = source
    this.target = target
    this.event = event
  }

  get name(): string {
    return this.event.type
  }
}

/** An observable may emit without bound, so what it emits takes room in the inbox; a result or an error comes once. */
const OBSERVABLE_NEXT = "xstate.observable.next"
const ACTOR_ERROR = "xstate.error.actor."

/** What XState's own `stopChild` sends. */
const STOP: EventObject = { type: "xstate.stop" }

export class StatechartProcess<Argument> extends SystemProcess {
  readonly #plan: StatechartPlan<Argument>
  readonly #clock: StatechartClock
  #argument: Argument | undefined
  #inherited: StatechartEstate | undefined = undefined
  #actor: Actor<AnyStateMachine> | undefined = undefined
  #relay: Relay = () => {}
  /** Whether the machine may run now. */
  #isInside = false
  #fault: { readonly error: unknown } | undefined = undefined
  /** As of the last event that went well. */
  #estate: StatechartEstate | undefined = undefined

  constructor(context: Context, options: ProcessOptions, plan: StatechartPlan<Argument>, argument: Argument) {
    super(context.kernel, options)
    this.#plan = plan
    this.#argument = argument
    this.#clock = new StatechartClock(this, new Self(this, context))
    this.trapExit = plan.trapExit
  }

  override inherit(estate: unknown): void {
    if (estate instanceof StatechartEstate) this.#inherited = estate
  }

  override estate(): unknown {
    return this.#estate
  }

  override get work(): readonly object[] {
    return [...super.work, ...promisesBelow(this.#actor)]
  }

  override reportState(): unknown {
    const snapshot = this.#actor?.getSnapshot()
    return snapshot === undefined ? undefined : { value: snapshot.value, context: snapshot.context }
  }

  protected override start(): void {
    // Cancelled with the process, whatever ends it.
    this.adopt({ cancel: () => runIn(this.context, this.#clear, this) })
    this.#run(() => this.#startActor())
    // A process ends after its start, and not in it.
    if (this.#status !== "active") this.urge({ type: "stop", reason: "normal" })
  }

  protected override handle(envelope: Envelope): void {
    const { kind, route, argument } = envelope
    if (kind === "signal") return this.#signalled(envelope)
    if (route instanceof Relayed) return this.#deliver(envelope, () => this.#pass(route))
    if (route === STATECHART_ROUTES.snapshot) return this.#deliver(envelope, () => {})
    const event = eventOf(argument)
    if (event === undefined) return this.#refuse(envelope, notAnEvent(argument))
    if (!this.#takes(event)) return this.#refuse(envelope, notTaken(event, this.label))
    this.#deliver(envelope, () => this.#actor?.send(event))
  }

  // -- what the system asks for --------------------------------------------------------------------------------

  override systemState(): unknown {
    return this.#actor?.getSnapshot()
  }

  /** Between two events a state follows from events alone: what else would start what is invoked there, and stop what was? */
  override replaceSystemState(): void {
    throw invalid("state", `of ${this.label} cannot be replaced: a statechart changes by events`)
  }

  override delivery(envelope: Envelope): Delivery | undefined {
    const { kind, argument } = envelope
    const delivery = super.delivery(envelope)
    if (kind !== "signal") return delivery
    if (argument instanceof Relayed) return { handler: "info", message: argument.event }
    return delivery?.message instanceof Due ? { ...delivery, message: delivery.message.event } : delivery
  }

  // -- events --------------------------------------------------------------------------------------------------

  #signalled(envelope: Envelope): void {
    const { argument } = envelope
    if (argument instanceof Relayed) {
      // What a crash report shows of it.
      envelope.argument = argument.event
      return this.#step(() => this.#pass(argument))
    }
    if (argument instanceof Tick) return argument.isDue ? this.#ticked(envelope, argument.redeem()) : undefined
    if (!isWanted(argument)) return
    // As gen_statem: one that traps exits still ends with its parent.
    if (isExit(argument) && argument.from === this.parent?.pid) return this.end(argument.reason)
    this.#offer(argument)
  }

  #ticked(envelope: Envelope, message: unknown): void {
    if (!(message instanceof Due)) return this.#offer(message)
    envelope.argument = message.event
    this.#step(message.run)
  }

  /** A signal that the machine takes in no state is reported, as one without a handler. */
  #offer(signal: unknown): void {
    const event = eventOf(signal)
    if (event !== undefined && this.#takes(event)) this.#step(() => this.#actor?.send(event))
    else this.kernel.reportNotice(this.label, this.inbox.shown(signal))
  }

  #takes(event: EventObject): boolean {
    return !isReserved(event) && this.#plan.takes(event.type)
  }

  #refuse(envelope: Envelope, problem: Invalid): void {
    if (envelope.isRequest) envelope.fail(problem)
    else this.kernel.report(this.label, this.inbox.shown(envelope.argument), "unhandled")
  }

  #deliver(envelope: Envelope, work: () => void): void {
    this.accept(envelope)
    this.#run(work)
    envelope.reply(this.systemState())
    this.#endIfOver()
  }

  #step(work: () => void): void {
    this.#run(work)
    this.#endIfOver()
  }

  // -- the actor -----------------------------------------------------------------------------------------------

  #startActor(): void {
    const inherited = this.#inherited
    this.#inherited = undefined
    const actor = this.#createActor(inherited)
    this.#actor = actor
    actor.subscribe({ error: (error) => this.#failed(error), complete: () => this.#completed() })
    actor.system.scheduler = this.#clock
    this.#relay = interceptRelay(actor.system, (source, target, event) => this.#relayed(source, target, event))
    actor.start()
    inherited?.rearm(actor, this.#clock, this.kernel.now())
  }

  #createActor(inherited: StatechartEstate | undefined): Actor<AnyStateMachine> {
    const { machine, callbacks } = this.#plan
    const argument = this.#argument as Argument
    this.#argument = undefined
    // What cannot be persisted fails the start once: the incarnation after that has nothing to inherit.
    this.#estate = StatechartEstate.none
    const snapshot = inherited?.persisted()
    this.#estate = undefined
    const options = { ...contained(this.kernel, callbacks), clock: this.#clock }
    if (snapshot !== undefined) return createActor(machine, { ...options, snapshot })
    return createActor(machine, { ...options, input: this.#plan.inputOf(argument, this.#clock.self) })
  }

  /** Lets the machine run, and throws what it failed with. */
  #run(work: () => void): void {
    this.#isInside = true
    try {
      work()
    } finally {
      this.#isInside = false
    }
    if (this.#fault !== undefined) throw this.#fault.error
    if (this.#actor !== undefined && this.#status === "active") this.#estate = StatechartEstate.of(this.#actor, this.#clock.delayed)
  }

  get #status(): AnyMachineSnapshot["status"] | undefined {
    return this.#actor?.getSnapshot().status
  }

  #endIfOver(): void {
    if (this.#status !== "active") this.end("normal")
  }

  #failed(error: unknown): void {
    this.#fault = { error }
  }

  #completed(): void {
    const snapshot = this.#actor?.getSnapshot()
    if (snapshot?.status === "done") {
      // It leaves nothing to go on from.
      this.#estate = undefined
      concludeWith(this.pid, snapshot.output)
    }
    // Stopped by somebody who holds the actor.
    if (!this.#isInside) this.urge({ type: "stop", reason: "normal" })
  }

  /** Stops all that runs below the process; a machine that has failed has stopped itself, and not its children. */
  #clear(): void {
    const actor = this.#actor
    if (actor === undefined) return
    this.#isInside = true
    try {
      actor.stop()
      stopChildren(actor)
    } catch {
      // Only an inspector that was added to the machine's system throws here, and the end of a process must not fail.
    }
    this.#isInside = false
  }

  // -- events between actors -----------------------------------------------------------------------------------

  #relayed(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void {
    if (this.#isInside) return this.#pass({ source, target, event })
    const relayed = new Relayed(source, target, event)
    // Between two incarnations the inbox is the next one's.
    if (this.inbox.owner !== this) this.kernel.refuse(this.label, this.inbox.shown(event), "ended")
    else if (isReserved(event) && event.type !== OBSERVABLE_NEXT)
      this.kernel.signal(this.inbox, "signal", relayed, undefined, this.#contextOfSender())
    else this.kernel.tell(this.inbox, relayed, event, undefined, true)
  }

  /** What an actor below sends of itself is handled as what comes from outside: in its sender's async context. */
  #contextOfSender(): AsyncContext | undefined {
    return this.takesContexts ? this.kernel.captureContext() : undefined
  }

  #pass({ source, target, event }: Pick<Relayed, "source" | "target" | "event">): void {
    // XState leaves running what an actor that failed had invoked.
    if (event.type.startsWith(ACTOR_ERROR) && source !== undefined) stopChildren(source)
    const system = target.system as System | undefined
    // An actor of another system has a turn of its own; what is none of XState's own has no system.
    if (system === undefined || system === this.#actor?.system) this.#relay(source, target, event)
    else relay(system, source, target, event)
  }
}

function stopChildren(actor: AnyActorRef): void {
  for (const child of Object.values(childrenOf(actor.getSnapshot()))) {
    if (child.getSnapshot().status === "active") child.send(STOP)
  }
}

function notAnEvent(message: unknown): Invalid {
  return invalid("message", `must be an event, an object with a string type; got ${shown(message)}`)
}

function notTaken({ type }: EventObject, label: string): Invalid {
  return invalid("message.type", `is ${shown(type)}, which the statechart ${label} takes in no state`)
}
