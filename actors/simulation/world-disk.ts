/** The disk of a world: what its durable stores keep in files, by file and table, and snapshots; empty when a schedule begins. */

import { belongingOf, type World } from "../../src/simulation.ts"
import type { SimulatedDisk } from "../durable/simulated-disk.ts"
import type { StoreDatabase } from "../durable/store-database.ts"
import { newTable, SimulatedDatabase } from "./simulated-database.ts"
import { SimulatedFiles } from "./simulated-files.ts"
import type { SimulatedTable } from "./simulated-table.ts"
import { SnapshotNotes } from "./snapshot-notes.ts"

const DEFAULT_TABLE = "entries"

class WorldDisk implements SimulatedDisk {
  /** What was taken of stores, and what they began with. */
  readonly snapshots: SnapshotNotes
  readonly #world: World
  /** Made when it is asked for: in most schedules nobody does. */
  #files: SimulatedFiles | undefined = undefined
  readonly #tables = new Map<string, SimulatedTable>()

  constructor(world: World) {
    this.#world = world
    this.snapshots = new SnapshotNotes(world)
  }

  get files(): SimulatedFiles {
    this.#files ??= new SimulatedFiles(this.#world, (reader) => this.snapshots.torn(reader))
    return this.#files
  }

  databaseAt(file: string, table: string): StoreDatabase {
    // In whatever capitals it is named.
    const place = `${file}\0${table.toLowerCase()}`
    const kept = this.#tables.get(place) ?? newTable(this.#world)
    this.#tables.set(place, kept)
    return new SimulatedDatabase(this.#world, nameOf(file, table), kept)
  }
}

/** Without its folder: what a schedule is told by is the same on every machine. */
function nameOf(file: string, table: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? file
  return table === DEFAULT_TABLE ? name : `${name} ${table}`
}

export function diskOf(world: World): WorldDisk {
  return belongingOf(world, WorldDisk, () => new WorldDisk(world))
}
