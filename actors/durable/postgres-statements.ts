/**
 * What is said to PostgreSQL, with the names of a table put in. Nothing is done here.
 *
 * Whole numbers are read as `float8`, which has all of them up to 2 ** 53: a `bigint` would come as text.
 */

import { expiryIndex, metaTable, quoted, type TableNames } from "./quoted-names.ts"

/** The statements for one table. `$1` and on are their values. */
export interface PostgresStatements {
  readonly create: readonly string[]
  readonly isThere: string
  readonly columnsOf: string
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
  readonly size: string
  readonly removeExpired: string
}

/** What changes come as: a list for each column, of which the first are the keys. */
const LISTS = "$1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]"

/** Makes the statements. */
export function postgresStatementsOf(names: TableNames): PostgresStatements {
  const table = quoted(names.table)
  const meta = quoted(metaTable(names))
  const [key, value, version] = [quoted(names.columns.key), quoted(names.columns.value), quoted(names.columns.version)]
  const [end, idle, limit] = [quoted(names.columns.expiresAt), quoted(names.columns.idleMs), quoted(names.columns.limitAt)]
  const number = (column: string, name: string): string => `t.${column}::float8 AS ${name}`
  const facts = [`t.${key} AS key`, number(version, "version"), number(end, "ends"), number(idle, "idle"), number(limit, "most")].join(", ")
  const isAlive = (at: string): string => `(t.${end} IS NULL OR t.${end} > ${at})`
  const isWithin = `t.${key} >= $1 AND t.${key} < $2`
  const columns = [key, version, end, idle, limit, value]
  const replaced = [version, end, idle, limit, value].map((name) => `${name} = excluded.${name}`)
  const numbers = `${version} bigint NOT NULL, ${end} bigint, ${idle} bigint, ${limit} bigint`
  const due = `SELECT ${key} FROM ${table} WHERE ${end} <= $1 ORDER BY ${end} LIMIT $2`
  return {
    create: [
      `CREATE TABLE ${table} (${key} bytea PRIMARY KEY, ${numbers}, ${value} bytea NOT NULL)`,
      `CREATE INDEX ${quoted(expiryIndex(names))} ON ${table} (${end}) WHERE ${end} IS NOT NULL`,
      `CREATE TABLE ${meta} (name text PRIMARY KEY, value text NOT NULL)`,
    ],
    isThere: "SELECT to_regclass($1) IS NOT NULL AS there",
    columnsOf: "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
    readMeta: `SELECT name, value FROM ${meta}`,
    writeMeta: `INSERT INTO ${meta} (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    put:
      `INSERT INTO ${table} (${columns.join(", ")}) SELECT * FROM unnest(${LISTS}, $6::bytea[]) ` +
      `ON CONFLICT (${key}) DO UPDATE SET ${replaced.join(", ")}`,
    touch:
      `UPDATE ${table} AS t SET ${version} = n.version, ${end} = n.ends, ${idle} = n.idle, ${limit} = n.most ` +
      `FROM unnest(${LISTS}) AS n(key, version, ends, idle, most) WHERE t.${key} = n.key`,
    remove: `DELETE FROM ${table} WHERE ${key} = ANY($1::bytea[])`,
    read: `SELECT ${facts}, t.${value} AS value FROM ${table} AS t WHERE t.${key} = ANY($1::bytea[])`,
    look: `SELECT ${facts} FROM ${table} AS t WHERE t.${key} = ANY($1::bytea[])`,
    page: `SELECT ${facts} FROM ${table} AS t WHERE ${isWithin} AND ${isAlive("$3")} ORDER BY t.${key} LIMIT $4`,
    count: `SELECT count(*)::float8 AS count FROM ${table} AS t WHERE ${isWithin} AND ${isAlive("$3")}`,
    countAll: `SELECT count(*)::float8 AS count FROM ${table}`,
    size: `SELECT count(*)::float8 AS entries, pg_total_relation_size('${table}'::regclass)::float8 AS bytes FROM ${table}`,
    removeExpired: `DELETE FROM ${table} AS t WHERE t.${key} IN (${due}) RETURNING ${facts}`,
  }
}
