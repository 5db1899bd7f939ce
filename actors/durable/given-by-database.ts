/**
 * What a database gives, looked at once, where it comes in: a database may be anybody's, and what it gives wrongly is not to be taken for an entry that is
 * not there.
 *
 * Not here: what stands in a row. Its value is read where it is needed (`entry-row.ts`).
 */

import { Internal, type Invalid, invalid, shown } from "../../src/index.ts"
import type { DatabaseSize, Opened } from "./store-database.ts"

/** What was found when it was opened, in an object of our own. Throws `Invalid`. */
export function openedOf(given: unknown): Opened {
  const { epoch, lastVersion, clock, entries } = partsOf(given)
  if (typeof epoch !== "string" || epoch === "") throw notOpened("epoch", epoch)
  if (!isCount(lastVersion)) throw notOpened("lastVersion", lastVersion)
  if (!isCount(clock)) throw notOpened("clock", clock)
  if (!isCount(entries)) throw notOpened("entries", entries)
  return { epoch, lastVersion, clock, entries }
}

/** Rows, as many as there are keys where that is said. Throws `Internal`. */
export function rowsFrom<Row>(call: string, given: readonly Row[], count?: number): readonly Row[] {
  if (Array.isArray(given) && (count === undefined || given.length === count)) return given
  const wanted = count === undefined ? "a list" : `a list of ${count}`
  throw wrong(call, wanted, Array.isArray(given) ? `one of ${(given as readonly Row[]).length}` : shown(given))
}

/** Throws `Internal`. */
export function countFrom(call: string, given: unknown): number {
  if (isCount(given)) return given
  throw wrong(call, "a whole number from 0", shown(given))
}

/** Throws `Internal`. */
export function sizeFrom(given: unknown): DatabaseSize {
  const { entries, bytes } = partsOf(given)
  if (isCount(entries) && isCount(bytes)) return { entries, bytes }
  throw wrong("size", "entries and bytes, whole numbers from 0", shown(given))
}

function notOpened(name: string, got: unknown): Invalid {
  return invalid("database", `must say how it was found when it is opened; its ${name} is ${shown(got)}`)
}

function partsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null ? { ...given } : {}
}

function isCount(given: unknown): given is number {
  return typeof given === "number" && Number.isSafeInteger(given) && given >= 0
}

function wrong(call: string, wanted: string, got: string): Internal {
  return new Internal(`the database's ${call} must give ${wanted}; it gave ${got}`)
}
