/** What a search has tried, told coarsely: pairs, faults, and the bounds of both. */

import { describe, expect, it } from "vitest"
import { MOST_EVENTS, Orders } from "../../../src/simulation/strategies/orders.ts"
import { choiceOf, faultStep, stepOf } from "../../support/steps.ts"

const one = choiceOf(1, { what: "one" })
const two = choiceOf(2, { what: "two" })

describe("a pair", () => {
  it("is new until it was seen, and the other way round is another", () => {
    const orders = new Orders()
    expect(orders.isNew(orders.pair(one, two))).toBe(true)
    orders.see(orders.pair(one, two))
    expect(orders.isNew(orders.pair(one, two))).toBe(false)
    expect(orders.isNew(orders.pair(two, one))).toBe(true)
  })

  it("was seen once a schedule has had it", () => {
    const orders = new Orders()
    orders.add([stepOf(one), stepOf(two)])
    expect([orders.isNew(orders.pair(one, two)), orders.isNew(orders.pair(two, one))]).toEqual([false, true])
  })

  it("is of one process: what others went through meanwhile makes none", () => {
    const orders = new Orders()
    const elsewhere = choiceOf(3, { actor: "b" })
    orders.add([stepOf(one), stepOf(elsewhere), stepOf(two)])
    expect(orders.isNew(orders.pair(one, elsewhere))).toBe(true)
    expect(orders.isNew(orders.pair(one, two))).toBe(false)
  })
})

describe("a fault", () => {
  it("is told by whom it befell, and right after what; a crash and a kill are one", () => {
    const orders = new Orders()
    orders.add([stepOf(one), stepOf(choiceOf(3, { actor: "b" })), faultStep("crash", "a")])
    const last = orders.numbersOf([stepOf(one), stepOf(two)], "coarse")
    expect(orders.isNew(orders.faultAfter(last[0], { kind: "kill", actor: "a" }))).toBe(false)
    expect(orders.isNew(orders.faultAfter(last[1], { kind: "crash", actor: "a" }))).toBe(true)
    expect(orders.isNew(orders.faultAfter(undefined, { kind: "crash", actor: "a" }))).toBe(true)
    expect(orders.isNew(orders.faultAfter(last[0], { kind: "crash", actor: "b" }))).toBe(true)
  })

  it("may be the first of all", () => {
    const orders = new Orders()
    orders.add([faultStep("crash", "a"), stepOf(one)])
    expect(orders.isNew(orders.faultAfter(undefined, { kind: "crash", actor: "a" }))).toBe(false)
  })
})

describe("the bounds", () => {
  it("of a schedule only the first steps are looked at", () => {
    const steps = Array.from({ length: MOST_EVENTS + 10 }, (_, at) => choiceOf(at, { what: `w${at}` }))
    const orders = new Orders()
    orders.add(steps.map((choice) => stepOf(choice)))
    const isNew = (earlier: number, later: number): boolean =>
      orders.isNew(orders.pair(steps[earlier] as typeof one, steps[later] as typeof one))
    expect(isNew(0, MOST_EVENTS - 1)).toBe(false)
    expect(isNew(0, MOST_EVENTS)).toBe(true)
    expect(isNew(MOST_EVENTS - 1, MOST_EVENTS)).toBe(true)
  })

  it("beyond a million orders none is new, and those that were seen are still known", () => {
    const orders = new Orders()
    for (let earlier = 0; earlier < 1000; earlier += 1) for (let later = 0; later < 1000; later += 1) orders.see([earlier, later])
    expect(orders.isNew([2000, 1])).toBe(false)
    expect(orders.isNew([5, 5])).toBe(false)
  })

  it("an order that is seen twice has the room of one", () => {
    const orders = new Orders()
    for (let times = 0; times < 1_000_001; times += 1) orders.see([1, 2])
    expect(orders.isNew([2, 1])).toBe(true)
  })
})
