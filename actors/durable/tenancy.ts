/**
 * Whose a database is: of one incarnation of one store at a time. What an incarnation that has ended still asks for is refused.
 */

import { Conflict, Unavailable } from "../../src/index.ts"
import type { Change, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "./store-database.ts"

/** A database that somebody may have open. */
export class Place {
  readonly #database: StoreDatabase
  #tenant: Tenancy | undefined = undefined

  constructor(database: StoreDatabase) {
    this.#database = database
  }

  /** Opens it for an incarnation, which lives until `signal` is aborted. Throws `Conflict` while another one lives. */
  async move(signal: AbortSignal): Promise<{ readonly database: Tenancy; readonly opened: Opened }> {
    if (this.#tenant?.isAlive === true) throw new Conflict("the database is another store's: each store needs one, or a table, of its own")
    const database = new Tenancy(this.#database, signal)
    this.#tenant?.end()
    this.#tenant = database
    // One that was killed has left it open.
    await this.#database.close()
    return { database, opened: await this.#database.open() }
  }
}

export class Tenancy {
  readonly #database: StoreDatabase
  readonly #signal: AbortSignal
  #isOver = false
  #committing: Promise<unknown> = Promise.resolve()

  constructor(database: StoreDatabase, signal: AbortSignal) {
    this.#database = database
    this.#signal = signal
  }

  get isAlive(): boolean {
    return !this.#isOver && !this.#signal.aborted
  }

  end(): void {
    this.#isOver = true
  }

  /** Settles, and never rejects, when the commit that is under way was carried out, or was not. */
  get committing(): Promise<unknown> {
    return this.#committing
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    const commit = this.#current.commit(changes, now)
    this.#committing = commit.catch(() => {})
    return commit
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    return this.#current.read(keys)
  }

  async page(query: PageQuery): Promise<readonly EntryFacts[]> {
    return this.#current.page(query)
  }

  async count(prefix: string, now: number): Promise<number> {
    return this.#current.count(prefix, now)
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    return this.#current.removeExpired(now, limit)
  }

  async size() {
    return this.#current.size()
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#database.close()
  }

  get #current(): StoreDatabase {
    if (this.#isOver) throw new Unavailable("the store has ended: its database is not its own any more", { retryable: false })
    return this.#database
  }
}
