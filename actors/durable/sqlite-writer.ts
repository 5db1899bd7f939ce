/**
 * The one connection that writes. It runs in a thread of its own, as each commit waits for the disk.
 *
 * Invariants
 * - The write-ahead log is synced by each commit before it is answered (`synchronous=FULL`): what was answered is on disk.
 * - Nobody else writes: a lock that lives as long as this connection says so, and goes with its process, however that ends. Where its file was removed, another
 *   may have one: this one writes no more.
 * - What stands in the table of that name is looked at before anything is changed: what is not a store's stays as it was.
 * - Nothing is written to a file that is no longer where it was opened, or of which some was cut off: the next program would not find it.
 * - No version is given twice: those up to a mark are taken to have been given, and the mark is moved on before it is reached.
 */

import { randomUUID } from "node:crypto"
import { existsSync, readlinkSync, realpathSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { NOT_A_DATABASE, refuseForeign } from "./foreign-files.ts"
import { OpenedFile } from "./opened-file.ts"
import { type PackedRow, type PackedRows, ROW, rowsOf } from "./packed-rows.ts"
import { expiryIndex, metaTable, quoted, type TableNames } from "./quoted-names.ts"
import { type FactsRow, nullable, packRows, SqliteConnection, type Statement } from "./sqlite-connection.ts"
import { SCHEMA_VERSION, type Statements, statementsOf } from "./sqlite-statements.ts"
import { MOST_UNCOMMITTED, type Opened } from "./store-database.ts"
import { ProblemError, problemOf, type WorkerSettings, type WriterCalls } from "./worker-protocol.ts"

/** How far the mark of versions is ahead of what was committed. */
const VERSIONS_AHEAD = 2 * MOST_UNCOMMITTED

/** The clock is written down no more often than that, and then with something else: it would cost each commit a page. */
const CLOCK_STEP_MS = 1000

/**
 * So many pages in the write-ahead log, 16 MiB, and they are moved into the database, while a commit waits. It costs two syncs, and what was written often
 * in the meantime is moved once: after SQLite's thousand pages it takes as long as all else of a commit of a hundred small rows, on the average.
 */
const PAGES_IN_LOG = 4000

/** SQLite's result code for what another connection has locked. */
const BUSY = 5

/** Opens a file for writing. */
type Connect = (path: string, busyTimeoutMs: number) => SqliteConnection

const connectTo: Connect = (path, busyTimeoutMs) => new SqliteConnection(path, busyTimeoutMs, false)

/** Its own statements, prepared. */
interface Prepared {
  readonly put: Statement<never>
  readonly touch: Statement<never>
  readonly remove: Statement<never>
  readonly expired: Statement<FactsRow>
  readonly writeMeta: Statement<never>
}

/** What was carried out ahead. */
interface Staged {
  /** The highest version in it. */
  readonly highest: number
  readonly failure?: { readonly error: unknown }
}

export class SqliteWriter implements WriterCalls {
  readonly #settings: WorkerSettings
  readonly #connect: Connect
  readonly #statements: Statements
  #lock: SqliteConnection | undefined = undefined
  #connection: SqliteConnection | undefined = undefined
  #prepared: Prepared | undefined = undefined
  /** The database's file, and its write-ahead log. */
  #files: readonly OpenedFile[] = []
  #lockFile: OpenedFile | undefined = undefined
  /** Whether some of the file is gone, whatever has come in its place: what this connection has read of it may be gone, too. */
  #isCut = false
  /** Versions up to it are taken to have been given. */
  #mark = 0
  #clock = 0
  /** What was carried out ahead of the next commit; a transaction is under way, unless something went wrong. */
  #staged: Staged | undefined = undefined

  /** `connect` is for tests, who look at the connection that writes. */
  constructor(settings: WorkerSettings, connect: Connect = connectTo) {
    this.#settings = settings
    this.#connect = connect
    this.#statements = statementsOf(settings.names)
  }

  open(): Opened {
    const { path, busyTimeoutMs } = this.#settings
    try {
      refuseForeign(fileAt(path))
      // What is refused has no lock beside it then.
      if (existsSync(path)) {
        this.#connection = this.#connect(path, busyTimeoutMs)
        this.#lookAt(this.#connection)
      }
      this.#takeLock()
      const connection = this.#connection ?? this.#connect(path, busyTimeoutMs)
      this.#connection = connection
      // Whoever had it meanwhile may have made another thing of it.
      this.#lookAt(connection)
      configure(connection)
      const opened = this.#begin(connection)
      this.#isCut = false
      this.#files = [path, `${realpathSync(path)}-wal`].map((one) => new OpenedFile(one))
      return opened
    } catch (error) {
      this.close()
      throw error
    }
  }

  stage(changes: PackedRows): undefined {
    for (const row of rowsOf(changes)) this.stageRow(row)
    return undefined
  }

  /** Nothing is done behind what has failed: it would stand alone. */
  stageRow(row: PackedRow): void {
    const highest = this.#staged?.highest ?? 0
    if (this.#staged?.failure !== undefined) return
    try {
      const prepared = this.#open()
      if (this.#staged === undefined) this.#connected().begin()
      apply(prepared, row)
      this.#staged = { highest: Math.max(highest, row.version) }
    } catch (error) {
      this.#connection?.undo()
      this.#staged = { highest, failure: { error } }
    }
  }

  commit({ changes, now }: { readonly changes: PackedRows; readonly now: number }): undefined {
    const isClockDue = now >= this.#clock + CLOCK_STEP_MS
    const staged = this.#staged
    this.#staged = undefined
    if (staged === undefined && changes.numbers.length === 0 && !isClockDue) return undefined
    if (staged?.failure !== undefined) throw staged.failure.error
    const prepared = this.#open()
    if (staged === undefined) this.#connected().begin()
    const mark = this.#connected().commit(() => {
      this.#checkPlace()
      const highest = Math.max(staged?.highest ?? 0, applyAll(prepared, changes))
      const next = highest > this.#mark - MOST_UNCOMMITTED ? highest + VERSIONS_AHEAD : this.#mark
      if (next !== this.#mark) prepared.writeMeta.run("versions", String(next))
      if (isClockDue) prepared.writeMeta.run("clock", String(now))
      return next
    })
    this.#mark = mark
    if (isClockDue) this.#clock = now
    return undefined
  }

  removeExpired({ now, limit }: { readonly now: number; readonly limit: number }): PackedRows {
    const { expired, remove } = this.#open()
    return this.#connected().transaction(() => {
      this.#checkPlace()
      const rows = expired.all(now, limit)
      for (const { key } of rows) remove.run(key)
      return packRows(rows)
    })
  }

  close(): undefined {
    this.#staged = undefined
    const [connection, lock] = [this.#connection, this.#lock]
    this.#connection = undefined
    this.#lock = undefined
    this.#prepared = undefined
    try {
      if (connection !== undefined && !this.#isInPlace) emptyLog(connection)
      connection?.close()
    } finally {
      this.#files = []
      lock?.close()
    }
    return undefined
  }

  get #isInPlace(): boolean {
    return this.#files.every((file) => file.isAsItWas())
  }

  #checkPlace(): void {
    const before = this.#files[0]?.bytes ?? 0
    if (!this.#isInPlace) throw new ProblemError({ type: "moved" })
    if (this.#lockFile?.isAsItWas() !== true) throw new ProblemError({ type: "unlocked" })
    const bytes = this.#files[0]?.bytes ?? 0
    // Whoever vacuums a database makes it shorter, too.
    if (bytes < before && !this.#isWhole(bytes)) this.#isCut = true
    if (this.#isCut) throw new ProblemError({ type: "cut" })
  }

  /** One that is empty would be taken for a new one, whatever its log has. */
  #isWhole(bytes: number): boolean {
    if (bytes === 0) return false
    const connection = new SqliteConnection(this.#settings.path, this.#settings.busyTimeoutMs, true)
    try {
      return connection.pragma("quick_check(1)") === "ok"
    } catch {
      return false
    } finally {
      connection.close()
    }
  }

  // -- how it is opened ----------------------------------------------------------------------------------------------

  /** A transaction that is never ended, in a file of its own: the system takes it back when the process ends. */
  #takeLock(): void {
    const { path, names, busyTimeoutMs } = this.#settings
    this.#lock = new SqliteConnection(lockPath(path, names), busyTimeoutMs, false)
    try {
      // Nothing is ever written to it, so it needs no journal beside it.
      this.#lock.run("PRAGMA journal_mode = MEMORY")
      this.#lock.run("BEGIN EXCLUSIVE")
      this.#lockFile = new OpenedFile(lockPath(path, names))
    } catch (error) {
      const problem = problemOf(error)
      if (problem.type !== "sqlite") throw error
      if ((problem.code & 0xff) === BUSY) throw new ProblemError({ type: "held" })
      if ((problem.code & 0xff) === NOT_A_DATABASE)
        throw refused("path", `has a lock beside it that is no store's: ${lockPath(path, names)}`)
      throw error
    }
  }

  /** Refuses what is not ours, before anything has changed. */
  #lookAt(connection: SqliteConnection): void {
    const isThere = connection.prepare<object>(this.#statements.isThere)
    const { names } = this.#settings
    if (isThere.get(metaTable(names)) === undefined) {
      const taken = [names.table, expiryIndex(names)].find((name) => isThere.get(name) !== undefined)
      if (taken !== undefined)
        throw refused("table", `names ${taken}, which is there and is no store's${lackingIn(connection, names, taken)}`)
      return
    }
    const meta = readMeta(connection, this.#statements)
    const schema = meta.get("schema")
    if (schema === undefined) throw refused("table", `names ${metaTable(names)}, which is there and is no store's`)
    if (schema !== String(SCHEMA_VERSION)) {
      throw refused("path", `holds a store of schema version ${schema}, and this release reads ${SCHEMA_VERSION}`)
    }
    const columns = JSON.stringify(names.columns)
    if (meta.get("columns") !== columns) throw refused("columns", `must be those it was made with: ${meta.get("columns")}`)
    if (isThere.get(names.table) === undefined) throw refused("table", `names ${names.table}, which is gone`)
  }

  #begin(connection: SqliteConnection): Opened {
    const opened = connection.transaction(() => {
      // Another store may have made a table of that name at this moment; from here on nobody does.
      this.#lookAt(connection)
      if (connection.prepare(this.#statements.isThere).get(metaTable(this.#settings.names)) === undefined) this.#create(connection)
      const meta = readMeta(connection, this.#statements)
      const lastVersion = Number(meta.get("versions"))
      this.#mark = lastVersion + VERSIONS_AHEAD
      connection.prepare(this.#statements.writeMeta).run("versions", String(this.#mark))
      const { count } = connection.prepare<{ count: number }>(this.#statements.countAll).get() ?? { count: 0 }
      return { epoch: meta.get("epoch") ?? "", lastVersion, clock: Number(meta.get("clock")), entries: count }
    })
    this.#clock = opened.clock
    this.#prepared = prepareAll(connection, this.#statements)
    return opened
  }

  #create(connection: SqliteConnection): void {
    for (const statement of this.#statements.create) connection.run(statement)
    const write = connection.prepare(this.#statements.writeMeta)
    const columns = JSON.stringify(this.#settings.names.columns)
    const meta = { schema: String(SCHEMA_VERSION), epoch: randomUUID(), versions: "0", clock: "0", columns }
    for (const [name, value] of Object.entries(meta)) write.run(name, value)
  }

  #open(): Prepared {
    if (this.#prepared === undefined) throw new Error("the database is not open")
    return this.#prepared
  }

  #connected(): SqliteConnection {
    if (this.#connection === undefined) throw new Error("the database is not open")
    return this.#connection
  }
}

/** One for each table, by whatever path and in whatever capitals it is named. */
function lockPath(path: string, { table }: TableNames): string {
  return `${fileAt(path)}-${table.toLowerCase()}.lock`
}

/** Where the file is that is opened by that name, or will be made: a link may lead to what is not there yet. */
function fileAt(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  try {
    return fileAt(resolve(realpathSync(dirname(path)), readlinkSync(path)))
  } catch {
    return path
  }
}

/** Which columns a table of somebody else's has not, as words behind what is said of it. */
function lackingIn(connection: SqliteConnection, { table, columns }: TableNames, taken: string): string {
  if (taken !== table) return ""
  const rows = connection.prepare<{ readonly name: string }>(`PRAGMA table_info(${quoted(table)})`).all()
  const there = new Set(rows.map(({ name }) => name.toLowerCase()))
  const lacking = Object.values(columns).filter((name) => !there.has(name.toLowerCase()))
  return lacking.length === 0 ? "" : `: it lacks the columns ${lacking.join(", ")}`
}

/** What makes a commit durable, and lets others read meanwhile; on a Mac a sync alone does not reach the disk. */
function configure(connection: SqliteConnection): void {
  const mode = connection.pragma("journal_mode = WAL")
  if (mode !== "wal") throw refused("path", `is where no write-ahead log can be kept: its journal's mode stays ${mode}`)
  connection.run("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
  connection.run(`PRAGMA wal_autocheckpoint = ${PAGES_IN_LOG}`)
}

/**
 * Moves what is in the write-ahead log into the file it belongs to, wherever that is now: SQLite leaves the log of a file that was moved, and would take it for
 * that of the one that is in its place.
 */
function emptyLog(connection: SqliteConnection): void {
  try {
    connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
  } catch {
    // It is left as it is.
  }
}

function prepareAll(connection: SqliteConnection, { put, touch, remove, expired, writeMeta }: Statements): Prepared {
  return {
    put: connection.prepare(put),
    touch: connection.prepare(touch),
    remove: connection.prepare(remove),
    expired: connection.prepare(expired),
    writeMeta: connection.prepare(writeMeta),
  }
}

function readMeta(connection: SqliteConnection, { readMeta: statement }: Statements): Map<string, string> {
  try {
    const rows = connection.prepare<{ name: string; value: string }>(statement).all()
    return new Map(rows.map(({ name, value }) => [name, value]))
  } catch (error) {
    // A table of that name with other columns.
    if (/no such column/.test(String(error))) return new Map()
    throw error
  }
}

/** Carries all out; gives the highest version. */
function applyAll(prepared: Prepared, changes: PackedRows): number {
  let highest = 0
  for (const row of rowsOf(changes)) {
    apply(prepared, row)
    if (row.version > highest) highest = row.version
  }
  return highest
}

function apply({ put, touch, remove }: Prepared, { sort, key, value, version, expiresAt, idleMs, limitAt }: PackedRow): void {
  if (sort === ROW.remove) remove.run(key)
  else if (sort === ROW.touch) touch.run(version, nullable(expiresAt), nullable(idleMs), nullable(limitAt), key)
  else put.run(key, version, nullable(expiresAt), nullable(idleMs), nullable(limitAt), value)
}

function refused(field: string, text: string): ProblemError {
  return new ProblemError({ type: "refused", field, text })
}
