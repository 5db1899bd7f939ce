import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CutEntry, SnapshotCut } from "../../../actors/store/snapshot-cut.ts"
import type { SnapshotEntry } from "../../../actors/store/snapshot-format.ts"
import { seeds } from "../../support/seeds.ts"

const NEVER = Number.POSITIVE_INFINITY
const NOW = 1000

/** A table as a store's: slots that are given back are used again. Tells a cut of each change before it is made. */
class Slots {
  cut: SnapshotCut | undefined = undefined
  readonly entries: (CutEntry | undefined)[] = []
  readonly #free: number[] = []
  #version = 0

  get slots(): number {
    return this.entries.length
  }

  entryAt(slot: number): CutEntry | undefined {
    return this.entries[slot]
  }

  set(key: string, deadline: number): void {
    const known = this.entries.findIndex((entry) => entry?.key === key)
    const slot = known >= 0 ? known : (this.#free.pop() ?? this.entries.length)
    this.#version += 1
    this.cut?.beforeChange(slot)
    this.entries[slot] = { key, value: this.#version, version: this.#version, deadline, idleMs: 0, limit: NEVER }
  }

  remove(key: string): void {
    const slot = this.entries.findIndex((entry) => entry?.key === key)
    if (slot < 0) return
    this.cut?.beforeChange(slot)
    this.entries[slot] = undefined
    this.#free.push(slot)
  }

  /** The last entry takes the place of the one that is removed. */
  removeAndMove(key: string): void {
    const slot = this.entries.findIndex((entry) => entry?.key === key)
    const last = this.entries.length - 1
    if (slot < 0 || this.#free.length > 0) return this.remove(key)
    this.cut?.beforeChange(slot)
    this.cut?.beforeChange(last)
    this.entries[slot] = this.entries[last]
    this.entries.pop()
  }
}

const key = fc.integer({ min: 0, max: 30 }).map((n) => `key ${n}`)
const change = fc.oneof(
  fc.record({ type: fc.constant("set" as const), key, deadline: fc.constantFrom(NEVER, NOW - 1, NOW, NOW + 0.5, NOW + 500) }),
  fc.record({ type: fc.constantFrom("remove" as const, "removeAndMove" as const), key }),
)
const step = fc.record({ type: fc.constant("step" as const), limit: fc.integer({ min: 1, max: 5 }) })

function make(table: Slots, command: typeof change extends fc.Arbitrary<infer Change> ? Change : never): void {
  if (command.type === "set") table.set(command.key, command.deadline)
  else table[command.type](command.key)
}

const inOrder = (entries: readonly SnapshotEntry[]): readonly SnapshotEntry[] =>
  entries.toSorted((one, other) => one.version - other.version)

describe("a cut", () => {
  it("is the table as it was at its moment, each entry once, whatever is changed while it is taken out", () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 80 }),
        fc.array(fc.oneof(change, step), { maxLength: 120 }),
        fc.constantFrom(0, 1, 3, 1000),
        (before, during, mostHeld) => {
          const table = new Slots()
          for (const command of before) make(table, command)
          const expected = table.entries.filter((entry) => entry !== undefined && entry.deadline > NOW) as CutEntry[]
          const got: SnapshotEntry[] = []
          const cut = new SnapshotCut(table, NOW, (entry) => got.push(entry), { mostHeld })
          table.cut = cut
          for (const command of during) {
            if (command.type === "step") cut.step(command.limit)
            else make(table, command)
            expect(cut.held).toBeLessThanOrEqual(mostHeld)
          }
          while (cut.step(10));
          expect([cut.isDone, cut.held]).toEqual([true, 0])
          const asCut = expected.map(({ key, value, version, deadline }) => ({
            ...{ key, value, version, remainingMs: deadline - NOW },
            ...{ idleMs: 0, limitMs: NEVER },
          }))
          expect(inOrder(got)).toEqual(inOrder(asCut))
        },
      ),
      seeds(1000, 8),
    )
  })

  it("takes no more steps at a time than it is told, and gives what was taken out early first", () => {
    const table = new Slots()
    for (let n = 0; n < 100; n += 1) table.set(`key ${n}`, NEVER)
    const got: string[] = []
    const cut = new SnapshotCut(table, NOW, ({ key }) => got.push(key))
    table.cut = cut
    expect(cut.step(10)).toBe(true)
    expect(got).toHaveLength(10)
    for (const early of ["key 5", "key 50", "key 90"]) table.set(early, NEVER)
    expect(cut.held).toBe(2)
    cut.step(3)
    expect(got.slice(10).toSorted()).toEqual(["key 10", "key 50", "key 90"])
    expect(cut.step(1000)).toBe(false)
    expect(got).toHaveLength(100)
  })

  it("loses nothing where it was cut short: what failed is taken out by the next step, or its change is not made", () => {
    const table = new Slots()
    for (let n = 0; n < 5; n += 1) table.set(`key ${n}`, NEVER)
    const got: string[] = []
    let isFull = true
    const cut = new SnapshotCut(
      table,
      NOW,
      ({ key }) => {
        if (isFull) throw new RangeError("no room")
        got.push(key)
      },
      { mostHeld: 0 },
    )
    table.cut = cut
    expect(() => cut.step(10)).toThrow(RangeError)
    expect(() => table.set("key 3", NEVER)).toThrow(RangeError)
    isFull = false
    table.set("key 3", NEVER)
    cut.step(10)
    expect(got.toSorted()).toEqual(["key 0", "key 1", "key 2", "key 3", "key 4"])
  })

  it("has what an entry had left, of its idle time and of its limit too, and not what was over", () => {
    const entries: CutEntry[] = [
      { key: "a", value: 1, version: 1, deadline: NOW + 10, idleMs: 60, limit: NOW + 100 },
      { key: "b", value: 1, version: 2, deadline: NOW + 10, idleMs: 60, limit: NOW },
      { key: "c", value: 1, version: 3, deadline: NOW, idleMs: 0, limit: NEVER },
    ]
    const got: SnapshotEntry[] = []
    new SnapshotCut({ slots: 3, entryAt: (slot) => entries[slot] }, NOW, (entry) => got.push(entry)).step(10)
    expect(got).toEqual([{ key: "a", value: 1, version: 1, remainingMs: 10, idleMs: 60, limitMs: 100 }])
  })
})
