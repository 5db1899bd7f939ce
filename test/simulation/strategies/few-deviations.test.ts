/** In what order schedules with few deviations come, and what bounds them. */

import { describe, expect, it } from "vitest"
import type { Decided, Deviation } from "../../../src/simulation/schedule/decider.ts"
import { childrenOf, FewDeviations } from "../../../src/simulation/strategies/few-deviations.ts"
import { Orders } from "../../../src/simulation/strategies/orders.ts"
import { choiceOf, drawOf, faultChoice, stepOf } from "../../support/steps.ts"

/** One decision after the other, of choices that nobody has to do with but themselves. */
function decided(count: number, choices: number, kind: Decided["kind"] = "step"): Decided[] {
  return Array.from({ length: count }, (_, at) => ({
    kind,
    choices: Array.from({ length: choices }, (_one, place) => choiceOf(at * choices + place, { actor: `a${place}`, what: `w${at}` })),
    base: 0,
    after: at,
  }))
}

const textOf = (deviations: readonly Deviation[] | undefined): string | undefined =>
  deviations?.map(({ at, choice }) => `${at}:${choice}`).join(" ")

function all(few: FewDeviations): (string | undefined)[] {
  const found: (string | undefined)[] = []
  for (let next = few.next(); next !== undefined; next = few.next()) found.push(textOf(next))
  return found
}

describe("a schedule that was carried out", () => {
  it("says what could be decided otherwise after its last deviation", () => {
    const few = new FewDeviations(drawOf(1), new Orders())
    few.add({ deviations: [{ at: 1, choice: 1 }], decisions: decided(4, 2), steps: [] })
    expect(all(few).toSorted()).toEqual(["1:1 2:1", "1:1 3:1"])
  })

  it("says nothing of operations", () => {
    const few = new FewDeviations(drawOf(1), new Orders())
    few.add({ deviations: [], decisions: [...decided(2, 2, "operation"), ...decided(1, 2)], steps: [] })
    expect(all(few)).toEqual(["2:1"])
  })

  it("with fewer deviations is followed first, as far as nothing tells them apart", () => {
    const orders = new Orders()
    const few = new FewDeviations(drawOf(1), orders)
    few.add({ deviations: [{ at: 0, choice: 1 }], decisions: decided(3, 2), steps: [] })
    few.add({ deviations: [], decisions: decided(3, 2), steps: [] })
    expect(all(few).map((text) => text?.split(" ").length)).toEqual([1, 1, 1, 2, 2])
  })
})

describe("the next one", () => {
  const decisions = decided(6, 3)

  it("is the same for the same draw", () => {
    const [one, again, other] = [1, 1, 2].map((seed) => {
      const few = new FewDeviations(drawOf(seed), new Orders())
      few.add({ deviations: [], decisions, steps: [] })
      return all(few)
    })
    expect(one).toEqual(again)
    expect(one).not.toEqual(other)
    expect(new Set(other)).toEqual(new Set(one))
    expect(one).toHaveLength(12)
  })

  it("has an order that none has had, as long as one is known; another is told to be none", () => {
    const [one, two] = [choiceOf(1, { what: "one" }), choiceOf(2, { what: "two" })]
    const orders = new Orders()
    const few = new FewDeviations(drawOf(1), orders)
    const steps = [stepOf(one), stepOf(two)]
    few.add({ deviations: [], decisions: [{ kind: "step", choices: [one, two], base: 0, after: 0 }], steps })
    orders.add(steps.toReversed())
    expect(few.nextFresh()).toBeUndefined()
    expect(textOf(few.next())).toBe("0:1")
    expect(few.next()).toBeUndefined()
  })

  it("is one in six of those that seem to make no difference", () => {
    const [own, other] = [choiceOf(1, { actor: "a" }), choiceOf(2, { actor: "b" })]
    const few = new FewDeviations(drawOf(1), new Orders())
    // Whoever goes first of two that have nothing to do with each other makes none; of what was never seen, that is not known.
    const indifferent = Array.from({ length: 20 }, (): Decided => ({ kind: "step", choices: [own, other], base: 0, after: 0 }))
    const unknown = Array.from({ length: 20 }, (): Decided => ({ kind: "step", choices: [choiceOf(90), choiceOf(91)], base: 0, after: 0 }))
    few.add({ deviations: [], decisions: [...indifferent, ...unknown], steps: [stepOf(own), stepOf(other)] })
    const places = all(few).map((text) => Number(text?.split(":")[0]) < 20)
    expect(places.slice(1, 13).filter(Boolean)).toHaveLength(2)
    expect(places).toHaveLength(40)
  })

  it("is one of a bounded number", () => {
    const few = new FewDeviations(drawOf(1), new Orders())
    few.add({ deviations: [], decisions: decided(300, 200), steps: [] })
    few.add({ deviations: [], decisions: decided(300, 200), steps: [] })
    let count = 0
    while (few.next() !== undefined) count += 1
    expect(count).toBe(50_000)
    few.add({ deviations: [], decisions: decided(2, 2), steps: [] })
    expect(all(few)).toHaveLength(2)
  })
})

describe("the children of one schedule", () => {
  it("are those with one deviation more, those that make the most difference first", () => {
    // The third was there before the second: it does not follow from it.
    const [own, other, third] = [choiceOf(1), choiceOf(3, { actor: "b" }), choiceOf(2)]
    const steps = [own, other, third].map((choice) => stepOf(choice))
    const decisions: Decided[] = [
      { kind: "step", choices: [own, other, third], base: 0, after: 0 },
      { kind: "fault", choices: [faultChoice("none"), faultChoice("crash", "b")], base: 0, after: 1 },
    ]
    const found = [...{ [Symbol.iterator]: () => childrenOf({ deviations: [], decisions, steps }, drawOf(1)) }].map(textOf)
    expect(found.slice(0, 2).toSorted()).toEqual(["0:2", "1:1"])
    expect(found[2]).toBe("0:1")
    expect(found).toHaveLength(3)
  })
})
