/**
 * A SQLite database as a durable store has it: two threads of its own, one that writes and one that reads.
 *
 * Invariants
 * - The event loop waits for no disk: what is asked is a message to a thread.
 * - What was acknowledged is on disk. A thread that ends takes nothing with it that was: what was under way fails, and both threads end, as one
 *   without the other is no database. It can be opened again.
 * - Opening and closing come one after the other, in the order they were asked for.
 */

import { resolve } from "node:path"
import { Conflict, checkOptions, invalid, shown } from "../../src/index.ts"
import { rangeOf } from "./key-bytes.ts"
import { entriesOf, factsOfAll, memoryOf, packKeys } from "./packed-rows.ts"
import type { ColumnNames } from "./quoted-names.ts"
import { errorOfProblem, lostThread, notOpen } from "./sqlite-errors.ts"
import type { Change, DatabaseSize, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "./store-database.ts"
import { readNames } from "./table-names.ts"
import type { FilePlace } from "./tenancy.ts"
import { readTimeLimit } from "./time-limits.ts"
import { type LineErrors, WorkerLine } from "./worker-line.ts"
import type { ReaderCalls, WorkerSettings } from "./worker-protocol.ts"
import { WriterLine } from "./writer-line.ts"

/** Where the entries are kept, and under which names. */
export interface SqliteOptions {
  /**
   * The file, which is made where it is not there; its folder must be. Beside it stand the write-ahead log (`-wal`, which grows to some 16 MiB, and `-shm`)
   * and a lock (`-<table>.lock`), which is empty: where that is removed while it is open, nothing is written any more.
   */
  readonly path: string
  /** The table; beside it there is one called `<table>_meta`. Default "entries". */
  readonly table?: string
  /** Names of the columns. */
  readonly columns?: ColumnNames
  /** How long to wait for what another program has locked, in ms. Default 5000. */
  readonly busyTimeoutMs?: number
}

const OPTIONS: readonly (keyof SqliteOptions)[] = ["path", "table", "columns", "busyTimeoutMs"]

const DEFAULT_BUSY_TIMEOUT_MS = 5000

/** Both threads of a database that is open. */
interface Lines {
  readonly writer: WriterLine
  readonly reader: WorkerLine<ReaderCalls>
}

/**
 * A SQLite database to keep a store in; nothing is opened yet.
 *
 * Units   busyTimeoutMs: milliseconds.
 * Errors  Invalid, for options that cannot be meant: a `path` that is no file's, names that are no names.
 * Cost    two threads while it is open.
 *
 * @example
 * const database = sqliteDatabase({ path: "/var/lib/app/sessions.db", table: "sessions" })
 */
export function sqliteDatabase(options: SqliteOptions): StoreDatabase {
  const { path, table, columns, busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS } = checkOptions(options, OPTIONS)
  return new SqliteDatabase(readPath(path), {
    names: readNames(table, columns),
    busyTimeoutMs: readTimeLimit("busyTimeoutMs", busyTimeoutMs),
  })
}

function readPath(path: unknown): string {
  if (typeof path !== "string" || path === "") throw invalid("path", `must be the path of a file; got ${shown(path)}`)
  if (path.includes("\0")) throw invalid("path", "must have no NUL in it")
  if (!path.isWellFormed()) throw invalid("path", "must be well-formed text: another name would be made of it")
  if (path === ":memory:") throw invalid("path", "must be that of a file: what is in memory alone is a store without a database")
  return resolve(path)
}

/** Where that database is, if it is one of these. */
export function fileOf(database: StoreDatabase): FilePlace | undefined {
  return database instanceof SqliteDatabase ? database.file : undefined
}

class SqliteDatabase implements StoreDatabase {
  readonly #path: string
  readonly #settings: Omit<WorkerSettings, "role" | "path" | "lane">
  readonly #errors: LineErrors
  #lines: Lines | undefined = undefined
  /** Settles, and never rejects, when the last that was asked of opening and closing is done. */
  #turn: Promise<void> = Promise.resolve()

  constructor(path: string, settings: Omit<WorkerSettings, "role" | "path" | "lane">) {
    this.#path = path
    this.#settings = settings
    this.#errors = { ofProblem: (problem) => errorOfProblem(problem, path), ofEnd: (cause) => lostThread(path, cause) }
  }

  get file(): FilePlace {
    return { path: this.#path, table: this.#settings.names.table }
  }

  open(): Promise<Opened> {
    return this.#inTurn(() => this.#open())
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#close())
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    await this.#current().writer.commit(changes, now)
  }

  stage(changes: readonly Change[]): void {
    this.#current().writer.stage(changes)
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    const packed = packKeys(keys)
    return entriesOf(await this.#current().reader.ask("read", packed, memoryOf(packed)))
  }

  async look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]> {
    const packed = packKeys(keys)
    return factsOfAll(await this.#current().reader.ask("look", packed, memoryOf(packed)))
  }

  async page({ prefix, after, limit, now }: PageQuery): Promise<readonly EntryFacts[]> {
    return present(factsOfAll(await this.#current().reader.ask("page", { ...rangeOf(prefix, after), limit, now })))
  }

  async count(prefix: string, now: number): Promise<number> {
    return this.#current().reader.ask("count", { ...rangeOf(prefix), now })
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    return present(factsOfAll(await this.#current().writer.removeExpired(now, limit)))
  }

  async size(): Promise<DatabaseSize> {
    return this.#current().reader.ask("size", undefined)
  }

  /** Both threads; throws where there are none, or no longer both. */
  #current(): Lines {
    if (this.#lines === undefined) throw notOpen(this.#path)
    return this.#lines
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work)
    this.#turn = done.then(ignore, ignore)
    return done
  }

  async #open(): Promise<Opened> {
    if (this.#lines !== undefined && !hasEnded(this.#lines)) throw new Conflict(`the database ${this.#path} is open`)
    const lines = this.#start()
    try {
      const opened = await lines.writer.open()
      await lines.reader.ask("open", undefined)
      this.#lines = lines
      return opened
    } catch (error) {
      await endBoth(lines)
      throw error
    }
  }

  /** The end of one thread is the end of the other, too. */
  #start(): Lines {
    const settings = { path: this.#path, ...this.#settings }
    const lines: Lines = {
      writer: new WriterLine(settings, this.#errors, () => void endBoth(lines)),
      reader: new WorkerLine<ReaderCalls>({ role: "reader", ...settings }, this.#errors, () => void endBoth(lines)),
    }
    return lines
  }

  /** Behind all that was asked before. The reader goes first: who is the last to go takes the write-ahead log with it. */
  async #close(): Promise<void> {
    const lines = this.#lines
    this.#lines = undefined
    if (lines === undefined) return
    await lines.reader.ask("close", undefined).catch(ignore)
    await lines.writer.close().catch(ignore)
    await endBoth(lines)
  }
}

function hasEnded({ writer, reader }: Lines): boolean {
  return writer.hasEnded || reader.hasEnded
}

async function endBoth({ writer, reader }: Lines): Promise<void> {
  await Promise.all([writer.end(), reader.end()])
}

function present(rows: readonly (EntryFacts | undefined)[]): EntryFacts[] {
  return rows.filter((row) => row !== undefined)
}

function ignore(): void {}
