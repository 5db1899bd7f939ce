/**
 * Does once what a change may come to in a store that keeps snapshots: it may be made on a stack that is nearly full, and there must be no code left
 * then that the host has yet to compile (see `rehearsal.ts`).
 */

import type { Self } from "../../src/index.ts"
import { EntryTable } from "./entry-table.ts"
import { NEVER } from "./lifetime.ts"
import type { SnapshotPlace } from "./snapshot.ts"
import { SnapshotCut } from "./snapshot-cut.ts"
import { SnapshotEncoder } from "./snapshot-encoder.ts"
import { SnapshotKeeper } from "./snapshot-keeper.ts"
import { SnapshotLine } from "./snapshot-line.ts"
import { SnapshotRun, type Snapshotted } from "./snapshot-run.ts"
import { copyIn } from "./stored-value.ts"
import { TableObservers } from "./table-observers.ts"

const NOWHERE: SnapshotPlace = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.reject(new Error("nowhere")),
  setAside: () => Promise.resolve(""),
}

let isRehearsed = false

export function rehearseSnapshot(self: Self): void {
  if (isRehearsed) return
  isRehearsed = true
  rehearseEncoding()
  const table = new EntryTable({ maxEntries: 0 })
  const state: Snapshotted = { table, epoch: "rehearsal", observers: new TableObservers(table), lastFence: undefined, now: () => 0 }
  rehearseChanges(state, self)
}

/** Where more is taken out early than may wait. */
function rehearseEncoding(): void {
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

/** Without and with a snapshot under way: nothing is waited for, and nothing written. */
function rehearseChanges(state: Snapshotted, self: Self): void {
  const { signal } = new AbortController()
  const own = {
    systemTime: () => 0,
    later: () => {},
    // One of its own that is cancelled at once.
    after: () => {
      const timer = self.after(1, undefined)
      timer.cancel()
      return timer
    },
    signal,
    report: () => {},
  }
  const line = new SnapshotLine("")
  for (const key of ["1", "2"]) {
    const start = { lastAt: undefined, lastEntries: undefined, next: "after a change" as const }
    new SnapshotKeeper(state, { place: NOWHERE, everyMs: 1, line }, own, start)
    const run = new SnapshotRun(NOWHERE, state, own)
    state.table.set(key, 1, NEVER, 0, 0, state.now)
    state.table.set(key, 2, NEVER, 0, 0, state.now)
    state.table.delete(key, state.now)
    run.giveUp()
  }
}
