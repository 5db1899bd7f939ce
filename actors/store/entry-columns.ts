/**
 * What the entries of a table are, by slot. A column that no entry needs takes no room.
 *
 * Invariants
 * - `put` and `clear` call nothing once they have written anything, so that they come to their end, on however full a stack.
 * - Columns that are there grow in `prepare` alone, before anything is written: where there is no memory, nothing has changed.
 *
 * A version is kept in four bytes, and in eight from the change on that needs more. A key and its value stand side by side, as whoever looks for the one wants the
 * other: memory is fetched in lines, and of a large table most of them from afar. They stand in leaves, none of which is moved when the table grows.
 */

import { columnRoom, grown } from "./column-room.ts"
import { NEVER, NO_IDLE } from "./lifetime.ts"

/** What a column of four bytes counts up to. */
const LOW_VERSIONS = 2 ** 32

const NO_SLOT = -1

/** Slots of a leaf. */
const LEAF_BITS = 11
const LEAF = 2 ** LEAF_BITS
const IN_LEAF = LEAF - 1

export class EntryColumns {
  /** Slots that are or were in use; the columns are longer. */
  slots = 0
  /** The slot that was cleared last, of those that are free. */
  #free = NO_SLOT
  /** Of each slot, a key and a value. */
  readonly #leaves: unknown[][] = []
  /** Of a free slot: the one that was cleared before it, plus one; 0 for none. */
  #versions = new Uint32Array(0)
  /** What the versions are beyond their lowest 32 bits; absent while that is nothing. */
  #highVersions: Uint32Array | undefined = undefined
  /** What all entries weigh. */
  weight = 0
  /** Of each slot how long its entry lives from each reading on, and when that is over at the latest; absent while none slides. */
  #lives: number[] | undefined = undefined
  #weights: number[] | undefined = undefined

  /** Where an entry may be put that is not there yet. */
  get freeSlot(): number {
    return this.#free === NO_SLOT ? this.slots : this.#free
  }

  /** `undefined`: the slot is free. */
  keyAt(slot: number): string | undefined {
    return this.#leaves[slot >> LEAF_BITS]?.[2 * (slot & IN_LEAF)] as string | undefined
  }

  valueAt(slot: number): unknown {
    return this.#leaves[slot >> LEAF_BITS]?.[2 * (slot & IN_LEAF) + 1]
  }

  versionAt(slot: number): number {
    const low = this.#versions[slot] as number
    return this.#highVersions === undefined ? low : (this.#highVersions[slot] as number) * LOW_VERSIONS + low
  }

  idleAt(slot: number): number {
    return this.#lives?.[2 * slot] ?? NO_IDLE
  }

  /** Of an entry that slides. */
  limitAt(slot: number): number {
    return this.#lives?.[2 * slot + 1] ?? NEVER
  }

  weightAt(slot: number): number {
    return this.#weights?.[slot] ?? 0
  }

  /** To be called before a change that writes an entry there. */
  prepare(slot: number, version: number): void {
    if (slot >= this.#versions.length) this.#grow(slot + 1)
    if (version >= LOW_VERSIONS) this.#highVersions ??= new Uint32Array(this.#versions.length)
  }

  /** In a slot that holds an entry, or the free one. */
  put(slot: number, key: string, value: unknown, version: number, idleMs: number, limit: number, weight: number): void {
    // Before all else, as a call may be cut short.
    this.retime(slot, idleMs, limit)
    if (slot === this.slots) this.slots = slot + 1
    else if (slot === this.#free) this.#free = (this.#versions[slot] as number) - 1
    const leaf = this.#leaves[slot >> LEAF_BITS] as unknown[]
    const place = 2 * (slot & IN_LEAF)
    leaf[place] = key
    leaf[place + 1] = value
    // What is above 32 bits is left out by the host.
    this.#versions[slot] = version
    if (this.#highVersions !== undefined) this.#highVersions[slot] = version / LOW_VERSIONS
    if (weight !== 0) this.#weights ??= []
    const weights = this.#weights
    if (weights !== undefined) {
      this.weight += weight - (weights[slot] ?? 0)
      weights[slot] = weight
    }
  }

  /** Another lifetime for the entry. */
  retime(slot: number, idleMs: number, limit: number): void {
    if (idleMs !== NO_IDLE) this.#lives ??= []
    const lives = this.#lives
    if (lives === undefined || (idleMs === NO_IDLE && 2 * slot >= lives.length)) return
    lives[2 * slot] = idleMs
    lives[2 * slot + 1] = limit
  }

  /** Of a slot that holds an entry. */
  clear(slot: number): void {
    this.#versions[slot] = this.#free + 1
    this.#free = slot
    const leaf = this.#leaves[slot >> LEAF_BITS] as unknown[]
    const place = 2 * (slot & IN_LEAF)
    leaf[place] = undefined
    leaf[place + 1] = undefined
    const lives = this.#lives
    if (lives !== undefined && 2 * slot < lives.length) lives[2 * slot] = NO_IDLE
    const weights = this.#weights
    if (weights !== undefined && slot < weights.length) {
      this.weight -= weights[slot] ?? 0
      weights[slot] = 0
    }
  }

  #grow(slots: number): void {
    const leaves = this.#leaves
    const room = columnRoom(slots, this.#versions.length)
    // The last one was as long as the table.
    for (let leaf = Math.max(0, leaves.length - 1); leaf * LEAF < room; leaf += 1)
      leaves[leaf] = Object.assign(new Array<unknown>(2 * Math.min(LEAF, room - leaf * LEAF)), leaves[leaf])
    const highs = this.#highVersions && grown(this.#highVersions, new Uint32Array(room))
    this.#versions = grown(this.#versions, new Uint32Array(room))
    this.#highVersions = highs
  }
}
