/**
 * A PostgreSQL database as a durable store has it: two connections, one that writes and one that reads.
 *
 * Invariants
 * - Nobody else writes: an advisory lock that lives as long as the connection that writes says so, and goes with it, however that ends.
 * - What stands in the table of that name is looked at before anything is changed: what is not a store's stays as it was.
 * - No version is given twice: those up to a mark are taken to have been given, and the mark is moved on before it is reached.
 * - The URL is shown to nobody: there may be a password in it.
 */

import { randomUUID } from "node:crypto"
import { Conflict, checkOptions, invalid, type PigeonholeError } from "../../src/index.ts"
import { keyBytes, keyOf, rangeOf } from "./key-bytes.ts"
import { patiently } from "./patience.ts"
import { type ChangeRun, highestOf, runsOf } from "./postgres-changes.ts"
import { PostgresConnection } from "./postgres-connection.ts"
import { errorOfPostgres, heldElsewhere, isTaken, notOpenFor, noUrl } from "./postgres-errors.ts"
import { type PostgresStatements, postgresStatementsOf } from "./postgres-statements.ts"
import { type ColumnNames, expiryIndex, metaTable, quoted, type TableNames } from "./quoted-names.ts"
import {
  type Change,
  type DatabaseSize,
  type EntryFacts,
  type EntryRow,
  MOST_UNCOMMITTED,
  type Opened,
  type PageQuery,
  type StoreDatabase,
} from "./store-database.ts"
import { readNames } from "./table-names.ts"
import { readTimeLimit } from "./time-limits.ts"

/** Where the entries are kept, and under which names. */
export interface PostgresOptions {
  /**
   * The database: `postgres://user:password@host:port/database`. It is shown in no error. Behind a pooler it must be one that keeps a session for each
   * connection (PgBouncer's `session`): the lock that says whose the table is belongs to the session.
   */
  readonly url: string
  /** The table; beside it there is one called `<table>_meta`. Default "entries". */
  readonly table?: string
  /** Names of the columns. */
  readonly columns?: ColumnNames
  /** How long a write waits for what another program has locked, in ms. Default 5000. */
  readonly busyTimeoutMs?: number
  /**
   * For how long to try to open it while its server is not there, takes nobody in, or has its table in use, in ms: a server that is started anew, or whose
   * connection was cut off, is so for a while. 0: once. Default 10 000.
   */
  readonly openTimeoutMs?: number
}

const OPTIONS = ["url", "table", "columns", "busyTimeoutMs", "openTimeoutMs"] as const satisfies readonly (keyof PostgresOptions)[]

const DEFAULT_BUSY_TIMEOUT_MS = 5000
const DEFAULT_OPEN_TIMEOUT_MS = 10_000

/** How the tables are laid out; another layout has another number. */
const SCHEMA_VERSION = 1

/** How far the mark of versions is ahead of what was committed. */
const VERSIONS_AHEAD = 2 * MOST_UNCOMMITTED

/** The clock is written down no more often than that, and then with something else. */
const CLOCK_STEP_MS = 1000

/** Tells our advisory locks from those of others in the same database. */
const LOCKS = 0x70_67_6e_68

/** Both connections of a database that is open. */
interface Lines {
  readonly writer: PostgresConnection
  readonly reader: PostgresConnection
}

interface Row {
  readonly key: Buffer
  readonly version: number
  readonly ends: number | null
  readonly idle: number | null
  readonly most: number | null
  readonly value?: Buffer
}

/**
 * A PostgreSQL database to keep a store in, reached by the package `pg` (`npm install pg`); nothing is opened yet. From PostgreSQL 12 on.
 *
 * Units   busyTimeoutMs, openTimeoutMs: milliseconds.
 * Errors  Invalid, for options that cannot be meant: a `url` that is none of PostgreSQL's, names that are no names.
 * Cost    two connections while it is open.
 *
 * @example
 * const database = postgresDatabase({ url: "postgres://app@localhost/app", table: "sessions" })
 */
export function postgresDatabase(options: PostgresOptions): StoreDatabase {
  const {
    url,
    table,
    columns,
    busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS,
    openTimeoutMs = DEFAULT_OPEN_TIMEOUT_MS,
  } = checkOptions(options, OPTIONS)
  return new PostgresDatabase(readUrl(url), readNames(table, columns), {
    busyTimeoutMs: readTimeLimit("busyTimeoutMs", busyTimeoutMs),
    openTimeoutMs: readTimeLimit("openTimeoutMs", openTimeoutMs),
  })
}

function readUrl(url: unknown): string {
  if (typeof url !== "string" || !/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) throw noUrl(url)
  return url
}

interface TimeLimits {
  readonly busyTimeoutMs: number
  readonly openTimeoutMs: number
}

class PostgresDatabase implements StoreDatabase {
  readonly #url: string
  readonly #names: TableNames
  readonly #limits: TimeLimits
  readonly #say: PostgresStatements
  #lines: Lines | undefined = undefined
  /** Settles, and never rejects, when the last that was asked of opening, closing and writing is done. */
  #turn: Promise<void> = Promise.resolve()
  /** Versions up to it are taken to have been given. */
  #mark = 0
  #clock = 0

  constructor(url: string, names: TableNames, limits: TimeLimits) {
    this.#url = url
    this.#names = names
    this.#limits = limits
    this.#say = postgresStatementsOf(names)
  }

  open(signal?: AbortSignal): Promise<Opened> {
    return this.#inTurn(() => this.#open(signal))
  }

  close(): Promise<void> {
    const lines = this.#lines
    this.#lines = undefined
    return this.#inTurn(async () => {
      if (lines !== undefined) await endBoth(lines)
    })
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    const { writer } = this.#current()
    const [runs, highest] = [runsOf(changes), highestOf(changes)]
    await this.#inTurn(() => this.#commit(writer, runs, highest, now))
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    const rows = await this.#rowsOf(this.#say.read, keys)
    return rows.map((row) => row && { ...factsOf(row), value: row.value ?? new Uint8Array(0) })
  }

  async look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]> {
    return (await this.#rowsOf(this.#say.look, keys)).map((row) => row && factsOf(row))
  }

  async page({ prefix, after, limit, now }: PageQuery): Promise<readonly EntryFacts[]> {
    const { from, to } = rangeOf(prefix, after)
    return (await this.#read<Row>(this.#say.page, [Buffer.from(from), Buffer.from(to), now, limit])).map(factsOf)
  }

  async count(prefix: string, now: number): Promise<number> {
    const { from, to } = rangeOf(prefix)
    return countOf(await this.#read<{ count: number }>(this.#say.count, [Buffer.from(from), Buffer.from(to), now]))
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    const { writer } = this.#current()
    const rows = await this.#inTurn(() => writer.query<Row>(this.#say.removeExpired, [now, limit]))
    return rows.map(factsOf).sort((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0))
  }

  async size(): Promise<DatabaseSize> {
    const [{ entries, bytes } = { entries: 0, bytes: 0 }] = await this.#read<DatabaseSize>(this.#say.size)
    return { entries, bytes }
  }

  // -- inside ------------------------------------------------------------------------------------------------------

  /** Both connections; throws where there are none. */
  #current(): Lines {
    if (this.#lines === undefined) throw notOpenFor(this.#names.table)
    return this.#lines
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work)
    this.#turn = done.then(ignore, ignore)
    return done.catch((error: unknown) => {
      throw this.#told(error)
    })
  }

  async #read<Found extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Found[]> {
    const { reader } = this.#current()
    return reader.query<Found>(text, values).catch((error: unknown) => {
      throw this.#told(error)
    })
  }

  async #rowsOf(text: string, keys: readonly string[]): Promise<(Row | undefined)[]> {
    const rows = await this.#read<Row>(text, [keys.map((key) => Buffer.from(keyBytes(key)))])
    const found = new Map(rows.map((row) => [keyOf(row.key), row]))
    return keys.map((key) => found.get(key))
  }

  #told(error: unknown): PigeonholeError {
    return errorOfPostgres(error, this.#names.table)
  }

  async #commit(writer: PostgresConnection, runs: readonly ChangeRun[], highest: number, now: number): Promise<void> {
    const isClockDue = now >= this.#clock + CLOCK_STEP_MS
    if (runs.length === 0 && !isClockDue) return
    const mark = highest > this.#mark - MOST_UNCOMMITTED ? highest + VERSIONS_AHEAD : this.#mark
    await writer.transaction(async () => {
      for (const { type, lists } of runs) await writer.query(this.#say[type], lists)
      if (mark !== this.#mark) await writer.query(this.#say.writeMeta, ["versions", String(mark)])
      if (isClockDue) await writer.query(this.#say.writeMeta, ["clock", String(now)])
    })
    this.#mark = mark
    if (isClockDue) this.#clock = now
  }

  // -- how it is opened --------------------------------------------------------------------------------------------

  async #open(signal: AbortSignal | undefined): Promise<Opened> {
    if (this.#lines !== undefined) throw new Conflict(`the database of the table ${this.#names.table} is open`)
    // The signal of one that is open is aborted, too, before its last commits.
    const opening = new AbortController()
    const giveUp = (): void => opening.abort()
    signal?.addEventListener("abort", giveUp, { once: true })
    if (signal?.aborted === true) giveUp()
    const attempt = (): Promise<Opened> =>
      this.#connect(opening.signal).catch((error: unknown) => {
        throw opening.signal.aborted ? notOpenFor(this.#names.table) : this.#told(error)
      })
    try {
      return await patiently(this.#limits.openTimeoutMs, attempt, opening.signal)
    } finally {
      signal?.removeEventListener("abort", giveUp)
    }
  }

  async #connect(signal: AbortSignal): Promise<Opened> {
    const writer = await PostgresConnection.to(this.#url, signal, this.#limits.busyTimeoutMs)
    try {
      const opened = await this.#begin(writer)
      this.#lines = { writer, reader: await PostgresConnection.to(this.#url, signal) }
      return opened
    } catch (error) {
      await writer.end()
      throw error
    }
  }

  async #begin(writer: PostgresConnection): Promise<Opened> {
    const name = `current_schema() || '.${this.#names.table}'`
    const [lock] = await writer.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${LOCKS}, hashtext(${name})) AS taken`)
    if (lock?.taken !== true) throw heldElsewhere(this.#names.table)
    return this.#find(writer).catch((error: unknown) => {
      // Somebody has made one of that name at this moment: it is looked at now.
      if (isTaken(error)) return this.#find(writer)
      throw error
    })
  }

  /** How it is there, or is made. */
  #find(writer: PostgresConnection): Promise<Opened> {
    return writer.transaction(async () => {
      if (await this.#isNew(writer)) await this.#create(writer)
      const meta = await this.#readMeta(writer)
      const lastVersion = Number(meta.get("versions"))
      this.#mark = lastVersion + VERSIONS_AHEAD
      this.#clock = Number(meta.get("clock"))
      await writer.query(this.#say.writeMeta, ["versions", String(this.#mark)])
      const entries = countOf(await writer.query<{ count: number }>(this.#say.countAll))
      return { epoch: meta.get("epoch") ?? "", lastVersion, clock: this.#clock, entries }
    })
  }

  /** Refuses what is not ours, before anything has changed. */
  async #isNew(writer: PostgresConnection): Promise<boolean> {
    const { table, columns } = this.#names
    const meta = metaTable(this.#names)
    if (!(await this.#isThere(writer, meta))) {
      for (const name of [table, expiryIndex(this.#names)])
        if (await this.#isThere(writer, name))
          throw invalid("table", `names ${name}, which is there and is no store's${await this.#lacking(writer, name)}`)
      return true
    }
    const found = await this.#readMeta(writer)
    if (found.get("schema") === undefined) throw invalid("table", `names ${meta}, which is there and is no store's`)
    if (found.get("schema") !== String(SCHEMA_VERSION))
      throw invalid("table", `is one of schema version ${found.get("schema")}, and this release reads ${SCHEMA_VERSION}`)
    if (found.get("columns") !== JSON.stringify(columns))
      throw invalid("columns", `must be those it was made with: ${found.get("columns")}`)
    if (!(await this.#isThere(writer, table))) throw invalid("table", `names ${table}, which is gone`)
    return false
  }

  async #isThere(writer: PostgresConnection, name: string): Promise<boolean> {
    const [row] = await writer.query<{ there: boolean }>(this.#say.isThere, [quoted(name)])
    return row?.there === true
  }

  /** Which columns a table of somebody else's has not, as words behind what is said of it. */
  async #lacking(writer: PostgresConnection, name: string): Promise<string> {
    if (name !== this.#names.table) return ""
    const there = new Set((await this.#columnsOf(writer, name)).map((column) => column))
    const lacking = Object.values(this.#names.columns).filter((column) => !there.has(column))
    return lacking.length === 0 ? "" : `: it lacks the columns ${lacking.join(", ")}`
  }

  async #columnsOf(writer: PostgresConnection, name: string): Promise<readonly string[]> {
    return (await writer.query<{ name: string }>(this.#say.columnsOf, [quoted(name)])).map((row) => row.name)
  }

  /** Nothing is read of a table of that name with other columns. */
  async #readMeta(writer: PostgresConnection): Promise<ReadonlyMap<string, string>> {
    const columns = await this.#columnsOf(writer, metaTable(this.#names))
    if (!columns.includes("name") || !columns.includes("value")) return new Map()
    const rows = await writer.query<{ name: string; value: string }>(this.#say.readMeta)
    return new Map(rows.map(({ name, value }) => [name, value]))
  }

  async #create(writer: PostgresConnection): Promise<void> {
    for (const statement of this.#say.create) await writer.query(statement)
    const columns = JSON.stringify(this.#names.columns)
    const meta = { schema: String(SCHEMA_VERSION), epoch: randomUUID(), versions: "0", clock: "0", columns }
    for (const [name, value] of Object.entries(meta)) await writer.query(this.#say.writeMeta, [name, value])
  }
}

/** The reader first: who writes holds the lock until all is done. */
async function endBoth({ writer, reader }: Lines): Promise<void> {
  await reader.end()
  await writer.end()
}

function countOf(rows: readonly { readonly count: number }[]): number {
  return rows[0]?.count ?? 0
}

function factsOf({ key, version, ends, idle, most }: Row): EntryFacts {
  const said = (number: number | null): number | undefined => number ?? undefined
  return { key: keyOf(key), version, expiresAt: said(ends), idleMs: said(idle), limitAt: said(most) }
}

function ignore(): void {}
