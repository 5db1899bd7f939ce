/**
 * What a durable store has in memory: the entries that are asked for most, as they are on disk; and all that are bound to a mailbox, which are nowhere
 * else.
 *
 * Invariants
 * - What is here is what was committed last: it is told of each commit before anybody else is.
 * - What is not here may be on disk, but for keys of entries that are bound: those are not.
 */

import { EntryTable, NOWHERE } from "../store/entry-table.ts"
import { AdaptiveEviction } from "../store/eviction-adaptive.ts"
import { NEVER } from "../store/lifetime.ts"
import { OrderKeeper } from "../store/order-keeper.ts"
import type { Removal } from "../store/table-observer.ts"
import { HELD_AS_BEFORE, type Row, UNHELD } from "./entry-row.ts"

/** Of bound entries that are gone, in one go. */
const SWEPT_AT_ONCE = 512
/** Of those that are on disk, for another. */
const evictedAtOnce = (): number => 512
/** Keys of bound entries that are looked for in one go. */
const HELD_AT_ONCE = 1024

/** Told that a bound entry has gone, by itself or for another in its place. */
export type HeldGone = (key: string, row: Row, removal: Removal, cause: string) => void

export interface MemoryLimits {
  readonly maxHotEntries: number
  readonly maxHotBytes: number
}

export class RowMemory {
  readonly #hot: EntryTable
  readonly #held = new EntryTable({ maxEntries: 0 })
  readonly #heldOrder = new OrderKeeper(this.#held)
  readonly #now: () => number
  /** Those that live longer than it says on disk, until it says so there, too. */
  readonly #pinned = new Map<string, Row>()
  /** Mailboxes that were given back while something was still to be written for them. */
  readonly #departed = new Set<number>()

  constructor({ maxHotEntries, maxHotBytes }: MemoryLimits, now: () => number, onHeldGone: HeldGone = () => {}) {
    this.#held.observer = observing(this.#held, onHeldGone)
    const eviction = new AdaptiveEviction(maxHotEntries)
    this.#hot = new EntryTable({ maxEntries: maxHotEntries, maxWeight: maxHotBytes, eviction })
    // Who is worth more than so many others comes in when it is asked for again.
    this.#hot.room.removedAtOnce = evictedAtOnce
    this.#now = now
  }

  /** Those that went to make room for others: they are on disk. */
  get evicted(): number {
    return this.#hot.counters.evicted
  }

  /** Bound entries, with those that are gone and were not removed yet. */
  get held(): number {
    return this.#held.size
  }

  /** What is known under a key, whether its time is over or not; `undefined`: nothing is known. */
  row(key: string): Row | undefined {
    return this.#surelyThere(key) ?? rowIn(this.#hot, this.#hot.find(key, this.#now))
  }

  /** As `row`; it has been asked for, and so will stay longer. */
  read(key: string): Row | undefined {
    const there = this.#surelyThere(key)
    if (there !== undefined) return there
    const slot = this.#hot.find(key, this.#now)
    if (slot === NOWHERE) return this.#hot.missed()
    this.#hot.used(slot)
    return rowIn(this.#hot, slot)
  }

  /** It was read from disk, or written there. Where there is no room for it, nothing older stays in its place. */
  keep(key: string, row: Row): void {
    this.#pinned.delete(key)
    const placed = this.#hot.set(key, row, NEVER, UNHELD, row.bytes, this.#now)
    if (!placed) this.forget(key)
  }

  /** What there is of it on disk is not known any more. */
  forget(key: string): void {
    this.#pinned.delete(key)
    this.#hot.delete(key, this.#now)
  }

  /** It was committed; `undefined`: that there is nothing. Gives whether it is there: not what was for a holder that has left. */
  settle(key: string, row: Row | undefined): boolean {
    if (row !== undefined && row.owner !== UNHELD) return this.#hold(key, row)
    this.#release(key)
    if (row === undefined) this.forget(key)
    else this.keep(key, row)
    return row !== undefined
  }

  /** It lives longer, as it was read: it stays here until `unpin` says that it is on disk. */
  pin(key: string, row: Row): void {
    this.#pinned.set(key, row)
  }

  unpin(key: string, row: Row): void {
    if (this.#pinned.get(key) === row) this.#pinned.delete(key)
  }

  /** A bound entry lives longer, as it was read. */
  retime(key: string, { lifetime }: Row): void {
    const slot = this.#held.find(key, this.#now)
    if (slot !== NOWHERE) this.#held.retime(slot, lifetime)
  }

  /** A mailbox was given back: what it alone holds is gone, and so will be what is written for it until `forgetDeparted`. */
  disown(attachment: number): void {
    this.#held.disown(attachment)
    this.sweep()
    this.#departed.add(attachment)
  }

  /** Nothing is to be written any more for those that have gone. */
  forgetDeparted(): void {
    if (this.#departed.size > 0) this.#departed.clear()
  }

  /** Removes some of the bound entries that are gone. */
  sweep(): void {
    this.#held.sweep(this.#now(), SWEPT_AT_ONCE)
  }

  /** The keys of bound entries that begin with `prefix` and come behind `after`, in order, so many at most. Costs what it gives, and what is dead in between. */
  heldKeys(prefix: string, after?: string, most = Number.POSITIVE_INFINITY): string[] {
    const keys: string[] = []
    for (let passed = after; keys.length < most; ) {
      const wanted = Math.min(most - keys.length, HELD_AT_ONCE)
      const page = this.#heldOrder.build(this.#held.slots)?.page(prefix, passed, wanted) ?? []
      const found = page.map((slot) => this.#held.keyAt(slot) as string)
      keys.push(...found.filter((key) => this.#held.find(key, this.#now) !== NOWHERE))
      if (found.length < wanted) break
      passed = found.at(-1)
    }
    return keys
  }

  #surelyThere(key: string): Row | undefined {
    if (this.#held.size === 0 && this.#pinned.size === 0) return undefined
    return rowIn(this.#held, this.#held.find(key, this.#now)) ?? this.#pinned.get(key)
  }

  #hold(key: string, row: Row): boolean {
    this.forget(key)
    // Its holder has left meanwhile.
    if (row.owner === HELD_AS_BEFORE && this.#held.find(key, this.#now) === NOWHERE) return false
    if (row.isAnew === true) this.#release(key)
    this.#held.place(key, { ...row.lifetime, value: row, owner: row.owner, weight: 0 }, "put", this.#now)
    if (this.#departed.has(row.owner)) this.#held.disown(row.owner)
    this.sweep()
    return true
  }

  #release(key: string): void {
    if (this.#held.size > 0) this.#held.delete(key, this.#now)
  }
}

function observing(table: EntryTable, onGone: HeldGone): NonNullable<EntryTable["observer"]> {
  let leaving: Row | undefined
  return {
    changing: (slot) => {
      leaving = table.valueAt(slot) as Row | undefined
    },
    written: () => {},
    removed: (key, removal, cause) => {
      if (leaving !== undefined) onGone(key, leaving, removal, cause)
    },
  }
}

function rowIn(table: EntryTable, slot: number): Row | undefined {
  return slot === NOWHERE ? undefined : (table.valueAt(slot) as Row)
}
