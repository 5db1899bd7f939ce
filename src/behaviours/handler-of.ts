/** Which of a server's handlers a message is for. */

import type { Envelope } from "../kernel/envelope.ts"
import { Continuation } from "./continuations.ts"
import { Detached } from "./detached.ts"
import { IdleTick } from "./idle-timer.ts"

/** As errors and traces call it: `call.add`, `cast.add`, `info`, `continue`, `idle`, `detached`. */
export function handlerOf({ route, argument }: Envelope): string {
  if (route !== undefined) return `${route.kind}.${route.name}`
  if (argument instanceof Continuation) return "continue"
  if (argument instanceof IdleTick) return "idle"
  return argument instanceof Detached ? "detached" : "info"
}

/** Whether it is the runtime's own, to a handler that is given no message. */
export function isInternal({ argument }: Envelope): boolean {
  return argument instanceof Continuation || argument instanceof IdleTick || argument instanceof Detached
}
