/**
 * From key to slot, for more keys than one Map of the host's carries.
 *
 * V8's Map takes 2^24 entries, and deleted ones count until it is tidied up; so one that holds more than half of that can refuse a new key
 * though others went. Keys go into as many maps as they need, each at most half full; up to 8 388 608 keys that is one.
 *
 * Not here: how a large index is divided, so that this seldom happens (`key-index.ts`).
 */

export class KeyMap {
  readonly #mostInOne: number
  readonly #first = new Map<string, number>()
  /** Beyond the first. */
  readonly #others: Map<string, number>[] = []

  /** `mostInOne`: keys in one map. */
  constructor(mostInOne: number) {
    this.#mostInOne = mostInOne
  }

  get(key: string): number | undefined {
    const slot = this.#first.get(key)
    if (slot !== undefined || this.#others.length === 0) return slot
    for (const map of this.#others) {
      const other = map.get(key)
      if (other !== undefined) return other
    }
    return undefined
  }

  /** For a key that is not there. */
  add(key: string, slot: number): void {
    this.#withRoom().set(key, slot)
  }

  /** Whether it was there. */
  delete(key: string): boolean {
    return this.#first.delete(key) || this.#others.some((map) => map.delete(key))
  }

  /** All of them. */
  *entries(): IterableIterator<readonly [string, number]> {
    yield* this.#first
    for (const map of this.#others) yield* map
  }

  #withRoom(): Map<string, number> {
    if (this.#first.size < this.#mostInOne) return this.#first
    const other = this.#others.find(({ size }) => size < this.#mostInOne)
    if (other !== undefined) return other
    const map = new Map<string, number>()
    this.#others.push(map)
    return map
  }
}
