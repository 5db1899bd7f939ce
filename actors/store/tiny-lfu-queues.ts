/**
 * W-TinyLFU (ACM ToS 2017) over slots, in a shape that can be changed while it runs.
 *
 * New entries come into the window, a list by recency. Who is let go from there takes the place of the oldest in the main part if it was asked for more
 * often lately, by the sketch. The main part has two lists by recency: on probation, and protected, for those asked for again since.
 *
 * Invariants
 * - A slot is held from `add` to `remove`, in one of the three lists; its mark says in which.
 * - `victim` gives a slot that is held, whatever the lists look like: shares are aims, of the entries that are there.
 * - After a change of shape, what is in the wrong list moves a bounded number at a time, the oldest first: no turn is long.
 * - Who is spared for being popular goes to the young end of those on probation: none of them is safe behind another.
 * - How often a slot was asked for is counted beside it while it is held. The sketch has said what it was before, and is told when it goes.
 *
 * A window of all entries is LRU. 12 bytes an entry: 8 for the lists, 4 for the key's hash, the mark and the count.
 */

import { type FrequencySketch, MOST_COUNTED } from "./frequency-sketch.ts"
import { HASH_BITS } from "./key-hash.ts"
import { grownRoom, SlotLists } from "./slot-lists.ts"

// The lists, by number.
const WINDOW = 0
const PROBATION = 1
const PROTECTED = 2
const LISTS = 3

// The marks, in three bits: one more than the list's number (2 on probation, 3 in the protected list), and one for those on probation that were spared before.
const NOT_HELD = 0
const IN_WINDOW = 1
const SPARED = 4
const MARK_BITS = 7

// The count, in four bits between mark and hash.
const COUNTED_FROM = 3
const ONE_COUNTED = 0x08
const COUNT_BITS = 0x78
/** Of those, what is left where a count is shifted down by one. */
const HALVED = 0x38

/** Asked for so often lately, it is more than one that came by. */
const POPULAR = 2

/** Slots that one call moves because the shape has changed. */
const MOVES = 16

/** How the entries are shared out, and who wins. */
export interface Shape {
  /** The window's share of all entries: above 0, at most 1. */
  readonly window: number
  /** The protected share of the main part. */
  readonly protected: number
  /** By how much a newcomer must have been asked for more often than whom it puts out: 0 lets it in at a tie. */
  readonly margin: number
  /**
   * Who was spared for being popular, and not asked for until its turn came again, goes for whoever was asked for twice: what is popular no more is found
   * out sooner, and yet what passes by once does not put it out.
   */
  readonly sparesOnce?: boolean
}

export class TinyLfuQueues {
  shape: Shape
  readonly #sketch: FrequencySketch
  readonly #expected: number
  readonly #lists: SlotLists
  /** How often the counts were halved. */
  #halvings: number
  /** By slot: its key's hash, its count, and its mark. */
  #marked: Int32Array
  #size = 0

  /** `expected`: slots that there will be. */
  constructor(shape: Shape, sketch: FrequencySketch, expected: number) {
    this.shape = shape
    this.#sketch = sketch
    this.#expected = expected
    this.#lists = new SlotLists(LISTS, expected)
    this.#marked = new Int32Array(this.#lists.room)
    this.#halvings = sketch.halvings
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#lists.bytes + this.#marked.byteLength
  }

  has(slot: number): boolean {
    return this.#markOf(slot) !== NOT_HELD
  }

  hashOf(slot: number): number {
    return (this.#marked[slot] as number) & HASH_BITS
  }

  /** How many of those that are held have such a hash. O(of those): where many have gone, what they leave behind is not looked at again and again. */
  count(matches: (hash: number) => boolean): number {
    let found = 0
    for (let list = 0; list < LISTS; list += 1)
      this.#lists.forEach(list, (slot) => {
        if (matches(this.hashOf(slot))) found += 1
      })
    return found
  }

  /** A slot that is not held, of whose key the sketch has counted this request. */
  add(slot: number, hash: number): void {
    this.#reserve(slot)
    this.#lists.append(WINDOW, slot)
    this.#halve()
    this.#marked[slot] = hash | (this.#sketch.frequency(hash) << COUNTED_FROM) | IN_WINDOW
    this.#size += 1
  }

  /** A slot that is held. */
  use(slot: number): void {
    const list = listOf(this.#markOf(slot))
    if (this.#countOf(slot) < MOST_COUNTED) this.#marked[slot] = (this.#marked[slot] as number) + ONE_COUNTED
    // By recency alone there is one list: in the main part, left over from another shape, what is used again would still go before all in the window.
    const to = this.shape.window === 1 ? WINDOW : list === PROBATION ? PROTECTED : list
    if (to === list) return this.#lists.renew(list, slot)
    this.#move(slot, list, to)
    this.#protectFewer()
  }

  /** A slot that is held. */
  remove(slot: number): void {
    this.#sketch.raise(this.hashOf(slot), this.#countOf(slot))
    this.#lists.remove(listOf(this.#markOf(slot)), slot)
    this.#marked[slot] = NOT_HELD
    this.#size -= 1
  }

  /** Whom to let go, which stays until it is removed; -1 where there is nobody but `except`. */
  victim(except: number): number {
    const isNew = this.#markOf(except) === IN_WINDOW
    const excess = this.#lists.lengthOf(WINDOW) - (isNew ? 1 : 0) - Math.max(1, Math.round(this.#size * this.shape.window))
    this.#moveOldest(excess, WINDOW, except)
    // There may be fewer entries now, or another shape. By recency alone they go after those on probation as it is.
    if (this.shape.window < 1) this.#protectFewer()
    const newcomer = this.#lists.oldest(WINDOW, except)
    const onProbation = this.#lists.oldest(PROBATION, except)
    const oldest = onProbation >= 0 ? onProbation : this.#lists.oldest(PROTECTED, except)
    if (newcomer < 0 || (oldest >= 0 && excess < 0)) return oldest
    if (oldest < 0) return newcomer
    if (!this.#wins(newcomer, oldest)) {
      this.#spare(oldest)
      return newcomer
    }
    this.#move(newcomer, WINDOW, PROBATION)
    return oldest
  }

  #wins(newcomer: number, oldest: number): boolean {
    const { margin, sparesOnce } = this.shape
    const frequency = this.#countOf(newcomer)
    if (sparesOnce && this.#markOf(oldest) === SPARED && frequency > 1) return true
    return frequency >= this.#countOf(oldest) + margin
  }

  /** It stays. One that is popular goes behind the others on probation: before them, it would keep all of them from being compared for as long as it stays so. */
  #spare(oldest: number): void {
    if (listOf(this.#markOf(oldest)) !== PROBATION || this.#countOf(oldest) < POPULAR) return
    this.#lists.renew(PROBATION, oldest)
    if (this.shape.sparesOnce) this.#mark(oldest, SPARED)
  }

  /** Those that were not used for longest make room for others that are to be protected. */
  #protectFewer(): void {
    const most = (1 - this.shape.window) * this.shape.protected * this.#size
    this.#moveOldest(this.#lists.lengthOf(PROTECTED) - most, PROTECTED, NONE)
  }

  /** On probation. */
  #moveOldest(excess: number, from: number, except: number): void {
    for (let left = Math.min(excess, MOVES); left > 0; left -= 1) {
      const slot = this.#lists.oldest(from, except)
      if (slot < 0) return
      this.#move(slot, from, PROBATION)
    }
  }

  #move(slot: number, from: number, to: number): void {
    this.#lists.remove(from, slot)
    this.#lists.append(to, slot)
    this.#mark(slot, to + 1)
  }

  #markOf(slot: number): number {
    return (this.#marked[slot] ?? NOT_HELD) & MARK_BITS
  }

  #mark(slot: number, mark: number): void {
    this.#marked[slot] = ((this.#marked[slot] as number) & ~MARK_BITS) | mark
  }

  #countOf(slot: number): number {
    this.#halve()
    return ((this.#marked[slot] as number) >> COUNTED_FROM) & MOST_COUNTED
  }

  /** As often as the sketch was, before a count is looked at again. */
  #halve(): void {
    const all = this.#marked
    for (; this.#halvings < this.#sketch.halvings; this.#halvings += 1)
      for (let slot = 0; slot < all.length; slot += 1) {
        const marked = all[slot] as number
        all[slot] = (marked & ~COUNT_BITS) | ((marked >> 1) & HALVED)
      }
  }

  #reserve(slot: number): void {
    if (slot < this.#marked.length) return
    const marked = new Int32Array(grownRoom(slot, this.#marked.length, this.#expected))
    marked.set(this.#marked)
    this.#marked = marked
  }
}

const NONE = -1

function listOf(mark: number): number {
  return mark === SPARED ? PROBATION : mark - 1
}
