/** What followed from what, where it was not a message that was sent in a step. */

import { describe, expect, it } from "vitest"
import { Causality, type Shown } from "../../../src/simulation/strategies/causality.ts"
import { MOST_EVENTS } from "../../../src/simulation/strategies/orders.ts"
import { type Choice, choiceOf, faultStep, sentOf, stepOf } from "../../support/steps.ts"

function shown(steps: Shown["steps"], more: Partial<Shown> = {}): Shown {
  return { steps, decisions: [], explored: steps.filter(({ choice }) => choice !== undefined).length, ...more }
}

describe("what was begun", () => {
  const first = stepOf(choiceOf(1, { actor: "a" }))
  const second = stepOf(choiceOf(2, { actor: "a" }))

  it("follows from what its parent did last before it could be seen", () => {
    const start = choiceOf(9, { kind: "start", actor: "child", from: "a" })
    const decisions = [{ kind: "step" as const, choices: [second.choice ?? start, start], base: 0, after: 1 }]
    const causality = new Causality(shown([first, second, stepOf(start)], { decisions }))
    expect([causality.isSentAfter(2, 0), causality.isSentAfter(2, 1)]).toEqual([true, false])
  })

  it("that was seen nowhere before follows from what its parent did last", () => {
    const causality = new Causality(shown([first, second, stepOf(choiceOf(9, { kind: "start", actor: "child", from: "a" }))]))
    expect([causality.isSentAfter(2, 0), causality.isSentAfter(2, 1)]).toEqual([true, true])
  })

  it("outside follows from the step before it could be seen, whosever that was", () => {
    const start = choiceOf(9, { kind: "start", actor: "next", from: "outside" })
    const answer = stepOf(choiceOf(3, { kind: "reply", actor: "outside" }))
    const decisions = [{ kind: "step" as const, choices: [start, choiceOf(2)], base: 0, after: 2 }]
    const steps = [answer, first, second, stepOf(start)]
    const [early, late] = [new Causality(shown(steps, { decisions })), new Causality(shown(steps))]
    expect([early.senderOf(3), late.senderOf(3)]).toEqual([1, 2])
    expect(new Causality(shown([stepOf(start)])).senderOf(0)).toBeUndefined()
  })

  it("by time follows from what its owner did, and has a line of its own", () => {
    const timer = stepOf(choiceOf(9, { kind: "timer", actor: "a", from: "other" }))
    const causality = new Causality(shown([first, timer]))
    expect(causality.isSentAfter(1, 0)).toBe(true)
    expect([...causality.linesOf]).toEqual([
      ["a", [0]],
      ["clock of a", [1]],
    ])
  })
})

describe("what happened", () => {
  it("is known by its words, and which of that kind it is", () => {
    const again = (id: number) => stepOf(choiceOf(id, { what: "again" }))
    const { happenings } = new Causality(shown([again(1), stepOf(choiceOf(2, { what: "other" })), again(3)]))
    expect(happenings.map(({ words, count }) => `${words} ${count}`)).toEqual([
      "message a root again 1",
      "message a root other 1",
      "message a root again 2",
    ])
  })

  it("is a fault of whom it befell, in its line", () => {
    const causality = new Causality(shown([stepOf(choiceOf(1)), faultStep("crash", "a"), stepOf(choiceOf(2))]))
    expect(causality.happenings[1]).toEqual({ words: "fault crash a", count: 1, actor: "a", isFault: true })
    expect(causality.linesOf.get("a")).toEqual([0, 1, 2])
    expect(causality.isSentAfter(1, 0)).toBe(false)
  })
})

describe("what follows", () => {
  it("is told of the steps behind an end, too, with which something was lost", () => {
    const asks = stepOf(choiceOf(1, { actor: "client" }), { sent: [{ ...sentOf(5, "a"), from: "client" }] })
    const ends = stepOf(choiceOf(2, { from: "a", what: "exit" }))
    const next = stepOf(choiceOf(3, { actor: "client" }), { sent: [sentOf(6, "b")] })
    const causality = new Causality(shown([asks, ends, next, stepOf(choiceOf(6, { actor: "b" }))]))
    expect(causality.lost).toHaveLength(1)
    expect([0, 1, 2].map((earlier) => causality.isSentAfter(3, earlier))).toEqual([true, false, true])
  })
})

describe("a timer that was called off", () => {
  const timer = choiceOf(9, { kind: "timer", from: "clock", what: "patience" })
  const asks = choiceOf(1, { from: "client" })
  const answers = choiceOf(2, { actor: "server", from: "b" })
  const hears = choiceOf(3, { from: "server" })
  const after = choiceOf(4, { from: "server", what: "next" })
  /** It could fire before the last two of them. */
  const calledOffIn = (...order: readonly Choice[]) => {
    const steps = order.map((choice) => stepOf(choice, choice === answers ? { sent: [hears, after].map(({ id }) => sentOf(id, "a")) } : {}))
    const decisions = [order.length - 2, order.length - 1].map((after) => {
      return { kind: "step" as const, choices: [order[after] as Choice, timer], base: 0, after }
    })
    const { calledOff } = new Causality(shown(steps, { decisions }))
    return calledOff.map(({ happening, sender, before, cause }) => [happening.words, happening.count, sender, before, cause])
  }

  it("could have fired before what came to its process was sent", () => {
    expect(calledOffIn(asks, answers, hears)).toEqual([["timer a clock patience", 1, 0, 2, 1]])
  })

  it("could not where it was armed in consequence of that", () => {
    expect(calledOffIn(answers, hears, choiceOf(8, { actor: "other" }), after)).toEqual([["timer a clock patience", 1, 1, 3, 3]])
  })

  it("is the next one of its kind to fire, however many were called off before", () => {
    const fired = choiceOf(7, { kind: "timer", from: "clock", what: "patience" })
    expect(calledOffIn(asks, fired, answers, hears)).toEqual([["timer a clock patience", 2, 0, 3, 2]])
    expect(calledOffIn(asks, timer, answers, hears)).toEqual([])
  })
})

describe("what is looked at", () => {
  const many = Array.from({ length: MOST_EVENTS + 50 }, (_, id) => stepOf(choiceOf(id)))

  it("is what was explored, and what was looked at in the end is not; faults do not count", () => {
    const steps = [stepOf(choiceOf(1)), faultStep("crash", "a"), stepOf(choiceOf(2)), stepOf(choiceOf(3)), stepOf(choiceOf(4))]
    expect(new Causality(shown(steps, { explored: 2 })).length).toBe(3)
    expect(new Causality(shown(steps, { explored: 4 })).length).toBe(5)
    expect(new Causality(shown(steps, { explored: 0 })).length).toBe(0)
  })

  it("has a bound", () => {
    expect(new Causality(shown(many)).length).toBe(MOST_EVENTS)
  })

  it("is told right up to the last step within it", () => {
    const steps = many.map((step, at) => stepOf(step.choice, { sent: [sentOf(at + 1, "a")] }))
    const causality = new Causality(shown(steps))
    expect(causality.isSentAfter(MOST_EVENTS - 1, MOST_EVENTS - 2)).toBe(true)
    expect(causality.isSentAfter(MOST_EVENTS - 1, 31)).toBe(true)
    expect(causality.isSentAfter(31, 32)).toBe(false)
  })
})
