/**
 * TTLs as production caches set them, to draw workloads from.
 *
 * Source  Twitter's in-memory caches, March 2020: the statistics table of the cache-trace release (CC BY 4.0), 53 clusters counted
 *         alike, the forty commonest TTLs (91 % of all).
 */

import { seededRandom } from "../../../src/testing.ts"

/** Seconds, and the share of sets that ask for it. */
const TTL_SECONDS_SHARE: readonly (readonly [seconds: number, share: number])[] = [
  [10, 0.0048],
  [20, 0.0194],
  [30, 0.0206],
  [60, 0.1296],
  [120, 0.0211],
  [240, 0.0206],
  [300, 0.0497],
  [600, 0.0209],
  [900, 0.018],
  [1200, 0.005],
  [1380, 0.0196],
  [3600, 0.0526],
  [5760, 0.0031],
  [6120, 0.0054],
  [6480, 0.0062],
  [6840, 0.0052],
  [7200, 0.0472],
  [7920, 0.0129],
  [10800, 0.0117],
  [14400, 0.0071],
  [28800, 0.0599],
  [34920, 0.0031],
  [35280, 0.0041],
  [38160, 0.0051],
  [38520, 0.0046],
  [39960, 0.0041],
  [40320, 0.0046],
  [41400, 0.0029],
  [43200, 0.046],
  [86400, 0.1015],
  [103680, 0.009],
  [172800, 0.0497],
  [345600, 0.0122],
  [432000, 0.0613],
  [604800, 0.0206],
  [1209600, 0.0207],
  [1296000, 0.0206],
  [1814400, 0.007],
  [2592000, 0.0762],
  [8000640, 0.0058],
]

/** `count` TTLs in ms, drawn from the mix; the same for the same seed. */
export function drawTtls(count: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  const ttlsMs = new Float64Array(count)
  for (let i = 0; i < count; i += 1) ttlsMs[i] = ttlAt(random()) * 1000
  return ttlsMs
}

function ttlAt(point: number): number {
  let left = point
  for (const [seconds, share] of TTL_SECONDS_SHARE) {
    left -= share
    if (left < 0) return seconds
  }
  return (TTL_SECONDS_SHARE.at(-1) as readonly [number, number])[0]
}
