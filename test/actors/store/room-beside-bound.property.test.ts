import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { LruEviction } from "../../../actors/store/eviction-lru.ts"
import { seeds } from "../../support/seeds.ts"

type Command =
  | { readonly type: "set"; readonly key: string; readonly owner: number; readonly weight: number }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "leave"; readonly owner: number }

const MOST_ENTRIES = 4
const MOST_WEIGHT = 20
const key = fc.constantFrom("a", "b", "c", "d", "e", "f")
const owner = fc.integer({ min: 1, max: 3 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("set" as const),
      key,
      owner: fc.oneof(fc.constant(0), owner),
      weight: fc.integer({ min: 0, max: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), owner }) },
)

interface Entry {
  readonly weight: number
  readonly owners: readonly number[]
}

/** All of it looked through each time. */
class Model {
  readonly entries = new Map<string, Entry>()

  /** Whether it has a place beside those that are bound, and one that it takes the place of. */
  fits(key: string, weight: number): boolean {
    const others = [...this.entries].filter(([other, { owners }]) => other !== key && owners.length > 0)
    return others.length < MOST_ENTRIES && others.reduce((sum, [, entry]) => sum + entry.weight, weight) <= MOST_WEIGHT
  }

  set(key: string, weight: number, owner: number): void {
    const owners = owner === 0 ? [] : [...new Set([...(this.entries.get(key)?.owners ?? []), owner])]
    this.entries.set(key, { weight, owners })
  }

  leave(owner: number): void {
    for (const [key, { weight, owners }] of this.entries) {
      if (!owners.includes(owner)) continue
      const others = owners.filter((other) => other !== owner)
      if (others.length === 0) this.entries.delete(key)
      else this.entries.set(key, { weight, owners: others })
    }
  }
}

describe("a table that makes room", () => {
  it("refuses exactly what the bound entries leave no room for, and lets nobody go for that", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120, size: "max" }), (commands) => {
        const table = new EntryTable({ maxEntries: MOST_ENTRIES, maxWeight: MOST_WEIGHT, eviction: new LruEviction() })
        const model = new Model()
        const now = (): number => 0
        const held = (): string[] => [...model.entries.keys()].filter((key) => table.has(key, now))
        // Who has left does not come back: its next mailbox has another number.
        const mailboxes = [0, 1, 2, 3]
        for (const command of commands) {
          if (command.type === "delete") {
            expect(table.delete(command.key, now)).toBe(model.entries.delete(command.key))
          } else if (command.type === "leave") {
            const mailbox = mailboxes[command.owner] as number
            table.disown(mailbox)
            model.leave(mailbox)
            mailboxes[command.owner] = mailbox + 3
          } else {
            const { key, weight } = command
            const owner = mailboxes[command.owner] as number
            const before = held()
            const isKept = table.set(key, weight, Number.POSITIVE_INFINITY, owner, weight, now)
            expect(isKept).toBe(model.fits(key, weight))
            if (isKept) model.set(key, weight, owner)
            else expect(held()).toEqual(before)
            expect(table.has(key, now)).toBe(isKept || before.includes(key))
          }
          // Those that were let go are none of those that are bound.
          for (const [key, { owners }] of model.entries) {
            if (table.has(key, now)) continue
            expect(owners).toEqual([])
            model.entries.delete(key)
          }
        }
      }),
      seeds(300, 8),
    )
  })
})
