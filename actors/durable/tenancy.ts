/**
 * Whose a database is: of one incarnation of one store at a time. What an incarnation that has ended still asks for is refused.
 */

import { Conflict, PigeonholeError, Unavailable } from "../../src/index.ts"
import { countFrom, openedOf, rowsFrom, sizeFrom } from "./given-by-database.ts"
import { presentDisk, type SimulatedDisk } from "./simulated-disk.ts"
import type { Change, DatabaseSize, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "./store-database.ts"

/** Where a database is, that is in a file. */
export interface FilePlace {
  readonly path: string
  readonly table: string
}

interface Moved {
  readonly database: Tenancy
  readonly opened: Opened
}

const TAKEN = "the database is another store's: each store needs one, or a table, of its own"

/** One for each database, whichever stores are defined on it. */
const places = new WeakMap<StoreDatabase, Place>()

/** `file`: where it is kept, if it is in one. */
export function placeOf(database: StoreDatabase, file: FilePlace | undefined): Place {
  const place = places.get(database) ?? new Place(database, file)
  places.set(database, place)
  return place
}

/** A database that somebody may have open. */
export class Place {
  readonly #database: StoreDatabase
  readonly #file: FilePlace | undefined
  #tenant: Tenancy | undefined = undefined
  /** Fulfilled when whoever was killed has let go of it. */
  #left: Promise<unknown> = Promise.resolve()
  /** Where it is in a simulation, by the disk of each world: an application may be defined once, and run in many. */
  readonly #simulated = new WeakMap<SimulatedDisk, Place>()

  /** `file`: where it is kept, if it is in one. */
  constructor(database: StoreDatabase, file?: FilePlace) {
    this.#database = database
    this.#file = file
  }

  /** Opens it for an incarnation, which lives until `signal` is aborted. Throws `Conflict` while another one lives. */
  move(signal: AbortSignal): Promise<Moved> {
    const disk = presentDisk()
    return disk === undefined || this.#file === undefined ? this.#move(signal) : this.#on(disk, this.#file).#move(signal)
  }

  #on(disk: SimulatedDisk, { path, table }: FilePlace): Place {
    const known = this.#simulated.get(disk) ?? new Place(disk.databaseAt(path, table))
    this.#simulated.set(disk, known)
    return known
  }

  async #move(signal: AbortSignal): Promise<Moved> {
    if (this.#tenant?.isAlive === true) throw new Conflict(TAKEN, { details: { field: "database" } })
    const database = new Tenancy(this.#database, signal)
    this.#tenant?.end()
    this.#tenant = database
    await this.#left
    // Whoever was told to stop, and then killed, may have left it open.
    await this.#database.close()
    const opened = openedOf(await this.#database.open(signal))
    if (signal.aborted) this.#leave(database, signal)
    else signal.addEventListener("abort", () => this.#leave(database, signal), { once: true })
    return { database, opened }
  }

  /** Who was killed lets go of nothing, and nobody may come who would do it. Whoever is told to stop does it when all is written. */
  #leave(database: Tenancy, { reason }: AbortSignal): void {
    if (reason instanceof PigeonholeError && reason.details.reason === "killed") this.#left = database.close().catch(() => {})
  }
}

export class Tenancy {
  readonly #database: StoreDatabase
  readonly #signal: AbortSignal
  #isOver = false
  #committing: Promise<unknown> = Promise.resolve()
  /** Of a database that says only later whether it has taken what it was told ahead. */
  #ahead: Promise<unknown>[] = []

  constructor(database: StoreDatabase, signal: AbortSignal) {
    this.#database = database
    this.#signal = signal
  }

  /** The database itself, as it was given. */
  get itself(): StoreDatabase {
    return this.#database
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
    const commit = this.#carryOut(changes, now)
    this.#committing = commit.catch(() => {})
    return commit
  }

  /** Tells the database ahead what the next commit is to hold, too. `false`: it has not taken it. */
  stage(changes: readonly Change[]): boolean {
    if (this.#isOver || this.#database.stage === undefined) return false
    try {
      const taken: unknown = this.#database.stage(changes)
      if (taken !== undefined) this.#awaitAhead(taken)
      return true
    } catch {
      return false
    }
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    return rowsFrom("read", await this.#current.read(keys), keys.length)
  }

  async page(query: PageQuery): Promise<readonly EntryFacts[]> {
    return rowsFrom("page", await this.#current.page(query))
  }

  async count(prefix: string, now: number): Promise<number> {
    return countFrom("count", await this.#current.count(prefix, now))
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    return rowsFrom("removeExpired", await this.#current.removeExpired(now, limit))
  }

  async size(): Promise<DatabaseSize> {
    return sizeFrom(await this.#current.size())
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#database.close()
  }

  async #carryOut(changes: readonly Change[], now: number): Promise<void> {
    const ahead = this.#ahead
    this.#ahead = []
    await this.#current.commit(changes, now)
    await Promise.all(ahead)
  }

  #awaitAhead(taken: unknown): void {
    const done = Promise.resolve(taken)
    done.catch(() => {})
    this.#ahead.push(done)
  }

  get #current(): StoreDatabase {
    if (this.#isOver) throw new Unavailable("the store has ended: its database is not its own any more", { retryable: false })
    return this.#database
  }
}
