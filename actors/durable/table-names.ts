/** Reads the names under which entries are to stand in a database. They go into statements, where nothing can be bound in their place: each is looked at. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import type { ColumnNames, TableNames } from "./quoted-names.ts"

const DEFAULT_TABLE = "entries"
const DEFAULT_COLUMNS: Required<ColumnNames> = {
  key: "key",
  value: "value",
  version: "version",
  expiresAt: "expires_at",
  idleMs: "idle_ms",
  limitAt: "limit_at",
}
const COLUMNS = Object.keys(DEFAULT_COLUMNS) as (keyof ColumnNames)[]

/** As PostgreSQL has it, less what is put behind the name of the table to make others of it. */
const LONGEST_NAME = 48

const NAME = new RegExp(`^[A-Za-z_][A-Za-z0-9_]{0,${LONGEST_NAME - 1}}$`)

/** Databases keep such names for themselves. */
const RESERVED = /^(sqlite_|pg_)/i

/**
 * Reads the names, with defaults for those that are not said.
 *
 * Errors  Invalid, for what is no name (a letter or `_`, then letters, digits and `_`, at most 48 in all), for one that databases keep for
 *         themselves, and for one that two columns have.
 */
export function readNames(table: unknown = DEFAULT_TABLE, columns?: ColumnNames): TableNames {
  const name = readName(table, "table")
  const given = checkOptions(columns, COLUMNS, "columns.")
  const read = { ...DEFAULT_COLUMNS }
  for (const column of COLUMNS) {
    const said = given[column]
    if (said !== undefined) read[column] = readName(said, `columns.${column}`)
  }
  refuseTwice(read)
  return Object.freeze({ table: name, columns: Object.freeze(read) })
}

function readName(name: unknown, field: string): string {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalid(field, `must be a name of at most ${LONGEST_NAME} letters, digits and _, and begin with no digit; got ${shown(name)}`)
  }
  if (RESERVED.test(name)) throw invalid(field, `must not begin as the database's own names do; got ${shown(name)}`)
  return name
}

/** Databases take no notice of capitals. */
function refuseTwice(columns: Required<ColumnNames>): void {
  const owners = new Map<string, string>()
  for (const column of COLUMNS) {
    const name = columns[column].toLowerCase()
    const owner = owners.get(name)
    if (owner !== undefined) throw invalid(`columns.${column}`, `must not be that of ${owner}; got ${shown(columns[column])}`)
    owners.set(name, column)
  }
}
