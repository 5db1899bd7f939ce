/**
 * How many entries a store removes at once in a simulated world that has it remove few; as many as it likes everywhere else.
 *
 * A leaf: `pigeonhole/simulation` says here what its world wants, and stores ask here when they sweep; neither loads the other.
 */

let limitNow: (() => number | undefined) | undefined

/** `undefined`: as many as usual. */
export function sweepLimit(): number | undefined {
  return limitNow?.()
}

/** `undefined`: the program is in no simulation. */
export function putSweepLimit(limit: (() => number | undefined) | undefined): void {
  limitNow = limit
}
