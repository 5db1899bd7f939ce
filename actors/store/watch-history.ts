/**
 * The last changes of a store, so many of them, for those who come back and say up to where they know.
 *
 * Invariant: their versions rise, and none was left out between them.
 */

import type { Change } from "./watch-event.ts"

export class WatchHistory {
  readonly #capacity: number
  /** A ring once it is full; `#next` is the oldest then. */
  #changes: Change[] = []
  #next = 0
  /** The version of the last one before them. */
  #before = 0
  /** Whether nothing was left out between that and them. */
  #isUpToDate = true

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get isKept(): boolean {
    return this.#capacity > 0
  }

  /** Whatever was before `count` is not known any more; nor, where it is not `isUpToDate`, what followed that immediately. */
  begin(count: number, isUpToDate: boolean): void {
    this.#isUpToDate = isUpToDate
    this.#changes = []
    this.#next = 0
    this.#before = count
  }

  add(change: Change): void {
    const oldest = this.#capacity === 0 ? change : this.#changes[this.#next]
    if (oldest !== undefined) {
      this.#before = oldest.count
      this.#isUpToDate = true
    }
    if (this.#capacity === 0) return
    this.#changes[this.#next] = change
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** Those after `count`, the oldest first; `undefined` where not all of them are known. Cost O(those). */
  since(count: number): Change[] | undefined {
    if (count < this.#before || (count === this.#before && !this.#isUpToDate)) return undefined
    const { length } = this.#changes
    const found: Change[] = []
    for (let back = 1; back <= length; back += 1) {
      const change = this.#changes[(this.#next - back + length) % length] as Change
      if (change.count <= count) break
      found.push(change)
    }
    return found.reverse()
  }
}
