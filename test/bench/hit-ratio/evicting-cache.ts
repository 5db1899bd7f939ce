/** A cache of our own policies: keys by slot, as the store has them, without the store. */

import type { Eviction } from "../../../actors/store/eviction.ts"
import type { Policy } from "./policy.ts"

export class EvictingCache implements Policy {
  readonly #capacity: number
  readonly #eviction: Eviction
  /** What stands before a key's number: other names have other hashes. */
  readonly #prefix: string
  readonly #slots = new Map<number, number>()
  readonly #keys: number[] = []

  constructor(capacity: number, eviction: Eviction, prefix = "key:") {
    this.#capacity = capacity
    this.#eviction = eviction
    this.#prefix = prefix
  }

  request(key: number): boolean {
    const held = this.#slots.get(key)
    if (held !== undefined) {
      this.#eviction.used(held)
      return true
    }
    const slot = this.#slots.size < this.#capacity ? this.#slots.size : this.#evict()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#eviction.added(slot, `${this.#prefix}${key}`)
    return false
  }

  #evict(): number {
    const slot = this.#eviction.victim(-1)
    if (!this.#slots.delete(this.#keys[slot] as number)) throw new Error(`slot ${slot} was named as the one to go, and is not held`)
    this.#eviction.removed(slot)
    return slot
  }
}
