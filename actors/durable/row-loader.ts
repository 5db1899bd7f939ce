/**
 * Reads entries of a database: those that are asked for within a moment, or while others are read, by one message.
 *
 * Invariant: each is answered once, by what was read or by why it could not be.
 */

import type { EntryRow, StoreDatabase } from "./store-database.ts"

/** Who has asked for the entry of a key. */
export interface Load {
  readonly key: string
  found(row: EntryRow | undefined): void
  failed(error: unknown): void
}

/** Keys of one message. */
const MOST_AT_ONCE = 512

export class RowLoader {
  readonly #database: Pick<StoreDatabase, "read">
  #waiting: Load[] = []
  #isBusy = false

  constructor(database: Pick<StoreDatabase, "read">) {
    this.#database = database
  }

  load(load: Load): void {
    this.#waiting.push(load)
    if (!this.#isBusy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    // What else is asked for in this moment goes with it.
    await undefined
    while (this.#waiting.length > 0) await this.#read(this.#waiting.splice(0, MOST_AT_ONCE))
    this.#isBusy = false
  }

  async #read(loads: readonly Load[]): Promise<void> {
    let rows: readonly (EntryRow | undefined)[]
    try {
      rows = await this.#database.read(loads.map(({ key }) => key))
    } catch (error) {
      for (const load of loads) load.failed(error)
      return
    }
    for (const [place, load] of loads.entries()) load.found(rows[place])
  }
}
