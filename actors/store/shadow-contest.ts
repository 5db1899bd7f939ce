/**
 * Which of several shapes of a cache would hit most: each stands as a shadow beside the cache, in small and of a sample of the keys.
 *
 * Invariants
 * - A key is in the sample or not by its hash alone, so the shadows see all requests for it or none.
 * - The figures are of the recent past: with each judgement, what was found before weighs less.
 * - At most 256 entries a shadow, however large the cache, and a sample as much smaller: 4 kB a shape.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { ShadowCache } from "./shadow-cache.ts"
import type { Shape } from "./tiny-lfu-queues.ts"

// A shadow has an eighth of the cache's entries: an eighth of the cost, and no worse a judge. But at least, and at most, so many of them.
const SHARE = 1 / 8
const SMALLEST = 32
const LARGEST = 256
/** How much of its weight a finding keeps at each judgement; there is one after as many requests of the sample as a shadow has entries. */
const KEPT = 0.9
/** Who is to take over must do better by this: a change costs hits too, and a small lead may be chance. */
const BETTER = 1.015
const TWO_TO_32 = 2 ** 32

export class ShadowContest {
  /** The index of the shape that would hit most. */
  best: number
  readonly #shadows: readonly ShadowCache[]
  /** By shape: the hits of late. */
  readonly #hits: Float64Array
  readonly #sampledBelow: number
  readonly #period: number
  #requests = 0

  /** `best`: the index of the shape that is taken for the best until another has done better. */
  constructor(shapes: readonly Shape[], best: number, sketch: FrequencySketch, capacity: number) {
    const size = Math.min(capacity, LARGEST, Math.max(SMALLEST, Math.ceil(capacity * SHARE)))
    this.best = best
    this.#shadows = shapes.map((shape) => new ShadowCache(size, shape, sketch))
    this.#hits = new Float64Array(shapes.length)
    this.#sampledBelow = TWO_TO_32 * (size / capacity)
    this.#period = size
  }

  get bytes(): number {
    return this.#shadows.reduce((sum, { bytes }) => sum + bytes, this.#hits.byteLength)
  }

  isSampled(hash: number): boolean {
    return Math.imul(hash, 0x9e3779b1) >>> 0 < this.#sampledBelow
  }

  /** Of a hash that is in the sample. */
  request(hash: number): void {
    for (let index = 0; index < this.#shadows.length; index += 1)
      if ((this.#shadows[index] as ShadowCache).request(hash)) this.#hits[index] = (this.#hits[index] as number) + 1
    this.#requests += 1
    if (this.#requests >= this.#period) this.#judge()
  }

  /** Of a hash that is in the sample. */
  forget(hash: number): void {
    for (const shadow of this.#shadows) shadow.forget(hash)
  }

  #judge(): void {
    const hits = this.#hits
    let most = (hits[this.best] as number) * BETTER
    for (let index = 0; index < hits.length; index += 1) {
      if ((hits[index] as number) <= most) continue
      most = hits[index] as number
      this.best = index
    }
    for (let index = 0; index < hits.length; index += 1) hits[index] = (hits[index] as number) * KEPT
    this.#requests = 0
  }
}
