/**
 * How much a table may hold, how much of that is spoken for, and how room is made: by removing what is dead, then by what the table's eviction says.
 *
 * Invariants
 * - What is refused has let nobody go: nobody goes before it is known that enough may.
 * - Where more would have to go than may at once, that is a `shortage`, and no refusal: who asked has it removed by and by (`gather`), and asks anew.
 * - What is gathered is kept from all others as it is made. What would take the last of what may go from it waits until it is there.
 */

import type { Eviction } from "./eviction.ts"
import { NEVER } from "./lifetime.ts"

/** What the host's own containers carry. */
export interface TableLimits {
  /** Keys in one map, and entries of one holder. */
  readonly keysInOneMap: number
  /** Entries in all: arrays that grow beyond it would fail. */
  readonly entries: number
}

export const HOST_LIMITS: TableLimits = { keysInOneMap: 2 ** 23, entries: 2 ** 26 }

/** How much a table may hold, and what goes when it is full. */
export interface TableOptions {
  /** 0 is no limit but the host's. */
  readonly maxEntries: number
  /** The sum of what its entries weigh. Default: no limit. */
  readonly maxWeight?: number | undefined
  /** Whom a full table lets go; `soonest`: what expires first. Default: nobody, and new keys are refused. */
  readonly eviction?: Eviction | "soonest" | undefined
  /** Whether it holds a part of a store's entries, as a partition of it does. Default `false`. */
  readonly isPart?: boolean
}

/** The table, as far as room is made in it. */
export interface RoomOwner {
  readonly size: number
  readonly weight: number
  readonly eviction: object | undefined
  /** What may not go for others. */
  readonly staying: { readonly entries: number; readonly weight: number }
  stays(slot: number): boolean
  weightAt(slot: number): number
  nextSweepAt(now: number): number
  removeDead(now: number): void
  evict(except: number): boolean
}

const NOWHERE = -1

export class TableRoom {
  readonly maxEntries: number
  readonly maxWeight: number
  readonly isPart: boolean
  /** How many may go for what comes before others have their turn, beside one for each entry that comes. */
  removedAtOnce: () => number = () => Number.POSITIVE_INFINITY
  /** For how much weight there was no room the last time, as too much had to go at once; `undefined`: it was for no such reason. */
  shortage: number | undefined = undefined
  #reserved = 0
  #reservedWeight = 0
  /** The weight that room is being gathered for, and how much of it there is. */
  #promised = 0
  #gathered = 0

  constructor({ maxEntries, maxWeight = NEVER, isPart = false }: TableOptions, limits: TableLimits) {
    this.maxEntries = maxEntries === 0 ? limits.entries : Math.min(maxEntries, limits.entries)
    this.maxWeight = maxWeight
    this.isPart = isPart
  }

  /** Whether a table of that size and weight has room for so many entries, and so much weight, more. */
  fits(size: number, weight: number, entries: number, moreWeight: number): boolean {
    if (entries > 0 && size + this.#reserved + entries > this.maxEntries) return false
    return moreWeight <= 0 || weight + this.#reservedWeight + this.#gathered + moreWeight <= this.maxWeight
  }

  /** Keeps it for what is to come; less than 0 gives it back. */
  reserve(entries: number, weight: number): void {
    this.#reserved += entries
    this.#reservedWeight += weight
  }

  /** Gives back all of it: whoever kept it is gone. */
  release(): void {
    this.#reserved = 0
    this.#reservedWeight = 0
    this.#giveBack()
  }

  /** Whoever goes for it but `except`. `false` where too little may go: nothing has then but what is dead; and where there is a `shortage`. */
  make(table: RoomOwner, entries: number, weight: number, now: () => number, mayEvict: boolean, except: number): boolean {
    this.shortage = undefined
    if (mayEvict && this.#promised > 0 && !this.#couldFit(table, entries, weight + this.#promised, except)) return this.#isLater(weight)
    if (this.fits(table.size, table.weight, entries, weight)) return true
    // Each round removes one, or is the last.
    for (let left = entries + this.removedAtOnce(); ; left -= 1) {
      const moment = now()
      const isAnyDead = table.nextSweepAt(moment) <= moment
      const couldFit = table.eviction !== undefined && this.#couldFit(table, entries, weight, except)
      // What is let go for what comes goes when it comes.
      if (couldFit ? !mayEvict : !isAnyDead) return couldFit
      if (left <= 0) return this.#isLater(weight)
      if (isAnyDead) table.removeDead(moment)
      else if (!table.evict(except)) return false
      if (this.fits(table.size, table.weight, entries, weight)) return true
    }
  }

  /** Has a part of it made, which is kept; `true`: no more has to go before it is asked for anew, in the same turn. */
  gather(table: RoomOwner, weight: number, now: () => number): boolean {
    this.#giveBack()
    if (this.make(table, 0, weight, now, true, NOWHERE) || this.shortage === undefined) return true
    this.#promised = weight
    this.#gathered = Math.min(weight, this.maxWeight - table.weight - this.#reservedWeight)
    return false
  }

  /** What was gathered is free for whoever comes. */
  #giveBack(): void {
    this.#promised = 0
    this.#gathered = 0
  }

  #isLater(weight: number): false {
    this.shortage = weight
    return false
  }

  /** Whether there would be room if all had gone that may go, but for the entry in that slot: nobody goes for what is refused. */
  #couldFit(table: RoomOwner, entries: number, weight: number, except: number): boolean {
    const { staying } = table
    const beside = except === NOWHERE || table.stays(except) ? 0 : 1
    if (staying.entries + entries + beside > this.maxEntries) return false
    return staying.weight + weight + beside * table.weightAt(except) <= this.maxWeight
  }
}
