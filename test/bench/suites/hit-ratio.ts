/** What share of the requests a cache answers that evicts as the store's `adaptive` does, against other policies, on requests of real programs. */

import type { Arm } from "../arm.ts"
import { RIVAL_NAMES } from "../hit-ratio/contestants.ts"
import { absenceOfTraces, SIZES, TRACES } from "../hit-ratio/traces.ts"
import { type Comparison, figureOf, type Round, type Suite } from "../suite.ts"

const CELLS = TRACES.flatMap((trace) => SIZES.map((size) => ({ trace, size, arm: `${trace}, ${size} % of its keys` })))

/** How far it may be below the best rival on any trace and size, in points. */
const BELOW_THE_BEST = -2

export const hitRatio: Suite = {
  name: "hit-ratio",
  title: "Hit ratio: a full cache that evicts",
  plan: (isQuick) => ({
    notes: [
      "loop, multi2, sprite: LIRS paper; web12: a web shop, of cache2k's benchmarks. Each key is stored where it was not found; nothing expires",
      "Belady: what could be reached by who knows the future. The figures are the same at each run",
    ],
    groups: [{ rounds: 1, arms: CELLS.map((cell) => armOf(cell, isQuick ? 2000 : Number.MAX_SAFE_INTEGER)) }],
    comparisons: [...CELLS.map(({ arm }) => againstTheBest(arm)), ...RIVAL_NAMES.map(againstInTheMean)],
  }),
}

function armOf({ trace, size, arm }: (typeof CELLS)[number], most: number): Arm {
  const absence = absenceOfTraces()
  const command = { runs: "node", file: "hit-ratio.ts", parameters: { trace, size, most } } as const
  return { name: arm, command: absence === undefined ? command : { ...command, absence } }
}

function againstTheBest(arm: string): Comparison {
  return {
    name: `${arm}: adaptive beyond the best of the rivals`,
    unit: "points",
    target: { rule: "at_least", bound: BELOW_THE_BEST },
    of: (round) => {
      const leads = RIVAL_NAMES.map((rival) => lead(round, arm, rival)).filter((points) => points !== undefined)
      return leads.length === 0 ? undefined : Math.min(...leads)
    },
  }
}

function againstInTheMean(rival: string): Comparison {
  return {
    name: `in the mean: adaptive beyond ${rival}`,
    unit: "points",
    target: { rule: "at_least", bound: 0.1 },
    of: (round) => {
      const leads = CELLS.map(({ arm }) => lead(round, arm, rival)).filter((points) => points !== undefined)
      return leads.length < CELLS.length ? undefined : leads.reduce((sum, points) => sum + points, 0) / leads.length
    },
  }
}

/** In points; `undefined` where the arm was skipped. */
function lead(round: Round, arm: string, rival: string): number | undefined {
  const [own, others] = ["adaptive", rival].map((name) => figureOf(round, arm, `${name}, % of the requests`))
  return own === undefined || others === undefined ? undefined : own - others
}
