/** What a simulation knows of a durable store by its state. A leaf, for the reason that `simulated-disk.ts` gives. */

import type { EntryRow, StoreDatabase } from "./store-database.ts"

export abstract class KeptOnDisk {
  /** The database that it has open, as it was given. */
  abstract readonly stoodOn: StoreDatabase
  /** How many entries it found there. */
  abstract readonly foundEntries: number
  /** What was acknowledged may not be on disk yet. */
  abstract readonly isInterval: boolean
  /** The value of a row. */
  abstract readonly storedIn: (row: EntryRow) => unknown
  /** Whether what ends then, by the calendar in ms, is over. */
  abstract isOver(expiresAt: number | undefined): boolean
}
