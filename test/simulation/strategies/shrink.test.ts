/** To the fewest deviations: what is left out moves the numbers of those behind it, and they are found again by what they are about. */

import { describe, expect, it } from "vitest"
import { Decider, type Strategy } from "../../../src/simulation/schedule/decider.ts"
import { Replay } from "../../../src/simulation/schedule/schedule.ts"
import { type Attempt, Shrinker } from "../../../src/simulation/strategies/shrink.ts"
import { choiceOf, drawOf } from "../../support/steps.ts"

/** Goes through such a schedule: who was put off in some of its decisions is what it fails by. */
type Schedule = (isPutOff: (who: string) => boolean) => boolean

function attemptAt(schedule: Schedule) {
  return async (strategy: Strategy): Promise<Attempt> => {
    const decider = new Decider(strategy)
    const isPutOff = (who: string): boolean => {
      const choices = [choiceOf(0, { actor: who, what: "first" }), choiceOf(1, { actor: `the other of ${who}`, what: "second" })]
      return decider.choose("step", choices, 0) === 1
    }
    return { isSameFailure: schedule(isPutOff), deviations: decider.deviations, decisions: decider.decisions, steps: [] }
  }
}

/** `putOff`: who was, in the schedule that was found; where nothing is said, all. */
async function shortestOf(schedule: Schedule, putOff?: readonly string[], mostRuns = 100) {
  let runs = 0
  const attempt = attemptAt(schedule)
  const found = await attempt({ choose: ({ choices }) => (putOff?.includes(choices[0]?.actor ?? "") === false ? 0 : 1) })
  expect(found.isSameFailure).toBe(true)
  const counted = (strategy: Strategy): Promise<Attempt> => {
    runs += 1
    return attempt(strategy)
  }
  const deviations = await new Shrinker(found, counted, drawOf(1), mostRuns).shortest()
  return { found: found.deviations, deviations, runs, fails: (await attempt(new Replay(deviations))).isSameFailure }
}

/** Where `idle` is put off, others come before it. Only `ann` and `bob` matter, and both do. */
const moving: Schedule = (isPutOff) => {
  if (isPutOff("idle")) for (const other of ["one", "two", "three"]) isPutOff(other)
  const wasAnn = isPutOff("ann")
  return isPutOff("bob") && wasAnn
}

describe("a schedule that fails", () => {
  it("is made short, though each deviation that is left out moves the others", async () => {
    const { found, deviations, fails } = await shortestOf(moving, ["idle", "ann", "bob"])
    expect([found.length, deviations]).toEqual([
      3,
      [
        { at: 1, choice: 1 },
        { at: 2, choice: 1 },
      ],
    ])
    expect(fails).toBe(true)
  })

  it("needs none where it fails in the base order", async () => {
    const { deviations, runs } = await shortestOf((isPutOff) => isPutOff("ann") || true)
    expect([deviations, runs]).toEqual([[], 1])
  })

  it("is tried so often at most, and is no longer for that", async () => {
    const everybody: Schedule = (isPutOff) => Array.from({ length: 9 }, (_none, at) => isPutOff(`p${at}`)).every(Boolean)
    const { deviations, runs } = await shortestOf(everybody, undefined, 7)
    expect([deviations.length, runs]).toEqual([9, 7])
  })
})
