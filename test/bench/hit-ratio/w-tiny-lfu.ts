/**
 * W-TinyLFU (ACM ToS 2017): an LRU window that new keys pass through, and a main part of a probation and a protected queue. Whom the window lets go
 * takes the place of the oldest on probation if it was asked for more often.
 */

import { FrequencySketch } from "./frequency-sketch.ts"
import { oldest, type Policy, renew } from "./policy.ts"

const PROTECTED_SHARE = 0.8

export class WTinyLfu implements Policy {
  readonly #windowCapacity: number
  readonly #mainCapacity: number
  readonly #protectedCapacity: number
  readonly #sketch: FrequencySketch
  readonly #window = new Set<number>()
  readonly #probation = new Set<number>()
  readonly #protected = new Set<number>()

  constructor(capacity: number, windowShare: number) {
    this.#windowCapacity = Math.min(Math.max(1, Math.round(capacity * windowShare)), capacity)
    this.#mainCapacity = capacity - this.#windowCapacity
    this.#protectedCapacity = Math.floor(this.#mainCapacity * PROTECTED_SHARE)
    this.#sketch = new FrequencySketch(capacity)
  }

  request(key: number): boolean {
    this.#sketch.add(key)
    if (this.#protected.has(key)) renew(this.#protected, key)
    else if (this.#probation.delete(key)) this.#protect(key)
    else if (this.#window.has(key)) renew(this.#window, key)
    else {
      this.#insert(key)
      return false
    }
    return true
  }

  #protect(key: number): void {
    this.#protected.add(key)
    if (this.#protected.size <= this.#protectedCapacity) return
    const demoted = oldest(this.#protected) as number
    this.#protected.delete(demoted)
    this.#probation.add(demoted)
  }

  #insert(key: number): void {
    this.#window.add(key)
    if (this.#window.size <= this.#windowCapacity) return
    const candidate = oldest(this.#window) as number
    this.#window.delete(candidate)
    if (this.#probation.size + this.#protected.size < this.#mainCapacity) this.#probation.add(candidate)
    else this.#contest(candidate)
  }

  #contest(candidate: number): void {
    const queue = this.#probation.size > 0 ? this.#probation : this.#protected
    const victim = oldest(queue)
    if (victim === undefined || this.#sketch.frequency(candidate) <= this.#sketch.frequency(victim)) return
    queue.delete(victim)
    this.#probation.add(candidate)
  }
}
