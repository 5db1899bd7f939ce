/** Each reversal brings about something that no schedule had, in worlds of which all schedules are known. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { inBaseOrder } from "../../../src/simulation/schedule/decider.ts"
import { Orders } from "../../../src/simulation/strategies/orders.ts"
import { Reversals } from "../../../src/simulation/strategies/reversals.ts"
import { seeds } from "../../support/seeds.ts"
import { allSchedules, type Carried, carryOut, linesText, type Message, messages } from "../../support/small-world.ts"
import { drawOf } from "../../support/steps.ts"

/** Until none is known any more; each is told to them, as the base order is. */
function explored(world: readonly Message[], seed: number): Carried[] {
  const reversals = new Reversals(drawOf(seed), new Orders())
  const all = [carryOut(world, inBaseOrder)]
  for (;;) {
    reversals.add(all.at(-1) as Carried)
    const next = reversals.next()
    if (next === undefined || all.length > 500) return all
    all.push(carryOut(world, next))
  }
}

/** What each thing came after with its process, and in what order what it follows from did. */
function thingsOf({ steps }: Carried): string[] {
  const ends = new Map<string, string>()
  const sentBy = new Map<number, string>()
  return steps.map(({ choice, sent }) => {
    const { actor = "", id = 0, what = "" } = choice ?? {}
    const thing = `${ends.get(actor) ?? actor} then ${what} by (${sentBy.get(id) ?? ""})`
    ends.set(actor, `[${thing}]`)
    for (const each of sent) sentBy.set(each.id, `[${thing}]`)
    return thing
  })
}

describe("schedules by reversals", () => {
  it("each bring about what none has had before, so that there is an end to them", () => {
    let given = 0
    fc.assert(
      fc.property(messages(6, ["a", "b"]), fc.nat(), (world, seed) => {
        const had = new Set<string>()
        for (const carried of explored(world, seed)) {
          const things = thingsOf(carried)
          expect(things.some((thing) => !had.has(thing))).toBe(true)
          for (const thing of things) had.add(thing)
          given += 1
        }
      }),
      seeds(200, 15),
    )
    expect(given).toBeGreaterThan(300)
  })

  it("are none where all schedules are one", () => {
    const seen = { one: 0, more: 0 }
    fc.assert(
      fc.property(messages(5, ["a", "b", "c"]), fc.nat(), (world, seed) => {
        const kinds = new Set(allSchedules(world).map(linesText)).size
        const given = explored(world, seed)
        seen[kinds === 1 ? "one" : "more"] += 1
        if (kinds === 1) expect(given).toHaveLength(1)
        expect(new Set(given.map(linesText)).size).toBeLessThanOrEqual(kinds)
      }),
      seeds(200, 15),
    )
    expect(Math.min(seen.one, seen.more)).toBeGreaterThan(20)
  })
})
