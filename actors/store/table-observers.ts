/** All who watch one table: told one after the other, in the order in which they came. */

import type { EntryTable } from "./entry-table.ts"
import type { Removal, TableObserver } from "./table-observer.ts"

export class TableObservers implements TableObserver {
  readonly #table: EntryTable
  #observers: readonly TableObserver[] = []

  constructor(table: EntryTable) {
    this.#table = table
  }

  /** While there is nobody, a change costs the table one look. */
  add(observer: TableObserver): void {
    this.#observers = [...this.#observers, observer]
    this.#table.observer = this
  }

  remove(observer: TableObserver): void {
    this.#observers = this.#observers.filter((other) => other !== observer)
    // The table may be another incarnation's by now.
    if (this.#observers.length === 0 && this.#table.observer === this) this.#table.observer = undefined
  }

  changing(slot: number): void {
    for (const observer of this.#observers) observer.changing(slot)
  }

  written(slot: number, cause: string): void {
    for (const observer of this.#observers) observer.written(slot, cause)
  }

  removed(key: string, removal: Removal, cause: string, version: number): void {
    for (const observer of this.#observers) observer.removed(key, removal, cause, version)
  }
}
