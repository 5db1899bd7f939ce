import { describe, expect, it } from "vitest"
import { Bindings, NOBODY } from "../../../actors/store/bindings.ts"

describe("Bindings", () => {
  it("count what is held and what it weighs, and know that again when they are made anew from who holds it", () => {
    const bindings = new Bindings(100)
    const weights = [0.1, 0.2, 4]
    const hold = (slot: number, holders: number | readonly number[], before: number, after: number): void => {
      bindings.file(slot, holders, before, after)
      bindings.holders[slot] = holders
    }
    hold(0, 1, 0, 0.1)
    hold(1, [1, 2], 0, 0.2)
    hold(2, 3, 0, 7)
    hold(2, 3, 7, 4)
    bindings.drop(1, 1)
    const counted = (): number[] => [bindings.entries, Math.round(bindings.weight * 10)]
    expect(counted()).toEqual([3, 43])
    bindings.restore((slot) => weights[slot] as number)
    expect(counted()).toEqual([3, 43])
    for (const slot of [2, 1, 0]) hold(slot, NOBODY, weights[slot] as number, 0)
    expect([bindings.entries, bindings.weight]).toEqual([0, 0])
  })
})
