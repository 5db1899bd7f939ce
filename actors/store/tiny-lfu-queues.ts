/**
 * W-TinyLFU (ACM ToS 2017) over slots, of which the window's share can be changed while it runs.
 *
 * New entries come into the window, a list by recency. Who is let go from there takes the place of the oldest in the main part where it was asked for more
 * often lately, by the sketch. The main part has two lists by recency: on probation, and protected, for those asked for again since.
 *
 * Invariants
 * - A slot is held from `add` to `remove`, in one of the three lists; its mark says in which.
 * - `victim` gives a slot that is held, whatever the lists look like: shares are aims, counted from the entries that are there.
 * - After a change of shape, what is in the wrong list moves a bounded number at a time, oldest first: no turn is long.
 *
 * A window of all entries is LRU. 12 bytes an entry: 8 for the lists, 4 for the key's hash and the mark.
 */

import type { FrequencySketch } from "./frequency-sketch.ts"
import { HASH_BITS } from "./key-hash.ts"
import { grownRoom, SlotLists } from "./slot-lists.ts"

// The marks, of two bits; the lists by number are one less.
const NOT_HELD = 0
const IN_WINDOW = 1
const ON_PROBATION = 2
const PROTECTED = 3
const MARK_BITS = 3
const LISTS = 3

const PROTECTED_SHARE = 0.8
/** Slots that one call moves because the shape has changed. */
const MOVES = 16

/** How the entries are shared out, and who wins. */
export interface Shape {
  /** The window's share of all entries: above 0, at most 1. */
  readonly window: number
  /** By how much a newcomer must have been asked for more often than whom it puts out: 0 lets it in at a tie. */
  readonly margin: number
}

export class TinyLfuQueues {
  shape: Shape
  readonly #sketch: FrequencySketch
  readonly #expected: number
  readonly #lists: SlotLists
  /** By slot: its key's hash, and which list it is in. */
  #marked: Int32Array
  #size = 0

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

  /** Slots for which there is room. */
  get room(): number {
    return this.#marked.length
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

  /** A slot that is not held. */
  add(slot: number, hash: number): void {
    this.#reserve(slot)
    this.#lists.append(IN_WINDOW - 1, slot)
    this.#marked[slot] = hash | IN_WINDOW
    this.#size += 1
  }

  /** A slot that is held. */
  use(slot: number): void {
    const mark = this.#markOf(slot)
    if (mark !== ON_PROBATION) this.#lists.renew(mark - 1, slot)
    else {
      this.#move(slot, PROTECTED)
      this.#demote()
    }
  }

  /** A slot that is held. */
  remove(slot: number): void {
    this.#lists.remove(this.#markOf(slot) - 1, slot)
    this.#marked[slot] = NOT_HELD
    this.#size -= 1
  }

  /** Whom to let go, which stays until it is removed; -1 where there is nobody but `except`. */
  victim(except: number): number {
    const isNew = except >= 0 && this.#markOf(except) === IN_WINDOW
    const excess = this.#lists.lengthOf(IN_WINDOW - 1) - (isNew ? 1 : 0) - this.#windowAim()
    this.#shrinkWindow(excess, except)
    const candidate = this.#lists.oldest(IN_WINDOW - 1, except)
    const oldest = this.#oldestInMain(except)
    if (candidate < 0 || (oldest >= 0 && excess < 0)) return oldest
    if (oldest < 0 || !this.#wins(candidate, oldest)) return candidate
    this.#move(candidate, ON_PROBATION)
    return oldest
  }

  #markOf(slot: number): number {
    return (this.#marked[slot] ?? NOT_HELD) & MARK_BITS
  }

  #windowAim(): number {
    return Math.max(1, Math.round(this.#size * this.shape.window))
  }

  #wins(candidate: number, oldest: number): boolean {
    const sketch = this.#sketch
    return sketch.frequency(this.hashOf(candidate)) >= sketch.frequency(this.hashOf(oldest)) + this.shape.margin
  }

  #oldestInMain(except: number): number {
    const oldest = this.#lists.oldest(ON_PROBATION - 1, except)
    return oldest >= 0 ? oldest : this.#lists.oldest(PROTECTED - 1, except)
  }

  #shrinkWindow(excess: number, except: number): void {
    for (let left = Math.min(excess, MOVES); left > 0; left -= 1) {
      const slot = this.#lists.oldest(IN_WINDOW - 1, except)
      if (slot < 0) return
      this.#move(slot, ON_PROBATION)
    }
  }

  /** Those that were not used for longest make room for others that are to be protected. */
  #demote(): void {
    const most = PROTECTED_SHARE * (1 - this.shape.window) * this.#size
    for (let left = MOVES; left > 0 && this.#lists.lengthOf(PROTECTED - 1) > most; left -= 1)
      this.#move(this.#lists.oldest(PROTECTED - 1, -1), ON_PROBATION)
  }

  #move(slot: number, mark: number): void {
    const marked = this.#marked[slot] as number
    this.#lists.remove((marked & MARK_BITS) - 1, slot)
    this.#lists.append(mark - 1, slot)
    this.#marked[slot] = (marked & HASH_BITS) | mark
  }

  #reserve(slot: number): void {
    if (slot < this.#marked.length) return
    const marked = new Int32Array(grownRoom(slot, this.#marked.length, this.#expected))
    marked.set(this.#marked)
    this.#marked = marked
  }
}
