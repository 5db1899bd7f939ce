/**
 * Bytes by chance, out of one number of the world's: so one draw of the schedule stands for an identifier, and for a thousand bytes.
 *
 * The draws of a world are counted, and the number is drawn on with its count: where a shrunk schedule draws the same number over and over,
 * identifiers stay different from each other.
 */

import type { WorldClock } from "./world-clock.ts"

/** How often each world was asked. */
const draws = new WeakMap<WorldClock, number>()

/** Rounds until each bit of the seed has come to each bit of the state. */
const ROUNDS = 12

/** Fills all of it: one draw. */
export function fillRandom(bytes: Uint8Array, clock: WorldClock): void {
  const next = stream(clock.random(), countOf(clock))
  for (let at = 0, word = 0; at < bytes.length; at += 1, word >>>= 8) {
    if (at % 4 === 0) word = next()
    bytes[at] = word & 0xff
  }
}

function countOf(clock: WorldClock): number {
  const count = (draws.get(clock) ?? 0) + 1
  draws.set(clock, count)
  return count
}

/** Words of 32 bits: sfc32, begun with the number's 53 bits and its count. */
function stream(drawn: number, count: number): () => number {
  const seed = drawn * 2 ** 32
  let a = seed >>> 0
  let b = ((seed % 1) * 2 ** 21) >>> 0
  let c = count
  let rounds = 1
  const next = (): number => {
    const word = (((a + b) | 0) + rounds) | 0
    rounds = (rounds + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + word) | 0
    return word >>> 0
  }
  for (let round = 0; round < ROUNDS; round += 1) next()
  return next
}
