import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FrequencySketch } from "../../../actors/store/frequency-sketch.ts"
import { hashOfKey } from "../../../actors/store/key-hash.ts"
import { seeds } from "../../support/seeds.ts"

const MOST = 15

/** What each key has at least: counted one by one, up to 15, and halved when the sketch halves. */
class Counts {
  readonly #counts = new Map<string, number>()
  #requests = 0

  add(key: string, capacity: number): void {
    this.#counts.set(key, Math.min(MOST, this.of(key) + 1))
    this.#requests += 1
    if (this.#requests < 10 * capacity) return
    for (const [each, count] of this.#counts) this.#counts.set(each, count >> 1)
    this.#requests >>= 1
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0
  }
}

const keys = fc.array(
  fc.nat(300).map((number) => `key:${Math.floor(number ** 2 / 300)}`),
  { maxLength: 2000, size: "max" },
)

describe("FrequencySketch", () => {
  it("never says less than was counted, while it grows and while it halves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), keys, (capacity, requests) => {
        const sketch = new FrequencySketch(capacity)
        const counts = new Counts()
        for (const [at, key] of requests.entries()) {
          sketch.reserve(at * 3)
          sketch.add(hashOfKey(key))
          counts.add(key, capacity)
        }
        for (const key of new Set(requests)) expect(sketch.frequency(hashOfKey(key))).toBeGreaterThanOrEqual(counts.of(key))
      }),
      seeds(100, 8),
    )
  })

  it("never says less than it was told by who counts elsewhere, and is not made less by who has counted less", () => {
    const told = fc.array(fc.tuple(fc.nat(200), fc.nat(MOST)), { maxLength: 300, size: "max" })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), told, (capacity, raises) => {
        const sketch = new FrequencySketch(capacity)
        const most = new Map<number, number>()
        for (const [key, frequency] of raises) {
          const before = sketch.frequency(hashOfKey(`key:${key}`))
          expect(sketch.raise(hashOfKey(`key:${key}`), frequency)).toBe(before)
          expect(sketch.frequency(hashOfKey(`key:${key}`))).toBe(Math.max(before, frequency))
          most.set(key, Math.max(most.get(key) ?? 0, frequency))
        }
        for (const [key, frequency] of most) expect(sketch.frequency(hashOfKey(`key:${key}`))).toBeGreaterThanOrEqual(frequency)
      }),
      seeds(100, 8),
    )
  })

  it("raises the lowest of a key's counters only: who is asked for alone among the popular is not taken for one of them", () => {
    const sketch = new FrequencySketch(2000)
    sketch.reserve(2000)
    for (let key = 0; key < 10_000; key += 1) sketch.add(hashOfKey(`key:${key}`))
    const counts = Array.from({ length: 10_000 }, (_, key) => sketch.frequency(hashOfKey(`key:${key}`)))
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeLessThan(1.3)
  })

  it("is halved by requests that are counted elsewhere, too, and says how often", () => {
    const sketch = new FrequencySketch(10)
    sketch.raise(hashOfKey("often"), 12)
    for (let request = 0; request < 99; request += 1) sketch.pass()
    expect([sketch.frequency(hashOfKey("often")), sketch.halvings]).toEqual([12, 0])
    sketch.pass()
    expect([sketch.frequency(hashOfKey("often")), sketch.halvings]).toEqual([6, 1])
  })

  it("says what was counted of almost all, where as many keys come as it was made for", () => {
    const sketch = new FrequencySketch(10_000)
    sketch.reserve(10_000)
    for (let key = 0; key < 10_000; key += 1) for (let times = 0; times < key % 4; times += 1) sketch.add(hashOfKey(`key:${key}`))
    const wrong = Array.from({ length: 10_000 }, (_, key) => sketch.frequency(hashOfKey(`key:${key}`)) - (key % 4)).filter(
      (more) => more > 0,
    )
    expect(wrong.length).toBeLessThan(1000)
  })

  it("halves each count by itself", () => {
    const sketch = new FrequencySketch(1000)
    for (let key = 0; key < 1000; key += 1) for (let times = 0; times < 3; times += 1) sketch.add(hashOfKey(`key:${key}`))
    for (let request = 3000; request < 10_000; request += 1) sketch.add(hashOfKey("often"))
    const more = Array.from({ length: 1000 }, (_, key) => sketch.frequency(hashOfKey(`key:${key}`))).filter((count) => count > 1)
    expect(more.length).toBeLessThan(50)
  })

  it("halves all once in ten requests an entry, and counts no further than 15", () => {
    const sketch = new FrequencySketch(10)
    const often = hashOfKey("often")
    for (let request = 1; request < 100; request += 1) sketch.add(often)
    expect(sketch.frequency(often)).toBe(15)
    sketch.add(often)
    expect(sketch.frequency(often)).toBe(7)
    for (let request = 0; request < 50; request += 1) sketch.add(hashOfKey("other"))
    expect(sketch.frequency(often)).toBe(3)
  })
})
