/** Where faults fall: each kind that was asked for about as often, whatever number of chances it has, and whoever has them. */

import { describe, expect, it } from "vitest"
import { Decider, inBaseOrder } from "../../../src/simulation/schedule/decider.ts"
import type { Choice, FaultKind } from "../../../src/simulation/schedule/step.ts"
import { FaultChances } from "../../../src/simulation/strategies/fault-chances.ts"
import { type AskedFault, withFaults } from "../../../src/simulation/strategies/fault-draw.ts"
import { drawOf } from "../../support/steps.ts"

/** A fault that could fall: `kind actor moment`. */
type Chance = string

/** Of a schedule: what could fall at each of so many decisions, by what has fallen before. */
interface Course {
  readonly length: number
  at(place: number, fallen: readonly Chance[]): readonly Chance[]
}

const choiceOf = (chance: Chance): Choice => {
  const [what = "", actor = "", about] = chance.split(" ")
  return { id: 0, kind: "fault", actor, from: "clock", what, at: 0, about }
}
const NONE = choiceOf("none clock")
const asked = (kind: FaultKind, most = 1): AskedFault => ({ kinds: [kind], most })

/** The faults of so many schedules, one after the other, in that order. */
function fallenIn(course: Course, faults: readonly AskedFault[], schedules = 1500): (readonly Chance[])[] {
  const draw = drawOf(7)
  const chances = new FaultChances()
  return Array.from({ length: schedules }, () => {
    const decider = new Decider(withFaults(inBaseOrder, draw, { asked: faults, inboxFull: 0, chances }))
    const fallen: Chance[] = []
    for (let at = 0; at < course.length; at += 1) {
      const isLeft = (kind: string): boolean => {
        const most = faults.find(({ kinds }) => kinds.includes(kind as FaultKind))?.most ?? 0
        return fallen.filter((chance) => chance.split(" ")[0] === kind).length < most
      }
      const open = course.at(at, fallen).filter((chance) => isLeft(chance.split(" ")[0] as string))
      if (open.length === 0) continue
      const chosen = decider.choose("fault", [NONE, ...open.map(choiceOf)], 0)
      if (chosen > 0) fallen.push(open[chosen - 1] as Chance)
    }
    chances.learn(decider)
    return fallen
  })
}

const shareWith = (all: readonly (readonly Chance[])[], beginning: string): number =>
  all.filter((fallen) => fallen.some((chance) => chance.startsWith(beginning))).length / all.length

/** A busy desk, of which each hundredth step is a start of somebody's. */
const seldom: Course = {
  length: 300,
  at: (place) => (place % 100 === 50 ? ["slow_handler desk", "start_fails room"] : ["slow_handler desk"]),
}

describe("a fault", () => {
  it("of a kind that has few chances falls as often as one that has many", () => {
    const all = fallenIn(seldom, [asked("slow_handler"), asked("start_fails")])
    const [often, rare] = [shareWith(all, "slow_handler"), shareWith(all, "start_fails")]
    expect(rare).toBeGreaterThan(0.35)
    expect(Math.abs(often - rare)).toBeLessThan(0.1)
  })

  it("befalls who has little to do among many, and at what is seldom", async () => {
    const place = (at: number): Chance => {
      if (at === 120) return "crash idle during.work"
      return at === 60 ? "crash busy.1 during.work" : `crash busy.${at % 11} after.work`
    }
    const all = fallenIn({ length: 200, at: (at) => [place(at)] }, [asked("crash")], 4000)
    expect(shareWith(all, "crash idle")).toBeGreaterThan(0.025)
    expect(shareWith(all, "crash busy.1 during")).toBeGreaterThan(0.01)
    expect(shareWith(all, "crash busy.1 after")).toBeGreaterThan(0.02)
  })

  it("falls at any of the chances that there are, the first and the last among them", () => {
    const course: Course = { length: 20, at: (place) => [`clock_jump clock at.${place}`] }
    const all = fallenIn(course, [asked("clock_jump")])
    expect(new Set(all.flat()).size).toBe(20)
    const nameless: Course = { length: 20, at: () => ["clock_jump clock"] }
    expect(shareWith(fallenIn(nameless, [asked("clock_jump")]), "clock_jump")).toBeGreaterThan(0.6)
  })

  it("that has its chances only after another brings that one with it", () => {
    const course: Course = {
      length: 60,
      at: (place, fallen) => [fallen.length > 0 && place === 55 ? "start_fails desk" : `crash ${place % 6 === 0 ? "desk" : "other"}`],
    }
    const all = fallenIn(course, [asked("crash"), asked("start_fails")])
    expect(shareWith(all, "start_fails")).toBeGreaterThan(0.4)
  })

  it("falls in three of four schedules at most, and no more often in one than was asked for", () => {
    const all = fallenIn(seldom, [asked("slow_handler", 3)])
    const counts = all.map((fallen) => fallen.length)
    expect(new Set(counts)).toEqual(new Set([0, 1, 2, 3]))
    expect(counts.filter((count) => count > 0).length / counts.length).toBeLessThan(0.8)
  })

  it("is asked for as often as a number can say", () => {
    const all = fallenIn(seldom, [asked("slow_handler", Number.MAX_SAFE_INTEGER)], 30)
    expect(Math.max(...all.map((fallen) => fallen.length))).toBeGreaterThan(10)
  })

  it("falls though nothing is known of a program yet, at one of its first chances most often", () => {
    const first = Array.from({ length: 400 }, (_, seed) => {
      const decider = new Decider(
        withFaults(inBaseOrder, drawOf(seed + 1), { asked: [asked("crash")], inboxFull: 0, chances: new FaultChances() }),
      )
      return Array.from({ length: 40 }, () => decider.choose("fault", [NONE, choiceOf("crash desk")], 0)).indexOf(1)
    })
    expect(first.filter((at) => at >= 0 && at < 5).length).toBeGreaterThan(80)
    expect(first.filter((at) => at >= 10).length).toBeGreaterThan(20)
  })

  it("of a name that is another in each schedule falls all the same", () => {
    let made = 0
    const strangers: Course = {
      length: 20,
      at: (place) => {
        made += 1
        return [`crash visitor.${Math.floor(made / 20)}.${place}`]
      },
    }
    expect(shareWith(fallenIn(strangers, [asked("crash")], 500), "crash")).toBeGreaterThan(0.15)
  })
})
