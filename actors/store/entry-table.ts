/**
 * The map a store owns: keys to values, with a deadline and an owner where an entry has one.
 *
 * Invariants
 * - An entry past its deadline, or of an owner that has left, is not visible, whether it was swept or not. One
 *   predicate says so, `#isDead`, and every reader asks it.
 * - Overwriting replaces value, deadline and owner together.
 * - `sweep` does a bounded number of removals, and each write of an entry with a deadline makes up to two: so what is dead does not grow while
 *   entries are written, however seldom somebody sweeps.
 * - An operation that throws half way (a request served where it is asked runs on its caller's stack, which may be full) has changed no entry:
 *   what is found by key, by deadline and by owner is written first, and made anew from the entries themselves where that was cut short.
 *
 * A map from key to slot beside plain and typed arrays: it takes less room than an object an entry, and spares the collector.
 */

import { ExpiryHeap } from "./expiry-heap.ts"
import { KeyIndex } from "./key-index.ts"

/** Stands for "nobody" among owners, which are numbered from 1. */
const NOBODY = 0
const NEVER = Number.POSITIVE_INFINITY

/** Removals by a write: more than it adds. */
const REMOVED_BY_A_WRITE = 2

/** What the host's own containers carry. */
export interface TableLimits {
  /** Keys in one map, and entries of one owner. */
  readonly keysInOneMap: number
  /** Entries in all: arrays that grow beyond it would fail. */
  readonly entries: number
}

const HOST_LIMITS: TableLimits = { keysInOneMap: 2 ** 23, entries: 2 ** 26 }

/** What became of entries, counted. */
export interface TableCounters {
  hits: number
  misses: number
  sets: number
  deletes: number
  /** Entries removed because their time was over. */
  expired: number
  /** Entries refused because there was no room. */
  refused: number
}

export class EntryTable {
  readonly counters: TableCounters = { hits: 0, misses: 0, sets: 0, deletes: 0, expired: 0, refused: 0 }
  /** Entries it may hold at most. */
  readonly maxEntries: number
  readonly #limits: TableLimits
  // The entries, by slot: written together, by what calls nothing.
  readonly #keys: (string | undefined)[] = []
  readonly #values: unknown[] = []
  readonly #deadlines: number[] = []
  readonly #owners: number[] = []
  // Where they are found: follows from the entries.
  #slotOf: KeyIndex
  #expiry = new ExpiryHeap()
  /** Entries that go with their owner; absent for owners of none. */
  #owned = new Map<number, Set<number>>()
  #free: number[] = []
  /** False while a change is under way: what stays false was cut short. */
  #isWhole = true
  /** Owners that have left and whose entries are not all removed yet. */
  readonly #left = new Set<number>()

  /** `maxEntries`: 0 is no limit but the host's. */
  constructor(maxEntries: number, limits = HOST_LIMITS) {
    this.#limits = limits
    this.maxEntries = maxEntries === 0 ? limits.entries : Math.min(maxEntries, limits.entries)
    this.#slotOf = new KeyIndex(limits.keysInOneMap)
  }

  /** Entries held, expired ones that were not swept yet among them. */
  get size(): number {
    return this.#slotOf.size
  }

  /** Steps taken so far to find out what expires next. */
  get steps(): number {
    return this.#expiry.moves
  }

  /** No entry expires before this moment; now, where an owner's entries wait to be removed. */
  nextSweepAt(now: number): number {
    return this.#left.size > 0 ? now : this.#expiry.earliest()
  }

  get(key: string, now: () => number): unknown {
    const slot = this.#visible(key, now)
    if (slot === undefined) {
      this.counters.misses += 1
      return undefined
    }
    this.counters.hits += 1
    return this.#values[slot]
  }

  has(key: string, now: () => number): boolean {
    return this.#visible(key, now) !== undefined
  }

  /** `false`: there is no room for it, and nothing that could go. */
  set(key: string, value: unknown, deadline: number, owner: number, now: () => number): boolean {
    if (!this.#isWhole) this.#restore()
    if (deadline !== NEVER) this.sweep(now(), REMOVED_BY_A_WRITE)
    const known = this.#slotOf.get(key)
    if ((known === undefined && this.#isFull(now)) || !this.#mayOwn(owner)) {
      this.counters.refused += 1
      return false
    }
    this.#write(known, key, value, deadline, owner)
    this.counters.sets += 1
    return true
  }

  delete(key: string, now: () => number): boolean {
    const slot = this.#visible(key, now)
    if (slot === undefined) return false
    this.#remove(slot)
    this.counters.deletes += 1
    return true
  }

  /** An owner leaves: its entries are gone at once, and their room is given back by and by. */
  disown(owner: number): void {
    if (!this.#isWhole) this.#restore()
    if (this.#owned.has(owner)) this.#left.add(owner)
  }

  /** Removes at most `limit` of what is dead; true when there is more. */
  sweep(now: number, limit: number): boolean {
    if (!this.#isWhole) this.#restore()
    for (let left = limit; left > 0 && this.nextSweepAt(now) <= now; left -= 1) this.#removeDead(now)
    return this.nextSweepAt(now) <= now
  }

  #visible(key: string, now: () => number): number | undefined {
    if (!this.#isWhole) this.#restore()
    const slot = this.#slotOf.get(key)
    if (slot === undefined || !this.#isDead(slot, now)) return slot
    const isExpired = !this.#left.has(this.#owners[slot] as number)
    this.#remove(slot)
    if (isExpired) this.counters.expired += 1
    return undefined
  }

  #isDead(slot: number, now: () => number): boolean {
    // No deadline is earlier than the earliest filed, so in most reads the entry's own need not be fetched from far memory.
    const earliest = this.#expiry.earliest()
    if (earliest !== NEVER) {
      const moment = now()
      if (moment >= earliest && moment >= (this.#deadlines[slot] as number)) return true
    }
    return this.#left.size > 0 && this.#left.has(this.#owners[slot] as number)
  }

  #isFull(now: () => number): boolean {
    if (this.#slotOf.size < this.maxEntries) return false
    this.sweep(now(), 1)
    return this.#slotOf.size >= this.maxEntries
  }

  #mayOwn(owner: number): boolean {
    return owner === NOBODY || (this.#owned.get(owner)?.size ?? 0) < this.#limits.keysInOneMap
  }

  #removeDead(now: number): void {
    for (const owner of this.#left) {
      for (const slot of this.#owned.get(owner) ?? []) return this.#remove(slot)
      this.#left.delete(owner)
    }
    const slot = this.#expiry.nextDue(now)
    if (slot < 0) return
    this.#remove(slot)
    this.counters.expired += 1
  }

  // -- changes: where entries are found first, then the entry --------------------------------------------------------

  #write(known: number | undefined, key: string, value: unknown, deadline: number, owner: number): void {
    this.#isWhole = false
    const slot = known ?? this.#free.pop() ?? this.#keys.length
    if (known === undefined) this.#slotOf.add(key, slot)
    if (deadline === NEVER) this.#expiry.cancel(slot)
    else this.#expiry.schedule(slot, deadline)
    const before = known === undefined ? NOBODY : (this.#owners[slot] as number)
    if (owner !== before) this.#own(slot, before, owner)
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#deadlines[slot] = deadline
    this.#owners[slot] = owner
    this.#isWhole = true
    if (owner !== before) this.#forget(before)
  }

  #remove(slot: number): void {
    this.#isWhole = false
    const owner = this.#owners[slot] as number
    this.#slotOf.delete(this.#keys[slot] as string)
    this.#expiry.cancel(slot)
    if (owner !== NOBODY) this.#own(slot, owner, NOBODY)
    this.#free.push(slot)
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#deadlines[slot] = NEVER
    this.#owners[slot] = NOBODY
    this.#isWhole = true
    if (owner !== NOBODY) this.#forget(owner)
  }

  /** An owner that has left, and whose last entry has gone. Not before that: by what is in `#left` the others are known to be dead. */
  #forget(owner: number): void {
    if (this.#left.size > 0 && !this.#owned.has(owner)) this.#left.delete(owner)
  }

  #own(slot: number, before: number, owner: number): void {
    if (before !== NOBODY) {
      const owned = this.#owned.get(before)
      owned?.delete(slot)
      if (owned?.size === 0) this.#owned.delete(before)
    }
    if (owner === NOBODY) return
    const owned = this.#owned.get(owner)
    if (owned === undefined) this.#owned.set(owner, new Set([slot]))
    else owned.add(slot)
  }

  /** Makes anew how entries are found. O(n), after a change that was cut short. */
  #restore(): void {
    const slotOf = new KeyIndex(this.#limits.keysInOneMap)
    const expiry = new ExpiryHeap()
    this.#owned = new Map()
    this.#free = []
    for (const [slot, key] of this.#keys.entries()) {
      if (key === undefined) this.#free.push(slot)
      else {
        slotOf.add(key, slot)
        const deadline = this.#deadlines[slot] as number
        if (deadline !== NEVER) expiry.schedule(slot, deadline)
        this.#own(slot, NOBODY, this.#owners[slot] as number)
      }
    }
    for (const owner of this.#left) this.#forget(owner)
    this.#slotOf = slotOf
    this.#expiry = expiry
    this.#isWhole = true
  }
}
