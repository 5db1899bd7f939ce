/**
 * What is said to SQLite, with the names of a table put in. Nothing is done here.
 *
 * A value stands last in its row: what is asked of the rest does not read it, however large.
 */

import { expiryIndex, metaTable, quoted, type TableNames } from "./quoted-names.ts"

/** How the tables are laid out; another layout has another number. */
export const SCHEMA_VERSION = 1

/** The statements for one table. Where facts are asked for, the columns are called as in `PackedFacts`. */
export interface Statements {
  readonly create: readonly string[]
  readonly isThere: string
  readonly readMeta: string
  readonly writeMeta: string
  readonly put: string
  readonly touch: string
  readonly remove: string
  readonly read: string
  readonly look: string
  readonly page: string
  readonly count: string
  readonly countAll: string
  readonly expired: string
}

/** Makes the statements. */
export function statementsOf(names: TableNames): Statements {
  const table = quoted(names.table)
  const meta = quoted(metaTable(names))
  const key = quoted(names.columns.key)
  const value = quoted(names.columns.value)
  const version = quoted(names.columns.version)
  const end = quoted(names.columns.expiresAt)
  const idle = quoted(names.columns.idleMs)
  const limit = quoted(names.columns.limitAt)
  const facts = `${key} AS key, ${version} AS version, ${end} AS expiresAt, ${idle} AS idleMs, ${limit} AS limitAt`
  const isAlive = `(${end} IS NULL OR ${end} > ?)`
  const columns = [key, version, end, idle, limit, value]
  const replaced = [version, end, idle, limit, value].map((name) => `${name} = excluded.${name}`)
  const numbers = `${version} INTEGER NOT NULL, ${end} INTEGER, ${idle} INTEGER, ${limit} INTEGER`
  return {
    create: [
      `CREATE TABLE ${table} (${key} BLOB PRIMARY KEY NOT NULL, ${numbers}, ${value} BLOB NOT NULL)`,
      `CREATE INDEX ${quoted(expiryIndex(names))} ON ${table} (${end}) WHERE ${end} IS NOT NULL`,
      `CREATE TABLE ${meta} (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID`,
    ],
    isThere: "SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE",
    readMeta: `SELECT name, value FROM ${meta}`,
    writeMeta: `INSERT INTO ${meta} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    put: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (${key}) DO UPDATE SET ${replaced.join(", ")}`,
    touch: `UPDATE ${table} SET ${version} = ?, ${end} = ?, ${idle} = ?, ${limit} = ? WHERE ${key} = ?`,
    remove: `DELETE FROM ${table} WHERE ${key} = ?`,
    read: `SELECT ${facts}, ${value} AS value FROM ${table} WHERE ${key} = ?`,
    look: `SELECT ${facts} FROM ${table} WHERE ${key} = ?`,
    page: `SELECT ${facts} FROM ${table} WHERE ${key} >= ? AND ${key} < ? AND ${isAlive} ORDER BY ${key} LIMIT ?`,
    count: `SELECT count(*) AS count FROM ${table} WHERE ${key} >= ? AND ${key} < ? AND ${isAlive}`,
    countAll: `SELECT count(*) AS count FROM ${table}`,
    expired: `SELECT ${facts} FROM ${table} WHERE ${end} <= ? ORDER BY ${end} LIMIT ?`,
  }
}
