/**
 * What the entries of a table are, by slot. A column that no entry needs takes no room.
 *
 * Invariants
 * - `put` and `clear` call nothing, so that once begun they come to their end, on however full a stack.
 * - Columns grow in `prepare` alone, before anything is written: where there is no memory, nothing has changed.
 *
 * A version is kept in four bytes, and in eight from the change on that needs more.
 */

import { columnRoom } from "./column-room.ts"
import { NEVER, NO_IDLE } from "./lifetime.ts"

/** What a column of four bytes counts up to. */
const LOW_VERSIONS = 2 ** 32

const NO_SLOT = -1

export class EntryColumns {
  /** Slots that are or were in use; the columns are longer. */
  slots = 0
  /** The slot that was cleared last, of those that are free. */
  #free = NO_SLOT
  keys: (string | undefined)[] = []
  values: unknown[] = []
  /** Of a free slot: the one that was cleared before it, plus one; 0 for none. */
  #versions = new Uint32Array(0)
  /** What the versions are beyond their lowest 32 bits; absent while that is nothing. */
  #highVersions: Uint32Array | undefined = undefined
  /** What all entries weigh. */
  weight = 0
  /** How long an entry lives from each reading on; absent while none slides. */
  #idles: number[] | undefined = undefined
  /** When one that slides is over at the latest. */
  #limits: number[] | undefined = undefined
  #weights: number[] | undefined = undefined

  /** Where an entry may be put that is not there yet. */
  get freeSlot(): number {
    return this.#free === NO_SLOT ? this.slots : this.#free
  }

  versionAt(slot: number): number {
    const low = this.#versions[slot] as number
    return this.#highVersions === undefined ? low : (this.#highVersions[slot] as number) * LOW_VERSIONS + low
  }

  /** Those of all entries. */
  *versions(): Iterable<number> {
    for (let slot = 0; slot < this.slots; slot += 1) if (this.keys[slot] !== undefined) yield this.versionAt(slot)
  }

  idleAt(slot: number): number {
    return this.#idles?.[slot] ?? NO_IDLE
  }

  /** Of an entry that slides. */
  limitAt(slot: number): number {
    return this.#limits?.[slot] ?? NEVER
  }

  weightAt(slot: number): number {
    return this.#weights?.[slot] ?? 0
  }

  /** Whether any entry may slide. */
  get hasIdles(): boolean {
    return this.#idles !== undefined
  }

  /** To be called before a change that writes an entry there: of a slot that was none yet, or the first of such a kind. */
  prepare(slot: number, version: number, idleMs: number, weight: number): void {
    if (slot >= this.#versions.length) this.#grow(slot + 1)
    if (version >= LOW_VERSIONS) this.#highVersions ??= new Uint32Array(this.#versions.length)
    this.prepareFor(idleMs, weight)
  }

  /** The same, for a slot that is in use, whose version stays. */
  prepareFor(idleMs: number, weight: number): void {
    if (idleMs !== NO_IDLE && this.#idles === undefined) {
      this.#limits = []
      this.#idles = []
    }
    if (weight !== 0) this.#weights ??= []
  }

  /** In a slot that holds an entry, or the free one. */
  put(slot: number, key: string, value: unknown, version: number, idleMs: number, limit: number, weight: number): void {
    if (slot === this.slots) this.slots = slot + 1
    else if (slot === this.#free) this.#free = (this.#versions[slot] as number) - 1
    this.keys[slot] = key
    this.values[slot] = value
    // What is above 32 bits is left out by the host.
    this.#versions[slot] = version
    if (this.#highVersions !== undefined) this.#highVersions[slot] = version / LOW_VERSIONS
    const idles = this.#idles
    if (idles !== undefined && (idleMs !== NO_IDLE || slot < idles.length)) idles[slot] = idleMs
    const limits = this.#limits
    if (limits !== undefined && (idleMs !== NO_IDLE || slot < limits.length)) limits[slot] = idleMs === NO_IDLE ? NEVER : limit
    const weights = this.#weights
    if (weights !== undefined) {
      this.weight += weight - (weights[slot] ?? 0)
      weights[slot] = weight
    }
  }

  /** Another lifetime for the entry. */
  retime(slot: number, idleMs: number, limit: number): void {
    const idles = this.#idles
    const limits = this.#limits
    if (idles === undefined || limits === undefined || (idleMs === NO_IDLE && slot >= idles.length)) return
    idles[slot] = idleMs
    limits[slot] = idleMs === NO_IDLE ? NEVER : limit
  }

  /** Of a slot that holds an entry. */
  clear(slot: number): void {
    this.#versions[slot] = this.#free + 1
    this.#free = slot
    this.keys[slot] = undefined
    this.values[slot] = undefined
    const idles = this.#idles
    if (idles !== undefined && slot < idles.length) idles[slot] = NO_IDLE
    const weights = this.#weights
    if (weights !== undefined && slot < weights.length) {
      this.weight -= weights[slot] ?? 0
      weights[slot] = 0
    }
  }

  #grow(slots: number): void {
    const room = columnRoom(slots, this.#versions.length)
    const keys = longer(this.keys, room)
    const values = longer(this.values, room)
    const highs = this.#highVersions && new Uint32Array(room)
    const versions = new Uint32Array(room)
    highs?.set(this.#highVersions as Uint32Array)
    versions.set(this.#versions)
    this.keys = keys
    this.values = values
    this.#highVersions = highs
    this.#versions = versions
  }
}

/** The host would make it half as long again. */
function longer<Item>(items: readonly Item[], room: number): Item[] {
  const copy = new Array<Item>(room)
  for (let place = 0; place < items.length; place += 1) copy[place] = items[place] as Item
  return copy
}
