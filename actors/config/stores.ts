/** Stores as entries say them: their options are the store's own, and those of the specification are put into its words. */

import { resolve } from "node:path"
import { type DurableStoreOptions, durableStore, fileSnapshot } from "../durable.ts"
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
  return said({
    path: decoded.path === undefined ? databasePath(entry, decoded.database, references) : besideField(entry, "path", decoded.path),
    ...{ table, columns, busyTimeoutMs: ms(busyTimeout), durability, commitIntervalMs: ms(commitInterval) },
    ...{ cleanupIntervalMs: ms(cleanupInterval), maxHotEntries, maxHotBytes: bytes(maxHotBytes), history },
  })
}

/** A `cleanup_interval` of 0 leaves it to the store, which looks once a minute: nobody sees what is over before that either. */
function sqlOptions(entry: Entry, decoded: Decoded<"store.sql">, references: References): DurableStoreOptions {
  const { database, table_name, id_column_name, payload_column_name, expire_column_name, cleanup_interval } = decoded
  const cleanupIntervalMs = ms(cleanup_interval) || undefined
  return said({
    path: databasePath(entry, database, references),
    table: table_name,
    columns: said({ key: id_column_name, value: payload_column_name, expiresAt: expire_column_name }),
    cleanupIntervalMs: cleanupIntervalMs === undefined ? undefined : Math.max(1, Math.round(cleanupIntervalMs)),
  })
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

/** A store's database is one that there is a driver of, and a table of it is one store's. */
export function checkDatabases(entries: readonly Entry[], references: References, problems: Problems): void {
  for (const entry of entries) {
    if (!isOfKind(entry, "store.sql", "durableStore")) continue
    const { database: name } = entry.decoded
    const database = name === undefined ? undefined : references.find(name, entry)
    if (database !== undefined && isOfKind(database, "database.postgres")) problems.addAt(entry.node, ["database"], NO_DRIVER)
    if (name !== undefined && "path" in entry.decoded) problems.addAt(entry.node, ["path"], TWO_PLACES)
  }
  checkTables(entries, references, problems)
}

const TWO_PLACES = { expected: "left out beside database", says: "stands in the place of database: give one of them" }

const NO_DRIVER = {
  expected: "the id of a database.sqlite",
  says:
    "names a database.postgres, of which this release has no driver: name a database.sqlite, or have a module export durableStore({ database }) " +
    "with a StoreDatabase of your own",
}

function checkTables(entries: readonly Entry[], references: References, problems: Problems): void {
  const owners = new Map<string, Entry>()
  for (const entry of entries) {
    const table = tableOf(entry, references)
    if (table === undefined) continue
    const owner = owners.get(table.key)
    const says = `is the table of ${owner?.id}, too: one table is one store's`
    if (owner === undefined) owners.set(table.key, entry)
    else problems.addAt(entry.node, table.path, { expected: "a table of its own", says })
  }
}

function tableOf(entry: Entry, references: References): { readonly key: string; readonly path: readonly string[] } | undefined {
  if (isOfKind(entry, "store.sql")) {
    const { database, table_name } = entry.decoded
    const path = databasePath(entry, database, references)
    return path === undefined ? undefined : { key: `${path}\n${table_name.toLowerCase()}`, path: ["table_name"] }
  }
  if (!isOfKind(entry, "durableStore")) return undefined
  const { path, table = "entries" } = durableOptions(entry, entry.decoded, references)
  return path === undefined
    ? undefined
    : { key: `${path}\n${table.toLowerCase()}`, path: entry.decoded.table === undefined ? [] : ["table"] }
}
