/**
 * The disk of a simulated world, while a schedule has the program: what a durable store keeps in a file is there then, and so are snapshots; no file is opened.
 *
 * A leaf: `pigeonhole/simulation` says here which disk there is, and stores ask here; neither loads the other.
 */

import type { Files } from "./files.ts"
import type { StoreDatabase } from "./store-database.ts"

export interface SimulatedDisk {
  /** Another user of what is kept in that file and table, each a path and a name. */
  databaseAt(file: string, table: string): StoreDatabase
  readonly files: Files
}

let present: SimulatedDisk | undefined

/** `undefined`: the program is in no simulation, and files are files. */
export function presentDisk(): SimulatedDisk | undefined {
  return present
}

export function putDisk(disk: SimulatedDisk | undefined): void {
  present = disk
}
