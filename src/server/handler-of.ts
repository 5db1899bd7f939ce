/** Which of a server's handlers a message is for. */

import type { Envelope } from "../kernel/envelope.ts"
import { isA } from "../kernel/instance.ts"
import { Continuation } from "./continuations.ts"
import { Detached } from "./detached.ts"
import { IdleTick } from "./idle-timer.ts"

/** As errors and traces call it: `call.add`, `cast.add`, `info`, `continue`, `idle`, `detached`. */
export function handlerOf({ kind, route, argument }: Envelope): string {
  if (route !== undefined) return `${route.kind}.${route.name}`
  // What was a tick and was put aside has become its message, which may be anything.
  if (kind !== "signal") return "info"
  if (isA(argument, Continuation)) return "continue"
  if (isA(argument, IdleTick)) return "idle"
  return isA(argument, Detached) ? "detached" : "info"
}

/** How a message came to `info`: somebody waits for the answer, it was told, or it is the runtime's (a tick, a `DOWN`, an `EXIT`). */
export function sendingOf({ kind, isRequest }: Envelope): "ask" | "tell" | "signal" {
  if (kind === "signal") return "signal"
  return isRequest ? "ask" : "tell"
}

/** Whether it is for the `info` handler. */
export function isInfo(envelope: Envelope): boolean {
  return envelope.route === undefined && !isInternal(envelope)
}

/** Whether it is the runtime's own, to a handler that is given no message. */
export function isInternal({ kind, argument }: Envelope): boolean {
  return kind === "signal" && (isA(argument, Continuation) || isA(argument, IdleTick) || isA(argument, Detached))
}
