/** Seeded random numbers, drawn before anything is measured. */

import { seededRandom } from "../../src/testing.ts"

/** `count` indexes below `bound`. */
export function randomIndexes(count: number, bound: number, seed = 1): Uint32Array {
  const random = seededRandom(seed)
  const indexes = new Uint32Array(count)
  for (let i = 0; i < count; i += 1) indexes[i] = Math.floor(random() * bound)
  return indexes
}

/** How much more popular keys are asked for: the median of 51 clusters in Twitter's cache-trace release (CC BY 4.0). */
const ZIPF_EXPONENT = 1.2

/**
 * `count` indexes below `bound`, as popular as keys are in production: the n-th most popular one is asked for 1/n^1.2 as often as the
 * first. Popular ones lie apart.
 */
export function popularIndexes(count: number, bound: number, seed = 1): Uint32Array {
  const random = seededRandom(seed)
  const places = shuffled(bound, random)
  const indexes = new Uint32Array(count)
  for (let i = 0; i < count; i += 1) indexes[i] = places[rank(random(), bound) - 1] as number
  return indexes
}

/** The inverse of the continuous distribution's share, cut off to whole ranks from 1 to `bound`. */
function rank(chance: number, bound: number): number {
  const power = 1 - ZIPF_EXPONENT
  return Math.min(Math.floor(((bound ** power - 1) * chance + 1) ** (1 / power)), bound)
}

function shuffled(bound: number, random: () => number): Uint32Array {
  const places = Uint32Array.from({ length: bound }, (_, place) => place)
  for (let i = bound - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1))
    const kept = places[i] as number
    places[i] = places[other] as number
    places[other] = kept
  }
  return places
}

/** `popular`: 1 for keys as in production, 0 for all alike. */
export function drawnIndexes(popular: number, count: number, bound: number): Uint32Array {
  return popular === 1 ? popularIndexes(count, bound) : randomIndexes(count, bound)
}
