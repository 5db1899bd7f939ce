/**
 * What a cache of another shape would hold, of a sample of the keys: it counts the hits that there would be, and holds nothing but hashes.
 *
 * Invariant: at most `capacity` hashes, each once. A table of open addresses tells in which slot a hash is; it is never more than half full.
 *
 * It lets go by the same code as the cache itself, so that what it finds out is what would be.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { type Shape, TinyLfuQueues } from "./tiny-lfu-queues.ts"

const EMPTY = 0

export class ShadowCache {
  #capacity: number
  readonly #queues: TinyLfuQueues
  /** By place: one more than the slot whose hash is there. */
  readonly #places: Uint16Array
  readonly #mask: number
  readonly #free: number[] = []

  /** `most`: what its capacity may become; less than 2^15. */
  constructor(capacity: number, most: number, shape: Shape, sketch: FrequencySketch) {
    this.#capacity = capacity
    this.#queues = new TinyLfuQueues(shape, sketch, most)
    this.#places = new Uint16Array(2 ** Math.ceil(Math.log2(most * 2)))
    this.#mask = this.#places.length - 1
  }

  get bytes(): number {
    return this.#queues.bytes + this.#places.byteLength
  }

  /** True: it would have been a hit. It is held from then on. */
  request(hash: number): boolean {
    const held = (this.#places[this.#placeOf(hash)] as number) - 1
    if (held >= 0) {
      this.#queues.use(held)
      return true
    }
    const slot = this.#roomFor()
    this.#queues.add(slot, hash)
    this.#places[this.#placeOf(hash)] = slot + 1
    return false
  }

  /** It is no longer worth anything: deleted, or past its time. */
  forget(hash: number): void {
    const place = this.#placeOf(hash)
    const slot = (this.#places[place] as number) - 1
    if (slot < 0) return
    this.#queues.remove(slot)
    this.#vacate(place)
    this.#free.push(slot)
  }

  /** Another capacity, from 1 to the most that there may be. What is too much goes at once. */
  resize(capacity: number): void {
    this.#capacity = capacity
    while (this.#queues.size > capacity) this.#free.push(this.#evict())
  }

  #roomFor(): number {
    const { size } = this.#queues
    return size < this.#capacity ? (this.#free.pop() ?? size) : this.#evict()
  }

  /** The slot that is free now. */
  #evict(): number {
    const slot = this.#queues.victim(-1)
    this.#vacate(this.#placeOf(this.#queues.hashOf(slot)))
    this.#queues.remove(slot)
    return slot
  }

  /** Where the hash is, or would be. */
  #placeOf(hash: number): number {
    let place = (hash >>> 3) & this.#mask
    while (this.#places[place] !== EMPTY && this.#hashAt(place) !== hash) place = (place + 1) & this.#mask
    return place
  }

  #hashAt(place: number): number {
    return this.#queues.hashOf((this.#places[place] as number) - 1)
  }

  /** Those behind it that had to give way to it move up, so that they are still found. */
  #vacate(place: number): void {
    let hole = place
    for (let next = (hole + 1) & this.#mask; this.#places[next] !== EMPTY; next = (next + 1) & this.#mask) {
      const wanted = (this.#hashAt(next) >>> 3) & this.#mask
      if (((next - wanted) & this.#mask) < ((next - hole) & this.#mask)) continue
      this.#places[hole] = this.#places[next] as number
      hole = next
    }
    this.#places[hole] = EMPTY
  }
}
