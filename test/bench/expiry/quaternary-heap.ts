/** The store's own structure, `actors/store/expiry-heap.ts`, behind the shared interface. */

import { ExpiryHeap } from "../../../actors/store/expiry-heap.ts"
import type { Expired, ExpiryIndex } from "./expiry-index.ts"

export class QuaternaryHeap implements ExpiryIndex {
  readonly resolutionMs = 0
  readonly #heap = new ExpiryHeap()

  get size(): number {
    return this.#heap.size
  }

  schedule(slot: number, deadline: number): void {
    this.#heap.schedule(slot, deadline)
  }

  cancel(slot: number): void {
    this.#heap.cancel(slot)
  }

  earliest(): number {
    return this.#heap.earliest()
  }

  sweep(now: number, limit: number, expired: Expired): boolean {
    for (let left = limit; left > 0 && this.#heap.earliest() <= now; left -= 1) {
      const slot = this.#heap.nextDue(now)
      this.#heap.cancel(slot)
      expired(slot)
    }
    return this.#heap.earliest() <= now
  }
}
