import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { KeyOrder } from "../../../actors/store/key-order.ts"
import { KeyOrderBuilder } from "../../../actors/store/key-order-builder.ts"
import { KeyOrderModel } from "../../models/key-order-model.ts"
import { KeySlots } from "../../support/key-slots.ts"
import { seeds } from "../../support/seeds.ts"

type Command =
  | { readonly type: "toggle"; readonly key: string }
  | { readonly type: "addMany" | "removeMany"; readonly from: number; readonly most: number }
  | { readonly type: "repeat"; readonly key: string }
  | { readonly type: "look"; readonly prefix: string; readonly after: string | undefined; readonly limit: number }
  | { readonly type: "step"; readonly budget: number }
  | { readonly type: "rebuild" }

// Few code units, so that keys begin alike: the smallest, the largest, both halves of a pair, and a sign behind them all that is no pair.
const unit = fc.constantFrom("\0", "a", "b", "\ud83d", "\ude00", "\uff5e", "\uffff")
const text = fc.array(unit, { maxLength: 5 }).map((units) => units.join(""))
const key = fc.oneof(
  text,
  text.map((end) => "a".repeat(200) + end),
)
const prefix = fc.oneof(fc.constant(""), text, fc.constant("a".repeat(200)))
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant("toggle" as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom("addMany" as const, "removeMany" as const), from: fc.nat(40), most: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("repeat" as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("look" as const),
      prefix,
      after: fc.option(key, { nil: undefined }),
      limit: fc.constantFrom(0, 1, 3, 10, Number.POSITIVE_INFINITY),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("step" as const), budget: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("rebuild" as const) }) },
)
const commands = fc.array(command, { maxLength: 150, size: "max" })

describe("KeyOrder", () => {
  it("has under any commands the order of an array that is sorted each time, also where it is built meanwhile", () => {
    fc.assert(
      fc.property(commands, fc.constantFrom(4, 6, 512), (steps, mostInABlock) => {
        const orders = new OrdersAndModel(mostInABlock)
        for (const step of steps) orders.run(step)
        orders.finish()
      }),
      seeds(500, 10),
    )
  })
})

/** An order that was there from the beginning, one that is built again and again, and the model. */
class OrdersAndModel {
  readonly #slots = new KeySlots()
  readonly #model = new KeyOrderModel()
  readonly #mostInABlock: number
  readonly #order: KeyOrder
  #builder: KeyOrderBuilder

  constructor(mostInABlock: number) {
    this.#mostInABlock = mostInABlock
    this.#order = new KeyOrder(this.#slots.keyOf, mostInABlock)
    this.#builder = this.#build()
  }

  run(step: Command): void {
    switch (step.type) {
      case "toggle":
        return this.#slots.slotOf(step.key) === undefined ? this.#add(step.key) : this.#remove(step.key)
      case "addMany":
        for (let n = step.from; n < step.from + step.most; n += 1) if (this.#slots.slotOf(`n${n}`) === undefined) this.#add(`n${n}`)
        return
      case "removeMany":
        for (let n = step.from; n < step.from + step.most; n += 1) if (this.#slots.slotOf(`n${n}`) !== undefined) this.#remove(`n${n}`)
        return
      case "repeat":
        return this.#repeat(step.key)
      case "look":
        return this.#agree(step.prefix, step.after, step.limit)
      case "step":
        this.#builder.step(step.budget)
        return
      case "rebuild":
        this.#builder = this.#build()
    }
  }

  finish(): void {
    this.#builder.step(Number.POSITIVE_INFINITY)
    this.#agree("", undefined, Number.POSITIVE_INFINITY)
    for (const slot of this.#model.page("", undefined, Number.POSITIVE_INFINITY)) this.#remove(this.#model.keyOf(slot) as string)
    expect([this.#order.size, this.#order.page("", undefined, 1), this.#order.count("")]).toEqual([0, [], 0])
  }

  #build(): KeyOrderBuilder {
    return new KeyOrderBuilder(this.#slots.keyIfAny, this.#slots.keys.length, this.#mostInABlock)
  }

  /** Filed before the table has the key, as the table does it. */
  #add(key: string): void {
    const slot = this.#slots.nextSlot()
    this.#order.add(slot, key)
    this.#builder.add(slot, key)
    this.#slots.put(key)
    this.#model.add(slot, key)
  }

  /** Taken out after the table has cleared it. */
  #remove(key: string): void {
    const slot = this.#slots.clear(key)
    this.#order.remove(slot, key)
    this.#builder.remove(slot, key)
    this.#model.remove(slot)
  }

  /** What is in is added again, or what is not is removed: nothing changes. */
  #repeat(key: string): void {
    const slot = this.#slots.slotOf(key)
    for (const order of [this.#order, this.#builder]) {
      if (slot === undefined) order.remove(this.#slots.nextSlot(), key)
      else order.add(slot, key)
    }
  }

  #agree(prefix: string, after: string | undefined, limit: number): void {
    for (const order of [this.#order, this.#builder.order]) {
      if (order === undefined) continue
      expect(order.size).toBe(this.#model.size)
      expect(order.page(prefix, after, limit)).toEqual(this.#model.page(prefix, after, limit))
      expect(order.count(prefix)).toBe(this.#model.count(prefix))
    }
  }
}
