/**
 * Which of several shapes of a cache would hit most: each stands as a shadow beside the cache, in small and of a sample of the keys.
 *
 * Invariants
 * - A key is in the sample or not by its hash alone, so a shadow sees all requests for it or none.
 * - The figures are of the recent past: with each judgement, what was found before weighs less.
 * - At most 256 entries a shadow, however large the cache, and a sample as much smaller.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { ShadowCache } from "./shadow-cache.ts"
import type { Shape } from "./tiny-lfu-queues.ts"

const LARGEST = 256
/** Requests of the sample from one judgement to the next, for each entry of a shadow. */
const REQUESTS_AN_ENTRY = 4
/** How much of its weight a finding keeps at each judgement. */
const KEPT = 0.7
const TWO_TO_32 = 2 ** 32

export class ShadowContest {
  readonly #shapes: readonly Shape[]
  readonly #shadows: readonly ShadowCache[]
  /** By shape: hits since the last judgement, and those before, which weigh less. */
  readonly #hits: number[]
  #best: number
  /** Of all hashes. */
  readonly #sampled: number
  readonly #period: number
  #requests = 0

  /** `first`: which of the shapes is taken for the best until others have done better. */
  constructor(shapes: readonly Shape[], first: number, sketch: FrequencySketch, capacity: number) {
    const size = Math.min(capacity, LARGEST)
    this.#shapes = shapes
    this.#best = first
    this.#shadows = shapes.map((shape) => new ShadowCache(size, shape, sketch))
    this.#hits = shapes.map(() => 0)
    this.#sampled = TWO_TO_32 * (size / capacity)
    this.#period = size * REQUESTS_AN_ENTRY
  }

  get bytes(): number {
    return this.#shadows.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get best(): Shape {
    return this.#shapes[this.#best] as Shape
  }

  isSampled(hash: number): boolean {
    return Math.imul(hash, 0x9e3779b1) >>> 0 < this.#sampled
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
    // A tie changes nothing.
    for (let index = 0; index < hits.length; index += 1) if ((hits[index] as number) > (hits[this.#best] as number)) this.#best = index
    for (let index = 0; index < hits.length; index += 1) hits[index] = (hits[index] as number) * KEPT
    this.#requests = 0
  }
}
