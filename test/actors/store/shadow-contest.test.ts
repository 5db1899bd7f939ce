import { describe, expect, it } from "vitest"
import { FrequencySketch } from "../../../actors/store/frequency-sketch.ts"
import { hashOfKey } from "../../../actors/store/key-hash.ts"
import { ShadowContest } from "../../../actors/store/shadow-contest.ts"
import type { Shape } from "../../../actors/store/tiny-lfu-queues.ts"

const LRU: Shape = { window: 1, protected: 0, margin: 0, sparesOnce: false }
const STAYING: Shape = { window: 0.01, protected: 0.8, margin: 2, sparesOnce: false }

function contestOf(shapes: readonly Shape[], best: number, capacity: number): { contest: ShadowContest; request(key: string): void } {
  const sketch = new FrequencySketch(capacity)
  const contest = new ShadowContest(shapes, best, sketch, capacity)
  const request = (key: string): void => {
    const hash = hashOfKey(key)
    sketch.add(hash)
    if (contest.isSampled(hash)) contest.request(hash)
  }
  return { contest, request }
}

describe("ShadowContest", () => {
  it("is won by the shape that would hit more, and by another when that would", () => {
    const { contest, request } = contestOf([STAYING, LRU], 1, 200)
    for (let at = 0; at < 20_000; at += 1) request(`loop:${at % 500}`)
    expect(contest.best).toBe(0)
    for (let at = 0; at < 20_000; at += 1) request(`soon:${at % 2 === 0 ? at : at - 51}`)
    expect(contest.best).toBe(1)
  })

  it("judges by whole turns where those do best who take turns, and soon again where one stays ahead", () => {
    const { contest, request } = contestOf([STAYING, LRU], 1, 400)
    let changes = 0
    let before = contest.best
    // Up and down: at each turn recency hits for a while, and in between what stays.
    for (let at = 0; at < 200_000; at += 1) {
      const place = at % 8000
      request(`key:${Math.min(place, 8000 - place)}`)
      if (contest.best !== before) changes += 1
      before = contest.best
    }
    expect(changes).toBeLessThan(20)
    for (let at = 0; at < 60_000; at += 1) request(`loop:${at % 600}`)
    expect(contest.best).toBe(0)
    for (let at = 0; at < 60_000; at += 1) request(`soon:${at % 2 === 0 ? at : at - 51}`)
    expect(contest.best).toBe(1)
  })

  it("has its shadows hold of the sample what the cache holds of it", () => {
    const { contest, request } = contestOf([LRU, STAYING], 0, 200)
    const sampled = Array.from({ length: 200 }, (_, at) => `loop:${at}`).filter((key) => contest.isSampled(hashOfKey(key))).length
    const loop = (): void => {
      for (let at = 0; at < 10_000; at += 1) request(`loop:${at % 200}`)
    }
    contest.fit(sampled)
    loop()
    expect(contest.best).toBe(0)
    // One less, and recency hits nothing of a loop.
    contest.fit(sampled - 2)
    loop()
    expect(contest.best).toBe(1)
    contest.fit(0)
    contest.fit(1_000_000)
    loop()
    expect(contest.bytes).toBeLessThan(10_000)
  })

  it.each([
    ["a few hits, which may be chance", 2, 1],
    ["more than a few", 4, 0],
  ])("does not change its mind but for a lead that tells: %s", (_, hits, best) => {
    const { contest, request } = contestOf([STAYING, LRU], 1, 64)
    for (let key = 0; key < 300; key += 1) request(`new:${key}`)
    // Of the first keys, one keeps some, and recency none.
    for (let key = 0; key < hits; key += 1) request(`new:${key}`)
    for (let key = 300; key < 600; key += 1) request(`new:${key}`)
    expect(contest.best).toBe(best)
  })

  it("goes on with the one it has where another is no better", () => {
    for (const best of [0, 1, 2]) {
      const { contest, request } = contestOf([LRU, LRU, LRU], best, 200)
      for (let at = 0; at < 5000; at += 1) request(`key:${at % 150}`)
      expect(contest.best).toBe(best)
    }
  })

  it.each([
    [10, 10],
    [64, 64],
    [200, 64],
    [1600, 200],
    [1_000_000, 224],
  ])("of a cache of %i entries samples as many keys as %i entries are worth", (capacity, size) => {
    const { contest } = contestOf([LRU], 0, capacity)
    const sampled = Array.from({ length: 100_000 }, (_, key) => hashOfKey(`key:${key}`)).filter((hash) => contest.isSampled(hash))
    expect(sampled.length / 100_000).toBeCloseTo(size / capacity, 2)
    expect(contest.bytes).toBeLessThan(5000)
  })
})
