/** Goes by a list of what is wanted. */

import { describe, expect, it } from "vitest"
import type { Decision } from "../../../src/simulation/schedule/decider.ts"
import { Guided } from "../../../src/simulation/strategies/guided.ts"
import type { Happening } from "../../../src/simulation/strategies/words.ts"
import { type Choice, choiceOf, faultChoice } from "../../support/steps.ts"

const message = (what: string, actor = "a"): Choice => choiceOf(1, { what, actor })
const wanted = (what: string, count = 1, actor = "a"): Happening => ({
  words: `message ${actor} root ${what}`,
  count,
  actor,
  isFault: false,
})
const wantedFault = (what: string, actor = "a", count = 1): Happening => ({ words: `fault ${what} ${actor}`, count, actor, isFault: true })

function decision(kind: Decision["kind"], choices: readonly Choice[], base = 0): Decision {
  return { kind, number: 0, choices, base }
}

/** What is chosen from among those, until none is left. */
function orderBy(guided: Guided, whats: readonly string[], base = 0): string[] {
  const left = whats.map((what) => message(what))
  const order: string[] = []
  while (left.length > 0)
    order.push(...left.splice(guided.choose(decision("step", left, Math.min(base, left.length - 1))), 1).map(({ what }) => what))
  return order
}

describe("the next step", () => {
  it("is the first of the list that there is", () => {
    expect(orderBy(new Guided(["c", "a", "b"].map((what) => wanted(what))), ["a", "b", "c"])).toEqual(["c", "a", "b"])
  })

  it("is the base order's where nothing of the list can be", () => {
    expect(orderBy(new Guided([wanted("z")]), ["a", "b", "c"], 1)).toEqual(["b", "c", "a"])
    expect(orderBy(new Guided([]), ["a", "b"], 1)).toEqual(["b", "a"])
  })

  it("is another strategy's once all of the list has been, which knows of all that came before", () => {
    const [seen, asked]: [string[], number[]] = [[], []]
    const rest = {
      choose: ({ choices }: Decision): number => {
        asked.push(choices.length)
        return choices.length - 1
      },
      went: ({ what }: Choice): void => void seen.push(what),
    }
    expect(orderBy(new Guided([wanted("b"), wanted("a")], rest), ["a", "b", "c", "d"])).toEqual(["b", "a", "d", "c"])
    expect(seen).toEqual(["b", "a"])
    expect(asked).toEqual([2, 1])
  })

  it("is not held up by what never comes", () => {
    expect(orderBy(new Guided(["z", "b", "a"].map((what) => wanted(what))), ["a", "b"])).toEqual(["b", "a"])
  })

  it("is the one of its kind that is wanted: the second comes after the first, whoever chose that", () => {
    const guided = new Guided([wanted("again", 2), wanted("other")])
    // The first is not on the list: by the base order.
    expect(orderBy(guided, ["other", "again", "again"], 0)).toEqual(["other", "again", "again"])
    const second = new Guided([wanted("other"), wanted("again", 2), wanted("again", 1)])
    expect(orderBy(second, ["again", "again", "other"])).toEqual(["other", "again", "again"])
  })

  it("of two that are alike is the first", () => {
    const [one, two] = [choiceOf(1, { what: "same" }), choiceOf(2, { what: "same" })]
    expect(new Guided([wanted("same")]).choose(decision("step", [message("x"), one, two]))).toBe(1)
  })

  it("that could be no other is counted, and off the list", () => {
    const guided = new Guided([wanted("again", 2), wanted("b")])
    guided.went(message("again"))
    expect(guided.choose(decision("step", [message("b"), message("again")]))).toBe(1)
    const over = new Guided([wanted("b"), wanted("a")])
    over.went(message("b"))
    expect(over.choose(decision("step", [message("b"), message("a")]))).toBe(1)
  })

  it("is the same for the same list, which is not changed", () => {
    const list = ["c", "a"].map((what) => wanted(what))
    const orders = [1, 2].map(() => orderBy(new Guided(list), ["a", "b", "c", "d"], 2))
    expect(orders[0]).toEqual(orders[1])
    expect(list).toHaveLength(2)
  })
})

describe("an operation", () => {
  it("is the base order's, and takes nothing off the list", () => {
    const guided = new Guided([wanted("b")])
    const choices = [choiceOf(1, { kind: "operation", what: "done" }), message("b")]
    expect(guided.choose(decision("operation", choices, 0))).toBe(0)
    expect(guided.choose(decision("step", [message("a"), message("b")]))).toBe(1)
  })
})

describe("a fault", () => {
  const faults = decision("fault", [faultChoice("none"), faultChoice("crash", "a"), faultChoice("crash", "b"), faultChoice("kill", "a")])

  it("falls once its process has been through all that comes before, whatever others have", () => {
    const guided = new Guided([wanted("first"), wanted("elsewhere", 1, "b"), wantedFault("crash"), wanted("last")])
    expect(guided.choose(faults)).toBe(0)
    guided.went(message("first"))
    expect(guided.choose(faults)).toBe(1)
    expect(guided.choose(faults)).toBe(0)
  })

  it("is the one that is wanted", () => {
    expect(new Guided([wantedFault("crash", "b")]).choose(faults)).toBe(2)
    expect(new Guided([wantedFault("kill")]).choose(faults)).toBe(3)
    expect(new Guided([]).choose(faults)).toBe(0)
  })

  it("waits until it can be", () => {
    const guided = new Guided([wantedFault("crash")])
    expect(guided.choose(decision("fault", [faultChoice("none"), faultChoice("kill", "a")]))).toBe(0)
    expect(guided.choose(faults)).toBe(1)
  })

  it("comes a second time where that is wanted", () => {
    const guided = new Guided([wantedFault("crash"), wanted("between"), wantedFault("crash", "a", 2)])
    expect([guided.choose(faults), guided.choose(faults)]).toEqual([1, 0])
    guided.went(message("between"))
    expect([guided.choose(faults), guided.choose(faults)]).toEqual([1, 0])
  })
})
