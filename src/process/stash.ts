/** How many messages a process may put aside. */

import { RateLimited } from "../kernel/errors.ts"
import { optional, wholeNumber } from "../kernel/option-fields.ts"

/** Where the definition does not say. */
export const DEFAULT_STASH_CAPACITY = 1024

/** Reads the option. */
export const stashCapacity = optional(wholeNumber(1))

/** The error of a message too many. */
export function stashError(target: string, capacity: number): RateLimited {
  const details = { target, stashCapacity: capacity }
  return new RateLimited(`the stash of ${target} is full (${capacity} messages put aside)`, { details })
}
