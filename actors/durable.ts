/** `pigeonhole/durable`: what keeps entries beyond the life of a program. For Node: it needs files, `node:sqlite` and threads. */

export type { Durability, DurableStoreOptions } from "./durable/durable-settings.ts"
export { durableStore } from "./durable/durable-store.ts"
export { fileSnapshot } from "./durable/file-snapshot.ts"
export { type PostgresOptions, postgresDatabase } from "./durable/postgres-database.ts"
export type { ColumnNames } from "./durable/quoted-names.ts"
export { type SqliteOptions, sqliteDatabase } from "./durable/sqlite-database.ts"
export type {
  Change,
  DatabaseSize,
  EntryFacts,
  EntryRow,
  Opened,
  PageQuery,
  StoreDatabase,
} from "./durable/store-database.ts"
