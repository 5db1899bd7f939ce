/** SIEVE (NSDI 2024): a queue whose entries stay where they are, and a hand that goes from old to young and takes the first not asked for since it came by. */

import type { Policy } from "./policy.ts"

interface Entry {
  readonly key: number
  isVisited: boolean
  older: Entry | undefined
  younger: Entry | undefined
}

export class Sieve implements Policy {
  readonly #capacity: number
  readonly #entries = new Map<number, Entry>()
  #oldest: Entry | undefined
  #youngest: Entry | undefined
  #hand: Entry | undefined

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  request(key: number): boolean {
    const held = this.#entries.get(key)
    if (held !== undefined) {
      held.isVisited = true
      return true
    }
    if (this.#entries.size >= this.#capacity) this.#evict()
    this.#insert(key)
    return false
  }

  #insert(key: number): void {
    const entry: Entry = { key, isVisited: false, older: this.#youngest, younger: undefined }
    if (this.#youngest === undefined) this.#oldest = entry
    else this.#youngest.younger = entry
    this.#youngest = entry
    this.#entries.set(key, entry)
  }

  #evict(): void {
    let hand = this.#hand ?? this.#oldest
    while (hand?.isVisited) {
      hand.isVisited = false
      hand = hand.younger ?? this.#oldest
    }
    if (hand === undefined) return
    this.#hand = hand.younger
    if (hand.older === undefined) this.#oldest = hand.younger
    else hand.older.younger = hand.younger
    if (hand.younger === undefined) this.#youngest = hand.older
    else hand.younger.older = hand.older
    this.#entries.delete(hand.key)
  }
}
