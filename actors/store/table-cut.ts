/** A table as a cut of it sees it: what outlives the process, and nothing else. What is bound goes with its holders, and they with the process. */

import type { EntryTable } from "./entry-table.ts"
import { NEVER, NO_IDLE } from "./lifetime.ts"
import type { CutEntry, CutTable } from "./snapshot-cut.ts"

export function cutTableOf(table: EntryTable): CutTable {
  return {
    get slots() {
      return table.slots
    },
    entryAt: (slot) => (table.isBound(slot) ? undefined : entryAt(table, slot)),
  }
}

function entryAt(table: EntryTable, slot: number): CutEntry | undefined {
  const key = table.keyAt(slot)
  if (key === undefined) return undefined
  const { deadline, idleMs, limit } = table.lifetimeAt(slot)
  const ownLimit = idleMs === NO_IDLE ? NEVER : limit
  return { key, value: table.valueAt(slot), version: table.versionAt(slot), deadline, idleMs, limit: ownLimit }
}
