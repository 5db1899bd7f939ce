/** How many runs a property is given, and how long they may take: by hand more of both, as `PIGEONHOLE_SEEDS=10000 vitest run … --testTimeout=600000`. */

export interface Seeds {
  readonly numRuns: number
  readonly interruptAfterTimeLimit?: number
}

/** So many runs, or as many as fit into so many seconds on a machine that has other things to do. */
export function seeds(runs: number, seconds: number): Seeds {
  const wanted = seedsByHand()
  return wanted === undefined ? { numRuns: runs, interruptAfterTimeLimit: seconds * 1000 } : { numRuns: wanted }
}

/** Of a test whose property takes longer than others: its time limit; by hand what the command line says. */
export function limitOf(seconds: number): number | undefined {
  return seedsByHand() === undefined ? seconds * 1000 : undefined
}

function seedsByHand(): number | undefined {
  const wanted = Number(process.env.PIGEONHOLE_SEEDS ?? Number.NaN)
  return Number.isInteger(wanted) ? wanted : undefined
}
