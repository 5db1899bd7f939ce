/**
 * Room kept for a batch of entries while they are written, and others write, too: what was promised to all of them cannot be taken by anybody else.
 *
 * Invariants
 * - What is kept for a key is what its write will need: an entry and its weight where there is none, and else what it will weigh more. It follows
 *   what becomes of the entry meanwhile: where that goes, or gets lighter, the room it leaves is kept in the same step.
 * - What is kept is given back by the write of the key, or by `close`.
 * - What gets lighter makes room for the rest where all is done in one slice. Elsewhere others may change it before it is written, and what it was to leave
 *   is promised to nobody.
 */

import type { EntryTable } from "./entry-table.ts"
import { NOWHERE } from "./entry-table.ts"
import { SLICE } from "./slices.ts"
import type { TableObserver } from "./table-observer.ts"

/** What a batch is of: keys, each once, and where each stands. */
export interface BatchKeys {
  readonly keys: readonly string[]
  readonly placeOf: ReadonlyMap<string, number>
  readonly weights: readonly number[]
}

/** What is kept for a key. */
const NOTHING = 0
const FOR_MORE_WEIGHT = 1
const FOR_A_NEW_ONE = 2

export class BatchRoom implements TableObserver {
  readonly #table: EntryTable
  readonly #batch: BatchKeys
  readonly #kept: Uint8Array
  readonly #keptWeights: Float64Array

  constructor(table: EntryTable, batch: BatchKeys, now: () => number) {
    this.#table = table
    this.#batch = batch
    this.#kept = new Uint8Array(batch.keys.length)
    this.#keptWeights = new Float64Array(batch.keys.length)
    if (batch.keys.length <= SLICE) for (const place of batch.keys.keys()) this.keep(place, now, 0)
  }

  /** `false`: there is no room for it. Nothing is kept for what needs more weight than `most`. */
  keep(place: number, now: () => number, most = Number.POSITIVE_INFINITY): boolean {
    const slot = this.#table.find(this.#batch.keys[place] as string, now)
    const weight = this.#weightFor(place, slot)
    if (this.#kept[place] !== NOTHING || weight > most) return true
    if (!this.#table.makeRoom(slot === NOWHERE ? 1 : 0, weight, now, false)) return false
    this.#keep(place, slot, weight)
    return true
  }

  /** For its write, which is to follow in the same turn; and where none will. */
  giveBack(place: number): void {
    const kept = this.#kept[place] as number
    if (kept === NOTHING) return
    this.#kept[place] = NOTHING
    this.#table.room.reserve(kept === FOR_A_NEW_ONE ? -1 : 0, -(this.#keptWeights[place] as number))
  }

  close(): void {
    for (let place = 0; place < this.#kept.length; place += 1) this.giveBack(place)
  }

  // -- what others do meanwhile ----------------------------------------------------------------------------------

  changing(): void {}

  written(slot: number): void {
    this.#follow(this.#table.keyAt(slot) as string, slot)
  }

  removed(key: string): void {
    this.#follow(key, NOWHERE)
  }

  /** There is room for it: it was there until now. */
  #follow(key: string, slot: number): void {
    const place = this.#batch.placeOf.get(key)
    if (place === undefined || this.#kept[place] === NOTHING) return
    this.giveBack(place)
    const weight = this.#weightFor(place, slot)
    this.#keep(place, slot, weight)
  }

  #keep(place: number, slot: number, weight: number): void {
    this.#table.room.reserve(slot === NOWHERE ? 1 : 0, weight)
    this.#kept[place] = slot === NOWHERE ? FOR_A_NEW_ONE : FOR_MORE_WEIGHT
    this.#keptWeights[place] = weight
  }

  /** What the entries weigh more once it is written. */
  #weightFor(place: number, slot: number): number {
    const weight = this.#batch.weights[place] as number
    if (slot === NOWHERE) return weight
    return Math.max(this.#batch.keys.length > SLICE ? 0 : -Infinity, weight - this.#table.weightAt(slot))
  }
}
