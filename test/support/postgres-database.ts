/**
 * PostgreSQL as a durable store's database: a second answer to the port, which shows that nothing in it is SQLite's alone. Another of a user's own
 * would look like this.
 *
 * Two connections: one writes, and holds an advisory lock as long as it lives; one reads, and waits for none of it. What is asked of one is
 * carried out in the order it was asked.
 */

import { randomUUID } from "node:crypto"
import type { Client, QueryResult, QueryResultRow } from "pg"
import { keyBytes, keyOf, rangeOf } from "../../actors/durable/key-bytes.ts"
import { MOST_UNCOMMITTED } from "../../actors/durable/store-database.ts"
import type { Change, DatabaseSize, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "../../actors/durable.ts"
import { Conflict, Unavailable } from "../../actors/index.ts"
import { connectionTo } from "./postgres.ts"

interface Row {
  readonly key: Buffer
  readonly version: number
  readonly expires_at: number | null
  readonly idle_ms: number | null
  readonly limit_at: number | null
  readonly value?: Buffer
}

const FACTS = "key, version::float8, expires_at::float8, idle_ms::float8, limit_at::float8"
const IS_ALIVE = "(expires_at IS NULL OR expires_at > $3)"
const CLOCK_STEP_MS = 1000

export class PostgresDatabase implements StoreDatabase {
  readonly #port: number
  readonly #table: string
  #clients: { readonly writer: Client; readonly reader: Client } | undefined = undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** What is being read. */
  readonly #readings = new Set<Promise<unknown>>()
  #mark = 0
  #clock = 0

  constructor(port: number, table: string) {
    this.#port = port
    this.#table = table
  }

  open(): Promise<Opened> {
    return this.#inTurn(async () => {
      if (this.#clients !== undefined) throw new Conflict("it is open")
      const clients = { writer: connectionTo(this.#port), reader: connectionTo(this.#port) }
      await Promise.all([clients.writer.connect(), clients.reader.connect()])
      try {
        const opened = await this.#begin(clients.writer)
        this.#clients = clients
        return opened
      } catch (error) {
        await Promise.all([clients.writer.end(), clients.reader.end()])
        throw error
      }
    })
  }

  close(): Promise<void> {
    const clients = this.#clients
    this.#clients = undefined
    return this.#inTurn(async () => {
      // A client that is ended cuts short what it has been asked.
      await Promise.allSettled(this.#readings)
      await Promise.all([clients?.reader.end(), clients?.writer.end()])
    })
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    const { writer } = this.#open()
    const copies = changes.map((change) => (change.type === "put" ? { ...change, value: Buffer.from(change.value) } : change))
    await this.#inTurn(() => this.#transaction(writer, () => this.#apply(writer, copies, now)))
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    const rows = await this.#rowsOf(keys, `${FACTS}, value`)
    return rows.map((row) => row && { ...factsOf(row), value: row.value ?? Buffer.alloc(0) })
  }

  async look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]> {
    return (await this.#rowsOf(keys, FACTS)).map((row) => row && factsOf(row))
  }

  async page({ prefix, after, limit, now }: PageQuery): Promise<readonly EntryFacts[]> {
    const { from, to } = rangeOf(prefix, after)
    const text = `SELECT ${FACTS} FROM ${this.#table} WHERE key >= $1 AND key < $2 AND ${IS_ALIVE} ORDER BY key LIMIT $4`
    return (await this.#query<Row>(text, [from, to, now, limit])).rows.map(factsOf)
  }

  async count(prefix: string, now: number): Promise<number> {
    const { from, to } = rangeOf(prefix)
    const text = `SELECT count(*)::float8 AS count FROM ${this.#table} WHERE key >= $1 AND key < $2 AND ${IS_ALIVE}`
    return (await this.#query<{ count: number }>(text, [from, to, now])).rows[0]?.count ?? 0
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    const { writer } = this.#open()
    const due = `SELECT key FROM ${this.#table} WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`
    const text = `DELETE FROM ${this.#table} WHERE key IN (${due}) RETURNING ${FACTS}`
    const { rows } = await this.#inTurn(() => writer.query<Row>(text, [now, limit]))
    return rows.map(factsOf).sort((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0))
  }

  async size(): Promise<DatabaseSize> {
    const text = `SELECT count(*)::float8 AS entries, pg_total_relation_size('${this.#table}')::float8 AS bytes FROM ${this.#table}`
    return (await this.#query<DatabaseSize>(text)).rows[0] ?? { entries: 0, bytes: 0 }
  }

  // -- inside ------------------------------------------------------------------------------------------------------

  #open(): { readonly writer: Client; readonly reader: Client } {
    if (this.#clients === undefined) throw new Unavailable("it is not open", { retryable: false })
    return this.#clients
  }

  #query<Found extends QueryResultRow>(text: string, values: unknown[] = []): Promise<QueryResult<Found>> {
    const reading = this.#open().reader.query<Found>(text, values)
    const done = (): void => void this.#readings.delete(reading)
    this.#readings.add(reading)
    reading.then(done, done)
    return reading
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async #begin(writer: Client): Promise<Opened> {
    const lock = await writer.query<{ taken: boolean }>("SELECT pg_try_advisory_lock(hashtext($1)) AS taken", [this.#table])
    if (lock.rows[0]?.taken !== true) throw new Unavailable("it is open elsewhere")
    return this.#transaction(writer, async () => {
      const columns =
        "key bytea PRIMARY KEY, version bigint NOT NULL, expires_at bigint, idle_ms bigint, limit_at bigint, value bytea NOT NULL"
      await writer.query(`CREATE TABLE IF NOT EXISTS ${this.#table} (${columns})`)
      await writer.query(`CREATE INDEX IF NOT EXISTS ${this.#table}_by_end ON ${this.#table} (expires_at) WHERE expires_at IS NOT NULL`)
      await writer.query(`CREATE TABLE IF NOT EXISTS ${this.#table}_meta (epoch text, versions bigint, clock bigint)`)
      const meta = `${this.#table}_meta`
      await writer.query(`INSERT INTO ${meta} SELECT $1, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ${meta})`, [randomUUID()])
      const found = await writer.query<{ epoch: string; versions: number; clock: number }>(
        `SELECT epoch, versions::float8, clock::float8 FROM ${this.#table}_meta`,
      )
      const { epoch, versions, clock } = found.rows[0] ?? { epoch: "", versions: 0, clock: 0 }
      this.#mark = versions + 2 * MOST_UNCOMMITTED
      this.#clock = clock
      await writer.query(`UPDATE ${this.#table}_meta SET versions = $1`, [this.#mark])
      const counted = await writer.query<{ count: number }>(`SELECT count(*)::float8 AS count FROM ${this.#table}`)
      return { epoch, lastVersion: versions, clock, entries: counted.rows[0]?.count ?? 0 }
    })
  }

  async #transaction<Result>(writer: Client, work: () => Promise<Result>): Promise<Result> {
    await writer.query("BEGIN")
    try {
      const result = await work()
      await writer.query("COMMIT")
      return result
    } catch (error) {
      await writer.query("ROLLBACK")
      throw error instanceof Unavailable ? error : new Unavailable("it failed", { cause: error, retryable: false })
    }
  }

  async #apply(writer: Client, changes: readonly Change[], now: number): Promise<void> {
    let highest = 0
    for (const change of changes) {
      await writer.query(...this.#statementOf(change))
      highest = Math.max(highest, change.version)
    }
    if (highest > this.#mark - MOST_UNCOMMITTED) {
      this.#mark = highest + 2 * MOST_UNCOMMITTED
      await writer.query(`UPDATE ${this.#table}_meta SET versions = $1`, [this.#mark])
    }
    if (now < this.#clock + CLOCK_STEP_MS) return
    this.#clock = now
    await writer.query(`UPDATE ${this.#table}_meta SET clock = $1`, [now])
  }

  #statementOf(change: Change): [text: string, values: unknown[]] {
    const key = keyBytes(change.key)
    if (change.type === "remove") return [`DELETE FROM ${this.#table} WHERE key = $1`, [key]]
    const { version, expiresAt = null, idleMs = null, limitAt = null } = change
    const facts = [key, version, expiresAt, idleMs, limitAt]
    const set = "version = $2, expires_at = $3, idle_ms = $4, limit_at = $5"
    if (change.type === "touch") return [`UPDATE ${this.#table} SET ${set} WHERE key = $1`, facts]
    const text = `INSERT INTO ${this.#table} VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET ${set}, value = $6`
    return [text, [...facts, change.value]]
  }

  async #rowsOf(keys: readonly string[], columns: string): Promise<(Row | undefined)[]> {
    const text = `SELECT ${columns} FROM ${this.#table} WHERE key = ANY($1)`
    const { rows } = await this.#query<Row>(text, [keys.map((key) => Buffer.from(keyBytes(key)))])
    const found = new Map(rows.map((row) => [keyOf(row.key), row]))
    return keys.map((key) => found.get(key))
  }
}

function factsOf({ key, version, expires_at, idle_ms, limit_at }: Row): EntryFacts {
  const said = (number: number | null): number | undefined => number ?? undefined
  return { key: keyOf(key), version, expiresAt: said(expires_at), idleMs: said(idle_ms), limitAt: said(limit_at) }
}
