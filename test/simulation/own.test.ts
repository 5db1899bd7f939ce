/**
 * The runtime under its own simulation: what it promises, whatever happens in whatever order. Some hundred schedules of each here, more by hand:
 * `PIGEONHOLE_SEEDS=10000`.
 */

import { explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { nothingFailed } from "../support/explored.ts"
import { seeds } from "../support/seeds.ts"
import { SCENARIOS } from "./own/scenarios.ts"

const { numRuns: SCHEDULES } = seeds(150, 0)

describe("the runtime under its own simulation", () => {
  it.each(SCENARIOS)(
    "keeps its promises $scenario.promises: $name",
    async ({ scenario: { make, options, seeds: count = 1 } }) => {
      for (let seed = 7; seed < 7 + count; seed += 1) {
        const report = await explore(make, { schedules: SCHEDULES, seed, ...options })
        nothingFailed(report)
        expect([report.undecided, report.neverSeen]).toEqual([0, []])
      }
    },
    600_000,
  )
})
