/** What is posted in the place of what a caller has sent: a value of the runtime's own, where a guard looks at it or a schema decodes it. */

import type { RoutePayload } from "../kernel/envelope.ts"
import { Invalid } from "../kernel/errors.ts"
import type { Guard } from "./guard.ts"
import { ownCopy } from "./own-copy.ts"
import { isLookedAt, readAtOnce, unreadable } from "./permissions.ts"

/** As its guard takes it. Throws `Invalid`. */
export function takenBy(guard: Guard, argument: unknown): unknown {
  if (guard.take === undefined) return ownCopy(argument)
  try {
    return readAtOnce(guard.take(argument as never))
  } catch (error) {
    throw error instanceof Invalid ? error : unreadable(guard, error)
  }
}

/** As its schema makes it, and then its guard takes it. Throws `Invalid`. */
export function decodedBy(payload: RoutePayload, guard: Guard | undefined, argument: unknown): unknown {
  if (guard === undefined || !isLookedAt(guard)) return payload.take(argument)
  const own = payload.take(argument, guard.take === undefined)
  // The schema has read a copy, so nobody else has what it gives.
  return guard.take === undefined || typeof own !== "object" || own === null ? own : takenBy(guard, own)
}
