/** Where some fall behind: at steps of their own. */

import { describe, expect, it } from "vitest"
import { OwnPlaces } from "../../../src/simulation/strategies/own-places.ts"
import { drawOf } from "../../support/steps.ts"

const STEPS = new Map([
  ["long", 40],
  ["short", 4],
])
const SEEDS = Array.from({ length: 3000 }, (_, seed) => seed + 1)

/** After how many of its own steps it was due; `undefined`: never. */
function placeOf(places: OwnPlaces, who: string): number | undefined {
  for (let steps = 0; steps < 100; steps += 1) {
    if (places.isDue(who)) return steps
    places.went(who)
  }
  return undefined
}

const placesOf = (who: string): readonly number[] => SEEDS.flatMap((seed) => placeOf(new OwnPlaces(drawOf(seed), STEPS), who) ?? [])
const share = (places: readonly number[], from: number, below: number): number =>
  places.filter((place) => place >= from && place < below).length / places.length

describe("a place", () => {
  it("is before any of somebody's steps, and not behind the last", () => {
    expect(new Set(placesOf("short"))).toEqual(new Set([0, 1, 2, 3]))
    expect(new Set(placesOf("long")).size).toBe(40)
  })

  it("is most often near the end, and in half of the schedules anywhere", () => {
    const places = placesOf("long")
    expect(share(places, 36, 40)).toBeGreaterThan(0.25)
    expect(share(places, 0, 20)).toBeGreaterThan(0.25)
    expect(share(places, 0, 20)).toBeLessThan(0.45)
  })

  it("is had by some, by all or by none; whether another has one is drawn apart", () => {
    const both = SEEDS.map((seed) => {
      const places = new OwnPlaces(drawOf(seed), STEPS)
      return [placeOf(places, "long"), placeOf(places, "short")].filter((place) => place !== undefined).length
    })
    for (const count of [0, 1, 2]) expect(both.filter((had) => had === count).length).toBeGreaterThan(0.2 * SEEDS.length)
  })

  it("is told of once, and where it was passed when there was no choice, at the next one", () => {
    const places = SEEDS.map((seed) => new OwnPlaces(drawOf(seed), new Map([["one", 1]]))).filter((each) => {
      each.went("one")
      each.went("one")
      return each.isDue("one")
    })
    expect(places.length).toBeGreaterThan(0.3 * SEEDS.length)
    for (const each of places) expect(each.isDue("one")).toBe(false)
  })

  it("is nobody's of whom nothing is known", () => {
    expect(placesOf("stranger")).toEqual([])
  })
})
