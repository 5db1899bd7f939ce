/**
 * S3-FIFO (SOSP 2023): a small queue of a tenth that new keys pass through, a main queue for those asked for again, and a ghost queue of the keys
 * that left the small one, who go to the main queue at once if they come back.
 */

import { oldest, type Policy } from "./policy.ts"

const MOST = 3
const SMALL_SHARE = 0.1

export class S3Fifo implements Policy {
  readonly #capacity: number
  readonly #smallCapacity: number
  readonly #small = new Set<number>()
  readonly #main = new Set<number>()
  readonly #ghosts = new Set<number>()
  /** Of each key held: how often it was asked for since it came, 3 at most. */
  readonly #uses = new Map<number, number>()

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#smallCapacity = Math.max(1, Math.round(capacity * SMALL_SHARE))
  }

  request(key: number): boolean {
    const uses = this.#uses.get(key)
    if (uses !== undefined) {
      this.#uses.set(key, Math.min(uses + 1, MOST))
      return true
    }
    while (this.#uses.size >= this.#capacity) this.#evict()
    if (this.#ghosts.delete(key)) this.#main.add(key)
    else this.#small.add(key)
    this.#uses.set(key, 0)
    return false
  }

  #evict(): void {
    if (this.#small.size >= this.#smallCapacity || this.#main.size === 0) this.#evictSmall()
    else this.#evictMain()
  }

  #evictSmall(): void {
    for (const key of this.#small) {
      this.#small.delete(key)
      if ((this.#uses.get(key) as number) > 1) this.#promote(key)
      else return this.#forget(key)
    }
  }

  #promote(key: number): void {
    this.#uses.set(key, 0)
    this.#main.add(key)
    if (this.#main.size > this.#capacity - this.#smallCapacity) this.#evictMain()
  }

  #forget(key: number): void {
    this.#uses.delete(key)
    this.#ghosts.add(key)
    if (this.#ghosts.size > this.#capacity - this.#smallCapacity) this.#ghosts.delete(oldest(this.#ghosts) as number)
  }

  #evictMain(): void {
    for (const key of this.#main) {
      const uses = this.#uses.get(key) as number
      this.#main.delete(key)
      if (uses === 0) {
        this.#uses.delete(key)
        return
      }
      this.#uses.set(key, uses - 1)
      this.#main.add(key)
    }
  }
}
