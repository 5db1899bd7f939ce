/**
 * Statecharts as processes: any XState 5 machine, behind an inbox, under a supervisor.
 *
 * Events are messages. What the machine invokes and spawns runs under the process and dies with it; `after` and every delay are the
 * runtime's time. A machine that is done ends its process `normal`, one that throws crashes it.
 *
 * Source  OTP, gen_statem(3).
 */

import type { ActorOptions, AnyStateMachine, InputFrom } from "xstate"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { boolean, callback, memberOf, optional, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import type { Self } from "../process/self.ts"
import { observer } from "../statechart/statechart-callbacks.ts"
import { takenBy } from "../statechart/statechart-events.ts"
import type { MachineOf } from "../statechart/statechart-machine.ts"
import { StatechartPid } from "../statechart/statechart-pid.ts"
import { type StatechartPlan, StatechartProcess } from "../statechart/statechart-process.ts"
import { StateMachine } from "../statechart/xstate-peer.ts"
import { ReceivedDefinition } from "./received-definition.ts"
import type { Reception } from "./service-record.ts"
import { type StatechartMailbox, statechartReception } from "./statechart-mailbox.ts"

/** How a machine is run; all of it may be left out. */
export interface StatechartOptions {
  /** Whether exit signals of linked processes come as `EXIT` events in place of ending this one. Default `false`. */
  readonly trapExit?: boolean
  /**
   * Told of what happens in the machine and the actors below it, by XState's inspection protocol. Runs in the midst of a transition: it must
   * be quick. What it throws is logged, at a bounded rate, and changes nothing.
   */
  readonly inspect?: NonNullable<ActorOptions<AnyStateMachine>["inspect"]>
  /** Where the machine's `log` actions go; what it throws is logged likewise. Default: XState's, the console. */
  readonly logger?: (...parts: unknown[]) => void
}

/** As `StatechartOptions`, with an argument of one's own for `spawn` and `child`. */
export interface StatechartOptionsWithInput<M extends AnyStateMachine, Argument> extends StatechartOptions {
  /** Makes the machine's input of what it is spawned with. Not called where a state is inherited. */
  readonly input: (argument: Argument, self: Self) => InputFrom<M>
}

/** What `statechart` makes: to spawn, to put under a supervisor, or to build a service on. */
export class StatechartDefinition<in out M extends AnyStateMachine, in Argument> extends ReceivedDefinition<
  Argument,
  StatechartPid<M>,
  StatechartMailbox<M>
> {
  /** The machine that it was made of. */
  readonly machine: M
  readonly #plan: StatechartPlan<Argument>

  constructor(machine: M, plan: StatechartPlan<Argument>) {
    super()
    this.machine = machine
    this.#plan = plan
  }

  /** @internal */
  override get reception(): Reception {
    return statechartReception
  }

  /** @internal */
  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    const pid = (id: number, process: Process): StatechartPid<M> => new StatechartPid<M>(id, process)
    return new StatechartProcess(context, { ...options, pid }, this.#plan, argument)
  }
}

/**
 * Defines a process by an XState machine; what it is spawned with is the machine's input.
 *
 * Events  A message is an event if it is an object with a string `type`. One that the machine takes in no state, and any message that
 *         is no event, is reported as a dead letter, and asked, answered with `Invalid`. `DOWN`, trapped `EXIT` and ticks of
 *         `self.after` are events where the machine takes them, and reported where no state does. Types that begin with `xstate.`
 *         are XState's own and refused.
 * Ask     is answered with the snapshot after the event.
 * Order   that of the inbox, one event a turn; what invoked actors send comes through the inbox too. What they emit takes room there;
 *         what they come to (a result, an error, a delay that is over) is never refused. An action may postpone the event at hand until the
 *         state changes: `selfOf(self).postpone()`.
 * Ends    `normal` when the machine is done (its output: `pid.output()`, and the snapshot that the last event's `ask` is answered
 *         with); a crash when it is in error. Whatever ends it, the actors below are stopped; as with XState's `stop`, no exit action
 *         of the machine runs.
 * State   with `state: "retain"` the next incarnation goes on from the snapshot before the event that failed: entry actions are not
 *         run again, invoked actors are started again, pending delays run on for what was left of them.
 * Source  OTP gen_statem. Differs: an event that no state takes is told of, one that only the present state does not take is dropped.
 *
 * @example
 * import { createMachine } from "xstate"
 * const light = statechart(createMachine({
 *   initial: "off",
 *   states: { off: { on: { PRESS: "on" } }, on: { after: { 60_000: "off" }, on: { PRESS: "off" } } },
 * }))
 * const pid = runtime.spawn(light)
 * pid.send({ type: "PRESS" }) // => true
 * const { value } = await pid.snapshot()
 * value // => "on"
 */
export function statechart<M extends AnyStateMachine, Argument>(
  machine: M,
  options: StatechartOptionsWithInput<M, Argument>,
): StatechartDefinition<MachineOf<M>, Argument>
export function statechart<M extends AnyStateMachine>(
  machine: M,
  options?: StatechartOptions,
): StatechartDefinition<MachineOf<M>, unknown extends InputFrom<M> ? unknown : InputFrom<M>>
export function statechart(
  machine: AnyStateMachine,
  options?: StatechartOptions & Partial<StatechartOptionsWithInput<AnyStateMachine, unknown>>,
): StatechartDefinition<AnyStateMachine, unknown> {
  if (!isA(machine, StateMachine)) throw invalid("machine", `must be made by XState's createMachine; got ${shownMachine(machine)}`)
  const { input, trapExit, inspect, logger } = readOptions(options, OPTIONS)
  return new StatechartDefinition<AnyStateMachine, unknown>(machine, {
    machine,
    takes: takenBy(machine),
    inputOf: (argument, self) => (input === undefined ? argument : input(argument, self)),
    trapExit,
    callbacks: { ...(inspect === undefined ? {} : { inspect }), ...(logger === undefined ? {} : { logger }) },
  })
}

/** A machine of the class that a second copy of XState has is the likeliest mistake. */
function shownMachine(value: unknown): string {
  const isMachine = typeof memberOf(value, "getInitialSnapshot") === "function" && typeof memberOf(value, "provide") === "function"
  return isMachine ? "one of another copy of xstate: npm ls xstate shows both" : shown(value)
}

const OPTIONS = {
  input: optional(callback<NonNullable<StatechartPlan<unknown>["inputOf"]>>()),
  trapExit: otherwise(boolean, false),
  inspect: optional(observer),
  logger: optional(callback<NonNullable<StatechartOptions["logger"]>>()),
}
