import { describe, expect, it } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"

const NEVER = Number.POSITIVE_INFINITY
const at = (now: number) => () => now

function filled(count: number, deadline: number, owner = 0): EntryTable {
  const table = new EntryTable(0)
  for (let i = 0; i < count; i += 1) table.set(`k${i}`, i, deadline, owner, at(0))
  return table
}

describe("EntryTable.sweep", () => {
  it("removes at most as many as it may, and says whether there are more", () => {
    const table = filled(10, 5)
    expect(table.sweep(5, 4)).toBe(true)
    expect(table.size).toBe(6)
    expect(table.sweep(5, 6)).toBe(false)
    expect(table.size).toBe(0)
    expect(table.sweep(5, 1)).toBe(false)
  })

  it("removes nothing before its time", () => {
    const table = filled(3, 5)
    expect(table.sweep(4.999, 100)).toBe(false)
    expect(table.size).toBe(3)
  })

  it("takes the entries of an owner that has left within the same bound", () => {
    const table = filled(10, NEVER, 1)
    table.disown(1)
    expect(table.sweep(0, 4)).toBe(true)
    expect(table.size).toBe(6)
    expect(table.sweep(0, 100)).toBe(false)
    expect(table.size).toBe(0)
    expect(table.counters.expired).toBe(0)
  })

  it("leaves what an owner's key was overwritten with", () => {
    const table = filled(2, NEVER, 1)
    table.disown(1)
    table.set("k0", "new", NEVER, 0, at(0))
    table.sweep(0, 100)
    expect([table.get("k0", at(0)), table.get("k1", at(0)), table.size]).toEqual(["new", undefined, 1])
  })
})

describe("EntryTable.nextSweepAt", () => {
  it("is the earliest deadline, or never", () => {
    const table = new EntryTable(0)
    table.set("a", 1, NEVER, 0, at(0))
    expect(table.nextSweepAt(0)).toBe(NEVER)
    table.set("b", 1, 30, 0, at(0))
    table.set("c", 1, 20, 0, at(0))
    expect(table.nextSweepAt(0)).toBe(20)
    table.delete("c", at(0))
    expect(table.nextSweepAt(0)).toBe(30)
  })

  it("is now where entries of an owner that has left wait, and only then", () => {
    const table = filled(1, NEVER, 1)
    table.disown(2)
    expect(table.nextSweepAt(7)).toBe(NEVER)
    table.disown(1)
    expect(table.nextSweepAt(7)).toBe(7)
    table.sweep(7, 1)
    expect(table.nextSweepAt(7)).toBe(NEVER)
  })
})

describe("EntryTable.get", () => {
  it("does not ask the clock for an entry without a deadline", () => {
    const table = filled(1, NEVER)
    const clock = (): number => {
      throw new Error("asked")
    }
    expect(table.get("k0", clock)).toBe(0)
  })

  it("gives the room of a dead entry back when it meets one", () => {
    const table = filled(1, 5)
    expect(table.get("k0", at(5))).toBeUndefined()
    expect(table.size).toBe(0)
    expect(table.counters).toMatchObject({ misses: 1, hits: 0, expired: 1 })
  })
})

describe("EntryTable.set", () => {
  it("gives a slot that was freed a clean entry: neither deadline nor owner of the one before", () => {
    const table = new EntryTable(1)
    table.set("a", 1, 5, 1, at(0))
    table.delete("a", at(0))
    table.set("b", 2, NEVER, 0, at(0))
    table.disown(1)
    table.sweep(100, 100)
    expect(table.get("b", at(100))).toBe(2)
  })

  it("refuses a new key of a full table, counts it, and keeps all there is", () => {
    const table = new EntryTable(1)
    table.set("a", 1, NEVER, 0, at(0))
    expect(table.set("b", 2, NEVER, 0, at(0))).toBe(false)
    expect(table.counters).toMatchObject({ sets: 1, refused: 1 })
    expect([table.get("a", at(0)), table.get("b", at(0))]).toEqual([1, undefined])
  })
})

describe("sweep", () => {
  it("looks at a bounded number of entries, though all of their deadlines were put off", () => {
    const table = new EntryTable(0)
    const now = () => 0
    for (let n = 0; n < 100; n += 1) table.set(`k${n}`, n, 10, 0, now)
    for (let n = 0; n < 100; n += 1) table.set(`k${n}`, n, 1000, 0, now)
    let sweeps = 1
    while (table.sweep(10, 30)) sweeps += 1
    expect(sweeps).toBe(4)
    expect(table.size).toBe(100)
    expect(table.sweep(1000, 1000)).toBe(false)
    expect(table.size).toBe(0)
  })
})
