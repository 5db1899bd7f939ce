/** Least recently used: what was not asked for longest goes. */

import { oldest, type Policy, renew } from "./policy.ts"

export class Lru implements Policy {
  readonly #capacity: number
  readonly #keys = new Set<number>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  request(key: number): boolean {
    const isHit = this.#keys.has(key)
    renew(this.#keys, key)
    if (this.#keys.size > this.#capacity) this.#keys.delete(oldest(this.#keys) as number)
    return isHit
  }
}
