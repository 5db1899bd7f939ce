import { expect, it } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { NEVER } from "../../../actors/store/lifetime.ts"
import { SnapshotKeeper } from "../../../actors/store/snapshot-keeper.ts"
import { SnapshotLine } from "../../../actors/store/snapshot-line.ts"
import { TableObservers } from "../../../actors/store/table-observers.ts"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"

it("a keeper of snapshots is told of the first change, and of no more until there is one to be taken: they cost nothing", () => {
  const table = new EntryTable({ maxEntries: 0 })
  const state = { table, epoch: "e", observers: new TableObservers(table), lastFence: undefined, now: () => 0 }
  const armed: number[] = []
  const after = (delayMs: number): { cancel(): false; missed: number } => {
    armed.push(delayMs)
    return { cancel: () => false, missed: 0 }
  }
  const self = { systemTime: () => 0, later: () => {}, after, signal: new AbortController().signal, report: () => {} }
  const start = { lastAt: undefined, lastEntries: undefined, next: "after a change" as const }
  new SnapshotKeeper(state, { place: new MemorySnapshot(), everyMs: 5, line: new SnapshotLine("") }, self, start)
  expect([armed, table.observer]).toEqual([[], state.observers])
  table.set("k", 1, NEVER, 0, 0, state.now)
  expect([armed, table.observer]).toEqual([[5], undefined])
  table.set("k", 2, NEVER, 0, 0, state.now)
  expect(armed).toEqual([5])
})
