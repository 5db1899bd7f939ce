/**
 * The eviction policy of a table, which may be told to spare some: while a batch is written, entries under its keys stay, those that were there before
 * and those just written.
 *
 * Invariants
 * - Who is named by the policy and is to stay is set aside: the policy forgets it until the batch is over, so it is named once.
 * - Where nobody else is left, all of them may go again, as if there were no batch: it is larger than its store.
 */

import type { Eviction } from "./eviction.ts"

const NONE = -1

/** The keys by slot, as the table has them. */
export interface PinnedSlots {
  keyAt(slot: number): string | undefined
  isBound(slot: number): boolean
}

export class PinnableEviction implements Eviction {
  readonly #own: Eviction
  readonly #slots: PinnedSlots
  #keys: ReadonlyMap<string, unknown> | undefined = undefined
  readonly #aside = new Set<number>()

  constructor(own: Eviction, slots: PinnedSlots) {
    this.#own = own
    this.#slots = slots
  }

  /** Entries under these keys are not let go, as long as others can be. */
  pin(keys: ReadonlyMap<string, unknown>): void {
    this.unpin()
    this.#keys = keys
    this.#own.spare?.((slot) => this.#isPinned(slot))
  }

  /** Nothing is pinned any more, and the policy has them again. */
  unpin(): void {
    if (this.#keys !== undefined) this.#own.spare?.(undefined)
    this.#keys = undefined
    this.putBack(this.#aside.size)
  }

  /** Those that are set aside. */
  get aside(): number {
    return this.#aside.size
  }

  /** The policy has so many of them again, which stay pinned. */
  putBack(most: number): void {
    let left = most
    for (const slot of this.#aside) {
      if (left === 0) return
      left -= 1
      this.#aside.delete(slot)
      const key = this.#slots.keyAt(slot)
      if (key !== undefined && !this.#slots.isBound(slot)) this.#own.added(slot, key)
    }
  }

  victim(except: number): number {
    for (;;) {
      const slot = this.#own.victim(except)
      if (slot !== NONE && !this.#isPinned(slot)) return slot
      if (slot === NONE && this.#keys === undefined && this.#aside.size === 0) return NONE
      if (slot === NONE) this.unpin()
      else this.#putAside(slot)
    }
  }

  #isPinned(slot: number): boolean {
    return this.#keys?.has(this.#slots.keyAt(slot) as string) ?? false
  }

  #putAside(slot: number): void {
    this.#own.removed(slot)
    this.#aside.add(slot)
  }

  added(slot: number, key: string): void {
    if (this.#aside.size > 0) this.#aside.delete(slot)
    this.#own.added(slot, key)
  }

  used(slot: number): void {
    this.#own.used(slot)
  }

  removed(slot: number): void {
    if (this.#aside.size > 0) this.#aside.delete(slot)
    this.#own.removed(slot)
  }

  missed(key: string): void {
    this.#own.missed?.(key)
  }

  resize(capacity: number): void {
    this.#own.resize?.(capacity)
  }

  clear(): void {
    this.#aside.clear()
    this.#own.clear()
  }
}
