import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Failure } from "../../../actors/index.ts"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { setInSlices } from "../../../actors/store/set-many.ts"
import { SLICE } from "../../../actors/store/slices.ts"
import type { TableObserver } from "../../../actors/store/table-observer.ts"
import { seeds } from "../../support/seeds.ts"
import { StoreTurns } from "../../support/store-turns.ts"

/** What somebody else does between two slices. */
type Meddling =
  | { readonly type: "set"; readonly key: number; readonly weight: number; readonly ttlMs: number }
  | { readonly type: "delete"; readonly key: number }
  | { readonly type: "advance"; readonly ms: number }

const KEYS = 2 * SLICE
/** Of the batch, and as many others. */
const key = fc.nat(2 * KEYS - 1)
const weight = fc.nat(5)
const meddling: fc.Arbitrary<Meddling> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("set" as const), key, weight, ttlMs: fc.constantFrom(0, 0, 2, 10) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("delete" as const), key: fc.nat(KEYS - 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 5) }) },
)
const ofBatch = fc.record({ key: fc.nat(KEYS - 1), weight })

interface Run {
  readonly before: readonly Meddling[]
  readonly between: readonly (readonly Meddling[])[]
  readonly batch: readonly { readonly key: number; readonly weight: number }[]
  /** What there is room for beside what is written before and in the batch: about none, as there something can go wrong. */
  readonly spareEntries: number
  readonly spareBytes: number
}

const steps = fc.array(meddling, { maxLength: 60, size: "max" })
const run: fc.Arbitrary<Run> = fc.record({
  before: fc.array(meddling, { maxLength: 150, size: "max" }),
  between: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: fc.array(steps, { minLength: 1, maxLength: 6, size: "max" }) },
  ),
  batch: fc.oneof(
    { weight: 1, arbitrary: fc.array(ofBatch, { minLength: 1, maxLength: SLICE, size: "max" }) },
    { weight: 3, arbitrary: fc.array(ofBatch, { minLength: SLICE + 1, maxLength: 2 * KEYS, size: "max" }) },
  ),
  spareEntries: fc.oneof(fc.integer({ min: -2, max: 4 }), fc.constant(KEYS)),
  spareBytes: fc.oneof(fc.integer({ min: -5, max: 20 }), fc.constant(10 * KEYS)),
})

const nameOf = (index: number): string => `k${index}`
const weigh = (_key: string, value: unknown): number => (value as { readonly weight: number }).weight

describe("a batch of writes", () => {
  it("is written whole or not at all, in no more room than there is, whatever others do between its slices", () => {
    fc.assert(
      fc.property(run, (planned) => {
        const world = new World(planned)
        for (const step of planned.before) world.meddle(step)
        world.write(planned)
      }),
      seeds(150, 8),
    )
  })
})

/** What stands there once all of it is written, one after the other. */
function needed({ before, batch }: Run): { readonly entries: number; readonly bytes: number } {
  const weights = new Map<number, number>()
  for (const step of before) {
    if (step.type === "set") weights.set(step.key, step.weight)
    if (step.type === "delete") weights.delete(step.key)
  }
  for (const { key, weight } of batch) weights.set(key, weight)
  return { entries: weights.size, bytes: [...weights.values()].reduce((sum, one) => sum + one, 0) }
}

class World {
  readonly #store: StoreTurns
  readonly #maxEntries: number
  readonly #maxBytes: number

  constructor(planned: Run) {
    const { entries, bytes } = needed(planned)
    this.#maxEntries = Math.max(1, entries + planned.spareEntries)
    this.#maxBytes = Math.max(5, bytes + planned.spareBytes)
    this.#store = new StoreTurns({ maxEntries: this.#maxEntries, maxBytes: this.#maxBytes })
  }

  meddle(step: Meddling): void {
    const store = this.#store
    if (step.type === "advance") store.now += step.ms
    else if (step.type === "delete") store.delete(nameOf(step.key))
    else store.set(nameOf(step.key), "other", step.ttlMs, step.weight)
    this.#check()
  }

  write({ batch, between }: Run): void {
    const store = this.#store
    const { table } = store.state
    const entries = batch.map(({ key, weight }, index) => [nameOf(key), { weight, index }] as const)
    const wanted = new Map(entries)
    const writes: string[] = []
    const observer: TableObserver = {
      changing: () => {},
      removed: () => {},
      written: (slot) => {
        if (table.valueAt(slot) !== "other") writes.push(table.keyAt(slot) as string)
      },
    }
    store.state.observers.add(observer)
    const request = new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh }))
    const couldFit = this.#fits(wanted)
    const answer = store.run(setInSlices(store.state, request, 0), (slice) => {
      for (const step of between[slice % between.length] ?? []) this.meddle(step)
    })
    store.state.observers.remove(observer)
    // Nobody watches any more.
    expect(table.observer).toBeUndefined()
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
      // What gets lighter makes room for the others where nobody can come between.
      weight += slot === -1 ? value.weight : Math.max(wanted.size > SLICE ? 0 : -Infinity, value.weight - table.weightAt(slot))
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
