/** What is posted in the place of what a caller has sent: a value of the runtime's own, where a guard looks at it or a schema decodes it. */

import type { RoutePayload } from "../kernel/envelope.ts"
import { Invalid, invalid } from "../kernel/errors.ts"
import type { Guard } from "./guard.ts"
import type { DecodedArgument } from "./mailbox.ts"
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

/** As its schema makes it, and then its guard takes it; once. Throws `Invalid`. */
export function decodedBy(payload: RoutePayload, guard: Guard | undefined, argument: unknown): unknown {
  if (madeBy(argument) === payload) return (argument as DecodedArgument).value
  if (guard === undefined || !isLookedAt(guard)) return payload.take(argument)
  const own = payload.take(argument, guard.take === undefined)
  // The schema has read a copy, so nobody else has what it gives.
  return guard.take === undefined || typeof own !== "object" || own === null ? own : takenBy(guard, own)
}

let madeBy: (argument: unknown) => RoutePayload | undefined

class Decoded implements DecodedArgument {
  readonly value: unknown
  readonly #payload: RoutePayload

  static {
    madeBy = (argument) => (typeof argument === "object" && argument !== null && #payload in argument ? argument.#payload : undefined)
  }

  constructor(payload: RoutePayload, value: unknown) {
    this.value = value
    this.#payload = payload
    Object.freeze(this)
  }
}

/** For a face to look at, before it posts it. Throws `Invalid`, also where no schema is declared. */
export function decodedFor(payload: RoutePayload | undefined, guard: Guard | undefined, argument: unknown): DecodedArgument {
  if (payload === undefined) throw invalid("route", "must be of an operation that declares a payload")
  return new Decoded(payload, decodedBy(payload, guard, argument))
}
