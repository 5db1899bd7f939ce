/**
 * Does once what a change may come to while a snapshot is taken: it may be made on a stack that is nearly full, and there must be no code left then
 * that the host has yet to compile (see `rehearsal.ts`).
 */

import { SnapshotCut } from "./snapshot-cut.ts"
import { SnapshotEncoder } from "./snapshot-encoder.ts"
import { copyIn } from "./stored-value.ts"

let isRehearsed = false

export function rehearseSnapshot(): void {
  if (isRehearsed) return
  isRehearsed = true
  const encoder = new SnapshotEncoder({ epoch: "rehearsal", lastVersion: 1, cutAt: 0 })
  const values = [
    1,
    "text",
    { list: [1.5, null, true] },
    new Map([[1, new Date(0)]]),
    new Set([1n]),
    new Uint8Array(1),
    new Error("rehearsed"),
  ]
  const entries = values.map(copyIn).map((value, version) => ({ key: `${version}`, value, version, deadline: 1, idleMs: 1, limit: 1 }))
  const table = { slots: entries.length, entryAt: (slot: number) => entries[slot] }
  const cut = new SnapshotCut(table, 0, (entry) => encoder.add(entry), { mostHeld: 1 })
  for (const slot of entries.keys()) cut.beforeChange(slot)
}
