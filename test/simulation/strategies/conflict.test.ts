/** What difference it makes that something comes earlier. */

import { describe, expect, it } from "vitest"
import { Conflicts } from "../../../src/simulation/strategies/conflict.ts"
import { MOST_EVENTS, Orders } from "../../../src/simulation/strategies/orders.ts"
import { type Choice, choiceOf, faultChoice, stepOf } from "../../support/steps.ts"

const at = (id: number, actor: string): Choice => choiceOf(id, { actor, what: `w${id}` })
const conflictsOf = (choices: readonly Choice[], orders = new Orders()) =>
  new Conflicts(
    choices.map((choice) => stepOf(choice)),
    orders,
  )

describe("something that comes earlier", () => {
  it("makes the most difference where it is of the process that would have gone on", () => {
    const [first, other, later] = [at(1, "a"), at(2, "b"), at(3, "a")]
    expect(conflictsOf([first, other, later]).difference(later, first, 0).rank).toBe(0)
  })

  it("makes less where that process goes on behind the one that it is put before, and none where it never does", () => {
    const [first, other, later] = [at(1, "b"), at(2, "a"), at(3, "a")]
    expect(conflictsOf([first, other, later]).difference(later, first, 0).rank).toBe(1)
    expect(conflictsOf([at(1, "b"), at(2, "c"), later]).difference(later, at(1, "b"), 0)).toEqual({ rank: 2, orders: [] })
  })

  it("takes what follows from it along: that ends where something goes on that was there before it", () => {
    const [first, later, follower] = [at(1, "a"), at(5, "b"), at(6, "a")]
    expect(conflictsOf([first, later, follower]).difference(later, first, 0).rank).toBe(0)
    expect(conflictsOf([first, later, at(2, "c"), follower]).difference(later, first, 0).rank).toBe(2)
  })

  it("may be anything where it was not seen, or is not later: it is tried first", () => {
    const [first, later] = [at(1, "a"), at(2, "b")]
    expect(conflictsOf([first]).difference(later, first, 0).rank).toBe(0)
    expect(conflictsOf([first, later]).difference(first, later, 0).rank).toBe(0)
  })

  it("is time, and concerns all", () => {
    const timer = choiceOf(3, { kind: "timer", actor: "z" })
    expect(conflictsOf([at(1, "a"), timer]).difference(timer, at(1, "a"), 0).rank).toBe(0)
  })
})

describe("the orders that it makes", () => {
  it("are those that none has had: the later before each of its process's that it is put before", () => {
    const [first, second, later] = [at(1, "a"), at(2, "a"), at(3, "a")]
    const orders = new Orders()
    const conflicts = conflictsOf([first, second, later], orders)
    expect(conflicts.difference(later, first, 0).orders).toEqual([orders.pair(later, first), orders.pair(later, second)])
    orders.see(orders.pair(later, second))
    expect(conflicts.difference(later, first, 0).orders).toEqual([orders.pair(later, first)])
  })

  it("are of a fault that it comes right after what its process did last", () => {
    const orders = new Orders()
    const [first, second, other] = [at(1, "a"), at(2, "a"), at(3, "b")]
    const conflicts = conflictsOf([first, second, other], orders)
    const numbers = orders.numbersOf(
      [first, second].map((choice) => stepOf(choice)),
      "coarse",
    )
    const crash = faultChoice("crash", "a")
    const of = (after: number) => conflicts.difference(crash, faultChoice("none"), after)
    const expected = (last: number | undefined) => [orders.faultAfter(last, { kind: "crash", actor: "a" })]
    expect([of(0), of(1), of(2), of(3)].map(({ orders: found }) => found)).toEqual(
      [undefined, numbers[0], numbers[1], numbers[1]].map((last) => expected(last)),
    )
    expect(of(1).rank).toBe(0)
    orders.see(orders.faultAfter(numbers[0], { kind: "crash", actor: "a" }))
    expect(of(1).orders).toEqual([])
  })

  it("are not looked for without end", () => {
    const many = Array.from({ length: 2 * MOST_EVENTS }, (_, id) => at(id, id < MOST_EVENTS ? "b" : "a"))
    const last = at(many.length, "a")
    const conflicts = conflictsOf([...many, last])
    expect(conflicts.difference(last, many[0] as Choice, 0)).toEqual({ rank: 2, orders: [] })
    expect(conflicts.difference(last, many[1] as Choice, 0).rank).toBe(1)
    expect(conflicts.difference(last, many[MOST_EVENTS] as Choice, 0).orders.length).toBeLessThanOrEqual(8)
  })
})
