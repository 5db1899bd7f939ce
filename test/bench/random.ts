/** Seeded random numbers, drawn before anything is measured. */

import { seededRandom } from "../../src/testing.ts"

/** `count` indexes below `bound`. */
export function randomIndexes(count: number, bound: number, seed = 1): Uint32Array {
  const random = seededRandom(seed)
  const indexes = new Uint32Array(count)
  for (let i = 0; i < count; i += 1) indexes[i] = Math.floor(random() * bound)
  return indexes
}
