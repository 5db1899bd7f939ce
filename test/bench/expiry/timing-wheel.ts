/**
 * A textbook hierarchical timing wheel: eight levels of 32 slots, one tick a millisecond. When the time of a coarse slot comes,
 * all that is in it is filed anew at once: that is the textbook's cascade, and its pause.
 *
 * Source  Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 7.
 */

import type { Expired, ExpiryIndex } from "./expiry-index.ts"
import { SlotLists } from "./slot-lists.ts"

const SLOTS = 32
const LEVELS = 8
const SPAN = SLOTS ** LEVELS

export class TimingWheel implements ExpiryIndex {
  /** Deadlines are rounded up to a tick, and the time down to one. */
  readonly resolutionMs = 2
  readonly #lists = new SlotLists(LEVELS * SLOTS)
  readonly #occupied = new Int32Array(LEVELS)
  #tick = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  schedule(slot: number, deadline: number): void {
    this.cancel(slot)
    this.#lists.setDeadline(slot, deadline)
    this.#file(slot)
    this.#size += 1
  }

  cancel(slot: number): void {
    if (this.#lists.listOf(slot) < 0) return
    this.#take(slot)
    this.#size -= 1
  }

  earliest(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let level = 0; level < LEVELS; level += 1) {
      if (this.#occupied[level] !== 0) earliest = Math.min(earliest, this.#startOf(level))
    }
    return earliest
  }

  sweep(now: number, limit: number, expired: Expired): boolean {
    const target = Math.floor(now)
    let left = limit
    for (let at = this.earliest(); at <= target; at = this.earliest()) {
      this.#tick = Math.max(this.#tick, at)
      this.#cascade()
      const list = this.#tick % SLOTS
      for (let slot = this.#lists.firstOf(list); slot >= 0; slot = this.#lists.firstOf(list)) {
        if (left === 0) return true
        left -= 1
        this.cancel(slot)
        expired(slot)
      }
    }
    this.#tick = Math.max(this.#tick, target)
    return false
  }

  /** Files anew all that is in the coarse slots whose time has come. */
  #cascade(): void {
    for (let level = LEVELS - 1; level > 0; level -= 1) {
      const list = level * SLOTS + this.#digitOf(this.#tick, level)
      for (let left = this.#lists.lengthOf(list); left > 0; left -= 1) {
        const slot = this.#lists.firstOf(list)
        this.#take(slot)
        this.#file(slot)
      }
    }
  }

  #file(slot: number): void {
    const tick = this.#tick
    const lastOfRound = Math.floor(tick / SPAN) * SPAN + SPAN - 1
    const due = Math.min(Math.max(Math.ceil(this.#lists.deadlineOf(slot)), tick), lastOfRound)
    let level = 0
    let unit = 1
    while (level < LEVELS - 1 && Math.floor(due / (unit * SLOTS)) !== Math.floor(tick / (unit * SLOTS))) {
      level += 1
      unit *= SLOTS
    }
    const digit = Math.floor(due / unit) % SLOTS
    this.#lists.append(level * SLOTS + digit, slot)
    this.#occupied[level] = (this.#occupied[level] as number) | (1 << digit)
  }

  #take(slot: number): void {
    const list = this.#lists.listOf(slot)
    this.#lists.remove(slot)
    if (this.#lists.lengthOf(list) > 0) return
    const level = Math.floor(list / SLOTS)
    this.#occupied[level] = (this.#occupied[level] as number) & ~(1 << (list % SLOTS))
  }

  #startOf(level: number): number {
    const unit = SLOTS ** level
    const round = unit * SLOTS
    const bits = this.#occupied[level] as number
    return Math.floor(this.#tick / round) * round + (31 - Math.clz32(bits & -bits)) * unit
  }

  #digitOf(tick: number, level: number): number {
    return Math.floor(tick / SLOTS ** level) % SLOTS
  }
}
