/**
 * Processes as XState actor logic: any machine, whether it runs in a process or not, can invoke and spawn them.
 */

import type { ActorLogic, ActorScope, AnyActorRef, AnyStateMachine, EventObject, OutputFrom, Snapshot } from "xstate"
import { foreignKind } from "../kernel/copies.ts"
import { invalid, shown, Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import { callback, field, memberOf, milliseconds, optional, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import { processOf } from "../kernel/process-of.ts"
import { type Definition, isDefinition } from "../process/definition.ts"
import { ActorPort, type ActorPortPlan, actorPort } from "./actor-port.ts"
import { processSelf } from "./self-of.ts"
import { eventOf, isReserved } from "./statechart-events.ts"
import { conclusionOf, type StatechartPid } from "./statechart-pid.ts"
import type { EventOf } from "./statechart-state.ts"
import { relay } from "./xstate-relay.ts"

/** Who starts a process: a runtime, one of its callers, or a process as itself. */
export interface Spawner {
  /** As `runtime.spawn`, or `self.spawn`. */
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument): Address
}

/** How a process is invoked; all of it may be left out in a machine that runs as a process. */
export interface FromProcessOptions {
  /** Who starts it. Default: the process in which the machine runs. */
  readonly runtime?: Spawner
  /** Milliseconds that it may take to stop, with its actor, before it is killed; from 0. Default 5000. */
  readonly shutdownMs?: number
}

/** As `FromProcessOptions`, with an input of one's own. */
export interface FromProcessOptionsWithArgument<Input, Argument> extends FromProcessOptions {
  /** Makes the process's argument of the actor's input. What is told to `actor` comes to the invoking machine as an event. */
  readonly argument: (input: Input, actor: Pid) => Argument
}

/** What is seen of an invoked process. */
export type ProcessSnapshot<Input, Output> = Snapshot<Output> & {
  /** What it was started with. */
  readonly input: Input
}

/** Actor logic that `fromProcess` makes. */
export type ProcessLogic<Event extends EventObject, Input, Output> = ActorLogic<ProcessSnapshot<Input, Output>, Event, Input>

/** What an invoked process takes: a statechart its events, any other every event. */
export type ProcessEvent<Address> = Address extends StatechartPid<infer M extends AnyStateMachine> ? EventOf<M> : EventObject

/** What an invoked process comes to: a statechart to its output, any other to nothing. */
export type ProcessOutput<Address> = Address extends StatechartPid<infer M extends AnyStateMachine> ? OutputFrom<M> : undefined

const DEFAULT_SHUTDOWN_MS = 5000

/** The process of an actor has ended. Reserved, so that it is never refused. */
const EXITED = "xstate.process.exit"

interface Exited extends EventObject {
  readonly type: typeof EXITED
  readonly reason: ExitReason
  readonly output: unknown
}

/**
 * Makes a process something that a machine can invoke or spawn.
 *
 * It is started with the actor, as the actor's input or what `argument` makes of it, and stopped with it. Events that are sent to the
 * actor are told to the process; what the process tells to `actor` (see `argument`) comes to the invoking machine as an event. When
 * it ends `normal` the actor is done, with the output of a statechart; any other end is an error: what it threw, or `Unavailable` with
 * the reason in its details.
 *
 * Errors  Invalid, as the actor's error: the machine runs in no process and no `runtime` is given.
 *
 * @example
 * import { createActor, setup } from "xstate"
 * const clock = actor<{ periodMs: number; actor: Pid }>(async (self, { periodMs, actor }) => {
 *   self.every(periodMs, "tick")
 *   for await (const _tick of self.inbox) self.tell(actor, { type: "TICK" })
 * })
 * const logic = fromProcess(clock, { runtime, argument: (periodMs: number, actor) => ({ periodMs, actor }) })
 * const machine = setup({ actors: { clock: logic } }).createMachine({
 *   invoke: { src: "clock", input: 1_000 },
 *   on: { TICK: { actions: () => {} } },
 * })
 * createActor(machine).start().stop()
 */
export function fromProcess<Argument, Address extends Pid, Input>(
  definition: Definition<Argument, Address>,
  options: FromProcessOptionsWithArgument<Input, Argument>,
): ProcessLogic<ProcessEvent<Address>, Input, ProcessOutput<Address>>
export function fromProcess<Argument, Address extends Pid>(
  definition: Definition<Argument, Address>,
  options?: FromProcessOptions,
): ProcessLogic<ProcessEvent<Address>, Argument, ProcessOutput<Address>>
export function fromProcess(
  definition: Definition<unknown>,
  options?: FromProcessOptions & Partial<FromProcessOptionsWithArgument<unknown, unknown>>,
): ProcessLogic<EventObject, unknown, unknown> {
  if (!isDefinition(definition)) throw invalid("definition", `must be made by server, process or statechart; got ${shown(definition)}`)
  const { runtime, shutdownMs, argument } = readOptions(options, OPTIONS)
  return logicOf({ definition, runtime, shutdownMs, argument })
}

const OPTIONS = {
  runtime: optional(field<Spawner>(isSpawner, "a runtime")),
  shutdownMs: otherwise(milliseconds, DEFAULT_SHUTDOWN_MS),
  argument: otherwise(callback<Plan["argument"]>(), (input) => input),
}

/** Anything that spawns may stand for one; what another copy runs cannot start what is made here. */
function isSpawner(value: unknown): boolean {
  return foreignKind(value) === undefined && typeof memberOf(value, "spawn") === "function"
}

interface Plan {
  readonly definition: Definition<unknown>
  readonly runtime: Spawner | undefined
  readonly shutdownMs: number
  readonly argument: (input: unknown, actor: Pid) => unknown
}

type AnyProcessLogic = ProcessLogic<EventObject, unknown, unknown>
type AnyProcessSnapshot = ProcessSnapshot<unknown, unknown>
type Scope = ActorScope<AnyProcessSnapshot, EventObject>

function logicOf(plan: Plan): AnyProcessLogic {
  const ports = new WeakMap<AnyActorRef, ActorPort>()
  return {
    config: plan.definition,
    getInitialSnapshot: (_scope, input) => ({ status: "active", output: undefined, error: undefined, input }),
    start: (snapshot, { self }) => {
      if (snapshot.status === "active") ports.set(self, openPort(plan, snapshot.input, self))
    },
    transition: (snapshot, event, { self }) => {
      if (isExited(event)) return endedBy(snapshot, event)
      if (event.type === "xstate.stop") {
        ports.get(self)?.urge({ type: "stop", reason: "shutdown" })
        return { ...snapshot, status: "stopped", output: undefined, error: undefined }
      }
      ports.get(self)?.forward(event)
      return snapshot
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    // It was made by the function above.
    restoreSnapshot: (persisted) => persisted as AnyProcessSnapshot,
  }
}

function openPort({ definition, runtime, shutdownMs, argument }: Plan, input: unknown, self: Scope["self"]): ActorPort {
  const spawner = runtime ?? processSelf(self)
  if (spawner === undefined) throw invalid("runtime", "must be given: the machine that invokes this process runs in none")
  const plan: ActorPortPlan = {
    definition,
    shutdownMs,
    argumentOf: (port) => argument(input, port),
    told: (message) => tellParent(self, message),
    ended: (reason, process) => {
      const exited: Exited = { type: EXITED, reason, output: conclusionOf(process)?.output }
      if (self.getSnapshot().status === "active") relay(self.system, self, self, exited)
    },
  }
  const port = portBehind(spawner.spawn(actorPort, plan))
  port.invoke()
  return port
}

function portBehind(pid: Pid): ActorPort {
  const port = processOf(pid)
  if (port instanceof ActorPort) return port
  throw invalid("runtime", "must start the processes that it is given")
}

function tellParent(self: Scope["self"], message: unknown): boolean {
  const event = eventOf(message)
  if (event === undefined || isReserved(event) || self._parent === undefined) return false
  relay(self.system, self, self._parent, event)
  return true
}

function isExited(event: EventObject): event is Exited {
  return event.type === EXITED
}

function endedBy(snapshot: AnyProcessSnapshot, { reason, output }: Exited): AnyProcessSnapshot {
  if (reason === "normal") return { ...snapshot, status: "done", output, error: undefined }
  const error = typeof reason === "object" && "error" in reason ? reason.error : endError(reason)
  return { ...snapshot, status: "error", output: undefined, error }
}

function endError(reason: ExitReason): Unavailable {
  return new Unavailable(`the invoked process has ended: ${formatExitReason(reason)}`, { details: { reason } })
}
