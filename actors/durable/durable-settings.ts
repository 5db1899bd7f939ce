/** What a durable store is told by its owner, read once and checked. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import { historyOf, type Valued } from "../store/store-settings.ts"
import { type TakeIn, takeInBy } from "../store/stored-value.ts"
import { fileOf, type SqliteOptions, sqliteDatabase } from "./sqlite-database.ts"
import type { StoreDatabase } from "./store-database.ts"
import { type Place, placeOf } from "./tenancy.ts"

/** When what was written is on disk: before it is acknowledged, or within an interval. */
export type Durability = "commit" | "interval"

/** Where a durable store keeps its entries, and how. */
export interface DurableStoreOptions extends Partial<SqliteOptions> {
  /** A database of your own, in the place of a `path`. One store's at a time (else Conflict, at the start); the store opens and closes it. */
  readonly database?: StoreDatabase | undefined
  /**
   * `commit` (the default): what is acknowledged is on disk. All that is asked for within a moment shares one commit. `interval`: it is on disk within
   * `commitIntervalMs`; what was acknowledged since is lost where the machine fails, or the program is killed.
   */
  readonly durability?: Durability | undefined
  /** Milliseconds between two commits, where the durability is `interval`. Default 1000. */
  readonly commitIntervalMs?: number | undefined
  /** Milliseconds between two searches for entries whose time is over, which are removed then. Nobody sees them before. Default 60 000. */
  readonly cleanupIntervalMs?: number | undefined
  /** Entries kept in memory beside the disk: those that are most likely to be asked for. Default 50 000. */
  readonly maxHotEntries?: number | undefined
  /** What they may take together in bytes, by an estimate. Default 64 MiB. */
  readonly maxHotBytes?: number | undefined
  /**
   * Past changes that are kept in memory, the values written among them, for a watch that goes on `from` a version: a whole number from 0. Where it is said,
   * from the start on; else 1024, from the first watch on.
   */
  readonly history?: number | undefined
}

export interface DurableSettings {
  readonly place: Place
  readonly backend: string
  readonly durability: Durability
  readonly commitIntervalMs: number
  readonly cleanupIntervalMs: number
  readonly maxHotEntries: number
  readonly maxHotBytes: number
  /** `undefined`: not said. */
  readonly history: number | undefined
  readonly takeIn: TakeIn
}

const OF_SQLITE = ["path", "table", "columns", "busyTimeoutMs"] as const

const NAMES = [
  ...OF_SQLITE,
  "database",
  "durability",
  "commitIntervalMs",
  "cleanupIntervalMs",
  "maxHotEntries",
  "maxHotBytes",
  "history",
  "value",
] as const satisfies readonly (keyof (DurableStoreOptions & Valued))[]

/** What the port asks of a database. */
const DATABASE_CALLS = [
  "open",
  "close",
  "commit",
  "read",
  "look",
  "page",
  "count",
  "removeExpired",
  "size",
] as const satisfies readonly (keyof StoreDatabase)[]

/** What is kept in memory has an index of its own there. */
const MOST_HOT_ENTRIES = 2 ** 24

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/** Throws `Invalid`, naming the field. */
export function durableSettingsOf(options: DurableStoreOptions & Valued): DurableSettings {
  const said = checkOptions(options, NAMES)
  const { durability = "commit", commitIntervalMs = 1000, cleanupIntervalMs = 60_000 } = said
  const { maxHotEntries = 50_000, maxHotBytes = 2 ** 26 } = said
  if (durability !== "commit" && durability !== "interval") {
    throw invalid("durability", `must be commit or interval; got ${shown(durability)}`)
  }
  if (said.commitIntervalMs !== undefined && durability === "commit") {
    throw invalid("commitIntervalMs", "is for durability: interval; else each commit begins as soon as it can")
  }
  const database = databaseOf(said)
  return {
    place: placeOf(database, fileOf(database)),
    backend: said.database === undefined ? "sqlite" : "database",
    durability,
    commitIntervalMs: interval("commitIntervalMs", commitIntervalMs),
    cleanupIntervalMs: interval("cleanupIntervalMs", cleanupIntervalMs),
    maxHotEntries: wholeFromOne("maxHotEntries", maxHotEntries, MOST_HOT_ENTRIES),
    maxHotBytes: wholeFromOne("maxHotBytes", maxHotBytes),
    history: historyOf(said.history),
    takeIn: takeInBy(said.value),
  }
}

function databaseOf(said: Partial<DurableStoreOptions>): StoreDatabase {
  const { database, path } = said
  if (database === undefined) {
    if (path === undefined) throw invalid("path", "must say where the entries are kept, where there is no database")
    const sqlite = OF_SQLITE.filter((name) => said[name] !== undefined).map((name) => [name, said[name]])
    return sqliteDatabase(Object.fromEntries(sqlite))
  }
  const tooMuch = OF_SQLITE.find((name) => said[name] !== undefined)
  if (tooMuch !== undefined) throw invalid(tooMuch, "is for the store's own database, and another one is given")
  const missing = DATABASE_CALLS.find((name) => typeof callOf(database, name) !== "function")
  if (missing !== undefined) throw invalid("database", `must be a StoreDatabase; got ${shown(database)}, which has no ${missing}`)
  const stage = callOf(database, "stage")
  if (stage !== undefined && typeof stage !== "function")
    throw invalid("database", `must have a function as its stage, or none; got ${shown(stage)}`)
  return database
}

function callOf(database: unknown, name: string): unknown {
  if (typeof database !== "object" || database === null) return undefined
  try {
    return Reflect.get(database, name)
  } catch (cause) {
    throw invalid("database", "cannot be read", cause)
  }
}

function interval(field: string, ms: unknown): number {
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 1 && ms <= LONGEST_INTERVAL_MS) return ms
  throw invalid(field, `must be a whole number of ms from 1 to ${LONGEST_INTERVAL_MS}; got ${shown(ms)}`)
}

function wholeFromOne(field: string, count: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= most) return count
  throw invalid(field, `must be a whole number from 1 to ${most}; got ${shown(count)}`)
}
