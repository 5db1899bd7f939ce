/**
 * To the fewest deviations that still fail: delta debugging over the list, then each that is left is tried without.
 *
 * Source  Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002): ddmin.
 */

import type { Deviation } from "./decider.ts"

/** Carries a list out; gives the deviations it had when it failed in the same way, `undefined` where it did not. */
export type Fails = (deviations: readonly Deviation[]) => Promise<readonly Deviation[] | undefined>

/** Gives the shortest list that was found. `mostRuns`: so many schedules at most. */
export async function shrink(deviations: readonly Deviation[], fails: Fails, mostRuns: number): Promise<readonly Deviation[]> {
  let best = deviations
  let parts = 2
  let runs = 0
  const attempt = async (candidate: readonly Deviation[]): Promise<boolean> => {
    runs += 1
    const found = await fails(candidate)
    // What deviates by nothing in the end is left out with it.
    if (found === undefined || found.length >= best.length) return false
    best = found
    return true
  }
  if (best.length > 0) await attempt([])
  while (best.length > 0 && runs < mostRuns) {
    const size = Math.ceil(best.length / parts)
    let isShorter = false
    for (let from = 0; from < best.length && runs < mostRuns; from += size) {
      if (await attempt([...best.slice(0, from), ...best.slice(from + size)])) {
        isShorter = true
        break
      }
    }
    if (isShorter) parts = Math.max(2, parts - 1)
    else if (parts >= best.length) break
    else parts = Math.min(best.length, parts * 2)
  }
  return best
}
