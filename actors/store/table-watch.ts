/**
 * A table as it is watched. What is there is told slot by slot, as it was when that began: what changes before it was told is told before the change, and what
 * was written since is told already.
 */

import { type EntryTable, NOWHERE } from "./entry-table.ts"
import type { Removal, TableObserver } from "./table-observer.ts"
import type { TableObservers } from "./table-observers.ts"
import type { Change } from "./watch-event.ts"
import type { ChangeTeller, Progress, WatchedEntries } from "./watched-entries.ts"
import type { Watcher } from "./watcher.ts"

/** Slots that are looked at in one turn to tell what is there. */
const SLOTS_AT_ONCE = 1024

/** What has a table. */
interface TableKeeper {
  readonly table: EntryTable
  readonly epoch: string
  readonly observers: TableObservers
  readonly now: () => number
}

export class TableWatch implements WatchedEntries, TableObserver {
  /** Whatever happens has a version. */
  readonly isUpToDate = true
  readonly #keeper: TableKeeper
  #teller: ChangeTeller | undefined = undefined
  /** The slot that is about to change, and what is in it. */
  #changing = NOWHERE
  #former: Change | undefined = undefined

  constructor(keeper: TableKeeper) {
    this.#keeper = keeper
  }

  get lastVersion(): number {
    return this.#keeper.table.lastVersion
  }

  get newestVersion(): number {
    return this.lastVersion
  }

  follow(teller: ChangeTeller): void {
    this.#teller = teller
    this.#keeper.observers.add(this)
  }

  unfollow(): void {
    this.#teller = undefined
    this.#keeper.observers.remove(this)
  }

  // -- what is there -----------------------------------------------------------------------------------------------

  tellSome(watcher: Watcher): Progress {
    const { table, now } = this.#keeper
    if (!watcher.isPrefix) {
      this.#tellSlot(watcher, table.find(watcher.text, now))
      return "done"
    }
    const end = Math.min(watcher.cursor + SLOTS_AT_ONCE, table.slots)
    while (watcher.cursor < end && !watcher.queue.isHalfFull) {
      const slot = watcher.cursor
      const key = table.keyAt(slot)
      // What is dead is removed by the look at it.
      if (key !== undefined && watcher.wants(key) && table.find(key, now) === slot) this.#tellSlot(watcher, slot)
      watcher.cursor = slot + 1
    }
    if (watcher.cursor >= table.slots) return "done"
    return watcher.queue.isHalfFull ? "paused" : "more"
  }

  #tellSlot({ queue, begun }: Watcher, slot: number): void {
    if (slot !== NOWHERE && this.#keeper.table.versionAt(slot) <= begun) queue.push(this.#writtenIn(slot, "initial"))
  }

  #writtenIn(slot: number, cause: string): Change {
    const { table, epoch } = this.#keeper
    const [key, stored] = [table.keyAt(slot), table.valueAt(slot)]
    return { type: "set", key, stored, epoch, count: table.versionAt(slot), cause }
  }

  // -- the table -------------------------------------------------------------------------------------------------

  changing(slot: number): void {
    this.#changing = slot
    this.#former = this.#writtenIn(slot, "initial")
  }

  written(slot: number, cause: string): void {
    this.#tell(this.#writtenIn(slot, cause))
  }

  removed(key: string, type: Removal, cause: string, count: number): void {
    this.#tell({ type, key, stored: undefined, epoch: this.#keeper.epoch, count, cause })
  }

  #tell(change: Change): void {
    const former = this.#former
    this.#former = undefined
    const teller = this.#teller
    if (teller === undefined) return
    // Telling another was cut short.
    if (change.count !== teller.lastTold + 1) teller.missed(change.count - 1)
    teller.tell(change, ({ cursor, begun, queue }) => {
      // Nothing was there, or it was told.
      if (former?.key === undefined || this.#changing < cursor || former.count > begun) return true
      // What was over already is not told to be there, nor to have gone.
      if (change.type === "expire" || change.cause === "detached") return false
      queue.push(former)
      return true
    })
  }
}
