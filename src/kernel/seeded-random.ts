/** Chance that repeats. */

import { field } from "./option-fields.ts"

export const wholeSeed = field<number>(Number.isSafeInteger, "a whole number")

/** Numbers in [0, 1) that repeat with the seed (mulberry32), a whole number. */
export function seededRandom(seed: number): () => number {
  let state = wholeSeed(seed, "seed") >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
