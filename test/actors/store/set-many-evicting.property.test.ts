/** A store that makes room lets nothing of a batch go for the batch, or for others that come between its slices. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Failure } from "../../../actors/index.ts"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { setInSlices } from "../../../actors/store/set-many.ts"
import { SLICE } from "../../../actors/store/slices.ts"
import { seeds } from "../../support/seeds.ts"
import { StoreTurns } from "../../support/store-turns.ts"

const KEYS = 2 * SLICE
const TTL_MS = 1000
const MOST_WEIGHT = 5

const whenFull = fc.constantFrom("lru" as const, "adaptive" as const, "soonest" as const)
const written = (mostWeight: number) =>
  fc.record({ key: fc.nat(2 * KEYS - 1), weight: fc.nat(mostWeight), ttlMs: fc.integer({ min: 1, max: 2 * TTL_MS }) })
const write = written(MOST_WEIGHT)
const run = fc.record({
  whenFull,
  /** Often heavier than what the batch has in their place. */
  before: fc.array(written(10 * MOST_WEIGHT), { maxLength: 2 * KEYS, size: "max" }),
  batch: fc.uniqueArray(fc.record({ key: fc.nat(KEYS - 1), weight: fc.nat(MOST_WEIGHT) }), {
    selector: ({ key }) => key,
    minLength: 2,
    maxLength: KEYS,
    size: "max",
  }),
  /** Of keys that are none of the batch's. */
  between: fc.array(fc.array(write, { maxLength: 40, size: "max" }), { minLength: 1, maxLength: 4 }),
  spare: fc.integer({ min: 1, max: 40 }),
  isByWeight: fc.boolean(),
})

const nameOf = (index: number): string => `k${index}`
const weigh = (_key: string, value: unknown): number => value as number

describe("a batch in a store that makes room", () => {
  it("is there as a whole when it is written, where it fits, whatever was there and whatever comes between", () => {
    fc.assert(
      fc.property(run, ({ whenFull, before, batch, between, spare, isByWeight }) => {
        const total = batch.reduce((sum, { weight }) => sum + weight, 0)
        const limits = isByWeight ? { maxBytes: total + MOST_WEIGHT + spare } : { maxEntries: batch.length + spare }
        const store = new StoreTurns({ whenFull, ...limits })
        for (const { key, weight, ttlMs } of before) store.set(nameOf(key), weight, ttlMs, weight)
        const entries = batch.map(({ key, weight }) => [nameOf(key), weight, TTL_MS / 1000] as const)
        const request = new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh }))
        const answer = store.run(setInSlices(store.state, request, 0), (slice) => {
          for (const { key, weight, ttlMs } of between[slice % between.length] ?? []) store.set(nameOf(KEYS + key), weight, ttlMs, weight)
        })
        expect(answer).toEqual(entries.map(() => true))
        const { table, now } = store.state
        expect(entries.filter(([key]) => !table.has(key, now))).toEqual([])
        // Afterwards they go as any other; `adaptive` may have good reason to keep those that were there before, and to let go what comes but once.
        for (let index = 0; index < 3 * KEYS; index += 1) expect(store.set(`later ${index}`, 0, 5 * TTL_MS, 1)).toBe(true)
        if (!isByWeight) expect(table.size).toBe(batch.length + spare)
        if (whenFull !== "adaptive") expect(entries.filter(([key]) => table.has(key, now)).length).toBeLessThan(entries.length)
      }),
      // A failing run is as good as a smaller one, which would take minutes to find.
      { ...seeds(150, 8), endOnFailure: true },
    )
  })

  it.each(["lru", "adaptive", "soonest"] as const)("keeps what it writes next, and what it has just written: %s", (whenFull) => {
    for (const first of ["old", "new"]) {
      const store = new StoreTurns({ whenFull, maxEntries: 3 })
      // The one that goes first by each of the policies.
      store.set("old", 0, 10)
      store.set("other", 0, 1000)
      store.set("another", 0, 1000)
      const keys = first === "old" ? ["old", "new", "newer"] : ["new", "newer", "old"]
      const entries = keys.map((key, index) => [key, index, 0.01 * (index + 1)] as const)
      store.run(setInSlices(store.state, new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh })), 0))
      expect(keys.filter((key) => !store.state.table.has(key, store.state.now))).toEqual([])
    }
  })

  it.each(["lru", "adaptive", "soonest"] as const)(
    "lets go what it is to replace, where nothing else is left, and not what it has written: %s",
    (whenFull) => {
      const store = new StoreTurns({ whenFull, maxBytes: 10 })
      store.set("heavy", 5, 5000, 5)
      store.set("heavier", 5, 5000, 5)
      const entries = [
        ["first", 4, 1],
        ["second", 4, 1],
        ["heavy", 1, 1],
        ["heavier", 1, 1],
      ] as const
      const answer = store.run(setInSlices(store.state, new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh })), 0))
      expect(answer).toEqual([true, true, true, true])
      expect(entries.map(([key]) => store.state.table.has(key, store.state.now))).toEqual([true, true, true, true])
    },
  )

  it.each(["lru", "adaptive", "soonest"] as const)(
    "is refused before one of it is written, where too little may go for all: %s",
    (whenFull) => {
      for (const size of [3, 2 * SLICE]) {
        for (const isByWeight of [false, true]) {
          const store = new StoreTurns({ whenFull, ...(isByWeight ? { maxBytes: 2 * size } : { maxEntries: size }) })
          for (let index = 0; index < size; index += 1) store.set(`goes ${index}`, 2, 5000, 2)
          const { table, now } = store.state
          table.set("held", 2, 5000, 1, 2, now)
          const write = (count: number, options: object) => {
            const entries = Array.from({ length: count }, (_, index) => [`new ${index}`, 2] as const)
            return store.run(setInSlices(store.state, new SetManyRequest(readEntries(entries, options, { id: 1, weigh })), 0))
          }
          const last = table.lastVersion
          expect(write(size, { bound: true, ttl: 5 })).toBeInstanceOf(Failure)
          expect(table.lastVersion).toBe(last)
          if (whenFull === "soonest") expect(write(size, {})).toBeInstanceOf(Failure)
          expect([table.lastVersion, table.counters.refused]).toEqual([last, whenFull === "soonest" ? 2 * size : size])
          expect(write(size - 1, { bound: true })).toHaveLength(size - 1)
          expect([table.size, table.has("held", now)]).toEqual([size, true])
          // What is there is written again, and as what may go, which leaves room for others.
          expect(write(size - 1, { bound: true })).toHaveLength(size - 1)
          expect(write(size - 1, { ttl: 5 })).toHaveLength(size - 1)
          expect(write(size + 5, { ttl: 5 })).toHaveLength(size + 5)
        }
      }
    },
  )

  it("that is larger than its store has its last ones there", () => {
    for (const whenFull of ["lru", "adaptive", "soonest"] as const) {
      const store = new StoreTurns({ whenFull, maxEntries: 10 })
      const entries = Array.from({ length: 25 }, (_, index) => [nameOf(index), index, 10] as const)
      const request = new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh }))
      expect(store.run(setInSlices(store.state, request, 0))).toHaveLength(25)
      expect(store.state.table.size).toBe(10)
      expect(store.state.table.has("k24", store.state.now)).toBe(true)
    }
  })
})
