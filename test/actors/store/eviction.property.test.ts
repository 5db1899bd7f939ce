import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Eviction } from "../../../actors/store/eviction.ts"
import { AdaptiveEviction } from "../../../actors/store/eviction-adaptive.ts"
import { LruEviction } from "../../../actors/store/eviction-lru.ts"
import { EvictionModel } from "../../models/eviction-model.ts"
import { seeds } from "../../support/seeds.ts"

type Command =
  | { readonly type: "added" | "used" | "removed"; readonly slot: number }
  | { readonly type: "evict"; readonly except: number; readonly goes: boolean }
  | { readonly type: "fill"; readonly from: number; readonly count: number }
  | { readonly type: "clear" }

const slot = fc.nat(40)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constantFrom("added", "used", "used", "removed"), slot }) },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("evict" as const), except: fc.integer({ min: -1, max: 40 }), goes: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("fill" as const), from: slot, count: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clear" as const) }) },
)
const commands = fc.array(command, { maxLength: 300, size: "max" })
const capacity = fc.integer({ min: 1, max: 120 })

/** Names of slots change, as their entries do; some come back. */
const keyOf = (slot: number, step: number): string => `key:${(slot * 7 + step) % 97}`

/** Lets the policy and the model live through the same; `judge` sees each victim, and who it might have been. */
function live(
  eviction: Eviction,
  steps: readonly Command[],
  judge: (victim: number, model: EvictionModel, except: number) => void,
): EvictionModel {
  const model = new EvictionModel()
  const evict = (except: number, goes: boolean): void => {
    const victim = eviction.victim(except)
    judge(victim, model, except)
    if (!goes || victim < 0) return
    eviction.removed(victim)
    model.removed(victim)
  }
  const add = (slot: number, step: number): void => {
    eviction.added(slot, keyOf(slot, step))
    model.added(slot)
  }
  for (const [step, next] of steps.entries()) {
    if (next.type === "added") add(next.slot, step)
    else if (next.type === "used") {
      eviction.used(next.slot)
      model.used(next.slot)
    } else if (next.type === "removed") {
      eviction.removed(next.slot)
      model.removed(next.slot)
    } else if (next.type === "evict") evict(next.except, next.goes)
    else if (next.type === "fill") for (let i = 0; i < next.count; i += 1) add((next.from + i) % 90, step + i)
    else {
      const held = model.slots
      eviction.clear()
      for (const slot of held) eviction.added(slot, keyOf(slot, step))
    }
  }
  return model
}

function drain(eviction: Eviction, model: EvictionModel): number[] {
  const order: number[] = []
  for (let victim = eviction.victim(-1); victim >= 0 && order.length <= model.slots.length; victim = eviction.victim(-1)) {
    order.push(victim)
    eviction.removed(victim)
  }
  return order
}

describe("LruEviction", () => {
  it("names under any commands whom a list that is looked through names", () => {
    fc.assert(
      fc.property(commands, (steps) => {
        const eviction = new LruEviction()
        const model = live(eviction, steps, (victim, model, except) => expect(victim).toBe(model.victim(except)))
        const order = [...model.slots]
        expect(drain(eviction, model)).toEqual(order)
      }),
      seeds(200, 8),
    )
  })
})

describe("AdaptiveEviction", () => {
  it("names under any commands one that is held and may go, and in the end each of them", () => {
    fc.assert(
      fc.property(capacity, commands, (entries, steps) => {
        const eviction = new AdaptiveEviction(entries)
        const model = live(eviction, steps, (victim, { slots }, except) => {
          const mayGo = slots.filter((held) => held !== except)
          if (mayGo.length === 0) expect(victim).toBe(-1)
          else expect(mayGo).toContain(victim)
        })
        expect(drain(eviction, model).sort((one, other) => one - other)).toEqual(model.slots.sort((one, other) => one - other))
      }),
      seeds(200, 8),
    )
  })

  it("says the same of the same requests", () => {
    fc.assert(
      fc.property(capacity, commands, (entries, steps) => {
        const victimsOf = (): number[] => {
          const victims: number[] = []
          live(new AdaptiveEviction(entries), steps, (victim) => victims.push(victim))
          return victims
        }
        expect(victimsOf()).toEqual(victimsOf())
      }),
      seeds(30, 8),
    )
  })
})
