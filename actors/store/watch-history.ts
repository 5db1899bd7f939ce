/**
 * The last changes of a store, so many of them, for those who come back and say up to where they know.
 *
 * Invariant: their versions are without a gap.
 */

import type { Change } from "./watch-event.ts"

export class WatchHistory {
  readonly #capacity: number
  /** A ring once it is full; `#next` is the oldest then. */
  #changes: Change[] = []
  #next = 0
  /** The version of the last one; of the last before them where there is none. */
  #last = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get isKept(): boolean {
    return this.#capacity > 0
  }

  /** Whatever was before `count` is not known any more. */
  begin(count: number): void {
    this.#changes = []
    this.#next = 0
    this.#last = count
  }

  add(change: Change): void {
    this.#last = change.count
    if (this.#capacity === 0) return
    this.#changes[this.#next] = change
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** Those after `count`, the oldest first; `undefined` where not all of them are known. Cost O(those). */
  since(count: number): Change[] | undefined {
    const wanted = this.#last - count
    const { length } = this.#changes
    if (wanted > length) return undefined
    const from = this.#next - wanted + length
    return Array.from({ length: wanted }, (_, index) => this.#changes[(from + index) % length] as Change)
  }
}
