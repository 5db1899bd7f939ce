/**
 * A running statechart: an XState actor behind the inbox of a process.
 *
 * Invariants
 * - Every transition runs in a turn of the process, one event at a time in the order of the inbox: what invoked actors send, what
 *   promises settle to and what time brings comes through the inbox too. Within a turn XState's own order holds.
 * - At any end, also a kill, every actor below the machine is stopped; no timer and no subscription of theirs is left.
 * - The snapshot before the failing event is what the next incarnation may inherit.
 */

import type { Actor, AnyActorRef, AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate"
import { fail, reply } from "../kernel/answer.ts"
import { type AsyncContext, runIn } from "../kernel/async-context.ts"
import type { Envelope, Route } from "../kernel/envelope.ts"
import { type Invalid, invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { machineWatchOf } from "../kernel/kernel-host.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import type { Context } from "../process/context.ts"
import { checkResult } from "../process/outcome.ts"
import type { Self } from "../process/self.ts"
import { type Delivery, SystemProcess } from "../process/system-process.ts"
import { isExit, isWanted } from "../topology/topology.ts"
import { audienceOf } from "./statechart-audience.ts"
import { contained, type StatechartCallbacks } from "./statechart-callbacks.ts"
import { Due, StatechartClock } from "./statechart-clock.ts"
import { childrenOf, StatechartEstate } from "./statechart-estate.ts"
import { eventOf, isReserved } from "./statechart-events.ts"
import { concludeWith, STATECHART_ROUTES } from "./statechart-pid.ts"
import { StatechartPostponing } from "./statechart-postponing.ts"
import { promisesBelow } from "./statechart-promises.ts"
import { answerOnceThere, answerWhetherTaken } from "./statechart-questions.ts"
import { Relayed } from "./statechart-relayed.ts"
import { type StatechartPort, StatechartSelf } from "./statechart-self.ts"
import { shownTo } from "./statechart-shown.ts"
import { watched } from "./statechart-transitions.ts"
import { Wait } from "./statechart-wait.ts"
import { createActor } from "./xstate-peer.ts"
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

/** An observable may emit without bound, so what it emits takes room in the inbox; a result or an error comes once. */
const OBSERVABLE_NEXT = "xstate.observable.next"
const ACTOR_ERROR = "xstate.error.actor."

/** What XState's own `stopChild` sends. */
const STOP: EventObject = { type: "xstate.stop" }

export class StatechartProcess<Argument> extends SystemProcess implements StatechartPort {
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
  /** The snapshot that was noted last. */
  #noted: AnyMachineSnapshot | undefined = undefined
  readonly #postponing: StatechartPostponing

  constructor(context: Context, options: ProcessOptions, plan: StatechartPlan<Argument>, argument: Argument) {
    super(context.kernel, options)
    this.#plan = plan
    this.#argument = argument
    this.#clock = new StatechartClock(this, new StatechartSelf(this, context), new StatechartSelf(this, context, true))
    this.#postponing = new StatechartPostponing(options.inbox, context.kernel)
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

  /** Those outside who are told are called on no asker's stack, which may be full; XState takes much of it already. */
  override get isAtRest(): boolean {
    return super.isAtRest && audienceOf(this.inbox)?.isAttended !== true
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
    if (route instanceof Relayed) return this.#deliver(envelope, () => this.#pass(route), this.#isForMachine(route))
    if (route === STATECHART_ROUTES.snapshot) return this.#deliver(envelope, () => {})
    if (!isForEvents(route)) return this.#question(envelope)
    const event = eventOf(argument)
    if (event === undefined) return this.#refuse(envelope, notAnEvent(argument))
    if (!this.#takes(event)) return this.#refuse(envelope, notTaken(event, this.label))
    this.#deliver(envelope, () => this.#actor?.send(event), true)
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
    const { kind, route, argument } = envelope
    if (route === STATECHART_ROUTES.waitFor && isA(argument, Wait)) return { handler: "call.waitFor", message: argument.shown }
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
    if (isExit(argument) && this.endsWith(argument.from)) return this.end(argument.reason)
    this.#offer(envelope, argument)
  }

  #ticked(envelope: Envelope, message: unknown): void {
    if (!(message instanceof Due)) return this.#offer(envelope, message)
    envelope.argument = message.event
    if (this.#isForMachine(message)) this.#deliver(envelope, message.run, true)
    else this.#step(message.run)
  }

  /** A signal that the machine takes in no state is reported, as one without a handler. */
  #offer(envelope: Envelope, signal: unknown): void {
    // Where it is postponed, its timer is over by the time that it comes back.
    envelope.argument = signal
    const event = eventOf(signal)
    if (event !== undefined && this.#takes(event)) this.#deliver(envelope, () => this.#actor?.send(event), true)
    else this.kernel.reportNotice(this.label, this.inbox.shown(signal))
  }

  #takes(event: EventObject): boolean {
    return !isReserved(event) && this.#plan.takes(event.type)
  }

  #refuse(envelope: Envelope, problem: Invalid): void {
    if (envelope.isRequest) fail(envelope, problem)
    else this.lost(envelope)
  }

  /** `isEvent`: it is one of the machine's own, and may be postponed. */
  #deliver(envelope: Envelope, work: () => void, isEvent = false): void {
    this.accept(envelope)
    this.#run(work, isEvent)
    const snapshot = this.#actor?.getSnapshot()
    if (!this.#postponing.takes(envelope)) reply(envelope, snapshot === undefined ? undefined : shownTo(envelope.origin, snapshot))
    this.#settleTurn()
  }

  #step(work: () => void): void {
    this.#run(work)
    this.#settleTurn()
  }

  #settleTurn(): void {
    this.#postponing.retry()
    this.#endIfOver()
  }

  postpone(): void {
    this.#postponing.want()
  }

  /** Whether it is one of the machine's own events, and not of an actor below, nor of those by which XState speaks to itself. */
  #isForMachine({ target, event }: Relayed | Due): boolean {
    return event !== undefined && target === this.#actor && !isReserved(event)
  }

  // -- what is asked of its state ------------------------------------------------------------------------------

  #question(envelope: Envelope): void {
    const { route, argument } = envelope
    const snapshot = this.#actor?.getSnapshot()
    if (snapshot === undefined) return
    if (route !== STATECHART_ROUTES.can && isA(argument, Wait)) {
      this.accept(envelope)
      return answerOnceThere(envelope, this, snapshot, this.#plan.machine, argument)
    }
    const event = route === STATECHART_ROUTES.can ? eventOf(argument) : undefined
    if (event === undefined) return this.#refuse(envelope, notAnEvent(argument))
    this.accept(envelope)
    answerWhetherTaken(envelope, snapshot, event)
  }

  // -- the actor -----------------------------------------------------------------------------------------------

  #startActor(): void {
    const inherited = this.#inherited
    this.#inherited = undefined
    audienceOf(this.inbox)?.concluded(false)
    const actor = this.#createActor(inherited)
    this.#actor = actor
    actor.subscribe({
      next: (snapshot) => this.#changed(snapshot),
      error: (error) => this.#failed(error),
      complete: () => this.#completed(),
    })
    actor.on("*", (event) => audienceOf(this.inbox)?.noteEmitted(event))
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
    const told = watched(contained(this.kernel, callbacks), machineWatchOf(this.kernel.host), this.label)
    const options = { ...told, clock: this.#clock }
    if (snapshot !== undefined) return createActor(machine, { ...options, snapshot })
    return createActor(machine, { ...options, input: this.#plan.inputOf(argument, this.#clock.self) })
  }

  /** Lets the machine run, and throws what it failed with. */
  #run(work: () => void, isEvent = false): void {
    this.#isInside = true
    this.#postponing.begin(isEvent)
    try {
      work()
    } finally {
      this.#isInside = false
      this.#postponing.over()
    }
    if (this.inbox.audience !== undefined) audienceOf(this.inbox)?.tell()
    if (this.#fault !== undefined) throw this.#fault.error
    if (this.#actor !== undefined && this.#status === "active") this.#estate = StatechartEstate.of(this.#actor, this.#clock.delayed)
  }

  get #status(): AnyMachineSnapshot["status"] | undefined {
    return this.#actor?.getSnapshot().status
  }

  #endIfOver(): void {
    if (this.#status !== "active") this.end("normal")
  }

  /** Told after each event, also of one that has changed nothing. */
  #changed(snapshot: AnyMachineSnapshot): void {
    const startOf = this.#noted === undefined ? this : undefined
    if (startOf === undefined) this.#postponing.handled(snapshot.value)
    else this.#postponing.reached(snapshot.value)
    if (snapshot === this.#noted) return
    this.#noted = snapshot
    audienceOf(this.inbox)?.noteSnapshot(snapshot, startOf)
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
      this.#fault = faultOf(snapshot.output)
      audienceOf(this.inbox)?.concluded(this.#fault === undefined)
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
    if (target === this.#actor) this.#postponing.came(event)
    // XState leaves running what an actor that failed had invoked.
    if (event.type.startsWith(ACTOR_ERROR) && source !== undefined) stopChildren(source)
    const system = target.system as System | undefined
    // An actor of another system has a turn of its own; what is none of XState's own has no system.
    if (system === undefined || system === this.#actor?.system) this.#relay(source, target, event)
    else relay(system, source, target, event)
  }
}

/** What comes by another name is asked, and is no event, whatever it looks like: permission was given for the question. */
function isForEvents(route: Route | undefined): boolean {
  return route === undefined || route === STATECHART_ROUTES.transition || route === STATECHART_ROUTES.send
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

/** What a machine that is done fails with, where its output passes for what it is not. */
function faultOf(output: unknown): { readonly error: unknown } | undefined {
  try {
    checkResult("output", output)
    return undefined
  } catch (error) {
    return { error }
  }
}
