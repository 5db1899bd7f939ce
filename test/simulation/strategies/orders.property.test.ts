/** Which order was seen, against a list of all pairs. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Step } from "../../../src/simulation/schedule/step.ts"
import { Orders } from "../../../src/simulation/strategies/orders.ts"
import { seeds } from "../../support/seeds.ts"
import { choiceOf, faultStep, stepOf } from "../../support/steps.ts"

const ACTORS = ["a", "b"]
const WHATS = ["x", "y", "z"]

const choice = fc
  .record({ actor: fc.constantFrom(...ACTORS), from: fc.constantFrom("p", "q"), what: fc.constantFrom(...WHATS) })
  .map((fields) => choiceOf(0, fields))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: choice.map((each) => stepOf(each)) },
  { weight: 1, arbitrary: fc.constantFrom(...ACTORS).map((actor) => faultStep("crash", actor)) },
)
const schedule = fc.array(step, { maxLength: 14 })

const actorIn = (each: Step): string | undefined => each.choice?.actor ?? each.fault?.actor
const wordsIn = ({ choice: chosen, fault }: Step): string => JSON.stringify(chosen ?? fault)

/** Each pair of things of one actor, by their words: of all of a kind, and of the first of it and those after it. */
function pairsOf(steps: readonly Step[], grain: "coarse" | "fine"): Set<string> {
  const named = steps.map((each, at) => {
    const words = wordsIn(each)
    if (grain === "coarse") return words
    return `${steps.slice(0, at).some((before) => wordsIn(before) === words) ? "another" : "first"} ${words}`
  })
  const pairs = new Set<string>()
  steps.forEach((later, at) => {
    steps.slice(0, at).forEach((earlier, before) => {
      if (actorIn(earlier) === actorIn(later)) pairs.add(`${named[before]} > ${named[at]}`)
    })
  })
  return pairs
}

describe("an order", () => {
  it("is new as long as no schedule has had it, by kinds as well as by the first of a kind", () => {
    const seen = { old: 0, fresh: 0 }
    fc.assert(
      fc.property(fc.array(schedule, { maxLength: 4 }), schedule, (before, asked) => {
        const orders = new Orders()
        for (const steps of before) orders.add(steps)
        for (const grain of ["coarse", "fine"] as const) {
          const known = new Set(before.flatMap((steps) => [...pairsOf(steps, grain)]))
          const numbers = orders.numbersOf(asked, grain)
          const names = asked.map((each, at) => {
            const isFirst = !asked.slice(0, at).some((other) => wordsIn(other) === wordsIn(each))
            return grain === "coarse" ? wordsIn(each) : `${isFirst ? "first" : "another"} ${wordsIn(each)}`
          })
          asked.forEach((_each, one) => {
            asked.forEach((_other, two) => {
              const isNew = !known.has(`${names[one]} > ${names[two]}`)
              seen[isNew ? "fresh" : "old"] += 1
              expect(orders.isNew([numbers[one] as number, numbers[two] as number])).toBe(isNew)
            })
          })
        }
      }),
      seeds(300, 15),
    )
    expect(Math.min(seen.old, seen.fresh)).toBeGreaterThan(300)
  })

  it("is of things with the same words, in whatever schedule they are", () => {
    fc.assert(
      fc.property(schedule, schedule, (one, two) => {
        const orders = new Orders()
        for (const grain of ["coarse", "fine"] as const) {
          const [first, second] = [orders.numbersOf(one, grain), orders.numbersOf(two, grain)]
          const isFirstIn = (steps: readonly Step[], at: number): boolean =>
            grain === "coarse" || !steps.slice(0, at).some((each) => wordsIn(each) === wordsIn(steps[at] as Step))
          one.forEach((each, at) => {
            two.forEach((other, place) => {
              const isSame = wordsIn(each) === wordsIn(other) && isFirstIn(one, at) === isFirstIn(two, place)
              expect(first[at] === second[place]).toBe(isSame)
            })
          })
        }
      }),
      seeds(200, 15),
    )
  })
})
