import { describe, expect, it } from "vitest"
import { KeyOrderBuilder } from "../../../actors/store/key-order-builder.ts"
import { KeySlots } from "../../support/key-slots.ts"

const ALL = Number.POSITIVE_INFINITY

function slotsOf(keys: readonly string[]): KeySlots {
  const slots = new KeySlots()
  for (const key of keys) slots.put(key)
  return slots
}

const builderOf = (slots: KeySlots): KeyOrderBuilder => new KeyOrderBuilder(slots.keyIfAny, slots.keys.length, 4)
const keysOf = (builder: KeyOrderBuilder, slots: KeySlots): unknown =>
  builder.order?.page("", undefined, ALL).map((slot) => slots.keys[slot])

describe("a builder", () => {
  it("deals with so many slots a step, free ones among them, and has no order before it is done", () => {
    const slots = slotsOf(["e", "d", "c", "b", "a"])
    slots.clear("d")
    const builder = builderOf(slots)
    expect([builder.step(2), builder.order, builder.step(2), builder.order]).toEqual([false, undefined, false, undefined])
    expect(builder.step(2)).toBe(true)
    expect(keysOf(builder, slots)).toEqual(["a", "b", "c", "e"])
    expect(builder.step(2)).toBe(true)
    expect(builder.order?.size).toBe(4)
  })

  it("of an empty table is done from the beginning", () => {
    const slots = slotsOf([])
    const builder = builderOf(slots)
    builder.add(slots.nextSlot(), "a")
    slots.put("a")
    expect([keysOf(builder, slots), builder.step(1)]).toEqual([["a"], true])
  })

  it("asks a step for its own slots and what a search for each needs", () => {
    const slots = slotsOf(Array.from({ length: 10_000 }, (_, n) => String((n * 7919) % 10_000)))
    const builder = new KeyOrderBuilder(slots.keyIfAny, slots.keys.length)
    for (let isDone = false; !isDone; ) {
      slots.asked = 0
      isDone = builder.step(100)
      expect(slots.asked).toBeLessThanOrEqual(100 * (Math.log2(10_000) + 5))
    }
    expect(builder.order?.size).toBe(10_000)
  })

  it("ends after the slots there were at the beginning, though more are added than it deals with", () => {
    const slots = slotsOf(["a", "b", "c", "d"])
    const builder = builderOf(slots)
    let steps = 0
    for (let isDone = false; !isDone; steps += 1) {
      for (const end of ["x", "y", "z"]) {
        const key = `${steps}${end}`
        builder.add(slots.nextSlot(), key)
        slots.put(key)
      }
      isDone = builder.step(1)
    }
    expect(steps).toBe(4)
    expect(keysOf(builder, slots)).toEqual([...slots.keys].sort())
  })

  it.each([0, 1, 2, 3, 4])("that has dealt with %i slots is right about each that goes, comes, or changes its key", (dealtWith) => {
    const slots = slotsOf(["d", "c", "b", "a"])
    const builder = builderOf(slots)
    builder.step(dealtWith)
    for (const key of ["c", "a"]) builder.remove(slots.clear(key), key)
    for (const key of ["z", "y", "x"]) {
      builder.add(slots.nextSlot(), key)
      slots.put(key)
    }
    builder.remove(slots.clear("y"), "y")
    builder.step(ALL)
    expect(keysOf(builder, slots)).toEqual(["b", "d", "x", "z"])
    builder.remove(slots.clear("d"), "d")
    expect(keysOf(builder, slots)).toEqual(["b", "x", "z"])
  })

  it("whose step is cut short goes on where it was", () => {
    const slots = slotsOf(Array.from({ length: 50 }, (_, n) => String((n * 7) % 50)))
    let left = ALL
    const keyOf = (slot: number): string | undefined => {
      if (left === 0) throw new RangeError("Maximum call stack size exceeded")
      left -= 1
      return slots.keyIfAny(slot)
    }
    const builder = new KeyOrderBuilder(keyOf, 50, 4)
    let cut = 0
    for (let isDone = false; !isDone; ) {
      left = 1 + (cut % 23)
      try {
        isDone = builder.step(10)
      } catch {
        cut += 1
      }
    }
    left = ALL
    expect(cut).toBeGreaterThan(10)
    expect(keysOf(builder, slots)).toEqual([...slots.keys].sort())
  })
})
