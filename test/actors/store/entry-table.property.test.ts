import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { StoreModel } from "../../models/store-model.ts"
import { seeds } from "../../support/seeds.ts"
import { valueIn } from "../../support/value-in.ts"

type Command =
  | { readonly type: "set"; readonly key: string; readonly value: number; readonly delay: number | undefined; readonly owner: number }
  | { readonly type: "get" | "has" | "delete"; readonly key: string }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "leave" }
  | { readonly type: "sweep"; readonly limit: number }

const KEYS = ["a", "b", "c", "d", "e", "__proto__", "constructor"]
const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("set" as const),
      key,
      value: fc.nat(99),
      delay: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      owner: fc.nat(3),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("get" as const, "has" as const, "delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("sweep" as const), limit: fc.integer({ min: 1, max: 3 }) }) },
)

describe("EntryTable", () => {
  it("shows under any commands what a map with a clock shows", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120, size: "max" }), fc.constantFrom(0, 1, 3), (commands, maxEntries) => {
        const pair = new TableAndModel(maxEntries)
        for (const step of commands) pair.run(step)
        pair.agree()
      }),
      seeds(400, 8),
    )
  })
})

class TableAndModel {
  readonly #table: EntryTable
  readonly #model: StoreModel
  #now = 0
  /** An owner that has left never comes back, so the owners of the commands are numbered anew each time. */
  #generation = 0

  constructor(maxEntries: number) {
    this.#table = new EntryTable({ maxEntries: maxEntries })
    this.#model = new StoreModel(maxEntries)
  }

  run(step: Command): void {
    const clock = (): number => this.#now
    switch (step.type) {
      case "set": {
        const deadline = step.delay === undefined ? Number.POSITIVE_INFINITY : this.#now + step.delay
        const owner = step.owner === 0 ? 0 : this.#generation * 10 + step.owner
        const entry = { value: step.value, deadline, owner }
        expect(this.#table.set(step.key, step.value, deadline, owner, 0, clock)).toBe(this.#model.set(step.key, entry, this.#now))
        return
      }
      case "get":
        expect(valueIn(this.#table, step.key, clock)).toBe(this.#model.get(step.key, this.#now))
        return
      case "has":
      case "delete":
        expect(this.#table[step.type](step.key, clock)).toBe(this.#model[step.type](step.key, this.#now))
        return
      case "advance":
        this.#now += step.ms
        return
      case "leave":
        for (const number of [1, 2]) this.#leave(this.#generation * 10 + number)
        this.#generation += 1
        return
      case "sweep": {
        const before = this.#table.size
        const isMore = this.#table.sweep(this.#now, step.limit)
        expect(before - this.#table.size).toBeLessThanOrEqual(step.limit)
        if (!isMore) expect(this.#table.size).toBe(this.#model.keys(this.#now).length)
      }
    }
  }

  #leave(owner: number): void {
    this.#table.disown(owner)
    this.#model.disown(owner)
  }

  /** Sweeping all shows the same keys, and no room is lost. */
  agree(): void {
    for (const key of KEYS) expect(valueIn(this.#table, key, () => this.#now)).toBe(this.#model.get(key, this.#now))
    while (this.#table.sweep(this.#now, 1));
    expect(this.#table.size).toBe(this.#model.keys(this.#now).length)
  }
}
