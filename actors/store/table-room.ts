/** How much a table may hold, and how much of that is spoken for. */

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

export class TableRoom {
  readonly maxEntries: number
  readonly maxWeight: number
  readonly isPart: boolean
  /** How many may go at once, beside one for each entry that comes. */
  removedAtOnce: () => number = () => NEVER
  /** Whether what found no room last did so only as too many would have had to go at once: tried again, it has others go. */
  hasShortage = false
  #reserved = 0
  #reservedWeight = 0

  constructor({ maxEntries, maxWeight = NEVER, isPart = false }: TableOptions, limits: TableLimits) {
    this.maxEntries = maxEntries === 0 ? limits.entries : Math.min(maxEntries, limits.entries)
    this.maxWeight = maxWeight
    this.isPart = isPart
  }

  /** Whether a table of that size and weight has room for so many entries, and so much weight, more. */
  fits(size: number, weight: number, entries: number, moreWeight: number): boolean {
    if (entries > 0 && size + this.#reserved + entries > this.maxEntries) return false
    return moreWeight <= 0 || weight + this.#reservedWeight + moreWeight <= this.maxWeight
  }

  /** Whether so much may stand there beside what may not go. */
  holds(held: { readonly entries: number; readonly weight: number }, entries: number, weight: number): boolean {
    return held.entries + entries <= this.maxEntries && held.weight + weight <= this.maxWeight
  }

  /** Keeps it for what is to come; less than 0 gives it back. */
  reserve(entries: number, weight: number): void {
    this.#reserved += entries
    this.#reservedWeight += weight
  }

  runsShort(): false {
    this.hasShortage = true
    return false
  }

  /** As `hasShortage`, which is over then. */
  takeShortage(): boolean {
    const { hasShortage } = this
    this.hasShortage = false
    return hasShortage
  }

  /** Gives back all of it: whoever kept it is gone. */
  release(): void {
    this.#reserved = 0
    this.#reservedWeight = 0
  }
}
