/**
 * Values whose time is over and which are given for a while yet, to who asks for it: by `getOrSet` alone, to no other reader.
 *
 * They stand beside the table, within its limits: what is written there takes their room first. A value that was deleted, let go of or written over
 * is none.
 */

import { Aside } from "./aside.ts"
import type { EntryTable } from "./entry-table.ts"
import type { StoreSelf } from "./incarnation.ts"
import type { Removal, TableObserver } from "./table-observer.ts"
import type { TableObservers } from "./table-observers.ts"

interface Leaving {
  readonly value: unknown
  readonly weight: number
  readonly until: number
}

export class StaleValues implements TableObserver {
  readonly #table: EntryTable
  readonly #observers: TableObservers
  readonly #aside: Aside
  /** By slot, for how long its value is given beyond its time; 0 or none: it is not. */
  readonly #spans: number[] = []
  readonly #weights: number[] = []
  #isWatching = false
  #leaving: Leaving | undefined = undefined

  constructor(table: EntryTable, observers: TableObservers, self: StoreSelf) {
    this.#table = table
    this.#observers = observers
    this.#aside = new Aside(self, table.room)
  }

  /** What is in the slot is given for so long beyond its time. */
  mark(slot: number, ms: number, weight: number): void {
    if (!this.#isWatching) this.#observers.add(this)
    this.#isWatching = true
    while (this.#spans.length <= slot) this.#weights[this.#spans.push(0) - 1] = 0
    this.#spans[slot] = ms
    this.#weights[slot] = weight
  }

  /** As it was stored; `undefined`: there is none. */
  find(key: string): unknown {
    return this.#aside.find(key)
  }

  forget(key: string): void {
    this.#aside.forget(key)
  }

  under(prefix: string): readonly string[] {
    return this.#aside.under(prefix)
  }

  changing(slot: number): void {
    const span = this.#spans[slot] ?? 0
    this.#leaving = span === 0 ? undefined : this.#leave(slot, span)
  }

  written(slot: number): void {
    this.#leaving = undefined
    if (slot < this.#spans.length) this.#spans[slot] = 0
    if (this.#aside.isEmpty) return
    this.#aside.forget(this.#table.keyAt(slot) as string)
    this.#aside.leaveRoom(this.#table.size, this.#table.weight)
  }

  removed(key: string, removal: Removal): void {
    const leaving = this.#leaving
    this.#leaving = undefined
    if (leaving !== undefined && removal === "expire") this.#aside.keep(key, leaving.value, leaving.until, leaving.weight)
  }

  #leave(slot: number, span: number): Leaving {
    const { deadline } = this.#table.lifetimeAt(slot)
    return { value: this.#table.valueAt(slot), weight: this.#weights[slot] ?? 0, until: deadline + span }
  }
}
