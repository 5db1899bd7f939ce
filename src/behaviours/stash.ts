/** How many messages a process may put aside. */

import { invalid, RateLimited, shown } from "../kernel/errors.ts"

/** Where the definition does not say. */
export const DEFAULT_STASH_CAPACITY = 1024

/** Throws `Invalid` for what is no capacity. */
export function checkStashCapacity(capacity: unknown): void {
  if (capacity !== undefined && !(Number.isInteger(capacity) && (capacity as number) >= 1))
    throw invalid("stashCapacity", `must be a whole number from 1; got ${shown(capacity)}`)
}

/** The error of a message too many. */
export function stashError(target: string, capacity: number): RateLimited {
  const details = { target, stashCapacity: capacity }
  return new RateLimited(`the stash of ${target} is full (${capacity} messages put aside)`, { details })
}
