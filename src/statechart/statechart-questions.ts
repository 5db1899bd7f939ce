/** What is asked of a machine's state, and changes nothing of it: whether it takes an event now, and to be told once a state has come. */

import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate"
import { fail, reply } from "../kernel/answer.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Internal, thrownText } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import { audienceFor } from "./statechart-audience.ts"
import { isReserved } from "./statechart-events.ts"
import type { Wait } from "./statechart-wait.ts"

/** Guards are asked, and nothing else is done; one that throws fails this request, and not the machine. */
export function answerWhetherTaken(envelope: Envelope, snapshot: AnyMachineSnapshot, event: EventObject): void {
  try {
    reply(envelope, !isReserved(event) && snapshot.can(event))
  } catch (error) {
    fail(envelope, guardError(envelope.inbox.label, error))
  }
}

/** Whoever may ask is told where the machine has no such state. */
export function answerOnceThere(
  envelope: Envelope,
  { inbox, kernel }: Process,
  snapshot: AnyMachineSnapshot,
  machine: AnyStateMachine,
  wait: Wait,
): void {
  const problem = wait.problemIn(machine)
  if (problem === undefined) audienceFor(inbox, kernel).wait(envelope, snapshot)
  else fail(envelope, problem)
}

function guardError(label: string, error: unknown): Internal {
  const message = `${label} cannot say whether it takes the event: a guard threw ${thrownText(error)}`
  return new Internal(message, { details: { target: label }, cause: error })
}
