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
    async ({ scenario: { make, options } }) => {
      const report = await explore(make, { schedules: SCHEDULES, seed: 7, ...options })
      nothingFailed(report)
      expect([report.undecided, report.neverSeen]).toEqual([0, []])
    },
    600_000,
  )
})
