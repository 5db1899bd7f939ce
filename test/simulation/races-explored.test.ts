/**
 * What a search makes of the programs that it is judged by: each fault is found with the default options, its line repeats it, and its twin is left
 * alone. How soon is the benchmark's matter, `npm run bench -- simulation`.
 */

import { type ExploreOptions, explore, replay } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { PROGRAMS } from "./races/programs.ts"
import type { Race } from "./races/race.ts"

const SEED = 11
/** Of a twin, here; ten thousand by hand. */
const OF_A_TWIN = 60

const needsCrash = ({ needs }: Race): boolean => needs.includes("crashes")

/** By default nobody crashes. */
function optionsFor(race: Race): ExploreOptions {
  return needsCrash(race) ? { seed: SEED, faults: { crash: 1 } } : { seed: SEED }
}

describe("the default options", () => {
  it.each(PROGRAMS)("find what is wrong with $name, and their line repeats it", async ({ race }) => {
    const { failure, schedule } = await explore(race.buggy, optionsFor(race))
    const again = await replay(race.buggy, schedule ?? "", optionsFor(race))
    expect(failure).toBeDefined()
    expect(again.failure).toMatchObject({ kind: failure?.kind, message: failure?.message, step: failure?.step })
  })

  it.each(PROGRAMS)("find nothing wrong with the twin of $name", async ({ race }) => {
    const { failure } = await explore(race.fixed, { ...optionsFor(race), schedules: OF_A_TWIN })
    expect(failure).toBeUndefined()
  })
})

describe("a program that needs a crash", () => {
  it.each(PROGRAMS.filter(({ race }) => needsCrash(race)))("$name is right in every order where nobody crashes", async ({ race }) => {
    const { failure } = await explore(race.buggy, { seed: SEED, schedules: OF_A_TWIN })
    expect(failure).toBeUndefined()
  })
})
