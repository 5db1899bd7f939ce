/** What whoever reads a table is given, as the store's `get` reads it. */

import { type EntryTable, NOWHERE } from "../../actors/store/entry-table.ts"

export function valueIn(table: EntryTable, key: string, now: () => number): unknown {
  const slot = table.find(key, now)
  if (slot === NOWHERE) return table.missed()
  table.read(slot, now)
  return table.valueAt(slot)
}
