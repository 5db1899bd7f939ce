/** Which strategy has which schedule. */

import { describe, expect, it, vi } from "vitest"
import { Portfolio, STRATEGIES, type StrategyName } from "../../../src/simulation/strategies/portfolio.ts"
import { Reversals } from "../../../src/simulation/strategies/reversals.ts"
import { allSchedules, carryOut, type Message } from "../../support/small-world.ts"
import { drawOf } from "../../support/steps.ts"

const NO_FAULTS = { asked: [], inboxFull: 0 }

/** Three senders to one process, which tells another of each. */
const SMALL: readonly Message[] = [
  { to: "a", by: undefined },
  { to: "a", by: undefined },
  { to: "a", by: undefined },
  { to: "b", by: 0 },
  { to: "b", by: 1 },
]
/** More orders than anybody tries. */
const LARGE: readonly Message[] = Array.from({ length: 12 }, (_, at) => ({ to: at % 2 === 0 ? "a" : "b", by: undefined }))

interface Schedule {
  readonly name: StrategyName
  readonly text: string
  readonly deviations: number
  readonly left: readonly string[]
}

/** So many schedules, as an exploration has them. */
function explored(name: StrategyName, count: number, { world = SMALL, seed = 1, operations = 0 } = {}): Schedule[] {
  const portfolio = new Portfolio(name, drawOf(seed), NO_FAULTS)
  return Array.from({ length: count }, () => {
    const assignment = portfolio.next()
    const carried = carryOut(world, assignment.strategy, operations)
    portfolio.learn(assignment.name, carried.decider, carried.steps)
    const left = carried.deviations.flatMap(({ at, choice }) => {
      const decided = carried.decisions[at]
      return decided?.kind === "operation" ? [decided.choices[choice]?.what ?? ""] : []
    })
    const text = carried.steps.map(({ choice }) => choice?.what).join(" ")
    return { name: assignment.name, text, deviations: carried.deviations.length, left }
  })
}

const namesOf = (schedules: readonly Schedule[]): Set<StrategyName> => new Set(schedules.map(({ name }) => name))

/** Those that look for an order that is new. */
const SEARCHING: readonly StrategyName[] = ["fewDeviations", "reversals"]

/** Of how many of so many schedules something is learned. */
function learned(count: number, world: readonly Message[]): number {
  const add = vi.spyOn(Reversals.prototype, "add")
  explored("mix", count, { world })
  const { length } = add.mock.calls
  add.mockRestore()
  return length
}

describe("the mix", () => {
  it("has each strategy that it is made of, where there are many orders as well as where there are few", () => {
    const all = [
      "runOn",
      "fewDeviations",
      "reversals",
      "pos",
      "urw",
      "errands",
      "random",
      "pct3",
      "pct10",
      "weightedWalk",
      "deviating",
      "promptPos",
      "promptUrw",
      "promptErrands",
      "promptDeviating",
      "promptPct10",
      "channels",
      "pauses",
    ]
    for (const world of [SMALL, LARGE]) expect([...namesOf(explored("mix", 300, { world }))].toSorted()).toEqual(all.toSorted())
  })

  it("begins with the base order, and those that search have their turns among the first, reversals before few deviations", () => {
    const names = explored("mix", 14, { world: [...LARGE, ...LARGE] }).map(({ name }) => name)
    expect(names[0]).toBe("runOn")
    expect(names.filter((name) => name === "reversals").length).toBeGreaterThan(6)
    expect(names.slice(0, 5).filter((name) => name === "reversals")).toHaveLength(3)
    expect(names.slice(5, 10).filter((name) => name === "fewDeviations")).toHaveLength(2)
    expect(names).toEqual(expect.arrayContaining(["promptUrw", "pauses", "pos"]))
  })

  it("draws half of the schedules behind the first ones, in all ways, and goes on from what was seen in most of the others", () => {
    const names = explored("mix", 100, { world: LARGE }).flatMap(({ name }, at) => (at < 14 ? [] : [name]))
    const drawn = names.filter((name) => !SEARCHING.includes(name))
    expect(drawn.length).toBeGreaterThan(0.45 * names.length)
    expect(drawn.length).toBeLessThan(0.65 * names.length)
    expect(new Set(drawn).size).toBe(11)
    expect(names.filter((name) => name === "reversals").length).toBeGreaterThan(0.3 * names.length)
  })

  it("reverses in the place of a strategy that brings back what was seen, mostly, and never in that of another, nor of pauses", () => {
    const turnsWhere = (seenAgain: number): Readonly<Record<"pos" | "promptUrw" | "pauses", number>> => {
      const portfolio = new Portfolio("mix", drawOf(1), NO_FAULTS)
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const { decider, steps } = carryOut(
          LARGE,
          STRATEGIES.random(drawOf(seed), { decisions: 0, prompt: 0, steps: new Map(), channels: new Map() }),
        )
        portfolio.learn("pos", decider, steps)
        for (let time = 1; time <= seenAgain; time += 1)
          for (const name of ["promptUrw", "pauses"] as const) portfolio.learn(name, decider, steps)
      }
      const names = Array.from({ length: 280 }, () => portfolio.next().name)
      const timesOf = (wanted: StrategyName): number => names.filter((name) => name === wanted).length
      return { pos: timesOf("pos"), promptUrw: timesOf("promptUrw"), pauses: timesOf("pauses") }
    }
    const [never, often] = [turnsWhere(0), turnsWhere(6)]
    expect([often.pos, often.pauses]).toEqual([never.pos, never.pauses])
    expect(often.promptUrw).toBeLessThan(0.7 * never.promptUrw)
    expect(often.promptUrw).toBeGreaterThan(0)
  })

  it("learns of all schedules that bring what is new, and of few of those that are drawn and bring nothing", () => {
    expect(learned(100, LARGE)).toBe(100)
    expect(learned(100, SMALL)).toBeLessThan(70)
    expect(learned(1000, SMALL) - learned(100, SMALL)).toBeLessThan(900 / 3)
  })

  it("learns of few of those that are drawn late, where it knows of more reversals than it will try", () => {
    const [early, late] = [200, 600].map((count) => learned(count, LARGE)) as [number, number]
    const reversed = explored("mix", 600, { world: LARGE }).filter(({ name }, at) => at >= 200 && SEARCHING.includes(name)).length
    expect(early).toBe(200)
    expect(late - early).toBeGreaterThan(reversed)
    expect(late - early).toBeLessThan(reversed + (400 - reversed) / 4)
  })

  it("cuts some off where somebody sends to several at once: in two of three schedules where those are three, in each fourth where they are two", () => {
    const fanOut = (receivers: readonly string[]): readonly Message[] => [
      ...LARGE,
      { to: "a", by: undefined },
      ...receivers.map((to) => ({ to, by: LARGE.length })),
    ]
    const cutIn = (receivers: readonly string[]): number => {
      const names = explored("mix", 126, { world: fanOut(receivers) }).map(({ name }) => name)
      expect(names.slice(0, 6)).not.toContain("cuts")
      return names.slice(6).filter((name) => name === "cuts").length
    }
    expect(cutIn(["x", "y", "z"])).toBe(80)
    expect(cutIn(["x", "y", "x"])).toBe(30)
    expect(cutIn(["x", "x"])).toBe(0)
  })

  it("is the same for the same seed, and another for another one", () => {
    const [one, again, other] = [1, 1, 2].map((seed) => explored("mix", 120, { world: LARGE, seed }))
    expect(one).toEqual(again)
    expect(one).not.toEqual(other)
  })

  it("looks for no order that another strategy has had", () => {
    const world: readonly Message[] = [1, 2].map(() => ({ to: "a", by: undefined }))
    const turnAfter = (isHad: boolean): StrategyName => {
      const portfolio = new Portfolio("mix", drawOf(1), NO_FAULTS)
      const first = portfolio.next()
      const base = carryOut(world, first.strategy)
      portfolio.learn(first.name, base.decider, base.steps)
      const other = carryOut(world, { choose: () => 1 })
      if (isHad) portfolio.learn("pos", other.decider, other.steps)
      return portfolio.next().name
    }
    expect(SEARCHING).toContain(turnAfter(false))
    expect(SEARCHING).not.toContain(turnAfter(true))
  })

  it("tries all schedules of a small world, each few of its turns", () => {
    const texts = new Set(explored("mix", 300).map(({ text }) => text))
    expect(texts.size).toBe(allSchedules(SMALL).length)
  })

  it("goes on where neither of those that search knows anything more", () => {
    const one = explored("mix", 60, { world: [{ to: "a", by: undefined }] })
    expect(one).toHaveLength(60)
    expect(namesOf(one)).not.toContain("reversals")
    expect(namesOf(one)).not.toContain("fewDeviations")
  })
})

describe("a strategy that is named", () => {
  it("looks where schedules have something to decide, though one was far longer than all others", () => {
    const portfolio = new Portfolio("deviating", drawOf(1), NO_FAULTS)
    const long = Array.from({ length: 400 }, () => ({ to: "a", by: undefined }))
    const deviationsAfter = (world: readonly Message[]): number => {
      const { name, strategy } = portfolio.next()
      const { decider, steps, deviations } = carryOut(world, strategy)
      portfolio.learn(name, decider, steps)
      return deviations.length
    }
    deviationsAfter(long)
    for (let schedule = 1; schedule <= 20; schedule += 1) deviationsAfter(LARGE)
    const deviating = Array.from({ length: 40 }, () => deviationsAfter(LARGE)).filter((deviations) => deviations > 0)
    expect(deviating.length).toBeGreaterThan(30)
  })

  it("is the only one", () => {
    for (const name of Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[]) {
      expect([...namesOf(explored(name, 30))]).toEqual([name])
    }
  })

  it("goes the same way for the same seed", () => {
    for (const name of [...Object.keys(STRATEGIES), "fewDeviations", "reversals"] as StrategyName[]) {
      expect(explored(name, 30, { world: LARGE })).toEqual(explored(name, 30, { world: LARGE }))
    }
  })

  it("and searches begins with the base order, and has random schedules once it knows nothing more", () => {
    for (const name of ["fewDeviations", "reversals"] as const) {
      const names = explored(name, 400).map((each) => each.name)
      const end = names.indexOf("random")
      expect(names[0]).toBe("runOn")
      expect(end).toBeGreaterThan(5)
      expect(new Set(names.slice(1, end))).toEqual(new Set([name]))
    }
  })

  it("as reversals gives no two that are one, of few deviations each once", () => {
    const reversals = explored("reversals", 400).filter(({ name }) => name === "reversals")
    expect(new Set(reversals.map(({ text }) => text)).size).toBe(reversals.length)
    const few = explored("fewDeviations", 400).filter(({ name }) => name === "fewDeviations" || name === "runOn")
    expect(few).toHaveLength(allSchedules(SMALL).length)
    expect(new Set(few.map(({ text }) => text)).size).toBe(few.length)
  })

  it("as reversals goes on behind them in each of several ways, where there are many orders, and in none where there are few", () => {
    const spies = (["pos", "errands", "promptPos", "promptUrw"] as const).map((name) => vi.spyOn(STRATEGIES, name))
    explored("reversals", 10)
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0, 0])
    explored("reversals", 60, { world: LARGE })
    for (const spy of spies) expect(spy.mock.calls.length).toBeGreaterThan(0)
    for (const spy of spies) spy.mockRestore()
  })

  it("as few deviations has those with one before those with two, as far as nothing tells them apart", () => {
    const free = Array.from({ length: 4 }, (_, at) => ({ to: `p${at}`, by: undefined }))
    const counts = explored("fewDeviations", 23, { world: free }).map(({ deviations }) => deviations)
    expect(counts).toEqual(counts.toSorted())
  })
})

describe("an operation", () => {
  it("is done in each schedule, by whatever strategy", () => {
    for (const name of ["mix", "fewDeviations", "reversals", ...Object.keys(STRATEGIES)] as StrategyName[]) {
      expect(explored(name, 60, { operations: 2 }).flatMap(({ left }) => left)).toEqual([])
    }
  })

  it("changes nothing in the rest of a schedule", () => {
    for (const name of ["mix", "fewDeviations", "reversals", ...Object.keys(STRATEGIES)] as StrategyName[]) {
      const [without, behindTwo] = [0, 2].map((operations) => explored(name, 60, { world: LARGE, operations }).map(({ text }) => text))
      expect(behindTwo).toEqual(without)
    }
  })
})
