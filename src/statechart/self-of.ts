/** From an actor of XState to the process that it runs in. */

import type { AnyActorRef } from "xstate"
import { foreignKind } from "../kernel/copies.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { memberOf } from "../kernel/option-fields.ts"
import { StatechartClock } from "./statechart-clock.ts"
import type { StatechartSelf } from "./statechart-self.ts"

/**
 * What the process behind an actor can do as itself, for the actions, guards and invoked actors of a statechart: `selfOf(self)`.
 *
 * Errors  Invalid, for an actor that runs in no process.
 *
 * @example
 * import { setup } from "xstate"
 * const watcher = statechart(setup({ types: { input: {} as Pid } }).createMachine({
 *   entry: ({ event, self }) => void selfOf(self).monitor(event.input),
 *   on: { DOWN: ".over" },
 *   initial: "watching",
 *   states: { watching: {}, over: {} },
 * }))
 */
export function selfOf(actor: Pick<AnyActorRef, "system">): StatechartSelf {
  const self = processSelf(actor)
  if (self === undefined) throw invalid("actor", "runs in no process: spawn its machine as a statechart")
  return self
}

/** As `selfOf`; `undefined` for an actor that runs in no process. Throws `Invalid` where it runs in one of another copy of the package. */
export function processSelf(actor: Pick<AnyActorRef, "system">): StatechartSelf | undefined {
  const system = memberOf(actor, "system")
  if (typeof system !== "object") throw invalid("actor", `must be an actor of XState; got ${shown(actor)}`)
  const clock = memberOf(system, "_clock")
  if (isA(clock, StatechartClock)) return memberOf(actor, "_parent") === undefined ? clock.self : clock.selfBelow
  if (foreignKind(clock) !== undefined) throw invalid("actor", `runs in ${shown(clock)}`)
  return undefined
}
