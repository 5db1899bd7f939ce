/**
 * A database of a simulated world, by the store's port: each thing that it is asked for is carried out in a step of its own, and its outcome arrives in another.
 * So a commit is acknowledged as late as the schedule likes, and whoever has asked for it may be dead by then.
 *
 * Invariants
 * - A commit is whole or not there. Commits and removals are carried out in the order in which they were asked for.
 * - What was acknowledged stays. What was asked for by an incarnation that was killed is there or not, as it was carried out before the next one has closed what
 *   that had left open, or not.
 * - It fails where a fault falls (`databaseFails`), and where it is not open.
 */

import { Conflict, checkOptions, invalid, shown, Unavailable } from "../../src/index.ts"
import { callOutside, isWorld, type World } from "../../src/simulation.ts"
import type { Change, DatabaseSize, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "../durable/store-database.ts"
import { SimulatedTable } from "./simulated-table.ts"

/** What a simulated database is called; may be left out. */
export interface SimulatedDatabaseOptions {
  /** As stories name it. Default `database`. */
  readonly name?: string | undefined
}

/**
 * A database for a `durableStore` of one schedule, empty at first: `durableStore({ database: simulatedDatabase(world) })`. Of a store with a `path` nothing has to be
 * said: while a schedule runs its file is of the world, and such a database.
 *
 * Make it where the application is made, which is given its world. A commit is acknowledged late; it is lost or kept as a whole where the store's process is killed
 * meanwhile; with `faults: { databaseFails: 1 }` it fails, done or not.
 *
 * Errors  Invalid, for what is no world, and naming the option.
 *
 * @example
 * import { type Runtime, StoreMailbox } from "pigeonhole"
 * import { durableStore } from "pigeonhole/durable"
 * import { explore, simulatedDatabase, type World } from "pigeonhole/simulation"
 *
 * const shop = (world: World) => ({
 *   tree: { "app:orders": durableStore<number>({ database: simulatedDatabase(world) }) },
 *   async run(runtime: Runtime) {
 *     const orders = await runtime.acquire("app:orders", { as: StoreMailbox<number> })
 *     await orders.set("a", 1)
 *     if (world.entriesOf("app:orders")?.get("a") !== 1) throw new Error("acknowledged, and not on disk")
 *   },
 * })
 * const report = await explore(shop, { schedules: 50 })
 * report.failure // => undefined
 */
export function simulatedDatabase(world: World, options?: SimulatedDatabaseOptions): StoreDatabase {
  if (!isWorld(world)) throw invalid("world", `must be the world that the application is made for; got ${shown(world)}`)
  const { name = "database" } = checkOptions(options, ["name"])
  if (typeof name !== "string" || name === "") throw invalid("name", `must be a text that is not empty; got ${shown(name)}`)
  return new SimulatedDatabase(world, name, newTable(world))
}

/** Another collection has another name. */
export function newTable(world: World): SimulatedTable {
  return new SimulatedTable(Math.floor(world.random() * 2 ** 40).toString(36))
}

/** From an opening to the closing that ends it. */
interface Use {
  isOver: boolean
}

export class SimulatedDatabase implements StoreDatabase {
  readonly table: SimulatedTable
  readonly #world: World
  readonly #name: string
  #use: Use | undefined = undefined
  /** Of what is to be carried out in order, and has not been. */
  readonly #places = new Set<object>()

  constructor(world: World, name: string, table: SimulatedTable) {
    this.#world = world
    this.#name = name
    this.table = table
  }

  open(): Promise<Opened> {
    return this.#ask("open", () => {
      if (this.#use !== undefined) throw new Conflict(`${this.#name} is open`)
      if (this.table.user !== undefined) throw new Unavailable(`${this.#name} is open elsewhere: it has one store at a time`)
      this.table.user = this
      this.#use = { isOver: false }
      return this.table.open()
    })
  }

  /** May overtake what is under way, which is lost then: where nobody waits for that any more. */
  async close(): Promise<void> {
    if (this.#use === undefined && this.table.user !== this) return
    await callOutside(this.#world, { name: this.#name, what: "close", sort: undefined, work: () => this.#close() })
  }

  #close(): void {
    if (this.#use !== undefined) this.#use.isOver = true
    this.#use = undefined
    // They hold up nobody of the next use: each comes whenever it likes, and is too late.
    this.#places.clear()
    if (this.table.user === this) this.table.user = undefined
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    const given = changes.map(copyOf)
    return this.#line("commit", () => this.table.commit(given, now))
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    return this.#line("removeExpired", () => this.table.removeExpired(now, limit))
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    const named = [...keys]
    return this.#during("read", () => this.table.read(named))
  }

  async look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]> {
    const named = [...keys]
    return this.#during("look", () => this.table.look(named))
  }

  async page(query: PageQuery): Promise<readonly EntryFacts[]> {
    const asked = { ...query }
    return this.#during("page", () => this.table.page(asked))
  }

  async count(prefix: string, now: number): Promise<number> {
    return this.#during("count", () => this.table.count(prefix, now))
  }

  async size(): Promise<DatabaseSize> {
    return this.#during("size", () => ({ entries: this.table.size, bytes: this.table.bytes }))
  }

  // -- how it is carried out -----------------------------------------------------------------------------------------

  #ask<T>(what: string, work: () => T, isReady = (): boolean => true): Promise<T> {
    return callOutside(this.#world, { name: this.#name, what, sort: "database", work, isReady })
  }

  /** While this use of it lasts. */
  #during<T>(what: string, work: () => T, isReady?: () => boolean): Promise<T> {
    const use = this.#use
    if (use === undefined) throw notOpen(this.#name)
    const guarded = (): T => {
      if (use.isOver) throw notOpen(this.#name)
      return work()
    }
    return this.#ask(what, guarded, isReady)
  }

  /** Not before all that was asked for so has been carried out, or has failed. */
  #line<T>(what: string, work: () => T): Promise<T> {
    const place = {}
    const leave = (): void => void this.#places.delete(place)
    const inTurn = (): T => {
      leave()
      return work()
    }
    const answer = this.#during(what, inTurn, () => !this.#places.has(place) || firstOf(this.#places) === place)
    this.#places.add(place)
    return answer.finally(leave)
  }
}

function firstOf(places: ReadonlySet<object>): object | undefined {
  for (const place of places) return place
  return undefined
}

function notOpen(name: string): Unavailable {
  return new Unavailable(`${name} is not open: what was under way may be done or not`, { retryable: false })
}

function copyOf(change: Change): Change {
  return change.type === "put" ? { ...change, value: change.value.slice() } : { ...change }
}
