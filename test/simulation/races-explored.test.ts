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

/** What comes without crashes. */
const PLAYED = PROGRAMS.filter(({ race }) => !race.needs.includes("crashes"))

function foundIn({ buggy }: Race, options: ExploreOptions) {
  return explore(buggy, { seed: SEED, ...options })
}

describe("the default options", () => {
  it.each(PLAYED)("find what is wrong with $name, and their line repeats it", async ({ race }) => {
    const { failure } = await foundIn(race, {})
    expect(failure).toMatchObject({ isRepeatable: true })
    const again = await replay(race.buggy, failure?.schedule ?? "")
    expect(again.failure).toMatchObject({ kind: failure?.kind, message: failure?.message })
  })

  it.each(PLAYED)("find nothing wrong with the twin of $name", async ({ race }) => {
    const { failure } = await explore(race.fixed, { seed: SEED, schedules: OF_A_TWIN })
    expect(failure).toBeUndefined()
  })
})

describe("a program that needs a crash", () => {
  it.each(PROGRAMS.filter((program) => !PLAYED.includes(program)))(
    "$name is right in every order where nobody crashes",
    async ({ race }) => {
      const { failure } = await foundIn(race, { schedules: OF_A_TWIN })
      expect(failure).toBeUndefined()
    },
  )
})
