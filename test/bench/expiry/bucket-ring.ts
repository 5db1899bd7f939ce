/**
 * Two rings of buckets: a near one of 64 ms a bucket, and a far one of 32 s a bucket. What is in a far bucket is moved into the near
 * ring while the 32 s before it pass, a bounded number of slots a sweep, so that there is no cascade and no pause.
 *
 * Invariants
 * - A slot in the near ring was filed for a moment from `#cursor` up to `#moved`, or for `#cursor` where that has passed.
 * - The far bucket that begins at `#moved` is the one being moved in; what is due later than it (the far ring has
 *   gone round) goes to its end again.
 * - Putting a deadline off only writes the new one; the slot is filed anew when its old bucket comes up.
 */

import type { Expired, ExpiryIndex } from "./expiry-index.ts"
import { SlotLists } from "./slot-lists.ts"

const NEAR_MS = 64
const NEAR = 1024
const FAR_MS = (NEAR_MS * NEAR) / 2
const FAR = 4096

/** Slots moved in, or filed anew, for each slot that a sweep may take out. */
const MOVES = 2

export class BucketRing implements ExpiryIndex {
  readonly resolutionMs = NEAR_MS
  readonly #lists = new SlotLists(NEAR + FAR)
  #size = 0
  /** Where the near bucket begins that is emptied next, and up to where the near ring is filled. */
  #cursor = 0
  #moved = FAR_MS
  /** Slots of the far bucket at `#moved` that were not looked at yet; -1 when it has not been begun. */
  #left = -1
  /** Slots in the near ring. */
  #near = 0

  get size(): number {
    return this.#size
  }

  schedule(slot: number, deadline: number): void {
    if (this.#lists.listOf(slot) >= 0) {
      if (deadline >= this.#lists.deadlineOf(slot)) return this.#lists.setDeadline(slot, deadline)
      this.cancel(slot)
    }
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
    if (this.#size === 0) return Number.POSITIVE_INFINITY
    const isAllNear = this.#near === this.#size
    const nextMove = isAllNear ? Number.POSITIVE_INFINITY : Math.max(this.#cursor, this.#nextFar() - FAR_MS)
    if (this.#near === 0) return nextMove
    let at = this.#cursor
    while (this.#lists.lengthOf(nearList(at)) === 0) at += NEAR_MS
    return Math.min(at + NEAR_MS, nextMove)
  }

  sweep(now: number, limit: number, expired: Expired): boolean {
    let left = limit
    let moves = limit * MOVES
    for (;;) {
      moves = this.#moveIn(moves, now)
      while (this.#cursor + NEAR_MS <= now && this.#cursor < this.#moved) {
        const list = nearList(this.#cursor)
        for (let slot = this.#lists.firstOf(list); slot >= 0; slot = this.#lists.firstOf(list)) {
          if (left === 0 || moves === 0) return true
          moves -= 1
          if (!this.#settle(slot)) continue
          left -= 1
          expired(slot)
        }
        this.#cursor += NEAR_MS
      }
      if (this.#cursor + NEAR_MS > now || this.#size === 0) return this.#rest(now)
      if (moves === 0) return true
    }
  }

  /** With nothing in it the ring follows the time, so that what comes next is filed near. */
  #rest(now: number): boolean {
    if (this.#size > 0) return false
    this.#cursor = Math.floor(now / FAR_MS) * FAR_MS
    this.#moved = this.#cursor + FAR_MS
    this.#left = -1
    return false
  }

  /** A slot of the bucket at the cursor: taken out when it is due, filed anew where its deadline was put off. */
  #settle(slot: number): boolean {
    this.#take(slot)
    if (this.#lists.deadlineOf(slot) >= this.#cursor + NEAR_MS) {
      this.#file(slot)
      return false
    }
    this.#size -= 1
    return true
  }

  /** Moves at most `moves` slots of the next far bucket in, once the cursor is near enough to it; gives what is left of them. */
  #moveIn(moves: number, now: number): number {
    let left = moves
    if (this.#near === 0 && this.#size > 0) this.#skip(now)
    while (this.#cursor >= this.#moved - FAR_MS && left > 0) {
      const list = farList(this.#moved)
      if (this.#left < 0) this.#left = this.#lists.lengthOf(list)
      for (; this.#left > 0 && this.#lists.firstOf(list) >= 0; this.#left -= 1, left -= 1) {
        if (left === 0) return 0
        const slot = this.#lists.firstOf(list)
        this.#take(slot)
        this.#file(slot)
      }
      this.#moved += FAR_MS
      this.#left = -1
    }
    return left
  }

  /** Nothing is near: goes on to the first far bucket with something in it, but not beyond the time that it is. */
  #skip(now: number): void {
    if (this.#left >= 0) return
    const present = Math.floor(now / FAR_MS) * FAR_MS + FAR_MS
    this.#moved = Math.max(this.#moved, Math.min(this.#nextFar(), present))
    this.#cursor = Math.max(this.#cursor, Math.min(this.#moved - FAR_MS, present - FAR_MS))
  }

  #nextFar(): number {
    let at = this.#moved
    while (this.#lists.lengthOf(farList(at)) === 0) at += FAR_MS
    return at
  }

  /** While a far bucket is moved in, what is due in its time goes straight to the near ring. */
  #file(slot: number): void {
    const deadline = this.#lists.deadlineOf(slot)
    const nearEnd = this.#left < 0 ? this.#moved : this.#moved + FAR_MS
    if (deadline >= nearEnd) return this.#lists.append(farList(deadline), slot)
    this.#near += 1
    this.#lists.append(nearList(Math.max(deadline, this.#cursor)), slot)
  }

  #take(slot: number): void {
    if (this.#lists.listOf(slot) < NEAR) this.#near -= 1
    this.#lists.remove(slot)
  }
}

function nearList(at: number): number {
  return Math.floor(at / NEAR_MS) % NEAR
}

function farList(at: number): number {
  return NEAR + (Math.floor(at / FAR_MS) % FAR)
}
