/**
 * The connection that reads, in a thread of its own: with a write-ahead log no reader waits for a commit, and none holds one up.
 *
 * Each call is one statement a key or a page, and sees what was committed when it began.
 */

import { type PackedRows, rowsOf } from "./packed-rows.ts"
import { type FactsRow, packRows, SqliteConnection, type Statement } from "./sqlite-connection.ts"
import { statementsOf } from "./sqlite-statements.ts"
import type { DatabaseSize } from "./store-database.ts"
import type { ReaderCalls, WorkerSettings } from "./worker-protocol.ts"

type Range = { readonly from: Uint8Array; readonly to: Uint8Array; readonly now: number }

/** Its own statements, prepared. */
interface Prepared {
  readonly read: Statement<FactsRow>
  readonly look: Statement<FactsRow>
  readonly page: Statement<FactsRow>
  readonly count: Statement<{ readonly count: number }>
  readonly countAll: Statement<{ readonly count: number }>
}

export class SqliteReader implements ReaderCalls {
  readonly #settings: WorkerSettings
  #connection: SqliteConnection | undefined = undefined
  #prepared: Prepared | undefined = undefined

  constructor(settings: WorkerSettings) {
    this.#settings = settings
  }

  open(): undefined {
    const { path, names, busyTimeoutMs } = this.#settings
    const connection = new SqliteConnection(path, busyTimeoutMs, true)
    const { read, look, page, count, countAll } = statementsOf(names)
    this.#connection = connection
    this.#prepared = {
      read: connection.prepare(read),
      look: connection.prepare(look),
      page: connection.prepare(page),
      count: connection.prepare(count),
      countAll: connection.prepare(countAll),
    }
    return undefined
  }

  read(keys: PackedRows): PackedRows {
    const { read } = this.#open()
    return packRows(Array.from(rowsOf(keys), ({ key }) => read.get(key)))
  }

  look(keys: PackedRows): PackedRows {
    const { look } = this.#open()
    return packRows(Array.from(rowsOf(keys), ({ key }) => look.get(key)))
  }

  page({ from, to, limit, now }: Range & { readonly limit: number }): PackedRows {
    return packRows(this.#open().page.all(from, to, now, limit))
  }

  count({ from, to, now }: Range): number {
    return this.#open().count.get(from, to, now)?.count ?? 0
  }

  size(): DatabaseSize {
    const entries = this.#open().countAll.get()?.count ?? 0
    const bytes = Number(this.#connection?.pragma("page_count")) * Number(this.#connection?.pragma("page_size"))
    return { entries, bytes }
  }

  close(): undefined {
    this.#connection?.close()
    this.#connection = undefined
    this.#prepared = undefined
    return undefined
  }

  #open(): Prepared {
    if (this.#prepared === undefined) throw new Error("the database is not open")
    return this.#prepared
  }
}
