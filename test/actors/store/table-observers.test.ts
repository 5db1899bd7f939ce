import { describe, expect, it } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { NEVER } from "../../../actors/store/lifetime.ts"
import type { TableObserver } from "../../../actors/store/table-observer.ts"
import { TableObservers } from "../../../actors/store/table-observers.ts"
import { valueIn } from "../../support/value-in.ts"

function noting(notes: string[], name: string): TableObserver {
  return {
    changing: (slot) => notes.push(`${name} changing ${slot}`),
    written: (slot, cause) => notes.push(`${name} written ${slot} ${cause}`),
    removed: (key, removal) => notes.push(`${name} removed ${key} ${removal}`),
  }
}

const now = (): number => 0

describe("those who watch a table", () => {
  it("are told before each change, of a free slot too, and after it, in the order in which they came", () => {
    const table = new EntryTable({ maxEntries: 0 })
    const observers = new TableObservers(table)
    const notes: string[] = []
    observers.add(noting(notes, "one"))
    observers.add(noting(notes, "two"))
    table.set("k", 1, NEVER, 0, 0, now)
    table.set("k", 2, NEVER, 0, 0, now)
    table.delete("k", now)
    expect(notes.filter((note) => note.startsWith("one"))).toEqual([
      "one changing 0",
      "one written 0 set",
      "one changing 0",
      "one written 0 set",
      "one changing 0",
      "one removed k delete",
    ])
    expect(notes.map((note) => note.slice(0, 3)).slice(0, 4)).toEqual(["one", "two", "one", "two"])
  })

  it("have a change that throws for one of them not made", () => {
    const table = new EntryTable({ maxEntries: 0 })
    const observers = new TableObservers(table)
    table.set("old", 1, NEVER, 0, 0, now)
    observers.add({
      ...noting([], ""),
      changing: () => {
        throw new RangeError("no room")
      },
    })
    expect(() => table.set("new", 1, NEVER, 0, 0, now)).toThrow("no room")
    expect(() => table.set("old", 2, NEVER, 0, 0, now)).toThrow("no room")
    expect(() => table.delete("old", now)).toThrow("no room")
    expect([table.size, valueIn(table, "old", now), table.has("new", now)]).toEqual([1, 1, false])
  })

  it("leave without taking those along who watch for a later incarnation", () => {
    const table = new EntryTable({ maxEntries: 0 })
    const notes: string[] = []
    const [before, after] = [new TableObservers(table), new TableObservers(table)]
    const dead = noting([], "dead")
    before.add(dead)
    after.add(noting(notes, "alive"))
    before.remove(dead)
    table.set("k", 1, NEVER, 0, 0, now)
    expect(notes).toEqual(["alive changing 0", "alive written 0 set"])
  })
})
