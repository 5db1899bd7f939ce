import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { ExpiryHeap } from "../../../actors/store/expiry-heap.ts"
import { KeyIndex } from "../../../actors/store/key-index.ts"
import { seeds } from "../../support/seeds.ts"
import { valueIn } from "../../support/value-in.ts"

const NEVER = Number.POSITIVE_INFINITY
const at = (now: number) => () => now

function filled(count: number, deadline: number, owner = 0): EntryTable {
  const table = new EntryTable({ maxEntries: 0 })
  for (let i = 0; i < count; i += 1) table.set(`k${i}`, i, deadline, owner, 0, at(0))
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
    table.set("k0", "new", NEVER, 0, 0, at(0))
    table.sweep(0, 100)
    expect([valueIn(table, "k0", at(0)), valueIn(table, "k1", at(0)), table.size]).toEqual(["new", undefined, 1])
  })
})

describe("EntryTable.nextSweepAt", () => {
  it("is the earliest deadline, or never", () => {
    const table = new EntryTable({ maxEntries: 0 })
    table.set("a", 1, NEVER, 0, 0, at(0))
    expect(table.nextSweepAt(0)).toBe(NEVER)
    table.set("b", 1, 30, 0, 0, at(0))
    table.set("c", 1, 20, 0, 0, at(0))
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
    expect(valueIn(table, "k0", clock)).toBe(0)
  })

  it("gives the room of a dead entry back when it meets one", () => {
    const table = filled(1, 5)
    expect(valueIn(table, "k0", at(5))).toBeUndefined()
    expect(table.size).toBe(0)
    expect(table.counters).toMatchObject({ misses: 1, hits: 0, expired: 1 })
  })
})

describe("EntryTable.set", () => {
  it("gives a slot that was freed a clean entry: neither deadline nor owner of the one before", () => {
    const table = new EntryTable({ maxEntries: 1 })
    table.set("a", 1, 5, 1, 0, at(0))
    table.delete("a", at(0))
    table.set("b", 2, NEVER, 0, 0, at(0))
    table.disown(1)
    table.sweep(100, 100)
    expect(valueIn(table, "b", at(100))).toBe(2)
  })

  it("refuses a new key of a full table, counts it, and keeps all there is", () => {
    const table = new EntryTable({ maxEntries: 1 })
    table.set("a", 1, NEVER, 0, 0, at(0))
    expect(table.set("b", 2, NEVER, 0, 0, at(0))).toBe(false)
    expect(table.counters).toMatchObject({ sets: 1, refused: 1 })
    expect([valueIn(table, "a", at(0)), valueIn(table, "b", at(0))]).toEqual([1, undefined])
  })
})

describe("a table whose deadlines were put off", () => {
  const SIZE = 4096

  /** Full; each entry was set for `early`, and put off until `late`, but for those of `expired`. */
  function putOff(maxEntries: number, early: number, late: number, expired: readonly number[] = []): EntryTable {
    const table = new EntryTable({ maxEntries: maxEntries })
    for (let n = 0; n < SIZE; n += 1) table.set(`k${n}`, n, early + n / SIZE, 0, 0, at(0))
    for (let n = 0; n < SIZE; n += 1) if (!expired.includes(n)) table.set(`k${n}`, n, late + n, 0, 0, at(0))
    return table
  }

  it("has nothing to sweep when the former deadlines come up", () => {
    const table = putOff(0, 10, 1000)
    expect(table.sweep(500, 1)).toBe(false)
    expect([table.size, table.nextSweepAt(500)]).toEqual([SIZE, 1000])
  })

  it("refuses a new key, when it is full, in the steps of one look", () => {
    const table = putOff(SIZE, 10, 1000)
    const before = table.steps
    expect(table.set("new", 1, NEVER, 0, 0, at(500))).toBe(false)
    expect(table.steps).toBe(before)
  })

  it("finds the expired entry wherever it is, when it is full, in no more steps than the table has levels, a few times over", () => {
    for (const expired of [0, 1, 2047, SIZE - 1]) {
      const table = putOff(SIZE, 10, 1000, [expired])
      const before = table.steps
      expect(table.set("new", 1, 2000, 0, 0, at(500))).toBe(true)
      expect(table.steps - before).toBeLessThanOrEqual(3 * Math.ceil(Math.log(SIZE) / Math.log(4)))
      expect([table.size, table.has(`k${expired}`, at(500)), valueIn(table, "new", at(500))]).toEqual([SIZE, false, 1])
    }
  })
})

describe("a table that is written to", () => {
  it("removes up to two of what is dead with each entry that has a deadline", () => {
    const table = filled(10, 5)
    table.set("a", 1, 100, 0, 0, at(5))
    expect([table.size, table.counters.expired]).toEqual([9, 2])
    table.set("b", 1, NEVER, 0, 0, at(5))
    expect(table.size).toBe(10)
  })

  it("holds no more than half as much again as is alive, at any steady rate, though nobody sweeps", () => {
    const turn = fc.record({
      rate: fc.integer({ min: 1, max: 400 }),
      ttl: fc.integer({ min: 20, max: 300 }),
      step: fc.integer({ min: 1, max: 20 }),
    })
    fc.assert(
      fc.property(turn, ({ rate, ttl, step }) => {
        const table = new EntryTable({ maxEntries: 0 })
        const perTurn = Math.min(rate * step, 150)
        const alive = Math.ceil(ttl / step) * perTurn
        for (let now = 0; now < ttl * 3; now += step) {
          for (let n = 0; n < perTurn; n += 1) table.set(`${now}-${n}`, n, now + ttl, 0, 0, at(now))
          expect(table.size).toBeLessThanOrEqual(1.5 * alive + 10)
        }
      }),
      seeds(10, 8),
    )
  })
})

describe("a table with more keys than one map carries", () => {
  const limits = { keysInOneMap: 8, entries: 40 }

  it("holds them, and finds, overwrites and deletes each", () => {
    const table = new EntryTable({ maxEntries: 0 }, limits)
    for (let n = 0; n < 40; n += 1) expect(table.set(`k${n}`, n, NEVER, 0, 0, at(0))).toBe(true)
    for (let n = 0; n < 40; n += 2) expect(table.delete(`k${n}`, at(0))).toBe(true)
    for (let n = 1; n < 40; n += 2) table.set(`k${n}`, -n, NEVER, 0, 0, at(0))
    expect(Array.from({ length: 40 }, (_, n) => valueIn(table, `k${n}`, at(0)))).toEqual(
      Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? undefined : -n)),
    )
    expect(table.size).toBe(20)
  })

  it("refuses what the host cannot carry, though nobody set a limit, and serves on", () => {
    const table = new EntryTable({ maxEntries: 0 }, limits)
    for (let n = 0; n < 40; n += 1) table.set(`k${n}`, n, NEVER, 0, 0, at(0))
    expect(table.set("new", 1, NEVER, 0, 0, at(0))).toBe(false)
    expect([table.set("k7", "over", NEVER, 0, 0, at(0)), valueIn(table, "k7", at(0)), table.size]).toEqual([true, "over", 40])
  })

  it("refuses a new key for which its index has no place, and serves on", () => {
    const table = new EntryTable({ maxEntries: 0 }, limits)
    table.set("known", 1, NEVER, 0, 0, at(0))
    const hasRoom = vi.spyOn(KeyIndex.prototype, "hasRoom", "get").mockReturnValue(false)
    expect(table.set("new", 1, NEVER, 0, 0, at(0))).toBe(false)
    expect([table.set("known", 2, NEVER, 0, 0, at(0)), valueIn(table, "known", at(0)), table.size, table.counters.refused]).toEqual([
      true,
      2,
      1,
      1,
    ])
    hasRoom.mockRestore()
    expect(table.set("new", 1, NEVER, 0, 0, at(0))).toBe(true)
  })

  it("refuses more entries of one owner than a set carries", () => {
    const table = new EntryTable({ maxEntries: 0 }, limits)
    const kept = Array.from({ length: 10 }, (_, n) => table.set(`k${n}`, n, NEVER, 1, 0, at(0)))
    expect(kept.filter(Boolean)).toHaveLength(8)
    expect(table.set("other", 1, NEVER, 2, 0, at(0))).toBe(true)
  })
})

describe("an operation that is cut short", () => {
  /** One that has left does not come back. */
  const ownerOf = (step: number, owner: number): number => (owner === 0 ? 0 : 10 * Math.floor(step / 11) + owner)
  const run = (table: EntryTable, step: number): void => {
    const key = `k${step % 7}`
    if (step % 5 === 4) table.delete(key, at(step))
    else if (step % 11 === 10) for (const owner of [1, 2]) table.disown(ownerOf(step, owner))
    else table.set(key, step, step % 2 === 0 ? NEVER : step + 9, ownerOf(step, step % 3), 0, at(step))
  }
  const shown = (table: EntryTable, now: number): unknown[] => Array.from({ length: 7 }, (_, n) => valueIn(table, `k${n}`, at(now)))

  /** Runs `work` some frames above the end of the stack; false where it was cut short. */
  function nearTheEnd(frames: number, work: () => void): boolean {
    let left = frames
    const dive = (): boolean => {
      try {
        return dive()
      } catch (error) {
        left -= 1
        if (left > 0) throw error
      }
      try {
        work()
        return true
      } catch {
        return false
      }
    }
    return dive()
  }

  it("by the end of its caller's stack, wherever, has changed nothing or all, and leaves a table that serves", () => {
    let cut = 0
    for (let frames = 1; frames <= 60; frames += 1) {
      const table = new EntryTable({ maxEntries: 0 })
      const twin = new EntryTable({ maxEntries: 0 })
      for (let step = 0; step < 40; step += 1) {
        const isDone = nearTheEnd(frames, () => run(table, step))
        if (!isDone) cut += 1
        if (isDone) run(twin, step)
        expect(shown(table, step)).toEqual(shown(twin, step))
        expect(table.size).toBe(twin.size)
      }
      while (table.sweep(1000, 10));
      while (twin.sweep(1000, 10));
      expect([table.size, shown(table, 1000)]).toEqual([twin.size, shown(twin, 1000)])
    }
    expect(cut).toBeGreaterThan(0)
  })

  it("anywhere else has changed nothing: what is found by key, deadline and owner is made anew", () => {
    let cut = 0
    for (let every = 2; every <= 23; every += 1) {
      let calls = 0
      const spies = [
        vi.spyOn(ExpiryHeap.prototype, "schedule"),
        vi.spyOn(ExpiryHeap.prototype, "cancel"),
        vi.spyOn(KeyIndex.prototype, "add"),
        vi.spyOn(KeyIndex.prototype, "delete"),
      ] as const
      const table = new EntryTable({ maxEntries: 0 })
      const twin = new EntryTable({ maxEntries: 0 })
      let isFailing = false
      const failing = <A extends unknown[]>(work: (...args: A) => unknown) =>
        function (this: unknown, ...args: A): never {
          work.apply(this, args)
          calls += 1
          if (isFailing && calls % every === 0) throw new RangeError("Maximum call stack size exceeded")
          return undefined as never
        }
      for (const spy of spies) spy.mockImplementation(failing(originals[spies.indexOf(spy)] as (...args: unknown[]) => unknown) as never)
      for (let step = 0; step < 60; step += 1) {
        isFailing = true
        let isDone = true
        try {
          run(table, step)
        } catch {
          isDone = false
          cut += 1
        }
        isFailing = false
        if (isDone) run(twin, step)
        expect(shown(table, step)).toEqual(shown(twin, step))
      }
      while (table.sweep(1000, 10));
      while (twin.sweep(1000, 10));
      expect([table.size, shown(table, 1000)]).toEqual([twin.size, shown(twin, 1000)])
      for (const spy of spies) spy.mockRestore()
    }
    expect(cut).toBeGreaterThan(20)
  })
})

const originals = [ExpiryHeap.prototype.schedule, ExpiryHeap.prototype.cancel, KeyIndex.prototype.add, KeyIndex.prototype.delete]
