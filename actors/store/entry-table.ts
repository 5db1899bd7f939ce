/**
 * The map a store owns: keys to values, with a deadline and an owner where an entry has one.
 *
 * Invariants
 * - An entry past its deadline, or of an owner that has left, is not visible, whether it was swept or not. One
 *   predicate says so, `#isDead`, and every reader asks it.
 * - Overwriting replaces value, deadline and owner together.
 * - `sweep` does a bounded number of removals.
 *
 * A map from key to slot beside plain and typed arrays: it takes less room than an object an entry, and spares the collector.
 */

import { ExpiryHeap } from "./expiry-heap.ts"

/** Stands for "nobody" among owners, which are numbered from 1. */
const NOBODY = 0

/** What became of entries, counted. */
export interface TableCounters {
  hits: number
  misses: number
  sets: number
  deletes: number
  /** Entries removed because their time was over. */
  expired: number
  /** New keys refused because the store was full. */
  refused: number
}

export class EntryTable {
  readonly maxEntries: number
  readonly counters: TableCounters = { hits: 0, misses: 0, sets: 0, deletes: 0, expired: 0, refused: 0 }
  readonly #slotOf = new Map<string, number>()
  readonly #keys: (string | undefined)[] = []
  readonly #values: unknown[] = []
  readonly #owners: number[] = []
  readonly #free: number[] = []
  readonly #expiry = new ExpiryHeap()
  /** Entries that go with their owner; absent for owners of none. */
  readonly #owned = new Map<number, Set<number>>()
  /** Owners that have left and whose entries are not all removed yet. */
  readonly #left = new Set<number>()

  /** `maxEntries`: 0 is no limit. */
  constructor(maxEntries: number) {
    this.maxEntries = maxEntries
  }

  /** Entries held, expired ones that were not swept yet among them. */
  get size(): number {
    return this.#slotOf.size
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

  /** `false`: the key is new, the table is full, and nothing in it has expired. */
  set(key: string, value: unknown, deadline: number, owner: number, now: () => number): boolean {
    const slot = this.#slotOf.get(key) ?? this.#newSlot(key, now)
    if (slot === undefined) {
      this.counters.refused += 1
      return false
    }
    this.counters.sets += 1
    this.#values[slot] = value
    if (deadline === Number.POSITIVE_INFINITY) this.#expiry.cancel(slot)
    else this.#expiry.schedule(slot, deadline)
    if (owner !== this.#owners[slot]) this.#own(slot, owner)
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
    if (this.#owned.has(owner)) this.#left.add(owner)
  }

  /** Removes what is dead, in at most `limit` steps; true when there is more to do. */
  sweep(now: number, limit: number): boolean {
    for (let left = limit; left > 0 && this.nextSweepAt(now) <= now; left -= 1) {
      const slot = this.#nextDead(now, 1)
      if (slot !== undefined) this.#remove(slot)
    }
    return this.nextSweepAt(now) <= now
  }

  #visible(key: string, now: () => number): number | undefined {
    const slot = this.#slotOf.get(key)
    if (slot === undefined || !this.#isDead(slot, now)) return slot
    if (!this.#left.has(this.#owners[slot] as number)) this.counters.expired += 1
    this.#remove(slot)
    return undefined
  }

  #isDead(slot: number, now: () => number): boolean {
    // No deadline is earlier than the earliest filed, so in most reads the entry's own need not be fetched from far memory.
    const earliest = this.#expiry.earliest()
    if (earliest !== Number.POSITIVE_INFINITY) {
      const moment = now()
      if (moment >= earliest && moment >= this.#expiry.deadlineOf(slot)) return true
    }
    return this.#left.size > 0 && this.#left.has(this.#owners[slot] as number)
  }

  #newSlot(key: string, now: () => number): number | undefined {
    const isFull = this.maxEntries > 0 && this.#slotOf.size >= this.maxEntries
    if (isFull && !this.#reclaim(now())) return undefined
    const slot = this.#free.pop() ?? this.#keys.length
    this.#keys[slot] = key
    this.#owners[slot] = NOBODY
    this.#slotOf.set(key, slot)
    return slot
  }

  #reclaim(now: number): boolean {
    const slot = this.#nextDead(now, Number.POSITIVE_INFINITY)
    if (slot !== undefined) this.#remove(slot)
    return slot !== undefined
  }

  #nextDead(now: number, steps: number): number | undefined {
    for (const owner of this.#left) {
      for (const slot of this.#owned.get(owner) ?? []) return slot
      this.#left.delete(owner)
    }
    const due = this.#expiry.takeDue(now, steps)
    if (due < 0) return undefined
    this.counters.expired += 1
    return due
  }

  #own(slot: number, owner: number): void {
    this.#release(slot)
    this.#owners[slot] = owner
    if (owner === NOBODY) return
    const owned = this.#owned.get(owner) ?? new Set()
    owned.add(slot)
    this.#owned.set(owner, owned)
  }

  #release(slot: number): void {
    const owner = this.#owners[slot] as number
    if (owner === NOBODY) return
    const owned = this.#owned.get(owner)
    owned?.delete(slot)
    if (owned?.size !== 0) return
    this.#owned.delete(owner)
    this.#left.delete(owner)
  }

  #remove(slot: number): void {
    this.#slotOf.delete(this.#keys[slot] as string)
    this.#expiry.cancel(slot)
    this.#release(slot)
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
  }
}
