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
  /** Of late: whoever judges it counts them. */
  hits = 0
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
    this.#shrink(this.#capacity - 1)
    const slot = this.#free.pop() ?? this.#queues.size
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
    this.#shrink(capacity)
  }

  #shrink(most: number): void {
    while (this.#queues.size > most) this.forget(this.#queues.hashOf(this.#queues.victim(-1)))
  }

  /** Where the hash is, or would be. */
  #placeOf(hash: number): number {
    let place = (hash >>> 7) & this.#mask
    while (this.#places[place] !== EMPTY && this.#hashAt(place) !== hash) place = (place + 1) & this.#mask
    return place
  }

  #hashAt(place: number): number {
    return this.#queues.hashOf((this.#places[place] as number) - 1)
  }

  /** Those that may have had to give way to it are put in anew, so that they are still found. */
  #vacate(place: number): void {
    this.#places[place] = EMPTY
    for (let next = (place + 1) & this.#mask; this.#places[next] !== EMPTY; next = (next + 1) & this.#mask) {
      const hash = this.#hashAt(next)
      const held = this.#places[next] as number
      this.#places[next] = EMPTY
      this.#places[this.#placeOf(hash)] = held
    }
  }
}
