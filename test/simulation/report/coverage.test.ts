import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Coverage } from "../../../src/simulation/report/coverage.ts"
import { coverageLines } from "../../../src/simulation/report/coverage-text.ts"
import { Report } from "../../../src/simulation/report/report.ts"
import type { MachineTransitions } from "../../../src/simulation/scene/machines.ts"
import type { Choice, Step } from "../../../src/simulation/schedule/step.ts"
import { randomSchedule } from "../../support/random-schedule.ts"
import { seeds } from "../../support/seeds.ts"
import { ToldSchedule } from "../../support/told-schedule.ts"

/** One schedule in which `store` handles those, each `sender what`. */
function handled(...messages: readonly string[]): readonly Step[] {
  const told = new ToldSchedule()
  for (const message of messages) {
    const [from = "", what = ""] = message.split(" ")
    told.take(told.tell(from, "store", what))
  }
  return told.steps
}

function covered(...schedules: readonly (readonly Step[])[]) {
  const coverage = new Coverage()
  for (const steps of schedules) coverage.add(steps)
  return coverage.summary()
}

/** By their names, which of their transitions were taken in one schedule. */
function machines(all: Readonly<Record<string, Readonly<Record<string, boolean>>>>): MachineTransitions {
  return new Map(Object.entries(all).map(([machine, transitions]) => [machine, new Map(Object.entries(transitions))]))
}

describe("coverage", () => {
  it("is nothing before the first schedule", () => {
    expect(covered()).toEqual({ schedules: 0, steps: 0, stepsWithChoice: 0, inboxes: [], transitions: [], leftOut: 0 })
    expect(coverageLines(covered())).toEqual(["  0 schedules of 0 steps, 0 % of them with a choice"])
  })

  it("counts pairs that were seen in both orders", () => {
    expect(covered(handled("a get", "b set")).inboxes).toEqual([
      { inbox: "store", pairs: 1, bothOrders: 0, oneOrder: [{ before: "get", after: "set" }] },
    ])
    expect(covered(handled("a get", "b set"), handled("b set", "a get")).inboxes).toEqual([
      { inbox: "store", pairs: 1, bothOrders: 1, oneOrder: [] },
    ])
    expect(covered(handled("a get", "b set", "a get")).inboxes[0]?.bothOrders).toBe(1)
  })

  it("does not take the order of one sender for one that could be another", () => {
    expect(covered(handled("a get", "a set")).inboxes).toEqual([])
    expect(covered(handled("a get", "a set"), handled("a set", "b has")).inboxes).toEqual([
      {
        inbox: "store",
        pairs: 2,
        bothOrders: 0,
        oneOrder: [{ before: "set", after: "has" }],
      },
    ])
  })

  it("does not go from one schedule to the next", () => {
    expect(covered(handled("a get"), handled("b set")).inboxes).toEqual([{ inbox: "store", pairs: 1, bothOrders: 0, oneOrder: [] }])
  })

  it("counts timers, and no replies, starts and turns", () => {
    const told = new ToldSchedule()
    told.go(told.start("store"))
    told.go(told.timer("store", "sweep"))
    told.take(told.tell("a", "store", "set"))
    told.take(told.reply(told.ask("store", "b", "get")))
    told.go(told.turn("store"))
    const oneOrder = [{ before: "timer sweep", after: "set" }]
    expect(covered(told.steps).inboxes).toEqual([{ inbox: "store", pairs: 1, bothOrders: 0, oneOrder }])
  })

  it("counts a message that is called exit, and not that a process is told to end", () => {
    expect(covered(handled("a exit", "b set")).inboxes[0]).toMatchObject({ pairs: 1 })
    const told = new ToldSchedule()
    told.take(told.tell("b", "store", "set"))
    told.go({ ...told.start("store", "root"), kind: "message", what: "exit" })
    expect(covered(told.steps).inboxes).toEqual([])
  })

  it("counts steps with a choice", () => {
    const told = new ToldSchedule()
    told.go(told.start("a"), { choices: 3 })
    told.go(told.start("b"))
    told.go(told.start("c"))
    expect(covered(told.steps, told.steps)).toMatchObject({ schedules: 2, steps: 6, stepsWithChoice: 2 })
  })

  it("says what was seen in one order only, first where most is missing", () => {
    const told = new ToldSchedule()
    for (const from of ["a", "b"]) told.take(told.tell(from, "desk", from === "a" ? "open" : "close"))
    for (const [from, what] of [
      ["a", "x"],
      ["b", "y"],
      ["c", "z"],
    ] as const)
      told.take(told.tell(from, "shop", what))
    expect(coverageLines(covered(told.steps))).toEqual([
      "  1 schedule of 5 steps, 0 % of them with a choice",
      "  shop: 0 of 3 pairs of messages in both orders; always `x` before `y`, `x` before `z` and `y`",
      "  before `z`",
      "  desk: 0 of 1 pair of messages in both orders; always `open` before `close`",
    ])
  })

  it("says what was never true, and which transitions were not taken", () => {
    const transitions = [{ machine: "light", transitions: 8, taken: 2, missing: ["a", "b", "c", "d", "e", "f"] }]
    expect(coverageLines({ ...covered(), neverTrue: ["soldOut"], transitions })).toEqual([
      "  0 schedules of 0 steps, 0 % of them with a choice",
      "  never true in any schedule: `soldOut`",
      "  light: 2 of 8 transitions taken; never `a`, `b`, `c`, `d`, `e` and 1 more",
    ])
  })

  it("says how many histories were not judged, where there are some", () => {
    expect(coverageLines({ ...covered(), undecided: 2 })).toEqual([
      "  0 schedules of 0 steps, 0 % of them with a choice",
      "  not judged: 2 histories of services, too long to find an order that explains what was answered",
    ])
    expect(coverageLines({ ...covered(), undecided: 1 })[1]).toMatch(/^ {2}not judged: 1 history of services,/)
    const { schedules, neverSeen, coverage } = { schedules: 1, neverSeen: [], coverage: new Coverage().summary() }
    const { text } = new Report({ schedules, neverSeen, coverage, failure: undefined, schedule: undefined, undecided: 3 })
    expect(text).toMatch(/^1 schedule, and none failed\n.*\n {2}not judged: 3 histories of services/)
  })

  it("counts the transitions of a machine over all schedules, first those of which most is missing", () => {
    const coverage = new Coverage()
    coverage.add([], machines({ door: { a: true }, light: { x: false, y: true, z: false } }))
    coverage.add([], machines({ light: { x: true, y: false, z: false } }))
    expect(coverage.summary().transitions).toEqual([
      { machine: "light", transitions: 3, taken: 2, missing: ["z"] },
      { machine: "door", transitions: 1, taken: 1, missing: [] },
    ])
  })

  it("keeps a hundred machines, and a thousand transitions of each", () => {
    const coverage = new Coverage()
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, number) => [`t${number}`, false]))
    for (let number = 0; number < 120; number++) coverage.add([], machines({ [`m${number}`]: number === 0 ? many : { t: true } }))
    const { transitions } = coverage.summary()
    expect(transitions).toHaveLength(100)
    expect(transitions[0]).toMatchObject({ machine: "m0", transitions: 1000, taken: 0 })
  })

  it("keeps no more than it says, and counts what it does not keep", () => {
    const many = new ToldSchedule()
    for (let number = 0; number < 300; number++) many.take(many.tell("a", `inbox-${number}`, "x"))
    expect(covered(many.steps).leftOut).toBe(100)
    const kinds = handled(...Array.from({ length: 40 }, (_, number) => `sender-${number} kind-${number}`))
    const summary = covered(kinds)
    expect(summary).toMatchObject({ leftOut: 8, inboxes: [{ pairs: (32 * 31) / 2, bothOrders: 0 }] })
    expect(summary.inboxes[0]?.oneOrder).toHaveLength(5)
    expect(coverageLines(summary)).toContain("  8 messages not counted: too many inboxes or kinds of messages")
    const inboxes = Array.from({ length: 12 }, (_, number) => ({ inbox: `i${number}`, pairs: 1, bothOrders: 1, oneOrder: [] }))
    expect(coverageLines({ ...summary, inboxes, leftOut: 0 }).at(-1)).toBe("  and 2 more inboxes")
  })

  it("agrees with who looks at every two messages", () => {
    fc.assert(
      fc.property(fc.array(randomSchedule(["a", "b", "c", "d"], ["get", "set", "has", "put"]), { maxLength: 6 }), (schedules) => {
        const summary = covered(...schedules)
        for (const { inbox, pairs, bothOrders } of summary.inboxes)
          expect([inbox, pairs, bothOrders]).toEqual([inbox, ...naively(schedules, inbox)])
        const inboxes = new Set(schedules.flat().flatMap(({ choice }) => choice?.actor ?? []))
        const found = [...inboxes].filter((inbox) => naively(schedules, inbox)[0] > 0)
        expect(summary.inboxes.map(({ inbox }) => inbox).toSorted()).toEqual(found.toSorted())
      }),
      seeds(100, 8),
    )
  })
})

/** How many pairs of kinds there are, and how many were seen in both orders. */
function naively(schedules: readonly (readonly Step[])[], inbox: string): [pairs: number, bothOrders: number] {
  const lists = schedules.map((steps) =>
    steps.flatMap(({ choice }) => (choice?.actor === inbox && /message|timer/.test(choice.kind) ? choice : [])),
  )
  const kindOf = ({ kind, what }: Choice): string => `${kind} ${what}`
  const all = lists.flat()
  const kinds = [...new Set(all.map(kindOf))]
  const isSeen = (before: string, after: string): boolean =>
    lists.some((list) =>
      list.some(
        (one, at) => kindOf(one) === before && list.slice(at + 1).some((other) => kindOf(other) === after && other.from !== one.from),
      ),
    )
  const areTwo = (a: string, b: string): boolean =>
    all.some((one) => kindOf(one) === a && all.some((other) => kindOf(other) === b && other.from !== one.from))
  const pairs = kinds.flatMap((a, at) => kinds.slice(at + 1).map((b) => [a, b] as const)).filter(([a, b]) => areTwo(a, b))
  return [pairs.length, pairs.filter(([a, b]) => isSeen(a, b) && isSeen(b, a)).length]
}
