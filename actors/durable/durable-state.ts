/**
 * What one incarnation of a durable store works with: its database, what it has in memory, what is under way, and its clocks.
 *
 * Invariants
 * - Whoever is answered has been told what is on disk, and no less than was acknowledged to anybody before: a reader waits for what was decided before
 *   it under its key. (With `durability: "interval"`, what was decided is what there is.)
 * - What was decided and is not on disk yet is seen by operations that decide, and by nobody else.
 */

import { Internal, PigeonholeError, type ServerSelf, type Timer, Unavailable } from "../../src/index.ts"
import { type CalendarMoments, calendarMoments } from "../store/calendar-moments.ts"
import type { WatchedIncarnation } from "../store/incarnation.ts"
import { LeaseTable } from "../store/lease-table.ts"
import { NEVER } from "../store/lifetime.ts"
import type { Loads } from "../store/loads.ts"
import type { StoreEntry } from "../store/store-entry.ts"
import { keyError } from "../store/store-face.ts"
import { DEFAULT_HISTORY } from "../store/store-settings.ts"
import { versionOf } from "../store/store-version.ts"
import { shareOut, Unfreezable } from "../store/stored-value.ts"
import type { Removal } from "../store/table-observer.ts"
import type { Moment } from "../store/terms.ts"
import { WatchHub } from "../store/watch-hub.ts"
import { whenOver } from "../store/when-over.ts"
import { AwaitedLooks } from "./awaited-looks.ts"
import { BatchOrder } from "./batch-order.ts"
import { Calendar } from "./calendar.ts"
import { Cleaning } from "./cleaning.ts"
import { CommitQueue } from "./commit-queue.ts"
import { DatabaseProbe } from "./database-probe.ts"
import { DurableFences } from "./durable-fences.ts"
import type { DurableLoadPlace } from "./durable-incarnation.ts"
import type { DurableSettings } from "./durable-settings.ts"
import { COMMIT, Turn } from "./durable-turn.ts"
import { DurableWatch } from "./durable-watch.ts"
import { type Row, rowOf, storedIn } from "./entry-row.ts"
import { KeptOnDisk } from "./kept-on-disk.ts"
import { type Decided, UNKNOWN, type Write } from "./key-line.ts"
import { KeyLines } from "./key-lines.ts"
import { RowLoader } from "./row-loader.ts"
import { RowMemory } from "./row-memory.ts"
import { Slides } from "./slides.ts"
import type { Opened, StoreDatabase } from "./store-database.ts"
import type { Tenancy } from "./tenancy.ts"
import { VersionCount } from "./version-count.ts"

export class DurableState extends KeptOnDisk implements Moment, WatchedIncarnation {
  readonly settings: DurableSettings
  readonly self: ServerSelf
  readonly database: Tenancy
  readonly calendar: Calendar
  readonly memory: RowMemory
  readonly queue: CommitQueue
  readonly lines: KeyLines
  readonly slides: Slides
  readonly cleaning: Cleaning
  readonly watched: DurableWatch
  readonly watches: WatchHub
  readonly probe: DatabaseProbe
  readonly fences: DurableFences
  readonly leases: LeaseTable
  /** Changes of many keys. */
  readonly batches = new BatchOrder()
  readonly isInterval: boolean
  readonly stoodOn: StoreDatabase
  readonly foundEntries: number
  readonly storedIn = storedIn
  /** What may have to be loaded. */
  readonly looks = new AwaitedLooks()
  /** What is loaded for its mailboxes; absent while nobody has asked for that. */
  loads: Loads<DurableLoadPlace> | undefined = undefined
  readonly counters = { hits: 0, misses: 0, sets: 0, deletes: 0, expired: 0, refused: 0 }
  readonly epoch: string
  readonly now: () => number
  /** Milliseconds since 1970, by the host's calendar; `undefined` for what has no end. */
  readonly expiresAt: CalendarMoments
  readonly versions: VersionCount
  #commitTimer: Timer | undefined = undefined
  #isStopping = false
  /** Those that are on their way. */
  readonly #turns = new Set<Turn>()

  static async open(settings: DurableSettings, self: ServerSelf): Promise<DurableState> {
    const { database, opened } = await settings.place.move(self.signal)
    return new DurableState(settings, self, database, opened)
  }

  private constructor(settings: DurableSettings, self: ServerSelf, database: Tenancy, { epoch, lastVersion, clock, entries }: Opened) {
    super()
    this.settings = settings
    this.self = self
    this.expiresAt = calendarMoments(self)
    this.stoodOn = database.itself
    this.foundEntries = entries
    this.database = database
    this.isInterval = settings.durability === "interval"
    this.epoch = epoch
    this.now = () => self.now()
    this.versions = new VersionCount(lastVersion)
    this.calendar = new Calendar(self.systemTime(), self.now(), clock)
    this.watched = new DurableWatch(this, lastVersion)
    this.memory = new RowMemory(settings, this.now, (...gone) => this.#heldGone(...gone))
    this.probe = new DatabaseProbe(this)
    const start = this.isInterval ? "told" : "itself"
    this.queue = new CommitQueue({
      database,
      ahead: (changes) => database.stage(changes),
      now: () => this.today(),
      start,
      others: () => this.pause(),
    })
    this.lines = new KeyLines({
      memory: this.memory,
      queue: this.queue,
      loader: new RowLoader(database),
      toRow: (read) => rowOf(read, this.calendar),
      inTurn: (work) => this.#inTurn(work),
      onCommitted: (write, gone) => this.#committed(write, gone),
      onCommitting: (write) => this.watched.replaces(write),
      onFailed: (write) => this.watched.failed(write),
      onUnwritten: (error) => this.probe.unwritten(error),
      onUnread: () => this.probe.look(),
    })
    this.slides = new Slides(this)
    this.cleaning = new Cleaning(this)
    this.watches = new WatchHub(settings.history ?? DEFAULT_HISTORY)
    this.watches.adopt(this, (settings.history ?? 0) > 0)
    this.fences = new DurableFences(this)
    this.leases = new LeaseTable(this.fences)
    this.leases.adopt(this)
  }

  // -- time and chance ---------------------------------------------------------------------------------------------

  random(): number {
    return this.self.random()
  }

  /** What the store's calendar reads. */
  today(): number {
    return this.calendar.at(this.now())
  }

  isOver(expiresAt: number | undefined): boolean {
    return expiresAt !== undefined && expiresAt <= this.today()
  }

  /** Settles when others have been served. */
  pause(): Promise<void> {
    return new Promise((resolve) => this.#inTurn(resolve))
  }

  /** Does it when others have been served. */
  soon(work: () => void): void {
    this.#inTurn(work)
  }

  whenOver(callback: () => void): void {
    whenOver(this.self, callback)
  }

  /** What is a caller's runs in the store's turn, as it would in a handler: who asks the store from there is told so, and not left to wait. */
  #inTurn(work: () => void): void {
    if (this.#isStopping || !this.database.isAlive) return work()
    const turn = new Turn(work)
    this.#turns.add(turn)
    this.self.later(turn)
  }

  take(turn: Turn): void {
    if (this.#turns.delete(turn)) turn.work()
  }

  // -- looking ---------------------------------------------------------------------------------------------------

  /** What is there, whether its time is over or not: at once where that is known, or once it was read or committed. Throws `Invalid` for what is no key. */
  look(key: string): Row | undefined | Promise<Row | undefined> {
    const line = this.lines.line(key)
    if (line === undefined) {
      const row = this.memory.read(key)
      if (row !== undefined) return row
    } else if (this.isInterval && line.tasks.length === 0) {
      const { latest } = line
      if (latest !== UNKNOWN) return latest
    }
    if (!key.isWellFormed()) throw keyError(key)
    return this.#lookLater(key)
  }

  async #lookLater(key: string): Promise<Row | undefined> {
    for (;;) {
      const { row, write } = await this.lines.turn([key], true, () => ({ row: this.known(key), write: this.lines.lastWrite(key) }))
      // What has failed is no more there than it was before.
      if (write === undefined || this.isInterval || (await isCommitted(write))) return row
    }
  }

  /**
   * Calls `see` with what is there when it knows all that was asked for under the key before, and nothing of that is still to be told; `fail`, where it
   * never will. Neither is called in the middle of something else that is done under the key.
   */
  see(key: string, see: (row: Row | undefined) => void, fail: (error: unknown) => void): void {
    const again = (): void => this.#inTurn(look)
    const look = (): void => {
      const inLine = (): void => {
        const write = this.isInterval ? undefined : this.lines.lastWrite(key)
        if (write === undefined) see(this.known(key))
        else write.done.then(again, again).catch(fail)
      }
      this.lines.perform([key], true, inLine, fail)
    }
    look()
  }

  /** What is there, with all that was decided: in the turn of an operation that needs it. */
  known(key: string): Row | undefined {
    const row = this.lines.latest(key)
    if (row === UNKNOWN) throw new Internal("an entry was to be known, and is not")
    return row
  }

  /** The row, where its time is not over. */
  alive(row: Row | undefined): Row | undefined {
    if (row === undefined) return undefined
    const { deadline } = row.lifetime
    return deadline === NEVER || deadline > this.now() ? row : undefined
  }

  /** As `alive`, and counts as a reading. */
  readAlive(key: string, found: Row | undefined): Row | undefined {
    const row = this.alive(found)
    if (row === undefined) {
      this.counters.misses += 1
      return undefined
    }
    this.counters.hits += 1
    this.slides.read(key, row, this.now())
    return row
  }

  // -- entries as they are shown -------------------------------------------------------------------------------------

  /** What readers get of a stored value. Throws where there is no memory for a copy. */
  shown(stored: unknown, key: string): unknown {
    if (!(stored instanceof Unfreezable)) return stored
    try {
      return shareOut(stored)
    } catch (cause) {
      throw new Unavailable("there is no room for a copy of the value", { details: { field: "key", key }, cause })
    }
  }

  /** Text that no other change of the store has. */
  version(count: number): string {
    return versionOf(this.epoch, count)
  }

  entryOf(key: string, row: Row): StoreEntry<unknown> {
    const expiresAt = this.expiresAt(row.lifetime.deadline)
    return Object.freeze({ key, value: this.shown(row.value, key), version: this.version(row.version), expiresAt })
  }

  // -- changes ---------------------------------------------------------------------------------------------------

  /** In the turn of an operation that decides about a key: what is there, where its time is not over. Who watches is told what is over before. */
  present(key: string): Row | undefined {
    this.watched.lookAt(key)
    return this.alive(this.known(key))
  }

  /** Has what was decided written. `bases`: what that was decided on the strength of. Throws `RateLimited` where there is no room. */
  write(decided: Decided, bases: Iterable<Write>): Write {
    const full = this.queue.refusalOf(decided.changes)
    if (full !== undefined) {
      this.counters.refused += decided.rows.size
      throw full
    }
    return this.#add(decided, bases)
  }

  /** The same, for what rests on nothing. `false`: there is no room. */
  addIfRoom(decided: Decided): boolean {
    const hasRoom = this.queue.refusalOf(decided.changes) === undefined
    if (hasRoom) this.#add(decided, [])
    return hasRoom
  }

  #add(decided: Decided, bases: Iterable<Write>): Write {
    this.#forgetDeparted()
    const write = this.lines.write(decided, bases)
    this.batches.decided(decided, write.asked)
    if (this.watched.isFollowed) for (const row of decided.rows.values()) this.cleaning.expect(row?.lifetime.deadline ?? NEVER)
    this.loads?.home.decided(decided)
    if (this.isInterval) this.loads?.home.told(decided)
    this.planCommit()
    return write
  }

  /** Somebody wants nothing to be under the key, and there is nothing. */
  deletedNothing(key: string): void {
    this.batches.note(key, this.lines.turnOf)
    this.loads?.deleted(key)
  }

  #committed(write: Write, gone: readonly string[]): void {
    for (const { version } of write.decided.changes) this.versions.written(version)
    this.watched.told(write, gone)
    if (!this.isInterval) this.loads?.home.told(write.decided)
  }

  /** What was decided last under the keys, and is not on disk yet. */
  pending(keys: readonly string[]): Set<Write> {
    const writes = new Set<Write>()
    for (const key of keys) {
      const write = this.lines.lastWrite(key)
      if (write !== undefined) writes.add(write)
    }
    return writes
  }

  /** `answer`, once all of these are on disk; with an interval, at once. */
  answerAfter(writes: Iterable<Write>, answer: () => unknown): unknown {
    const waited = this.isInterval ? [] : Array.from(writes, ({ done }) => done)
    return waited.length === 0 ? answer() : Promise.all(waited).then(answer)
  }

  /** Settles when all that was asked for so far is on disk, or cannot be. */
  async settled(): Promise<void> {
    if (this.lines.isIdle && this.slides.isIdle && this.queue.size === 0) return
    await this.lines.turnsTaken()
    void this.slides.flush()
    await this.queue.flush()
  }

  /** A bound entry has gone: by itself, where it does not make room for what was written in its place. */
  #heldGone(key: string, row: Row, removal: Removal, cause: string): void {
    if (cause === "delete") return
    this.lines.heldGone(key)
    this.watched.heldGone(key, row, removal, cause)
    if (removal === "delete") this.loads?.deleted(key)
  }

  /** A mailbox was given back: what it alone holds is gone. */
  disown(attachment: number): void {
    this.memory.disown(attachment)
    this.#forgetDeparted()
  }

  /** Nothing is under way, so nothing is to be written any more for mailboxes that were given back. */
  #forgetDeparted(): void {
    if (this.lines.isIdle && this.batches.isIdle) this.memory.forgetDeparted()
  }

  // -- what is done by and by ------------------------------------------------------------------------------------------

  /** Arms the next commit, where one has to be told to begin. */
  planCommit(): void {
    if (this.isInterval) this.#commitTimer ??= this.self.after(this.settings.commitIntervalMs, COMMIT)
  }

  /** One that fails is told of, as no caller hears of it, and tried again. A process that has ended does nothing any more. */
  commit(): void {
    this.#commitTimer = undefined
    const next = (): void => {
      if (this.database.isAlive && this.queue.size > 0) this.planCommit()
    }
    this.queue.flush().then(next, (error: unknown) => {
      this.tell("what was acknowledged could not be written", this.settings.commitIntervalMs, error)
      next()
    })
  }

  /** Something failed that is done again, and that nobody asked for. */
  tell(what: string, everyMs: number, error: unknown): void {
    if (this.database.isAlive) this.self.report({ level: "error", message: `${what}; it is tried again in ${everyMs} ms`, error })
  }

  /** Brings all to an end, and lets go of the database. Throws where something that was acknowledged could not be written. */
  async stop(): Promise<void> {
    // A store that stops has no turns any more: what was to be done in one is done now.
    this.#isStopping = true
    for (const turn of this.#turns) this.take(turn)
    try {
      await this.settled()
      await this.queue.inOrder(() => this.database.commit([], this.today())).catch(() => {})
    } finally {
      await this.database.close()
    }
  }
}

async function isCommitted(write: Write): Promise<boolean> {
  try {
    await write.done
    return true
  } catch (error) {
    if (error instanceof PigeonholeError) return false
    throw error
  }
}
