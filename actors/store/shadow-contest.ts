/**
 * Which of several shapes of a cache would hit most: each stands as a shadow beside the cache, in small and of a sample of the keys.
 *
 * Invariants
 * - A key is in the sample or not by its hash alone, so the shadows see all requests for it or none.
 * - The figures are of the recent past: with each judgement, what was found before weighs less. Where the best changes again and again, as requests come
 *   and go in turns, the past becomes longer, until it is whole turns that are judged; where it stays, shorter.
 * - At most 256 entries a shadow, however large the cache, and a sample as much smaller: 4 kB a shape.
 * - A shadow has as many entries as the cache itself holds of the sample: by chance that may be a tenth more or less than the sample's share, which is
 *   all or nothing where the cache is a little smaller than a loop.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { ShadowCache } from "./shadow-cache.ts"
import type { Shape } from "./tiny-lfu-queues.ts"

// A shadow has an eighth of the cache's entries: an eighth of the cost, and no worse a judge. But at least (half as many are misled by chance), and at
// most, so many of them.
const SHARE = 1 / 8
const SMALLEST = 64
const LARGEST = 224
/** What chance may add to the sample: three deviations where it is smallest, two where it is largest. */
const MOST_SHARE = 1.5
const MOST = 256
/** How much of its weight a finding keeps at each judgement; there is one after half as many requests of the sample as a shadow has entries. */
const KEPT = 0.93
/** Who is to take over must do better by this share, and by so many hits: a change costs hits too, and a small lead may be chance. */
const BETTER = 1.005
const LEAD = 2
/** Judgements, times the patience there is: another change within so many of the last doubles it, and so many without one halve it. */
const SOON = 40
const LONG = 80
const MOST_PATIENCE = 16
const TWO_TO_32 = 2 ** 32

export class ShadowContest {
  /** The index of the shape that would hit most. */
  best: number
  readonly #shadows: readonly ShadowCache[]
  readonly #most: number
  readonly #sampledBelow: number
  readonly #period: number
  #requests = 0
  /** By how much the past that is judged is longer than it need be. */
  #patience = 1
  /** Judgements since the best, or the patience, has changed. */
  #calm = 0

  /** `best`: the index of the shape that is taken for the best until another has done better. */
  constructor(shapes: readonly Shape[], best: number, sketch: FrequencySketch, capacity: number) {
    const size = Math.min(capacity, LARGEST, Math.max(SMALLEST, Math.ceil(capacity * SHARE)))
    this.best = best
    const most = Math.min(MOST, Math.ceil(size * MOST_SHARE))
    this.#shadows = shapes.map((shape) => new ShadowCache(size, most, shape, sketch))
    this.#most = most
    this.#sampledBelow = TWO_TO_32 * (size / capacity)
    this.#period = Math.ceil(size / 2)
  }

  get bytes(): number {
    return this.#shadows.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  isSampled(hash: number): boolean {
    return Math.imul(hash, 0x9e3779b1) >>> 0 < this.#sampledBelow
  }

  /** Of a hash that is in the sample. `true`: it was the last before a judgement. */
  request(hash: number): boolean {
    for (const shadow of this.#shadows) if (shadow.request(hash)) shadow.hits += 1
    this.#requests += 1
    if (this.#requests < this.#period) return false
    this.#requests = 0
    this.#judge()
    return true
  }

  /** Of a hash that is in the sample. */
  forget(hash: number): void {
    for (const shadow of this.#shadows) shadow.forget(hash)
  }

  /** So many of the sample a full cache holds. */
  fit(entries: number): void {
    const capacity = Math.max(1, Math.min(this.#most, Math.round(entries)))
    for (const shadow of this.#shadows) shadow.resize(capacity)
  }

  #judge(): void {
    const before = this.best
    let most = (this.#shadows[before] as ShadowCache).hits * BETTER + LEAD
    for (const [index, { hits }] of this.#shadows.entries()) {
      if (hits <= most) continue
      most = hits
      this.best = index
    }
    this.#bePatient(this.best !== before)
    const kept = 1 - (1 - KEPT) / this.#patience
    for (const shadow of this.#shadows) shadow.hits *= kept
  }

  #bePatient(hasChanged: boolean): void {
    this.#calm += 1
    const isSoon = this.#calm < (hasChanged ? SOON : LONG) * this.#patience
    if (isSoon && !hasChanged) return
    if (isSoon === hasChanged) this.#patience = hasChanged ? Math.min(MOST_PATIENCE, this.#patience * 2) : Math.max(1, this.#patience / 2)
    this.#calm = 0
  }
}
