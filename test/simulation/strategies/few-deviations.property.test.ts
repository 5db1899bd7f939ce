/** Few deviations, against all schedules of a small world: those with one, then those with two, each once. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Deviation, inBaseOrder } from "../../../src/simulation/schedule/decider.ts"
import { Replay } from "../../../src/simulation/schedule/schedule.ts"
import { FewDeviations } from "../../../src/simulation/strategies/few-deviations.ts"
import { Orders } from "../../../src/simulation/strategies/orders.ts"
import { seeds } from "../../support/seeds.ts"
import { allSchedules, carryOut, type Message, messages } from "../../support/small-world.ts"
import { drawOf } from "../../support/steps.ts"

const textOf = (deviations: readonly Deviation[]): string => deviations.map(({ at, choice }) => `${at}:${choice}`).join(" ")

interface Given {
  readonly asked: string
  readonly made: string
  readonly kinds: readonly string[]
}

/** All that are given, where each that has fewer than so many deviations is told of. */
function given(world: readonly Message[], most: number, seed: number, operations = 0): Given[] {
  const orders = new Orders()
  const few = new FewDeviations(drawOf(seed), orders)
  const all: Given[] = []
  for (let next: readonly Deviation[] | undefined = []; next !== undefined; next = few.next()) {
    const strategy = next.length === 0 ? inBaseOrder : new Replay(next)
    const { deviations, decisions, steps } = carryOut(world, strategy, operations)
    orders.add(steps)
    if (deviations.length < most) few.add({ deviations, decisions, steps })
    const kinds = deviations.map(({ at }) => decisions[at]?.kind ?? "none")
    all.push({ asked: textOf(next), made: textOf(deviations), kinds })
  }
  return all
}

function expected(world: readonly Message[], most: number): string[] {
  const all = allSchedules(world).map(({ deviations }) => deviations)
  return all.filter(({ length }) => length <= most).map(textOf)
}

/** Of this one there are many, whatever worlds are drawn. */
const FIVE_AT_ONCE: readonly Message[] = [1, 2, 3, 4, 5].map(() => ({ to: "a", by: undefined }))

describe("the schedules with few deviations", () => {
  it("are all given, each once, and are what they were given as", () => {
    let most = 0
    fc.assert(
      fc.property(messages(5, ["a", "b"]), fc.constantFrom(1, 2), fc.nat(), (world, deviations, seed) => {
        const all = given(world, deviations, seed)
        expect(all.map(({ asked }) => asked).toSorted()).toEqual(expected(world, deviations).toSorted())
        expect(all.map(({ made }) => made)).toEqual(all.map(({ asked }) => asked))
        most = Math.max(most, all.length)
      }),
      { ...seeds(150, 15), examples: [[FIVE_AT_ONCE, 2, 1]] },
    )
    expect(most).toBeGreaterThan(20)
  })

  it("leave no operation out, and each comes once where there are operations", () => {
    fc.assert(
      fc.property(messages(4, ["a", "b"]), fc.nat(), (world, seed) => {
        const all = given(world, 2, seed, 2)
        expect(all.flatMap(({ kinds }) => kinds).filter((kind) => kind !== "step")).toEqual([])
        const without = given(world, 2, seed)
        expect(all).toHaveLength(without.length)
        expect(new Set(all.map(({ asked }) => asked)).size).toBe(all.length)
      }),
      seeds(80, 15),
    )
  })
})
