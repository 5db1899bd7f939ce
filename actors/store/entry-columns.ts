/**
 * What the entries of a table are, by slot. A column that no entry needs takes no room.
 *
 * Invariant: `put` and `clear` call nothing, so that once begun they come to their end, on however full a stack.
 */

import { NEVER, NO_IDLE } from "./lifetime.ts"

export class EntryColumns {
  readonly keys: (string | undefined)[] = []
  readonly values: unknown[] = []
  readonly versions: number[] = []
  /** What all entries weigh. */
  weight = 0
  /** How long an entry lives from each reading on; absent while none slides. */
  #idles: number[] | undefined = undefined
  /** When one that slides is over at the latest. */
  #limits: number[] | undefined = undefined
  #weights: number[] | undefined = undefined

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

  /** To be called before a change that would write the first of such a kind. */
  prepare(idleMs: number, weight: number): void {
    if (idleMs !== NO_IDLE && this.#idles === undefined) {
      this.#limits = []
      this.#idles = []
    }
    if (weight !== 0) this.#weights ??= []
  }

  put(slot: number, key: string, value: unknown, version: number, idleMs: number, limit: number, weight: number): void {
    this.keys[slot] = key
    this.values[slot] = value
    this.versions[slot] = version
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

  clear(slot: number): void {
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
}
