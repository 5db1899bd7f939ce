/**
 * How long entries live in a production cache, and a seeded draw from it.
 *
 * The shares are those of cluster 4 in the statistics of Twitter's cache-trace release (March 2020, CC BY 4.0).
 */

import { seededRandom } from "pigeonhole/testing"

const SECONDS_AND_SHARES: readonly (readonly [seconds: number, share: number])[] = [
  [60, 0.39],
  [300, 0.24],
  [3600, 0.13],
  [600, 0.12],
  [14_400, 0.09],
  [86_400, 0.03],
]

/** A TTL in seconds for each of `count` requests, whether it comes to use or not: so a seed means the same to whoever draws. */
export function drawTtls(count: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  return Float64Array.from({ length: count }, () => ttlAt(random()))
}

function ttlAt(chance: number): number {
  let below = 0
  for (const [seconds, share] of SECONDS_AND_SHARES) {
    below += share
    if (chance < below) return seconds
  }
  return SECONDS_AND_SHARES[0]?.[0] ?? 60
}
