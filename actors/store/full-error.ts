/** What is said of an entry for which there is no room. */

import { Invalid, type PigeonholeError, Unavailable } from "../../src/index.ts"
import type { EntryTable } from "./entry-table.ts"
import { NEVER } from "./lifetime.ts"

/** Why an entry is not kept: it alone weighs too much, or there is no room for one more. */
export function fullError({ room }: EntryTable, key: string, weight: number): PigeonholeError {
  const { maxEntries, maxWeight, isPart } = room
  const what = isPart ? "the key's partition" : "the store"
  if (weight > maxWeight) {
    const message = `the entry weighs ${weight}, and all of ${what} may weigh ${maxWeight}`
    return new Invalid(message, { details: { field: "value", key, weight, maxBytes: maxWeight } })
  }
  const limits = maxWeight === NEVER ? `${maxEntries} entries` : `${maxEntries} entries, ${maxWeight} bytes`
  const details = { field: "key", key, maxEntries, ...(maxWeight === NEVER ? {} : { maxBytes: maxWeight }) }
  return new Unavailable(`${what} is full (${limits}): no room for a new key`, { details })
}
