/**
 * What has become of keys since a batch was posted that is still being carried out, in slices: who came after it has the last word on a key, though
 * the batch's own slice comes later.
 *
 * It watches the table while some batch waits or is under way, and costs nothing without. What batches themselves change does not count: those before
 * one have come before it, and those behind it wait.
 */

import type { EntryTable } from "./entry-table.ts"
import type { LaneWatch } from "./slices.ts"
import type { Removal, TableObserver } from "./table-observer.ts"
import type { TableObservers } from "./table-observers.ts"

export class LaterChanges implements TableObserver, LaneWatch {
  readonly #table: EntryTable
  readonly #observers: TableObservers
  /** By key: the number of its last change. */
  readonly #changes = new Map<string, number>()
  #count = 0
  #isWatching = false
  #isInSlice = false

  constructor(table: EntryTable, observers: TableObservers) {
    this.#table = table
    this.#observers = observers
  }

  /** The number of the last change: a batch that comes now is older than all with a greater one. */
  get count(): number {
    return this.#count
  }

  /** Whether somebody has changed the key, or wanted it to be gone, since there were so many changes. */
  isChangedSince(count: number, key: string): boolean {
    return this.#isWatching && (this.#changes.get(key) ?? 0) > count
  }

  /** Somebody wants nothing to be under the key, and there is nothing. */
  deleted(key: string): void {
    if (this.#isWatching && !this.#isInSlice) this.#note(key)
  }

  // -- the lane of the batches ---------------------------------------------------------------------------------

  laneBusy(isBusy: boolean): void {
    if (isBusy === this.#isWatching) return
    this.#isWatching = isBusy
    if (isBusy) return this.#observers.add(this)
    this.#observers.remove(this)
    this.#count = 0
    this.#changes.clear()
  }

  inSlice(isInSlice: boolean): void {
    this.#isInSlice = isInSlice
  }

  // -- the table -----------------------------------------------------------------------------------------------

  changing(): void {}

  written(slot: number): void {
    if (!this.#isInSlice) this.#note(this.#table.keyAt(slot) as string)
  }

  /** One that went by itself (its time was over, its holder left, there was no room) is nobody's word on the key. */
  removed(key: string, removal: Removal, cause: string): void {
    if (!this.#isInSlice && removal === "delete" && cause !== "detached") this.#note(key)
  }

  #note(key: string): void {
    this.#count += 1
    this.#changes.set(key, this.#count)
  }
}
