/** The adaptive policy against others: on recorded requests where they are at hand, and on requests drawn by rule. */

import { describe, expect, it } from "vitest"
import { AdaptiveEviction } from "../../../actors/store/eviction-adaptive.ts"
import { LruEviction } from "../../../actors/store/eviction-lru.ts"
import { beladyHits } from "../../bench/hit-ratio/belady.ts"
import { adaptive, hitRatio, percent, RIVAL_NAMES, RIVALS } from "../../bench/hit-ratio/contestants.ts"
import { EvictingCache } from "../../bench/hit-ratio/evicting-cache.ts"
import { Lru } from "../../bench/hit-ratio/lru.ts"
import { syntheticTraces } from "../../bench/hit-ratio/synthetic.ts"
import { absenceOfTraces, capacityAt, readTrace, SIZES, TRACES } from "../../bench/hit-ratio/traces.ts"

/** In points of the hit ratio. */
const BELOW_THE_BEST = 2

/**
 * By trace, of 1, 5, 10 and 25 % of its keys: the best of LRU, W-TinyLFU (1 % and 20 %), SIEVE and S3-FIFO, of two computations (the second is
 * `npm run bench -- hit-ratio`, which computes all of them anew).
 */
const BEST_RIVALS = {
  loop: [0, 0, 7.9, 24.7],
  multi2: [21.9, 40.4, 50.5, 61.8],
  sprite: [23.7, 67.1, 86.5, 93.3],
  web12: [42.1, 65, 72.3, 79.5],
}
/** The best of the rivals in the mean over these: W-TinyLFU with a window of 20 %. */
const BEST_MEAN = 44.7

/** All of each trace but of the loop, which is four times as long and always the same. */
const MOST_REQUESTS = 140_000

const synthetic = syntheticTraces()

describe("AdaptiveEviction", () => {
  const absence = absenceOfTraces()

  it.skipIf(absence !== undefined)(
    `is near the best on each recorded trace, and above all in the mean${absence === undefined ? "" : `: ${absence}`}`,
    () => {
      const ratios = TRACES.flatMap((name) => {
        const trace = readTrace(name)
        return SIZES.map((size, index) => ({
          cell: `${name} ${size} %`,
          best: BEST_RIVALS[name][index] as number,
          ratio: hitRatio(trace.keys.subarray(0, MOST_REQUESTS), adaptive(capacityAt(trace, size))),
        }))
      })
      expect(ratios.filter(({ ratio, best }) => ratio < best - BELOW_THE_BEST)).toEqual([])
      expect(ratios.reduce((sum, { ratio }) => sum + ratio, 0) / ratios.length).toBeGreaterThan(BEST_MEAN + 1)
    },
  )

  it.each(synthetic)("is near the best: $name", ({ keys, capacity }) => {
    const best = Math.max(...RIVAL_NAMES.map((name) => hitRatio(keys, RIVALS[name](capacity))))
    expect(hitRatio(keys, adaptive(capacity))).toBeGreaterThan(best - BELOW_THE_BEST)
  })

  it("does so whatever the keys are called", () => {
    const [loop, drift, longer] = ["a loop twice as long", "popularity that moves", "a loop a little longer"].map((name) =>
      synthetic.find((trace) => trace.name === name),
    )
    if (loop === undefined || drift === undefined || longer === undefined) throw new Error("no such traces")
    // Of these, chance takes more and fewer into the sample than its share.
    for (const prefix of ["user:", "b:", "key:", "d:"]) expect(hitRatio(longer.keys, adaptive(longer.capacity, prefix))).toBeGreaterThan(87)
    for (const prefix of ["k", "session:", "https://example.org/article/"]) {
      expect(hitRatio(loop.keys, adaptive(loop.capacity, prefix))).toBeGreaterThan(45)
      expect(hitRatio(drift.keys, adaptive(drift.capacity, prefix))).toBeGreaterThan(59)
    }
  })
})

describe("AdaptiveEviction of another capacity than it was told", () => {
  it.each([100, 1000, 10_000, 1_000_000])("finds out as well what to keep: %i, where it holds 1000", (told) => {
    const cache = new EvictingCache(1000, new AdaptiveEviction(told), "user:")
    for (let at = 0; at < 20_000; at += 1) cache.request(at % 1100)
    // Each key twice, 300 requests apart: what came last is to be kept.
    const requests = Uint32Array.from({ length: 120_000 }, (_, at) => 10_000 + (at % 2 === 0 ? at : Math.max(0, at - 301)))
    expect(hitRatio(requests, cache)).toBeGreaterThan(44)
  })
})

describe("LruEviction", () => {
  it.each(synthetic.filter(({ capacity }) => capacity < 500))("hits exactly what LRU hits: $name", ({ keys, capacity }) => {
    expect(hitRatio(keys, new EvictingCache(capacity, new LruEviction(capacity)))).toBe(hitRatio(keys, new Lru(capacity)))
  })
})

describe("the rivals", () => {
  it.each(synthetic.filter(({ capacity }) => capacity === 400 || capacity === 10))(
    "do no better than who knows the future: $name",
    ({ keys, capacity }) => {
      const part = keys.subarray(0, 30_000)
      const possible = percent(beladyHits(part, capacity), part)
      for (const name of RIVAL_NAMES) expect(hitRatio(part, RIVALS[name](capacity))).toBeLessThanOrEqual(possible)
      expect(hitRatio(part, adaptive(capacity))).toBeLessThanOrEqual(possible)
    },
  )
})
