/** Stores as entries say them: their options are the store's own, and those of the specification are put into its words. */

import { resolve } from "node:path"
import { type ColumnNames, type DurableStoreOptions, durableStore, fileSnapshot, postgresDatabase } from "../durable.ts"
import { cache, keyedLock, type Mailbox, type ServiceDefinition, type StoreOptions, store } from "../index.ts"
import { bytes, ms, said } from "./child-options.ts"
import { type Entry, isOfKind } from "./entries.ts"
import type { Problems } from "./problems.ts"
import type { References } from "./references.ts"
import type { Decoded } from "./schema.ts"
import { fieldOf, type SourceNode } from "./source-node.ts"

type MemoryStore = Decoded<"store" | "cache">
type DurableStore = Decoded<"durableStore">
type Weigh = (value: unknown, key: string) => number

/** How an option of the store is called in an entry, where a refusal of the store's names it. */
const OWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  "snapshot.to": ["snapshot", "path"],
  "snapshot.everyMs": ["snapshot", "every"],
  ...{ commitIntervalMs: ["commitInterval"], cleanupIntervalMs: ["cleanupInterval"], busyTimeoutMs: ["busyTimeout"] },
  ...{ startTimeoutMs: ["startTimeout"], "backoff.initialMs": ["backoff", "initial"], "backoff.maxMs": ["backoff", "max"] },
  "backoff.stableAfterMs": ["backoff", "stableAfter"],
}

const SPECIFIED_NAMES: Readonly<Record<string, readonly string[]>> = {
  ...{ autoStart: ["lifecycle", "auto_start"], startTimeoutMs: ["lifecycle", "start_timeout"], shutdown: ["lifecycle", "stop_timeout"] },
  ...{ "backoff.initialMs": ["lifecycle", "restart", "initial_delay"], "backoff.maxMs": ["lifecycle", "restart", "max_delay"] },
  ...{ "backoff.stableAfterMs": ["lifecycle", "stable_threshold"], "backoff.maxAttempts": ["lifecycle", "restart", "max_attempts"] },
  ...{ maxEntries: ["max_size"], path: ["database"], table: ["table_name"], cleanupIntervalMs: ["cleanup_interval"] },
  ...{ "columns.key": ["id_column_name"], "columns.value": ["payload_column_name"], "columns.expiresAt": ["expire_column_name"] },
}

/** The field of an entry that a refusal of what it was made into means. */
export function pathOfOption(entry: Entry, field: string): readonly string[] {
  const names = isOfKind(entry, "store.memory", "store.sql", "process.service") ? SPECIFIED_NAMES : OWN_NAMES
  return names[field] ?? field.split(".")
}

/** The definition of what is a store, or a lock; `undefined` for all others. `weigh`: what its module exports. Throws what the store does. */
export function builtIn(entry: Entry, references: References, weigh: Weigh | undefined): ServiceDefinition<Mailbox> | undefined {
  if (isOfKind(entry, "store")) return store(memoryOptions(entry, entry.decoded, weigh))
  if (isOfKind(entry, "cache")) return cache(memoryOptions(entry, entry.decoded, weigh))
  if (isOfKind(entry, "store.memory")) return store({ maxEntries: entry.decoded.max_size ?? SPECIFIED_MAX_SIZE })
  if (isOfKind(entry, "durableStore")) return durableStore(durableOptions(entry, entry.decoded, references))
  if (isOfKind(entry, "store.sql")) return durableStore(sqlOptions(entry, entry.decoded, references))
  if (isOfKind(entry, "keyedLock")) return keyedLock(said({ capacity: entry.decoded.capacity }))
  return undefined
}

const SPECIFIED_MAX_SIZE = 10_000

function memoryOptions(entry: Entry, decoded: MemoryStore, weigh: Weigh | undefined): StoreOptions {
  const { maxEntries, maxBytes, whenFull, ordered, partitions, history, snapshot } = decoded
  const node = fieldOf(fieldOf(entry.node, "snapshot"), "path") ?? entry.node
  const to = snapshot === undefined ? undefined : fileSnapshot(beside(node, snapshot.path))
  return said({
    ...{ maxEntries, maxBytes: bytes(maxBytes), weigh, whenFull, ordered, partitions, history },
    snapshot: to === undefined ? undefined : { to, ...said({ everyMs: ms(snapshot?.every) }) },
  })
}

function durableOptions(entry: Entry, decoded: DurableStore, references: References): DurableStoreOptions {
  const { table, columns, busyTimeout, durability, commitInterval, cleanupInterval, maxHotEntries, maxHotBytes, history } = decoded
  const place =
    decoded.path === undefined
      ? placeIn(entry, decoded.database, references, table, columns)
      : { path: besideField(entry, "path", decoded.path), table, columns }
  return said({
    ...{ ...place, busyTimeoutMs: ms(busyTimeout), durability, commitIntervalMs: ms(commitInterval) },
    ...{ cleanupIntervalMs: ms(cleanupInterval), maxHotEntries, maxHotBytes: bytes(maxHotBytes), history },
  })
}

/** A `cleanup_interval` of 0 leaves it to the store, which looks once a minute: nobody sees what is over before that either. */
function sqlOptions(entry: Entry, decoded: Decoded<"store.sql">, references: References): DurableStoreOptions {
  const { database, table_name, id_column_name, payload_column_name, expire_column_name, cleanup_interval } = decoded
  const cleanupIntervalMs = ms(cleanup_interval) || undefined
  const columns = said({ key: id_column_name, value: payload_column_name, expiresAt: expire_column_name })
  return said({
    ...placeIn(entry, database, references, table_name, columns),
    cleanupIntervalMs: cleanupIntervalMs === undefined ? undefined : Math.max(1, Math.round(cleanupIntervalMs)),
  })
}

/** Where a store is kept whose entry names a database: in a file, or in a PostgreSQL. */
function placeIn(
  entry: Entry,
  name: string | undefined,
  references: References,
  table: string | undefined,
  columns: ColumnNames | undefined,
): Pick<DurableStoreOptions, "path" | "database" | "table" | "columns"> {
  const database = name === undefined ? undefined : references.find(name, entry)
  if (database === undefined || !isOfKind(database, "database.postgres") || !database.isRight)
    return said({ path: databasePath(entry, name, references), table, columns })
  return { database: postgresDatabase({ url: database.decoded.url, ...said({ table, columns }) }) }
}

function databasePath(entry: Entry, name: string | undefined, references: References): string | undefined {
  const database = name === undefined ? undefined : references.find(name, entry)
  if (database === undefined || !isOfKind(database, "database.sqlite") || !database.isRight) return undefined
  return besideField(database, "path", database.decoded.path)
}

function besideField(entry: Entry, field: string, path: string): string {
  return beside(fieldOf(entry.node, field) ?? entry.node, path)
}

/** Paths of data are relative to the folder of the file that names them. What is no path of a file stays as it is, for the store to refuse. */
function beside({ place }: SourceNode, path: string): string {
  return path === ":memory:" || path.includes("\0") ? path : resolve(place.origin.folder, path)
}

/** A store's database is one that can be reached, and a table of it is one store's. */
export async function checkDatabases(entries: readonly Entry[], references: References, problems: Problems): Promise<void> {
  for (const entry of entries) if (isOfKind(entry, "database.postgres")) checkUrl(entry, entry.decoded.url, problems)
  const isDriverThere = entries.some((entry) => isOfKind(entry, "database.postgres")) && (await hasDriver())
  for (const entry of entries) {
    if (!isOfKind(entry, "store.sql", "durableStore")) continue
    const { database: name } = entry.decoded
    const database = name === undefined ? undefined : references.find(name, entry)
    const isPostgres = database !== undefined && isOfKind(database, "database.postgres")
    if (isPostgres && !isDriverThere) problems.addAt(entry.node, ["database"], NO_DRIVER)
    if (name !== undefined && "path" in entry.decoded) problems.addAt(entry.node, ["path"], TWO_PLACES)
  }
  checkTables(entries, references, problems)
}

const TWO_PLACES = { expected: "left out beside database", says: "stands in the place of database: give one of them" }

const NO_DRIVER = {
  expected: "the id of a database.sqlite, or the package pg",
  says: "names a database.postgres, which is reached by the package pg, which is not installed: npm install pg",
}

async function hasDriver(): Promise<boolean> {
  return import("pg").then(
    () => true,
    () => false,
  )
}

/** It is not shown, wherever it comes from: there may be a password in it. */
function checkUrl({ node }: Entry, url: string, problems: Problems): void {
  try {
    postgresDatabase({ url })
  } catch {
    problems.addAt(node, ["url"], {
      expected: "a URL",
      found: "another text",
      says: "must be that of a database: postgres://user@host/database",
    })
  }
}

function checkTables(entries: readonly Entry[], references: References, problems: Problems): void {
  const owners = new Map<string, Entry>()
  for (const entry of entries) {
    const table = tableOf(entry, references)
    if (table === undefined) continue
    const owner = owners.get(table.key)
    const says = `is the table of ${owner?.shown}, too: one table is one store's`
    if (owner === undefined) owners.set(table.key, entry)
    else problems.addAt(entry.node, table.path, { expected: "a table of its own", says })
  }
}

function tableOf(entry: Entry, references: References): { readonly key: string; readonly path: readonly string[] } | undefined {
  if (isOfKind(entry, "store.sql")) {
    const { database, table_name } = entry.decoded
    return tableIn(databaseKey(entry, database, references), table_name, ["table_name"])
  }
  if (!isOfKind(entry, "durableStore")) return undefined
  const { path, database, table = "entries" } = entry.decoded
  const key = path === undefined ? databaseKey(entry, database, references) : besideField(entry, "path", path)
  return tableIn(key, table, entry.decoded.table === undefined ? [] : ["table"])
}

/** SQLite takes no notice of capitals; who has two tables in a PostgreSQL that are told apart by them alone is better off without. */
function tableIn(database: string | undefined, table: string, path: readonly string[]) {
  return database === undefined ? undefined : { key: `${database}\n${table.toLowerCase()}`, path }
}

function databaseKey(entry: Entry, name: string | undefined, references: References): string | undefined {
  const database = name === undefined ? undefined : references.find(name, entry)
  if (database === undefined || !database.isRight) return undefined
  return isOfKind(database, "database.postgres") ? database.decoded.url : databasePath(entry, name, references)
}
