/** Requests drawn by rule, each kind a case that defeats some policy. Seeded: the same at each run. */

import { seededRandom } from "../../../src/testing.ts"

export interface SyntheticTrace {
  readonly name: string
  readonly capacity: number
  readonly keys: Uint32Array
}

type Draw = (at: number) => number

/** Popularity by Zipf's law: the n-th most popular of `keys` is asked for 1/n^exponent as often as the first. */
function zipf(keys: number, exponent: number, random: () => number): () => number {
  const sums = new Float64Array(keys)
  let sum = 0
  for (let rank = 0; rank < keys; rank += 1) sums[rank] = sum += 1 / (rank + 1) ** exponent
  return () => firstAbove(sums, random() * sum)
}

function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}

function trace(name: string, capacity: number, requests: number, draw: Draw): SyntheticTrace {
  return { name, capacity, keys: Uint32Array.from({ length: requests }, (_, at) => draw(at)) }
}

/** Keys far above those of the others, each new. */
const NEW_KEYS = 1_000_000

export function syntheticTraces(): SyntheticTrace[] {
  return [...popular(), ...recent(), ...mixed(), ...composed()]
}

/** What was popular stays so: frequency tells most. */
function popular(): SyntheticTrace[] {
  const of = (exponent: number, seed: number): Draw => zipf(20_000, exponent, seededRandom(seed))
  return [
    trace("zipf 0.8", 500, 100_000, of(0.8, 1)),
    trace("zipf 1.0", 1000, 100_000, of(1, 2)),
    trace("zipf 1.0, 10 entries", 10, 50_000, of(1, 3)),
    trace("zipf 1.2, 1 entry", 1, 50_000, of(1.2, 4)),
    trace("zipf 0.9, 4000 entries", 4000, 200_000, of(0.9, 5)),
  ]
}

/** What was asked for just now is asked for again: recency tells most. */
function recent(): SyntheticTrace[] {
  return [
    trace("each key twice, soon", 500, 100_000, twiceSoon(300)),
    trace("bursts", 200, 100_000, bursts(150, seededRandom(6))),
    trace("popularity that moves", 500, 150_000, moving(zipf(5000, 1, seededRandom(7)), 20)),
    trace("popularity that jumps", 500, 150_000, jumping(zipf(5000, 0.9, seededRandom(8)), 15_000)),
  ]
}

function mixed(): SyntheticTrace[] {
  const scanned = zipf(5000, 1, seededRandom(9))
  const looped = zipf(2000, 1, seededRandom(10))
  return [
    trace("a loop twice as long", 400, 60_000, (at) => at % 800),
    trace("a loop a little longer", 1000, 60_000, (at) => at % 1100),
    trace("up and down", 400, 150_000, (at) => Math.min(at % 8000, 8000 - (at % 8000))),
    trace("a loop that trembles", 500, 60_000, trembling(2000, 40, seededRandom(12))),
    trace("zipf with scans", 500, 150_000, (at) => (at % 10_000 < 3000 ? NEW_KEYS + at : scanned())),
    trace("zipf with a loop between", 500, 150_000, (at) => (at % 3 === 0 ? NEW_KEYS + ((at / 3) % 1500) : looped())),
    trace("loop, then recency, then loop", 400, 180_000, phases(60_000, [(at) => at % 900, twiceSoon(300)])),
    trace("two thirds never again", 500, 150_000, (at) => (at % 3 === 0 ? looped() : NEW_KEYS + at)),
  ]
}

/** As databases do that are known for it. */
function composed(): SyntheticTrace[] {
  const random = seededRandom(11)
  return [
    trace("a join within a join", 43, 80_000, join),
    trace("an index, rows, and scans of a table", 486, 10_500, database(zipf(300, 0.9, random), random)),
    trace("scans that never come back, longer than the cache", 1500, 150_000, longScans(zipf(8000, 1, random), random)),
  ]
}

/** For each row of one table sixty of the other, of which the next ten rows want the same. */
const join: Draw = (at) => {
  const [row, place] = [Math.floor(at / 61), at % 61]
  return place === 0 ? row % 2000 : NEW_KEYS + ((Math.floor(row / 10) * 30 + place) % 3000)
}

/** Of two pages of an index, one is popular and one stays for a while; then rows by chance, and one time in forty the beginning of a table. */
function database(popular: () => number, random: () => number): Draw {
  const pages: number[] = []
  let asked = 0
  return () => {
    if (pages.length === 0) {
      const rows =
        asked % 40 === 0 ? Array.from({ length: 600 }, (_, row) => 2000 + row) : [1, 2, 3, 4].map(() => 5000 + Math.floor(random() * 1400))
      pages.push(popular(), 500 + (Math.floor(asked / 3) % 400), ...rows)
      asked += 1
    }
    return pages.shift() as number
  }
}

function longScans(popular: () => number, random: () => number): Draw {
  let left = 0
  return (at) => {
    if (left === 0 && random() < 0.0004) left = 500 + Math.floor(random() * 4000)
    if (left === 0) return popular()
    left -= 1
    return NEW_KEYS + at
  }
}

/** Each request is for a new key, or the second one for the key that came `distance` before. */
function twiceSoon(distance: number): Draw {
  return (at) => NEW_KEYS + (at % 2 === 0 ? at : Math.max(0, at - 1 - 2 * Math.floor(distance / 2)))
}

/** A loop in which each is asked for a little sooner or later, by chance. */
function trembling(length: number, by: number, random: () => number): Draw {
  return (at) => (at + length + Math.round((random() + random() + random() - 1.5) * 2 * by)) % length
}

/** A set of keys that is asked for at random, and of which one is replaced now and then. */
function bursts(size: number, random: () => number): Draw {
  const live = Array.from({ length: size }, (_, index) => index)
  let next = size
  return () => {
    const place = Math.floor(random() * size)
    if (random() < 0.1) live[place] = next++
    return live[place] as number
  }
}

/** Which key is how popular moves on by one with every `pace` requests. */
function moving(rank: () => number, pace: number): Draw {
  return (at) => Math.floor(at / pace) + rank()
}

/** After every `pace` requests, other keys are popular. */
function jumping(rank: () => number, pace: number): Draw {
  return (at) => Math.floor(at / pace) * 2000 + rank()
}

function phases(length: number, draws: readonly Draw[]): Draw {
  return (at) => (draws[Math.floor(at / length) % draws.length] as Draw)(at)
}
