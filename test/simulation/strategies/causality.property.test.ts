/** What followed from what, against all ways from one thing to another, and pasts against what they are made of. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Causality } from "../../../src/simulation/strategies/causality.ts"
import { random } from "../../../src/simulation/strategies/strategies.ts"
import { seeds } from "../../support/seeds.ts"
import { type Carried, carryOut, messages } from "../../support/small-world.ts"
import { drawOf } from "../../support/steps.ts"

const EXPERIENCE = { decisions: 0, prompt: 0, steps: new Map<string, number>(), channels: new Map<string, number>() }
const worlds = messages(12, ["a", "b", "c"])
const drawnSchedule = fc.tuple(worlds, fc.nat()).map(([world, seed]) => carryOut(world, random(drawOf(seed), EXPERIENCE)))
const twoSchedules = fc
  .tuple(worlds, fc.nat(), fc.nat())
  .map(([world, one, two]) => [carryOut(world, random(drawOf(one), EXPERIENCE)), carryOut(world, random(drawOf(two), EXPERIENCE))] as const)

function senderOf({ steps }: Carried, at: number): number | undefined {
  const found = steps.findIndex(({ sent }) => sent.some(({ id }) => id === steps[at]?.choice?.id))
  return found < 0 ? undefined : found
}

function previousOf({ steps }: Carried, at: number): number | undefined {
  const found = steps.slice(0, at).findLastIndex(({ choice }) => choice?.actor === steps[at]?.choice?.actor)
  return found < 0 ? undefined : found
}

/** Whether a way leads from the later one back to the earlier one. */
function leadsTo(carried: Carried, later: number | undefined, earlier: number): boolean {
  if (later === undefined) return false
  if (later === earlier) return true
  return leadsTo(carried, senderOf(carried, later), earlier) || leadsTo(carried, previousOf(carried, later), earlier)
}

/** All that has happened to its actor before, and what it is and follows from, in words. */
function pastOf(carried: Carried, at: number): string {
  const previous = previousOf(carried, at)
  return previous === undefined ? `${carried.steps[at]?.choice?.actor}` : endOf(carried, previous)
}

function eventOf(carried: Carried, at: number): string {
  const sender = senderOf(carried, at)
  return `${carried.steps[at]?.choice?.what} by (${sender === undefined ? "" : endOf(carried, sender)})`
}

function endOf(carried: Carried, at: number): string {
  return `[${pastOf(carried, at)} then ${eventOf(carried, at)}]`
}

describe("what is sent after something", () => {
  it("is what was sent in consequence of it, by whatever way", () => {
    const seen = { true: 0, false: 0 }
    fc.assert(
      fc.property(drawnSchedule, (carried) => {
        const causality = new Causality(carried)
        expect(causality.length).toBe(carried.steps.length)
        carried.steps.forEach((_later, later) => {
          for (let earlier = 0; earlier < later; earlier += 1) {
            const expected = leadsTo(carried, senderOf(carried, later), earlier)
            seen[`${expected}`] += 1
            expect(causality.isSentAfter(later, earlier)).toBe(expected)
          }
        })
      }),
      seeds(400, 15),
    )
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(500)
  })
})

describe("pasts and events of two schedules", () => {
  it("have the same number where they are made of the same, and another one where they are not", () => {
    const seen = { true: 0, false: 0 }
    fc.assert(
      fc.property(twoSchedules, ([one, two]) => {
        const [first, second] = [new Causality(one), new Causality(two)]
        one.steps.forEach((_step, at) => {
          two.steps.forEach((_other, place) => {
            const isSame = pastOf(one, at) === pastOf(two, place)
            seen[`${isSame}`] += 1
            expect(first.pasts[at] === second.pasts[place]).toBe(isSame)
            expect(first.events[at] === second.events[place]).toBe(eventOf(one, at) === eventOf(two, place))
          })
        })
      }),
      seeds(200, 15),
    )
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(500)
  })
})
