import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Failure } from "../../../actors/index.ts"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { setInSlices } from "../../../actors/store/set-many.ts"
import { SLICE } from "../../../actors/store/slices.ts"
import { StoreTurns } from "../../support/store-turns.ts"

/** What somebody else does between two slices. */
type Meddling =
  | { readonly type: "set"; readonly key: number; readonly weight: number; readonly ttlMs: number }
  | { readonly type: "delete"; readonly key: number }
  | { readonly type: "advance"; readonly ms: number }

const KEYS = 3 * SLICE
const key = fc.nat(KEYS - 1)
const meddling: fc.Arbitrary<Meddling> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("set" as const), key, weight: fc.nat(5), ttlMs: fc.constantFrom(0, 0, 2, 10) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 5) }) },
)

const nameOf = (index: number): string => `k${index}`
const weigh = (_key: string, value: unknown): number => (value as { readonly weight: number }).weight

describe("a batch of writes", () => {
  it("is written whole or not at all, in no more room than there is, whatever others do between its slices", () => {
    fc.assert(
      fc.property(
        fc.array(meddling, { maxLength: 200, size: "max" }),
        fc.oneof(fc.constant([]), fc.array(fc.array(meddling, { maxLength: 40, size: "max" }), { maxLength: 6, size: "max" })),
        fc.array(fc.record({ key, weight: fc.nat(5) }), { minLength: SLICE + 1, maxLength: 2 * KEYS, size: "max" }),
        fc.integer({ min: SLICE, max: KEYS + 20 }),
        fc.integer({ min: 2 * SLICE, max: 3 * KEYS }),
        (before, between, batch, maxEntries, maxBytes) => {
          const world = new World(maxEntries, maxBytes)
          for (const step of before) world.meddle(step)
          world.write(batch, between)
        },
      ),
      { numRuns: 150 },
    )
  })
})

class World {
  readonly #store: StoreTurns
  readonly #maxEntries: number
  readonly #maxBytes: number

  constructor(maxEntries: number, maxBytes: number) {
    this.#store = new StoreTurns({ maxEntries, maxBytes })
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
  }

  meddle(step: Meddling): void {
    const store = this.#store
    if (step.type === "advance") store.now += step.ms
    else if (step.type === "delete") store.delete(nameOf(step.key))
    else store.set(nameOf(step.key), "other", step.ttlMs, step.weight)
    this.#check()
  }

  write(batch: readonly { readonly key: number; readonly weight: number }[], between: readonly (readonly Meddling[])[]): void {
    const store = this.#store
    const { table } = store.state
    const entries = batch.map(({ key, weight }, index) => [nameOf(key), { weight, index }] as const)
    const wanted = new Map(entries)
    const writes: string[] = []
    store.state.observers.add({
      changing: () => {},
      removed: () => {},
      written: (slot) => {
        if (table.valueAt(slot) !== "other") writes.push(table.keyAt(slot) as string)
      },
    })
    const request = new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh }))
    const couldFit = this.#fits(wanted)
    const answer = store.run(setInSlices(store.state, request), (slice) => {
      for (const step of between[slice % between.length] ?? []) this.meddle(step)
    })
    this.#check()
    if (answer instanceof Failure) expect(writes).toEqual([])
    else {
      expect(answer).toEqual(entries.map(() => true))
      expect([...writes].sort()).toEqual([...wanted.keys()].sort())
    }
    // Where nobody came between, it is refused only where there is no room.
    if (between.length === 0) expect(answer instanceof Failure).toBe(!couldFit)
    this.#checkNothingKept()
  }

  #fits(wanted: ReadonlyMap<string, { readonly weight: number }>): boolean {
    const { table, now } = this.#store.state
    let [entries, weight] = [0, 0]
    // What is dead leaves first, so it counts for nothing.
    table.sweep(this.#store.now, Number.MAX_SAFE_INTEGER)
    for (const [key, value] of wanted) {
      const slot = table.find(key, now)
      entries += slot === -1 ? 1 : 0
      weight += slot === -1 ? value.weight : Math.max(0, value.weight - table.weightAt(slot))
    }
    return table.size + entries <= this.#maxEntries && table.weight + weight <= this.#maxBytes
  }

  #check(): void {
    const { table } = this.#store.state
    expect(table.size).toBeLessThanOrEqual(this.#maxEntries)
    expect(table.weight).toBeLessThanOrEqual(this.#maxBytes)
  }

  /** All the room there is can be had, and not more. */
  #checkNothingKept(): void {
    const { table } = this.#store.state
    const left = this.#maxEntries - table.size
    expect(table.room.fits(table.size, 0, left, 0)).toBe(true)
    expect(table.room.fits(table.size, 0, left + 1, 0)).toBe(false)
    const weightLeft = this.#maxBytes - table.weight
    expect(table.room.fits(0, table.weight, 0, weightLeft)).toBe(true)
    expect(table.room.fits(0, table.weight, 0, weightLeft + 1)).toBe(false)
  }
}
