/**
 * The names under which entries stand in a database, as they stand in statements: those of the table and its columns, and of what hangs on the table.
 *
 * What is asked of a database by a thread of its own knows them by this file alone: it loads nothing of the runtime.
 */

/** Names of the columns, by what stands in them. */
export interface ColumnNames {
  /** The key, in bytes (CESU-8). Default "key". */
  readonly key?: string
  /** The value, in the store's own encoding. Default "value". */
  readonly value?: string
  /** The version. Default "version". */
  readonly version?: string
  /** When it ends, in ms since 1970. Default "expires_at". */
  readonly expiresAt?: string
  /** By how many ms its use moves its end. Default "idle_ms". */
  readonly idleMs?: string
  /** Beyond which its end is not moved, in ms since 1970. Default "limit_at". */
  readonly limitAt?: string
}

/** All of the names, each of them safe in a statement. */
export interface TableNames {
  readonly table: string
  readonly columns: Readonly<Required<ColumnNames>>
}

/** As it stands in a statement. */
export function quoted(name: string): string {
  return `"${name}"`
}

/** The table that tells of another what it is. */
export function metaTable({ table }: TableNames): string {
  return `${table}_meta`
}

/** The index of the ends. */
export function expiryIndex({ table }: TableNames): string {
  return `${table}_by_end`
}
