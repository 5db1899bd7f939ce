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
 *
 * A window of all entries is LRU. 12 bytes an entry: 8 for the lists, 4 for the key's hash and the mark.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { HASH_BITS } from "./key-hash.ts"
import { grownRoom, SlotLists } from "./slot-lists.ts"

// The lists, by number.
const WINDOW = 0
const PROBATION = 1
const PROTECTED = 2
const LISTS = 3

// The marks, in three bits beside a hash: one more than the list's number, and one for those on probation that were spared before.
const NOT_HELD = 0
const IN_WINDOW = 1
const ON_PROBATION = 2
const IN_PROTECTED = 3
const SPARED = 4

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
  readonly sparesOnce: boolean
}

export class TinyLfuQueues {
  shape: Shape
  readonly #sketch: FrequencySketch
  readonly #expected: number
  readonly #lists: SlotLists
  /** By slot: its key's hash, and its mark. */
  #marked: Int32Array
  #size = 0

  /** `expected`: slots that there will be. */
  constructor(shape: Shape, sketch: FrequencySketch, expected: number) {
    this.shape = shape
    this.#sketch = sketch
    this.#expected = expected
    this.#lists = new SlotLists(LISTS, expected)
    this.#marked = new Int32Array(this.#lists.room)
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

  /** How many of those that are held have such a hash. O(n). */
  count(matches: (hash: number) => boolean): number {
    let found = 0
    for (let slot = 0; slot < this.#marked.length; slot += 1) if (this.has(slot) && matches(this.hashOf(slot))) found += 1
    return found
  }

  /** A slot that is not held. */
  add(slot: number, hash: number): void {
    this.#reserve(slot)
    this.#lists.append(WINDOW, slot)
    this.#marked[slot] = hash | IN_WINDOW
    this.#size += 1
  }

  /** A slot that is held. */
  use(slot: number): void {
    const mark = this.#markOf(slot)
    if (mark === IN_WINDOW) this.#lists.renew(WINDOW, slot)
    else if (mark === IN_PROTECTED) this.#lists.renew(PROTECTED, slot)
    else {
      this.#move(slot, PROBATION, PROTECTED)
      this.#demote()
    }
  }

  /** A slot that is held. */
  remove(slot: number): void {
    this.#lists.remove(listOf(this.#markOf(slot)), slot)
    this.#marked[slot] = NOT_HELD
    this.#size -= 1
  }

  /** Whom to let go, which stays until it is removed; -1 where there is nobody but `except`. */
  victim(except: number): number {
    const isNew = this.#markOf(except) === IN_WINDOW
    const excess = this.#lists.lengthOf(WINDOW) - (isNew ? 1 : 0) - Math.max(1, Math.round(this.#size * this.shape.window))
    this.#shrinkWindow(excess, except)
    const newcomer = this.#lists.oldest(WINDOW, except)
    const oldest = this.#oldestInMain(except)
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
    const frequency = this.#sketch.frequency(this.hashOf(newcomer))
    if (sparesOnce && this.#markOf(oldest) === SPARED && frequency > 1) return true
    return frequency >= this.#sketch.frequency(this.hashOf(oldest)) + margin
  }

  #spare(oldest: number): void {
    if (!this.shape.sparesOnce || this.#markOf(oldest) !== ON_PROBATION) return
    this.#lists.renew(PROBATION, oldest)
    this.#marked[oldest] = this.hashOf(oldest) | SPARED
  }

  #oldestInMain(except: number): number {
    const oldest = this.#lists.oldest(PROBATION, except)
    return oldest >= 0 ? oldest : this.#lists.oldest(PROTECTED, except)
  }

  #shrinkWindow(excess: number, except: number): void {
    for (let left = Math.min(excess, MOVES); left > 0; left -= 1) {
      const slot = this.#lists.oldest(WINDOW, except)
      if (slot < 0) return
      this.#move(slot, WINDOW, PROBATION)
    }
  }

  /** Those that were not used for longest make room for others that are to be protected. */
  #demote(): void {
    const most = (1 - this.shape.window) * this.shape.protected * this.#size
    for (let left = MOVES; left > 0 && this.#lists.lengthOf(PROTECTED) > most; left -= 1)
      this.#move(this.#lists.oldest(PROTECTED, NONE), PROTECTED, PROBATION)
  }

  #move(slot: number, from: number, to: number): void {
    this.#lists.remove(from, slot)
    this.#lists.append(to, slot)
    this.#marked[slot] = this.hashOf(slot) | (to + 1)
  }

  #markOf(slot: number): number {
    return (this.#marked[slot] ?? NOT_HELD) & ~HASH_BITS
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
