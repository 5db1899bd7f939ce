/**
 * The eviction policy of a table, which may be told to spare some: while a batch is written, entries under its keys stay, those that were there before
 * and those just written.
 *
 * Invariants
 * - Who is named by the policy and is to stay is set aside: the policy forgets it until the batch is over, so it is named once, or twice. Without a batch nobody
 *   is aside.
 * - Where nobody else is left, those that the batch is to replace may go: they weigh more than what will stand in their place. Where none of those is
 *   left either, all may go again, as if there were no batch: it is larger than its store.
 */

import type { Eviction } from "./eviction.ts"

const NONE = -1

/** The keys by slot, as the table has them. */
export interface PinnedSlots {
  keyAt(slot: number): string | undefined
  isBound(slot: number): boolean
}

/** What is being written. */
export interface PinnedBatch {
  /** Where each key stands in it. */
  readonly placeOf: ReadonlyMap<string, number>
  /** What comes before this place stands in the table as it is to stay, or is being written. */
  readonly at: number
}

export class PinnableEviction implements Eviction {
  readonly #own: Eviction
  readonly #slots: PinnedSlots
  #batch: PinnedBatch | undefined = undefined
  /** Whether those stay that are to be replaced. */
  #keepsOld = true
  readonly #aside = new Set<number>()

  constructor(own: Eviction, slots: PinnedSlots) {
    this.#own = own
    this.#slots = slots
  }

  /** Entries under its keys are not let go, as long as others can be. */
  pin(batch: PinnedBatch): void {
    this.unpin()
    this.#batch = batch
    this.#keepsOld = true
    this.#own.spare?.((slot) => this.#isPinned(slot))
  }

  /** Nothing is pinned any more, and the policy has them again. */
  unpin(): void {
    this.#own.spare?.()
    this.#batch = undefined
    this.putBack()
  }

  /** Those that are set aside. */
  get aside(): number {
    return this.#aside.size
  }

  /** The policy has those of them again, which stay pinned, that are more than so many. */
  putBack(left = 0): void {
    for (const slot of this.#aside) {
      if (this.#aside.size <= left) return
      this.#aside.delete(slot)
      const key = this.#slots.keyAt(slot)
      if (key !== undefined && !this.#slots.isBound(slot)) this.#own.added(slot, key)
    }
  }

  victim(except: number): number {
    for (;;) {
      const slot = this.#own.victim(except)
      if (slot === NONE ? this.#batch === undefined : !this.#isPinned(slot)) return slot
      if (slot === NONE) this.#pinFewer()
      else this.#putAside(slot)
    }
  }

  #pinFewer(): void {
    if (!this.#keepsOld) return this.unpin()
    this.#keepsOld = false
    this.putBack()
  }

  #isPinned(slot: number): boolean {
    const place = this.#batch?.placeOf.get(this.#slots.keyAt(slot) as string)
    return place !== undefined && (this.#keepsOld || place < (this.#batch as PinnedBatch).at)
  }

  #putAside(slot: number): void {
    this.#own.removed(slot)
    this.#aside.add(slot)
  }

  added(slot: number, key: string): void {
    this.#aside.delete(slot)
    this.#own.added(slot, key)
  }

  used(slot: number): void {
    this.#own.used(slot)
  }

  removed(slot: number): void {
    this.#aside.delete(slot)
    this.#own.removed(slot)
  }

  clear(): void {
    this.#aside.clear()
    this.#own.clear()
  }
}
