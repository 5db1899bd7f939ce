/**
 * A store's entries as they were at one moment, taken out in slices while the store goes on: a cursor walks the table's slots, and what is about
 * to change before the cursor has come there is taken out first.
 *
 * Invariants
 * - What comes out is the table at the moment of the cut: each entry of it that was alive then, once, and as it was; nothing that came later.
 * - Memory: a bit for each slot that there was, and at most `mostHeld` entries that were taken out early. Those go out before all others; one
 *   more than that goes out at once, so whoever writes faster than the cut walks pays for it by his own writes.
 *
 * The table's part: `beforeChange(slot)` before each change of what is in a slot (a write, a removal, a move to another slot, for both), for as
 * long as there is a cut; if that throws, the change is not made. Values are not copied: a stored one never changes.
 *
 * Not here: the bytes (`snapshot-encoder.ts`), and where they go (`snapshot.ts`).
 */

import type { SnapshotEntry } from "./snapshot-format.ts"

/** An entry as a table has it; moments are by the monotonic clock. */
export interface CutEntry {
  readonly key: string
  readonly value: unknown
  readonly version: number
  /** `Infinity`: never. */
  readonly deadline: number
  /** 0: its life is not prolonged by use. */
  readonly idleMs: number
  /** Beyond which no use prolongs its life; `Infinity`: never. */
  readonly limit: number
}

/** What a cut needs of a table. */
export interface CutTable {
  /** Slots in use or free: all entries are below. */
  readonly slots: number
  /** `undefined`: nothing is there, or nothing that outlives the process (an entry bound to a caller). */
  entryAt(slot: number): CutEntry | undefined
}

export interface CutLimits {
  /** Entries taken out early that may wait; default 10 000. */
  readonly mostHeld: number
}

const DEFAULT_LIMITS: CutLimits = { mostHeld: 10_000 }
const BITS = 32

export class SnapshotCut {
  readonly #table: CutTable
  readonly #now: number
  readonly #take: (entry: SnapshotEntry) => void
  readonly #mostHeld: number
  readonly #slots: number
  /** Slots before it are done with. */
  #cursor = 0
  /** Slots from the cursor on that were taken out early, whether something was there or not. */
  readonly #isTaken: Int32Array
  readonly #held: SnapshotEntry[] = []

  /** The moment of the cut is that of this call, `now` by the monotonic clock. `take` is given each entry, and may throw only for want of memory. */
  constructor(table: CutTable, now: number, take: (entry: SnapshotEntry) => void, limits = DEFAULT_LIMITS) {
    this.#table = table
    this.#now = now
    this.#take = take
    this.#mostHeld = limits.mostHeld
    this.#slots = table.slots
    this.#isTaken = new Int32Array(Math.ceil(table.slots / BITS))
  }

  /** Whether all of it is out. */
  get isDone(): boolean {
    return this.#cursor >= this.#slots && this.#held.length === 0
  }

  /** Entries that were taken out early and wait. */
  get held(): number {
    return this.#held.length
  }

  /** What is in `slot` is about to change. O(1). */
  beforeChange(slot: number): void {
    if (slot < this.#cursor || slot >= this.#slots || this.#wasTaken(slot)) return
    const entry = this.#entryAt(slot)
    if (entry !== undefined) {
      if (this.#held.length < this.#mostHeld) this.#held.push(entry)
      else this.#take(entry)
    }
    this.#isTaken[slot >>> 5] = (this.#isTaken[slot >>> 5] as number) | (1 << (slot & 31))
  }

  /** Takes out at most `limit` entries, or passes as many slots; `false` when there is nothing left. */
  step(limit: number): boolean {
    for (let left = limit; left > 0 && !this.isDone; left -= 1) {
      const early = this.#held.at(-1)
      if (early === undefined) this.#pass()
      else {
        this.#take(early)
        this.#held.pop()
      }
    }
    return !this.isDone
  }

  #pass(): void {
    const slot = this.#cursor
    const entry = this.#wasTaken(slot) ? undefined : this.#entryAt(slot)
    if (entry !== undefined) this.#take(entry)
    this.#cursor += 1
  }

  #wasTaken(slot: number): boolean {
    return ((this.#isTaken[slot >>> 5] as number) & (1 << (slot & 31))) !== 0
  }

  #entryAt(slot: number): SnapshotEntry | undefined {
    const entry = this.#table.entryAt(slot)
    if (entry === undefined || entry.deadline <= this.#now || entry.limit <= this.#now) return undefined
    const { key, value, version, deadline, idleMs, limit } = entry
    return { key, value, version, remainingMs: deadline - this.#now, idleMs, limitMs: limit - this.#now }
  }
}
