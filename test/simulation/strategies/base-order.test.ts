/** The order that schedules are told against: each runs until it waits, and who goes round in a circle falls behind. */

import { describe, expect, it } from "vitest"
import { BaseOrder } from "../../../src/simulation/strategies/base-order.ts"
import { type Choice, choiceOf } from "../../support/steps.ts"

/** More than anybody is let go round. */
const MANY = 40

const asks = (id: number, from: string, what = "has"): Choice => choiceOf(id, { actor: "store", from, what })
const hears = (id: number, actor: string, what = "has"): Choice => choiceOf(id, { kind: "reply", actor, from: "store", what })
const sets = (id: number, what = "set"): Choice => choiceOf(id, { actor: "elsewhere", from: "other", what })
const time = (id: number, actor: string): Choice => choiceOf(id, { kind: "timer", actor, from: actor, what: "pause" })

function took(order: BaseOrder, choices: readonly Choice[]): Choice {
  const choice = choices[order.of(choices)] as Choice
  order.went(choice)
  return choice
}

/** Someone who asks the same again and again, beside whatever waits all that time: what is taken, until that is. */
function roundsBefore(order: BaseOrder, waiting: Choice, looker = "looker"): number {
  for (let round = 1; round <= MANY; round += 1) {
    if (took(order, [waiting, asks(2 * round, looker)]) === waiting) return round
    if (took(order, [waiting, hears(2 * round + 1, looker)]) === waiting) return round
  }
  return MANY
}

describe("each runs until it waits", () => {
  it("who went on last goes on, then whom it has set off; time passes where nobody can", () => {
    const order = new BaseOrder()
    const own = hears(1, "a")
    order.went(choiceOf(0, { actor: "a" }))
    expect(took(order, [own, asks(2, "b"), time(3, "c")])).toBe(own)
    expect(took(order, [asks(4, "b"), sets(5), time(3, "c")]).id).toBe(5)
    expect(took(order, [time(3, "c"), time(6, "d")]).id).toBe(3)
  })

  it("the same for twenty rows is work, and no circle", () => {
    expect(roundsBefore(new BaseOrder(), sets(1))).toBeGreaterThan(20)
  })
})

describe("who looks again and again", () => {
  it("has looked 25 times when it falls behind, whatever others have done before", () => {
    const after = new BaseOrder()
    for (let id = 1000; id < 1200; id += 1) after.went(choiceOf(id, { actor: "store", from: `one of ${id % 50}`, what: `thing ${id}` }))
    for (const order of [new BaseOrder(), after]) {
      const looks = Array.from({ length: MANY }, (_, at) => asks(at + 2, "looker"))
      expect(looks.findIndex((look) => took(order, [sets(1), look]) !== look)).toBe(25)
    }
  })

  it("lets another come, and time pass where nobody else can go on", () => {
    expect(roundsBefore(new BaseOrder(), sets(1))).toBeLessThan(MANY)
    expect(roundsBefore(new BaseOrder(), time(1, "other"))).toBeLessThan(MANY)
  })

  it("is behind nobody any more, time least of all, once nothing is explored", () => {
    const order = new BaseOrder()
    roundsBefore(order, time(1, "other"))
    const choices = [time(101, "other"), asks(102, "looker")]
    expect([order.of(choices), order.of(choices, true)]).toEqual([0, 1])
  })

  it("stays behind whoever does something: that one goes on until it waits", () => {
    const order = new BaseOrder()
    roundsBefore(order, sets(1))
    const look = asks(100, "looker")
    for (const what of ["put", "take", "touch"]) expect(took(order, [look, sets(101, what)]).from).toBe("other")
    expect(took(order, [look])).toBe(look)
  })

  it("goes on as anybody once it does something else", () => {
    const order = new BaseOrder()
    const waiting = sets(1)
    roundsBefore(order, waiting)
    order.went(asks(101, "looker", "delete"))
    expect(took(order, [waiting, hears(102, "looker", "delete")]).actor).toBe("looker")
    expect(roundsBefore(order, waiting)).toBeGreaterThan(20)
  })

  it("does so where it begins anew what came before its circle", () => {
    const order = new BaseOrder()
    const waiting = sets(1)
    order.went(asks(2, "looker", "raise"))
    roundsBefore(order, waiting)
    order.went(asks(101, "looker", "raise"))
    expect(took(order, [waiting, hears(102, "looker", "raise")]).actor).toBe("looker")
  })

  it("is no circle where something new comes between", () => {
    const order = new BaseOrder()
    const waiting = sets(1)
    for (let round = 1; round <= MANY; round += 1) {
      expect(took(order, [waiting, asks(3 * round, "looker")])).not.toBe(waiting)
      expect(took(order, [waiting, asks(3 * round + 1, "looker", `read ${round}`)])).not.toBe(waiting)
    }
  })

  it("falls behind where it goes round in what it has done before something else, as soon as anybody", () => {
    const order = new BaseOrder()
    const waiting = sets(1)
    const first = roundsBefore(new BaseOrder(), waiting)
    for (const each of [asks(101, "looker"), hears(102, "looker"), asks(103, "looker", "put")]) order.went(each)
    expect(roundsBefore(order, waiting) - first).toBeLessThanOrEqual(1)
  })

  it("has its turn among others that do so, and clocks too: who is behind for the longest is next", () => {
    const order = new BaseOrder()
    const counts = new Map<string, number>()
    for (let round = 0; round < 3 * MANY; round += 1) {
      const { kind, from } = took(order, [asks(3 * round + 1, "a"), asks(3 * round + 2, "b"), time(3 * round + 3, "c")])
      counts.set(`${kind} ${from}`, (counts.get(`${kind} ${from}`) ?? 0) + 1)
    }
    const shares = [...counts.values()]
    expect(shares.length).toBe(3)
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2)
  })
})
