/**
 * A first-in-first-out queue in a ring of power-of-two capacity.
 *
 * Invariants: a slot that was taken holds `undefined`, so the queue keeps nothing it has handed out;
 * a ring that has grown large and runs empty gives its memory back. Its length is not bounded here:
 * who fills it counts (see the inbox).
 */

const SMALLEST = 8
const KEPT_WHEN_EMPTY = 1024

/** The slots of every ring that holds nothing: never written, so one serves all. */
const NO_SLOTS: never[] = []

export class Ring<T> {
  #slots: (T | undefined)[] = NO_SLOTS
  #mask = -1
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size > this.#mask) this.#grow()
    this.#slots[(this.#head + this.#size) & this.#mask] = item
    this.#size += 1
  }

  /** Puts an item in front of all others. */
  unshift(item: T): void {
    if (this.#size > this.#mask) this.#grow()
    this.#head = (this.#head - 1) & this.#mask
    this.#slots[this.#head] = item
    this.#size += 1
  }

  /** The item that is next; it stays. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#head]
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const head = this.#head
    const item = this.#slots[head]
    this.#slots[head] = undefined
    this.#head = (head + 1) & this.#mask
    this.#size -= 1
    if (this.#size === 0 && this.#mask >= KEPT_WHEN_EMPTY) this.#reset()
    return item
  }

  /** So many at most of the items that are next; they stay. */
  first(most: number): T[] {
    const items = new Array<T>(Math.min(most, this.#size))
    for (let i = 0; i < items.length; i += 1) items[i] = this.#slots[(this.#head + i) & this.#mask] as T
    return items
  }

  /** Looks at the items from the `index`-th on, in order. */
  forEachFrom(index: number, look: (item: T) => void): void {
    for (let i = index; i < this.#size; i += 1) look(this.#slots[(this.#head + i) & this.#mask] as T)
  }

  /** Keeps the items that `wanted` accepts, in their order, and returns the others in theirs. Cost O(size). */
  partition(wanted: (item: T) => boolean): T[] {
    const rejected: T[] = []
    for (let left = this.#size; left > 0; left -= 1) {
      const item = this.shift() as T
      if (wanted(item)) this.push(item)
      else rejected.push(item)
    }
    return rejected
  }

  /** Removes and returns the first item that `wanted` accepts; one that throws changes nothing. Cost O(items before it). */
  take(wanted: (item: T) => boolean): T | undefined {
    for (let i = 0; i < this.#size; i += 1) {
      if (wanted(this.#slots[(this.#head + i) & this.#mask] as T)) return this.#takeAt(i)
    }
    return undefined
  }

  /** Moves what stands before it one slot on, into its place. */
  #takeAt(index: number): T | undefined {
    const item = this.#slots[(this.#head + index) & this.#mask] as T
    for (let i = index; i > 0; i -= 1) this.#slots[(this.#head + i) & this.#mask] = this.#slots[(this.#head + i - 1) & this.#mask]
    this.#slots[this.#head] = item
    return this.shift()
  }

  #reset(): void {
    this.#slots = NO_SLOTS
    this.#mask = -1
    this.#head = 0
  }

  #grow(): void {
    const capacity = Math.max(SMALLEST, (this.#mask + 1) * 2)
    const slots = new Array<T | undefined>(capacity)
    for (let i = 0; i < this.#size; i += 1) slots[i] = this.#slots[(this.#head + i) & this.#mask]
    this.#slots = slots
    this.#mask = capacity - 1
    this.#head = 0
  }
}
