/** An entry of a durable store, as it stands in memory. */

import { Internal } from "../../src/index.ts"
import type { Lifetime } from "../store/lifetime.ts"
import type { Calendar } from "./calendar.ts"
import { checkedValue } from "./checked-value.ts"
import type { EntryRow } from "./store-database.ts"

/** Held by no mailbox. */
export const UNHELD = 0
/** Held by whoever held what stood there before. */
export const HELD_AS_BEFORE = -1

/** What is there of an entry beside its value and its key, roughly, in bytes. */
const ROW_BYTES = 200

export interface Row {
  /** As `copyIn` has made it. */
  readonly value: unknown
  readonly version: number
  /** Moves on with each reading, where the entry slides. */
  lifetime: Lifetime
  /** The mailbox that holds it, where one does: such an entry is in memory alone, as no mailbox outlives its program. */
  readonly owner: number
  /** Whoever held what stood there before holds it no more. Default: it holds this, too. */
  readonly isAnew?: boolean
  /** What it takes in memory, by an estimate. */
  readonly bytes: number
}

/** What a row takes whose key and encoded value are so long. */
export function bytesOf(key: string, valueBytes: number): number {
  return ROW_BYTES + 2 * key.length + 2 * valueBytes
}

/** What was read of a database. Throws `Internal` where its value cannot be read. */
export function rowOf(read: EntryRow, calendar: Calendar): Row {
  return {
    value: storedIn(read),
    version: read.version,
    lifetime: calendar.lifetimeOf(read),
    owner: UNHELD,
    bytes: bytesOf(read.key, read.value.length),
  }
}

/** Throws `Internal` where it cannot be read. */
export function storedIn({ key, value }: EntryRow): unknown {
  try {
    return checkedValue(value)
  } catch (cause) {
    throw new Internal("the entry's value cannot be read: it is damaged, or another program has written it", { details: { key }, cause })
  }
}
