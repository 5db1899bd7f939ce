/**
 * A connection to SQLite as a thread of ours has it. Synchronous: whoever uses it, waits.
 *
 * `node:sqlite` gives a row as an object of columns; what a statement is known to give is said here, once.
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { type PackedFacts, type PackedRows, ROW, RowPacker } from "./packed-rows.ts"

/** A row that tells of an entry; the value where it was asked for. */
export interface FactsRow {
  readonly key: Uint8Array
  readonly version: number
  readonly expiresAt: number | null
  readonly idleMs: number | null
  readonly limitAt: number | null
  readonly value?: Uint8Array
}

/** What is bound and what comes back, as the statement has it. */
export interface Statement<Row> {
  get(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): Row[]
  run(...values: SQLInputValue[]): void
}

export class SqliteConnection {
  readonly #database: DatabaseSync

  constructor(path: string, busyTimeoutMs: number, readOnly: boolean) {
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly, enableForeignKeyConstraints: false })
  }

  /** Whether a transaction is under way; one that fails for want of room is undone by SQLite itself. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  run(statement: string): void {
    this.#database.exec(statement)
  }

  /** `Row` is what `statement` gives. */
  prepare<Row>(statement: string): Statement<Row> {
    return new PreparedStatement<Row>(this.#database.prepare(statement))
  }

  /** The first column of the first row. */
  pragma(text: string): unknown {
    const row = this.#database.prepare(`PRAGMA ${text}`).get()
    return row === undefined ? undefined : Object.values(row)[0]
  }

  begin(): void {
    this.run("BEGIN IMMEDIATE")
  }

  /** All of it, or nothing. */
  transaction<Result>(work: () => Result): Result {
    this.begin()
    return this.commit(work)
  }

  /** The same for a transaction that has begun: what was done in it before goes with `work`. */
  commit<Result>(work: () => Result): Result {
    try {
      const result = work()
      this.run("COMMIT")
      return result
    } catch (error) {
      this.undo()
      throw error
    }
  }

  undo(): void {
    if (this.isInTransaction) this.run("ROLLBACK")
  }

  close(): void {
    this.#database.close()
  }
}

class PreparedStatement<Row> implements Statement<Row> {
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  get(...values: SQLInputValue[]): Row | undefined {
    return this.#statement.get(...values) as Row | undefined
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.#statement.all(...values) as Row[]
  }

  run(...values: SQLInputValue[]): void {
    this.#statement.run(...values)
  }
}

const NO_VALUE = new Uint8Array(0)

/** Room for a row, where nobody knows how much it takes. */
const BYTES_A_ROW = 64

/** Rows on their way to who asked for them; `undefined` is what is not there. */
export function packRows(rows: readonly (FactsRow | undefined)[]): PackedRows {
  const packer = new RowPacker(rows.length, rows.length * BYTES_A_ROW)
  for (const row of rows) {
    if (row === undefined) packer.addNone()
    else packer.addBytes(ROW.facts, row.key, row.value ?? NO_VALUE, packedFacts(row))
  }
  return packer.done()
}

function packedFacts({ version, expiresAt, idleMs, limitAt }: FactsRow): PackedFacts {
  return { version, expiresAt: expiresAt ?? Number.NaN, idleMs: idleMs ?? Number.NaN, limitAt: limitAt ?? Number.NaN }
}

/** As SQLite has what is not said. */
export function nullable(number: number): number | null {
  return Number.isNaN(number) ? null : number
}
