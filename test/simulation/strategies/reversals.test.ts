/** Schedules in which two things come the other way round, and what is kept of them. */

import { describe, expect, it } from "vitest"
import { inBaseOrder } from "../../../src/simulation/schedule/decider.ts"
import { Orders } from "../../../src/simulation/strategies/orders.ts"
import { MOST_REVERSALS, MOST_STEPS, type Place, Reversals } from "../../../src/simulation/strategies/reversals.ts"
import { type Carried, carryOut, linesText, type Message } from "../../support/small-world.ts"
import { type Choice, choiceOf, drawOf, faultStep, stepOf } from "../../support/steps.ts"

/** The base order, and then all that reversals bring about, each told to them. */
function explored(world: readonly Message[], most = 1000, seed = 1): Carried[] {
  const reversals = new Reversals(drawOf(seed), new Orders())
  const all = [carryOut(world, inBaseOrder)]
  while (all.length < most) {
    reversals.add(all.at(-1) as Carried)
    const next = reversals.next()
    if (next === undefined) return all
    all.push(carryOut(world, next))
  }
  return all
}

const textsOf = (all: readonly Carried[]): string[] => all.map(linesText)

describe("a reversal", () => {
  it("brings the later thing before the earlier", () => {
    const world = [
      { to: "a", by: undefined },
      { to: "a", by: undefined },
    ]
    expect(textsOf(explored(world))).toEqual(["a: m0 m1", "a: m1 m0"])
  })

  it("brings what the later thing follows from before as well", () => {
    const world = [
      { to: "a", by: undefined },
      { to: "b", by: undefined },
      { to: "a", by: 1 },
    ]
    expect(textsOf(explored(world))).toEqual(["a: m0 m2; b: m1", "a: m2 m0; b: m1"])
  })

  it("is all that differs: things of other processes are in one order", () => {
    const world = ["a", "b", "c", "d"].map((to) => ({ to, by: undefined }))
    expect(explored(world)).toHaveLength(1)
  })

  it("brings about each order of three that have nothing to do with one another, once", () => {
    const world = [1, 2, 3].map(() => ({ to: "a", by: undefined }))
    const texts = textsOf(explored(world))
    expect(new Set(texts).size).toBe(6)
    expect(texts).toHaveLength(6)
  })

  it("is of no two of which one follows from the other", () => {
    expect(explored([0, 1, 2, 3].map((place) => ({ to: "a", by: place === 0 ? undefined : place - 1 })))).toHaveLength(1)
    const there = [
      { to: "a", by: undefined },
      { to: "b", by: 0 },
      { to: "a", by: 1 },
    ]
    expect(explored(there)).toHaveLength(1)
  })

  it("is of no two of one sender: their order is kept", () => {
    expect(explored([1, 2].map(() => ({ to: "a", by: undefined, from: "p" })))).toHaveLength(1)
    const started = [choiceOf(1, { kind: "start", from: "p" }), choiceOf(2, { from: "q" })]
    const ended = [choiceOf(1, { from: "p" }), choiceOf(2, { from: "q", what: "exit" })]
    const left = [choiceOf(1, { from: "p" }), choiceOf(2, { from: "q", what: "detach" })]
    for (const choices of [started, ended, left]) {
      const reversals = new Reversals(drawOf(1), new Orders())
      reversals.add({ steps: choices.map((choice) => stepOf(choice)), decisions: [], explored: 2 })
      expect(reversals.next()).toBeUndefined()
    }
  })

  it("is of nothing that was there already, and could not come", () => {
    const asked = choiceOf(3, { from: "b" })
    const other = choiceOf(4, { from: "c" })
    const sent = [{ id: 3, kind: "message", from: "b", to: "a", what: "go" }] as const
    const steps = [stepOf(choiceOf(1, { actor: "b" }), { sent }), stepOf(other), stepOf(asked)]
    for (const [choices, isFound] of [
      [[other, asked], true],
      [[other, choiceOf(5, { actor: "d" })], false],
    ] as const) {
      const reversals = new Reversals(drawOf(1), new Orders())
      reversals.add({ steps, decisions: [{ kind: "step", choices, base: 0, after: 1 }], explored: 3 })
      expect(reversals.next() !== undefined).toBe(isFound)
    }
  })

  it("is of no message and an answer that its receiver waited for: that comes to nothing else", () => {
    const of = (earlier: Partial<Choice>) => {
      const reversals = new Reversals(drawOf(1), new Orders())
      const sent = [{ id: 3, kind: "message", from: "b", to: "a", what: "go" }] as const
      const steps = [stepOf(choiceOf(2, earlier)), stepOf(choiceOf(1, { actor: "b" }), { sent }), stepOf(choiceOf(3, { from: "b" }))]
      reversals.add({ steps, decisions: [], explored: 3 })
      return reversals.next()
    }
    expect(of({ from: "c", kind: "message" })).toBeDefined()
    expect(of({ from: "c", kind: "reply" })).toBeUndefined()
  })

  it("is not of what the runtime puts before all others, or tells a supervisor of a mailbox that is given back", () => {
    for (const what of [{ from: "a", what: "signal" }, { what: "left" }]) {
      const reversals = new Reversals(drawOf(1), new Orders())
      reversals.add({ steps: [stepOf(choiceOf(1, what)), stepOf(choiceOf(2, { from: "q" }))], decisions: [], explored: 2 })
      expect(reversals.next()).toBeUndefined()
    }
  })

  it("passes such a thing, and no start, end or fault", () => {
    const passed = [choiceOf(2, { from: "q", what: "detach" }), choiceOf(2, { from: "a", what: "signal" }), choiceOf(2, { what: "left" })]
    const bounds = [choiceOf(2, { kind: "start" }), choiceOf(2, { what: "exit" })].map((choice) => stepOf(choice))
    const isFound = (between: ReturnType<typeof stepOf>): boolean => {
      const reversals = new Reversals(drawOf(1), new Orders())
      const [earlier, later] = [choiceOf(1, { from: "p" }), choiceOf(3, { from: "r" })]
      reversals.add({ steps: [stepOf(earlier), between, stepOf(later)], decisions: [], explored: 3 })
      return reversals.next()?.choose({ kind: "step", number: 0, choices: [earlier, later], base: 0 }) === 1
    }
    expect(passed.map((choice) => isFound(stepOf(choice)))).toEqual([true, true, true])
    expect([...bounds, faultStep("crash", "a")].map(isFound)).toEqual([false, false, false])
  })

  it("is of a message of somebody's, whatever that is called", () => {
    for (const what of ["left", "exit", "detach", "signal"]) {
      const sent = [{ id: 1, kind: "message", from: "a", to: "a", what }] as const
      const begun = stepOf(choiceOf(9, { actor: "q", from: "root" }), { sent })
      const [message, other] = [choiceOf(1, { from: "a", what }), choiceOf(2, { from: "p" })]
      for (const both of [[message, other] as const, [other, message] as const]) {
        const reversals = new Reversals(drawOf(1), new Orders())
        const steps = [begun, ...both.map((choice) => stepOf(choice))]
        reversals.add({ steps, decisions: [{ kind: "step", choices: both, base: 0, after: 1 }], explored: 3 })
        expect([what, reversals.next() !== undefined]).toEqual([what, true])
      }
    }
  })

  it("is of a timer that was called off and what its process took, before that was sent; what follows is as it comes", () => {
    const timer = choiceOf(9, { kind: "timer", from: "clock" })
    const [arms, answers, hears] = [
      choiceOf(1, { from: "p" }),
      choiceOf(2, { actor: "server", from: "q" }),
      choiceOf(3, { from: "server" }),
    ]
    const asked = { sent: [{ id: 2, kind: "message", from: "q", to: "server", what: "go" }] } as const
    const told = { sent: [{ id: 3, kind: "message", from: "server", to: "a", what: "go" }] } as const
    const decisions = [{ kind: "step" as const, choices: [hears, timer], base: 0, after: 2 }]
    // Where the rest of the schedule is wanted behind a reversal, and where it is not.
    for (const drawn of [0.1, 0.9]) {
      const reversals = new Reversals(() => drawn, new Orders())
      reversals.add({ steps: [stepOf(arms, asked), stepOf(answers, told), stepOf(hears)], decisions, explored: 3 })
      const guided = reversals.next()
      const chosen = (...choices: readonly Choice[]) => choices[guided?.choose({ kind: "step", number: 0, choices, base: 0 }) ?? 0]
      expect([chosen(answers, timer, arms), chosen(answers, timer)]).toEqual([arms, timer])
      expect(chosen(choiceOf(10, { from: "clock" }), hears, answers)?.from).toBe("clock")
      expect(reversals.next()).toBeUndefined()
    }
  })

  it("of a timer that was called off stands in a place that is drawn: it is not what has come about last", () => {
    const timer = choiceOf(9, { kind: "timer", from: "clock" })
    const [arms, hears] = [choiceOf(1, { from: "p" }), choiceOf(3, { from: "p" })]
    const both = [choiceOf(4, { actor: "b", from: "p" }), choiceOf(5, { actor: "b", from: "q", what: "stop" })]
    const firstWhere = (drawn: number): Choice | undefined => {
      const draws = [drawn, 0]
      const reversals = new Reversals(() => draws.shift() ?? 0, new Orders())
      reversals.add({ steps: both.map((choice) => stepOf(choice)), decisions: [], explored: 2 })
      const decisions = [{ kind: "step" as const, choices: [hears, timer], base: 0, after: 1 }]
      reversals.add({ steps: [arms, hears].map((choice) => stepOf(choice)), decisions, explored: 2 })
      const guided = reversals.next()
      const choices = [...both, timer]
      guided?.choose({ kind: "step", number: 0, choices: [arms], base: 0 })
      return choices[guided?.choose({ kind: "step", number: 1, choices, base: 0 }) ?? 0]
    }
    expect([firstWhere(0), firstWhere(0.9)]).toEqual([both[1], timer])
  })

  it("is of what has come about last, at times", () => {
    const reversed = (drawn: readonly number[], place: Place = "first"): string => {
      const draws = [...drawn]
      const reversals = new Reversals(() => draws.shift() ?? 0, new Orders())
      for (const actor of ["a", "b"]) {
        const steps = [1, 2].map((id) => stepOf(choiceOf(id, { actor, from: `sender ${id}` })))
        reversals.add({ steps, decisions: [], explored: 2 }, actor === "b" ? place : "first")
      }
      const choices = ["a", "b"].flatMap((actor) => [1, 2].map((id) => choiceOf(id, { actor, from: `sender ${id}` })))
      const { actor, from } = choices[reversals.next()?.choose({ kind: "step", number: 0, choices, base: 0 }) ?? 0] as Choice
      return `${from} to ${actor}`
    }
    expect(reversed([0])).toBe("sender 2 to b")
    expect(reversed([0.65, 0])).toBe("sender 2 to a")
    // Of what was drawn, it stands in a place that is drawn, too: here the first.
    expect(reversed([0, 0], "anywhere")).toBe("sender 2 to a")
  })

  it.each([
    ["the newest", [0], "1 2"],
    ["those that are drawn", [0.65, 0.99], "4 1"],
  ])("of an order that was reversed comes behind others, among %s", (_which, drawn, expected) => {
    const all = [1, 4, 2, 3].map((id) => choiceOf(id, { from: `${id}` }))
    const orders = new Orders()
    orders.add(all.toReversed().map((choice) => stepOf(choice)))
    const draws: number[] = []
    const reversals = new Reversals(() => draws.shift() ?? 0, orders)
    const learn = (choices: readonly Choice[]): unknown =>
      reversals.add({ steps: choices.map((choice) => stepOf(choice)), decisions: [], explored: choices.length })
    /** The first two of what comes. */
    const next = (choices: readonly Choice[]): string => {
      const guided = reversals.next()
      const first = choices[guided?.choose({ kind: "step", number: 0, choices, base: 0 }) ?? 0] as Choice
      const left = choices.filter((choice) => choice !== first)
      return `${first.from} ${left[guided?.choose({ kind: "step", number: 1, choices: left, base: 0 }) ?? 0]?.from}`
    }
    learn(all.slice(2))
    expect(next(all.slice(2))).toBe("3 2")
    learn(all)
    expect(next(all)).toBe("1 3")
    draws.push(...drawn)
    expect(next(all)).toBe(expected)
  })

  it("goes on as is drawn where there are more than can be tried, mostly", () => {
    const restsOf = (count: number, drawn: number): number => {
      let rests = 0
      const world = Array.from({ length: count }, () => ({ to: "a", by: undefined }))
      const rest = (): number => {
        rests += 1
        return 1
      }
      const base = carryOut(world, inBaseOrder)
      const reversals = new Reversals(
        () => drawn,
        new Orders(),
        () => ({ choose: rest }),
      )
      reversals.add(base)
      carryOut(world, reversals.next() ?? inBaseOrder)
      return rests
    }
    expect(restsOf(12, 0.6)).toBeGreaterThan(0)
    expect(restsOf(12, 0.7)).toBe(0)
    expect(restsOf(4, 0.6)).toBe(0)
  })

  it.each([
    ["new", false],
    ["known", true],
  ])("that is the same for another round of a circle comes behind all others, whose order is %s", (_which, isKnown) => {
    const rounds = [1, 2, 3, 4, 5].map((id) => choiceOf(id, { from: "p" }))
    const other = choiceOf(9, { from: "q" })
    const choices = [...rounds, other]
    const steps = choices.map((choice) => stepOf(choice))
    const orders = new Orders()
    if (isKnown) orders.add([stepOf(other), ...steps])
    const reversals = new Reversals(drawOf(1), orders)
    reversals.add({ steps, decisions: [], explored: 6 })
    /** Before which round the other one comes, of those that are given one after the other. */
    const given = rounds.map(() => {
      const guided = reversals.next()
      return rounds.findIndex(
        (_round, at) => guided?.choose({ kind: "step", number: at, choices: [...rounds.slice(at), other], base: 0 }) !== 0,
      )
    })
    expect(given.slice(0, 2).toSorted()).toEqual([0, 4])
    expect(given.toSorted()).toEqual([0, 1, 2, 3, 4])
  })

  it.each([
    ["new", false],
    ["known", true],
  ])("of two messages that name different things comes behind those of what names one, whose order is %s", (_which, isKnown) => {
    const other = choiceOf(1, { from: "p", about: "y" })
    const choices = [other, choiceOf(2, { from: "q", about: "x" }), choiceOf(3, { from: "r" }), choiceOf(4, { from: "s", about: "x" })]
    const steps = choices.map((choice) => stepOf(choice))
    const orders = new Orders()
    if (isKnown) orders.add(steps.toReversed())
    const reversals = new Reversals(drawOf(1), orders)
    reversals.add({ steps, decisions: [], explored: 4 })
    /** What is brought before what, of all but the first that is wanted. */
    const given = Array.from({ length: 6 }, () => {
      const guided = reversals.next()
      const at = steps.findIndex(
        (_step, place) => guided?.choose({ kind: "step", number: place, choices: choices.slice(place), base: 0 }) !== 0,
      )
      return choices[at] === other
    })
    // Of its own three one is with what names nothing.
    expect(given.filter((isOfOther) => isOfOther)).toHaveLength(3)
    expect(given.slice(-2)).toEqual([true, true])
  })

  it("says whether something in a schedule was new", () => {
    const world = [1, 2].map(() => ({ to: "a", by: undefined }))
    const reversals = new Reversals(drawOf(1), new Orders())
    expect(reversals.add(carryOut(world, inBaseOrder))).toBe(true)
    expect(reversals.add(carryOut(world, inBaseOrder))).toBe(false)
    expect(reversals.add(carryOut(world, { choose: () => 1 }))).toBe(true)
  })

  it("is not of a fault, nor of what comes behind one", () => {
    const reversals = new Reversals(drawOf(1), new Orders())
    reversals.add({
      steps: [stepOf(choiceOf(1, { from: "p" })), faultStep("crash", "a"), stepOf(choiceOf(2, { from: "q" }))],
      decisions: [],
      explored: 2,
    })
    expect(reversals.next()).toBeUndefined()
  })

  it("comes in the same order for the same seed, and in another for another", () => {
    const world = [1, 2, 3, 4].map(() => ({ to: "a", by: undefined }))
    const [one, again, other] = [1, 1, 2].map((seed) => textsOf(explored(world, 12, seed)))
    expect(one).toEqual(again)
    expect(one).not.toEqual(other)
  })

  it("of what was far apart, and of two different operations, comes before others, among those that are drawn", () => {
    const reversed = (steps: readonly Choice[]): Choice | undefined => {
      const draws = [0.65, 0.99, 0]
      const reversals = new Reversals(() => draws.shift() ?? 0, new Orders())
      reversals.add({ steps: steps.map((choice) => stepOf(choice)), decisions: [], explored: steps.length })
      return steps[reversals.next()?.choose({ kind: "step", number: 0, choices: steps, base: 0 }) ?? 0]
    }
    const [first, nearby, beside, far] = ["a", "b", "b", "a"].map((actor, id) => choiceOf(id, { actor, from: `${id}`, what: `${id}` }))
    expect(reversed([first, nearby, beside, far] as Choice[])).toBe(far)
    const [one, other, alike, again] = ["one", "other", "alike", "alike"].map((what, id) => {
      return choiceOf(id, { actor: id < 2 ? "a" : "b", from: `${id}`, what })
    })
    expect(reversed([one, other, alike, again] as Choice[])).toBe(other)
  })

  it("is given once, even where it did not come about", () => {
    const base = carryOut(
      [1, 2].map(() => ({ to: "a", by: undefined })),
      inBaseOrder,
    )
    const reversals = new Reversals(drawOf(1), new Orders())
    reversals.add(base)
    reversals.add(base)
    expect(reversals.next()).toBeDefined()
    expect(reversals.next()).toBeUndefined()
    reversals.add(base)
    expect(reversals.next()).toBeUndefined()
  })

  it("is new only while nobody has had that order", () => {
    const world = [1, 2].map(() => ({ to: "a", by: undefined }))
    const orders = new Orders()
    const base = carryOut(world, inBaseOrder)
    const reversals = new Reversals(drawOf(1), orders)
    reversals.add(base)
    orders.add(base.steps.toReversed())
    expect(reversals.nextFresh()).toBeUndefined()
    expect(reversals.next()).toBeDefined()
    expect(reversals.next()).toBeUndefined()
  })
})

describe("what is kept", () => {
  /** So many messages of as many senders, as in no other schedule. */
  const schedule = (number: number, length: number, actorOf: (at: number) => string) => ({
    steps: Array.from({ length }, (_, at) => stepOf(choiceOf(at, { actor: actorOf(at), from: `s${at}`, what: `w${number}` }))),
    decisions: [],
    explored: length,
  })

  it("is a bounded number of reversals", () => {
    const reversals = new Reversals(drawOf(1), new Orders())
    for (let number = 0; number < 10; number += 1) reversals.add(schedule(number, 300, (at) => `a${at % 4}`))
    expect(reversals.size.reversals).toBe(MOST_REVERSALS)
    expect(reversals.size.steps).toBeLessThan(1000)
  })

  it("is of a bounded number of steps, however many schedules there are, and is let go with the last reversal", () => {
    const reversals = new Reversals(drawOf(1), new Orders())
    const pair = (at: number): string => (at < 2 ? "a" : `b${at}`)
    for (let number = 0; number < 1000; number += 1) reversals.add(schedule(number, 300, pair))
    expect(reversals.size).toEqual({ reversals: Math.floor(MOST_STEPS / 300), steps: Math.floor(MOST_STEPS / 300) * 300 })
    while (reversals.next() !== undefined) expect(reversals.size.steps).toBe(reversals.size.reversals * 300)
    expect(reversals.size).toEqual({ reversals: 0, steps: 0 })
    reversals.add(schedule(1001, 300, pair))
    expect(reversals.size.reversals).toBe(1)
  })
})

describe("the end of a process", () => {
  const asks = choiceOf(1, { actor: "b" })
  const stops = choiceOf(2, { actor: "supervisor" })
  const asked = choiceOf(3, { from: "b", what: "enter" })
  const exit = choiceOf(4, { from: "supervisor", what: "exit" })
  const request = { id: 3, kind: "request", from: "b", to: "a", what: "enter" } as const
  const signal = { id: 4, kind: "signal", from: "supervisor", to: "a", what: "exit" } as const
  const handedBack = { id: 5, kind: "reply", from: "a", to: "b", what: "enter", answers: 3, isFailure: true } as const
  const told = { decisions: [], explored: 3 }

  /** In which order they come, where each can that was sent. */
  const orderOf = (reversals: Reversals): unknown[] | undefined => {
    const guided = reversals.next()
    if (guided === undefined) return undefined
    let open: Choice[] = [stops, asks]
    const order: unknown[] = []
    while (open.length > 0) {
      const chosen = open[guided.choose({ kind: "step", number: order.length, choices: open, base: 0 })] as Choice
      order.push(chosen.what === "go" ? chosen.actor : chosen.what)
      open = open.filter((each) => each !== chosen)
      if (chosen === asks) open.push(asked)
      if (chosen === stops) open.push(exit)
    }
    return order
  }
  const reversalsOf = (steps: readonly ReturnType<typeof stepOf>[]): Reversals => {
    const reversals = new Reversals(drawOf(1), new Orders())
    reversals.add({ ...told, steps })
    return reversals
  }

  it("comes behind what came too late for it, and so does what it comes of", () => {
    const steps = [stepOf(asks, { sent: [request] }), stepOf(stops, { sent: [signal] }), stepOf(exit, { sent: [handedBack] })]
    const reversals = reversalsOf(steps)
    expect(orderOf(reversals)?.slice(0, 3)).toEqual(["b", "enter", "supervisor"])
    expect(orderOf(reversals)).toBeUndefined()
  })

  it("comes behind a message of which nobody hears that it came too late", () => {
    const cast = { ...request, kind: "message" } as const
    const reversals = reversalsOf([stepOf(asks, { sent: [cast] }), stepOf(stops, { sent: [signal] }), stepOf(exit)])
    expect(orderOf(reversals)?.slice(0, 3)).toEqual(["b", "enter", "supervisor"])
  })

  it("comes behind what waited for one that has ended by itself", () => {
    const ends = choiceOf(2, { from: "c", what: "end" })
    const reversals = reversalsOf([stepOf(asks, { sent: [request] }), stepOf(ends, { sent: [handedBack] })])
    const guided = reversals.next()
    expect(guided?.choose({ kind: "step", number: 0, choices: [ends, asks], base: 0 })).toBe(1)
    expect(guided?.choose({ kind: "step", number: 1, choices: [ends, asked], base: 0 })).toBe(1)
  })

  it("does not come behind what was sent in consequence of it", () => {
    const steps = [stepOf(stops, { sent: [signal, request] }), stepOf(exit, { sent: [handedBack] })]
    expect(reversalsOf(steps).next()).toBeUndefined()
  })

  it("comes before what came before it, with what it comes of", () => {
    const steps = [stepOf(asks, { sent: [request] }), stepOf(asked), stepOf(stops, { sent: [signal] }), stepOf(exit)]
    const reversals = new Reversals(drawOf(1), new Orders())
    reversals.add({ decisions: [], explored: 4, steps })
    const order = orderOf(reversals)
    expect(order?.indexOf("exit")).toBeLessThan(order?.indexOf("enter") as number)
    expect(orderOf(reversals)).toBeUndefined()
  })
})
