/** `pigeonhole/durable`: what keeps entries beyond the life of a program. For Node: it needs files, `node:sqlite` and threads. */

export { fileSnapshot } from "./durable/file-snapshot.ts"
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
export type { ColumnNames } from "./durable/table-names.ts"
