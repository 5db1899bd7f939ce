import type { Eviction } from "./eviction.ts"
import { FrequencySketch } from "./frequency-sketch.ts"
import { hashOfKey } from "./key-hash.ts"
import { ShadowContest } from "./shadow-contest.ts"
import { type Shape, TinyLfuQueues } from "./tiny-lfu-queues.ts"

const NONE = -1

export const SHAPES: readonly Shape[] = [
  { window: 0.01, margin: 2 },
  { window: 0.05, margin: 1 },
  { window: 0.3, margin: 0 },
  { window: 1, margin: 0 },
]
const FIRST = 2

export class AdaptiveEviction implements Eviction {
  #capacity: number
  #sketch: FrequencySketch
  #contest: ShadowContest
  #queues: TinyLfuQueues
  /** Named as the one to go: its removal is the cache's doing, and nobody else's. */
  #named = NONE

  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity)
    this.#sketch = new FrequencySketch(this.#capacity)
    this.#contest = new ShadowContest(SHAPES, FIRST, this.#sketch, this.#capacity)
    this.#queues = new TinyLfuQueues(this.#contest.best, this.#sketch, this.#capacity)
  }

  get bytes(): number {
    return this.#sketch.bytes + this.#contest.bytes + this.#queues.bytes
  }

  get shape(): Shape {
    return this.#queues.shape
  }

  added(slot: number, key: string): void {
    this.removed(slot)
    const hash = hashOfKey(key)
    this.#queues.add(slot, hash)
    this.#sketch.reserve(this.#queues.room)
    this.#requested(hash)
  }

  used(slot: number): void {
    if (!this.#queues.has(slot)) return
    this.#queues.use(slot)
    this.#requested(this.#queues.hashOf(slot))
  }

  removed(slot: number): void {
    if (!this.#queues.has(slot)) return
    const hash = this.#queues.hashOf(slot)
    this.#queues.remove(slot)
    if (slot !== this.#named && this.#contest.isSampled(hash)) this.#contest.forget(hash)
    this.#named = NONE
  }

  victim(except: number): number {
    this.#named = this.#queues.victim(except)
    return this.#named
  }

  clear(): void {
    this.#queues = new TinyLfuQueues(this.#contest.best, this.#sketch, this.#capacity)
  }

  #requested(hash: number): void {
    this.#sketch.add(hash)
    if (!this.#contest.isSampled(hash)) return
    this.#contest.request(hash)
    this.#queues.shape = this.#contest.best
  }
}
