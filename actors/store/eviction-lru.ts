/** Least recently used: the entry that was not read or written for longest goes first. Eight bytes an entry. */

import type { Eviction } from "./eviction.ts"
import { SlotLists } from "./slot-lists.ts"

const ALL = 0

export class LruEviction implements Eviction {
  readonly #expected: number
  #order: SlotLists

  /** `expected`: entries at most, where that is known; no room for more is taken in advance. */
  constructor(expected = Number.POSITIVE_INFINITY) {
    this.#expected = expected
    this.#order = new SlotLists(1, expected)
  }

  get bytes(): number {
    return this.#order.bytes
  }

  added(slot: number): void {
    this.removed(slot)
    this.#order.append(ALL, slot)
  }

  used(slot: number): void {
    if (this.#order.has(slot)) this.#order.renew(ALL, slot)
  }

  removed(slot: number): void {
    if (this.#order.has(slot)) this.#order.remove(ALL, slot)
  }

  victim(except: number): number {
    return this.#order.oldest(ALL, except)
  }

  clear(): void {
    this.#order = new SlotLists(1, this.#expected)
  }
}
