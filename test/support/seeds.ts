/** How many runs a property is given, and how long they may take: by hand more of both, as `PIGEONHOLE_SEEDS=10000`. */

export interface Seeds {
  readonly numRuns: number
  readonly interruptAfterTimeLimit?: number
}

/** So many runs, or as many as fit into so many seconds on a machine that has other things to do. */
export function seeds(runs: number, seconds: number): Seeds {
  const wanted = Number(process.env.PIGEONHOLE_SEEDS ?? Number.NaN)
  return Number.isInteger(wanted) ? { numRuns: wanted } : { numRuns: runs, interruptAfterTimeLimit: seconds * 1000 }
}
