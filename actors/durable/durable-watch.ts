/**
 * A durable store as it is watched. An event leaves after the commit that holds it, in the order in which the changes were decided, which is that of their
 * versions.
 *
 * Invariants
 * - What is there is told in the order of the keys, a page at a time, between two commits: a page is what all that was told so far has left. Of what no page has
 *   come to yet, the first writing is told in its place, and from then on each change.
 * - What is over is removed by whoever decides something about its key, and told before that, while somebody watches; what nobody asks for is found by
 *   `Cleaning`. Nothing is told twice.
 * - Of bound entries, which are in memory alone, a commit holds that they are gone.
 */

import type { Removal } from "../store/table-observer.ts"
import type { Change } from "../store/watch-event.ts"
import type { ChangeTeller, Progress, WatchedEntries } from "../store/watched-entries.ts"
import { ALL_TOLD, type Watcher } from "../store/watcher.ts"
import type { CleaningFollower, ToldIncarnation } from "./durable-incarnation.ts"
import { type Row, rowOf, UNHELD } from "./entry-row.ts"
import { type Decided, UNKNOWN, type Write } from "./key-line.ts"
import { type Change as DatabaseChange, MARK_KEY } from "./store-database.ts"

/** Keys of a page. */
const PAGE = 256

export class DurableWatch implements WatchedEntries, CleaningFollower {
  readonly #state: ToldIncarnation
  #teller: ChangeTeller | undefined = undefined
  #lastVersion: number
  #isUpToDate = true
  /** Bound entries that have gone, and how: still to be told. */
  readonly #gone = new Map<string, { readonly removal: Removal; readonly cause: string }>()
  /** The same, until that is told: to who watches they are there. */
  readonly #leaving = new Map<string, Row>()
  /** The keys of which something was told that no page has come to. */
  readonly #early = new WeakMap<Watcher, { readonly round: number; readonly keys: Set<string> }>()
  /** Of the write that comes to be what is there: keys under which nothing was any more. That was told, or was there for a holder that has left. */
  readonly #absent = new Set<string>()

  /** `lastVersion`: no write so far has had a higher one. */
  constructor(state: ToldIncarnation, lastVersion: number) {
    this.#state = state
    this.#lastVersion = lastVersion
  }

  /** Whether anybody wants to know. */
  get isFollowed(): boolean {
    return this.#teller !== undefined
  }

  get lastVersion(): number {
    return this.#teller?.lastTold ?? this.#lastVersion
  }

  get isUpToDate(): boolean {
    return this.#teller !== undefined || this.#isUpToDate
  }

  get newestVersion(): number {
    return this.#state.versions.newest
  }

  follow(teller: ChangeTeller): void {
    this.#teller = teller
    this.#isUpToDate = true
    this.#state.cleaning.hurry()
  }

  unfollow(): void {
    this.#lastVersion = this.lastVersion
    this.#teller = undefined
    this.#gone.clear()
    this.#leaving.clear()
  }

  /** What was asked for before may still be decided. Who is told what is there, or was, wants to know what becomes of that. */
  begins(watcher: Watcher): void {
    watcher.since = watcher.hasInitial || watcher.from !== undefined ? 0 : this.#state.lines.asked
  }

  // -- what is there -----------------------------------------------------------------------------------------------

  async tellSome(watcher: Watcher): Promise<Progress> {
    const { round } = watcher
    try {
      // Of what is over by then nobody is told that it is there, nor that it is not.
      return await this.#state.cleaning.removeBefore((now) => this.#tellPage(watcher, round, now))
    } catch (error) {
      this.#state.probe.look()
      throw error
    }
  }

  async #tellPage(watcher: Watcher, round: number, now: number): Promise<Progress> {
    const limit = Math.min(PAGE, watcher.queue.untilHalfFull)
    if (limit === 0) return "paused"
    const keys = watcher.isPrefix ? await this.#page(watcher, limit, now) : [watcher.text]
    const found = await this.#rows(keys)
    // From here on in one step.
    if (watcher.round !== round) return "more"
    const isAll = !watcher.isPrefix || keys.length < limit
    // One more than fits tells whether there is more.
    const all = this.#withHeld(watcher, found, isAll ? undefined : keys.at(-1), limit + 1)
    const told = all.slice(0, limit)
    const early = this.#earlyOf(watcher)
    for (const [key, row] of told) if (!early.delete(key)) this.#push(watcher, key, row)
    watcher.lastKey = told.at(-1)?.[0] ?? watcher.lastKey
    if (!isAll || told.length < all.length) return "more"
    watcher.cursor = ALL_TOLD
    return "done"
  }

  async #page({ text, lastKey }: Watcher, limit: number, now: number): Promise<readonly string[]> {
    const { database, calendar } = this.#state
    const facts = await database.page({ prefix: text, after: lastKey, limit, now: calendar.at(now) })
    return facts.map(({ key }) => key)
  }

  /** What is on disk, from memory where it is there, too. */
  async #rows(keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const { memory, database, calendar } = this.#state
    const inMemory = new Map(keys.map((key) => [key, memory.row(key)]))
    const cold = keys.filter((key) => inMemory.get(key) === undefined)
    const read = new Map((cold.length === 0 ? [] : await database.read(cold)).map((row, place) => [cold[place], row]))
    const rows = new Map<string, Row>()
    for (const key of keys) {
      const onDisk = read.get(key)
      const row = inMemory.get(key) ?? (onDisk && rowOf(onDisk, calendar))
      if (row !== undefined) rows.set(key, row)
    }
    return rows
  }

  /** With the bound entries in between, in order: up to `end`, where there is one. */
  #withHeld({ text, isPrefix, lastKey }: Watcher, found: ReadonlyMap<string, Row>, end: string | undefined, most: number): [string, Row][] {
    const { memory } = this.#state
    const rows = new Map(found)
    const add = (key: string, row: Row | undefined): void => {
      if (row !== undefined && row.owner !== UNHELD && (end === undefined || key <= end)) rows.set(key, row)
    }
    for (const key of isPrefix ? memory.heldKeys(text, lastKey, most) : [text]) add(key, memory.row(key))
    for (const [key, row] of this.#leaving) if (isPrefix ? key.startsWith(text) && key > (lastKey ?? "") : key === text) add(key, row)
    return [...rows].sort(([one], [other]) => (one < other ? -1 : 1))
  }

  #earlyOf(watcher: Watcher): Set<string> {
    const { round } = watcher
    const known = this.#early.get(watcher)
    if (known?.round === round) return known.keys
    const keys = new Set<string>()
    this.#early.set(watcher, { round, keys })
    return keys
  }

  #push({ queue }: Watcher, key: string, { value, version }: Row): void {
    queue.push({ type: "set", key, stored: value, epoch: this.#state.epoch, count: version, cause: "initial" })
  }

  // -- what is over --------------------------------------------------------------------------------------------------

  /** An operation decides about the key: what is over is told before. */
  lookAt(key: string): void {
    if (this.#teller === undefined) return
    // A bound entry that is over is found out by a look.
    this.#state.memory.row(key)
    this.tellGone()
    const row = this.#state.lines.latest(key)
    if (row === undefined || row === UNKNOWN || row.owner !== UNHELD || this.#state.alive(row) !== undefined) return
    const { deadline, limit } = row.lifetime
    const rows = new Map([[key, undefined]])
    if (this.#add(key, { rows, cause: deadline < limit ? "idle" : "ttl", removal: "expire" })) this.#state.counters.expired += 1
  }

  /** A bound entry has gone by itself. */
  heldGone(key: string, row: Row, removal: Removal, cause: string): void {
    this.#isUpToDate = false
    if (this.#teller === undefined) return
    if (this.#gone.size === 0) this.#state.soon(() => this.tellGone())
    this.#gone.set(key, { removal, cause })
    this.#leaving.set(key, row)
  }

  /** Has it told that those have gone, in the order of what is decided. */
  tellGone(): void {
    if (this.#gone.size === 0) return
    const gone = [...this.#gone]
    this.#gone.clear()
    for (const [key, how] of gone) {
      // What is on its way already stands in its place, and is told.
      if (!this.#isReplaced(key)) this.#add(MARK_KEY, { rows: new Map(), gone: key, ...how })
    }
  }

  /** It was removed from disk, as its time was over. */
  removedFromDisk(key: string, cause: string, version: number): void {
    if (this.#teller === undefined) this.#isUpToDate = false
    this.#tell({ type: "expire", key, stored: undefined, count: version, cause }, Number.POSITIVE_INFINITY)
  }

  #isReplaced(key: string): boolean {
    const writes = this.#state.lines.line(key)?.writes ?? []
    return writes.some(({ decided }) => decided.changes.some((change) => change.key === key))
  }

  /** `false`: there is no room for it, and so it was not told. */
  #add(key: string, decided: Omit<Decided, "changes">): boolean {
    const isAdded = this.#state.addIfRoom({ ...decided, changes: [{ type: "remove", key, version: this.#state.versions.next() }] })
    if (!isAdded) this.missed()
    return isAdded
  }

  // -- what is told --------------------------------------------------------------------------------------------------

  /** It comes to be what is there: what it replaces is not told to be gone any more. */
  replaces({ decided }: Write): void {
    if (this.#absent.size > 0) this.#absent.clear()
    if (this.#teller === undefined) return
    for (const { key, type } of decided.changes) {
      if (type === "touch") continue
      if (this.#state.lines.line(key)?.base === undefined && !this.#leaving.has(key)) this.#absent.add(key)
      this.#forgetLeaving(key === MARK_KEY ? decided.gone : key)
    }
  }

  /** Nobody knows what has become of it. */
  failed({ decided }: Write): void {
    for (const key of decided.rows.keys()) this.#forgetLeaving(key)
    this.#forgetLeaving(decided.gone)
    this.missed()
  }

  #forgetLeaving(key: string | undefined): void {
    if (key === undefined) return
    this.#leaving.delete(key)
    this.#gone.delete(key)
  }

  /** It is on disk; `gone`: what it has written for holders that have left meanwhile, and is not there. */
  told({ decided, asked }: Write, gone: readonly string[]): void {
    const { rows, changes, cause, removal = "delete" } = decided
    for (const { type, key, version } of inOrder(changes)) {
      if (type === "touch" || (key === MARK_KEY && decided.gone === undefined)) continue
      this.#lastVersion = version
      this.#isUpToDate = true
      if (this.#teller === undefined) continue
      const row = rows.get(key)
      if (key === MARK_KEY) this.#tellRemoval(decided.gone, removal, cause, version, asked)
      else if ((row === undefined || gone.includes(key)) && this.#absent.has(key)) continue
      else if (row === undefined) this.#tellRemoval(key, removal, cause, version, asked)
      else if (gone.includes(key)) this.#tellRemoval(key, "delete", "detached", version, asked)
      else this.#tell({ type: "set", key, stored: row.value, count: version, cause }, asked)
    }
  }

  /** Something was not told, as nobody watched when it was begun, or as nobody knows what has become of it. */
  missed(): void {
    this.#isUpToDate = false
    this.#teller?.missed(this.#teller.lastTold)
  }

  #tellRemoval(key: string | undefined, removal: Removal, cause: string, version: number, asked: number): void {
    if (key !== undefined) this.#tell({ type: removal, key, stored: undefined, count: version, cause }, asked)
  }

  #tell(change: Omit<Change, "epoch">, asked: number): void {
    const key = change.key as string
    this.#teller?.tell({ ...change, epoch: this.#state.epoch }, (watcher) => {
      const { cursor, lastKey, queue, since } = watcher
      if (asked <= since) return false
      if (cursor === ALL_TOLD || (lastKey !== undefined && key <= lastKey)) return true
      // What is left out is told anew, and all that is there with it.
      if (queue.lost !== undefined) return true
      const early = this.#earlyOf(watcher)
      if (change.type !== "set") return early.delete(key)
      early.add(key)
      return true
    })
  }
}

/** As they are on their way they may stand in another order. */
function inOrder(changes: readonly DatabaseChange[]): readonly DatabaseChange[] {
  return changes.length < 2 ? changes : changes.toSorted((one, other) => one.version - other.version)
}
