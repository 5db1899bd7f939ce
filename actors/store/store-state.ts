/**
 * What one incarnation of a store works with: its table, its clock, its sweeps, and the one way in which an operation changes an entry.
 *
 * The table outlives an incarnation where the store's state is retained; all else is made anew.
 */

import { Failure, failure, invalid, PigeonholeError, type Timer, Unavailable } from "../../src/index.ts"
import { AS_IS } from "./bindings.ts"
import { type CalendarMoments, calendarMoments } from "./calendar-moments.ts"
import type { Change, KeyRequest, Present } from "./entry-change.ts"
import { EntryTable, NOWHERE } from "./entry-table.ts"
import type { TableSelf, WatchedIncarnation, WritingIncarnation } from "./incarnation.ts"
import { LaterChanges } from "./later-changes.ts"
import { LeaseTable } from "./lease-table.ts"
import { type Lifetime, NEVER } from "./lifetime.ts"
import type { Loads } from "./loads.ts"
import { onceThereIsRoom } from "./once-there-is-room.ts"
import { OrderKeeper } from "./order-keeper.ts"
import { Lane } from "./slices.ts"
import type { SnapshotKeeper } from "./snapshot-keeper.ts"
import type { StoreEntry } from "./store-entry.ts"
import { keyError } from "./store-face.ts"
import { DEFAULT_HISTORY, evictionFor, type StoreSettings } from "./store-settings.ts"
import { versionOf } from "./store-version.ts"
import { shareOut, Unfreezable } from "./stored-value.ts"
import { sweepLimit } from "./sweep-limit.ts"
import type { TableLoadHome } from "./table-load-home.ts"
import { TableObservers } from "./table-observers.ts"
import { TableWatch } from "./table-watch.ts"
import type { Moment } from "./terms.ts"
import { WatchHub } from "./watch-hub.ts"
import { whenOver } from "./when-over.ts"

/**
 * Removals by one message, so that nobody waits long behind them. More of them follow behind what waits; and as the runtime may look at the clock but
 * once in 64 quick messages, these few keep the host from its turn for some 2 ms at most.
 */
const REMOVED_AT_ONCE = 32

/** The same while somebody watches, who is given his time in the same turn of the host. */
const REMOVED_BEFORE_WATCHERS = 128

/**
 * Messages of that sort before the host has its turn, so that who has the usual room (1024) has read what they have brought before more comes; and as
 * many as are begun within so many ms, as the first ones take the host several times as long as the rest.
 */
const WATCHED_AT_ONCE = 7
const WATCHED_MS = 1

/** Time between two sweeps while nobody watches, in ms: room is given back a little later than it could be, and an idle store is seldom woken. */
const SWEEP_EVERY_MS = 50

/** The message of the store's own timer. */
export const SWEEP = Symbol("sweep")

/** What an incarnation may leave to the next one. */
export interface Estate {
  readonly table: EntryTable
  /** What the versions of the table begin with. */
  readonly epoch: string
  readonly watches: WatchHub
  readonly leases: LeaseTable
  /** When the table began to count, in monotonic ms. */
  readonly countedSince: number
}

/** One for all: V8 would keep the world that a closure was made in. */
const removedAtOnce = (): number => sweepLimit() ?? REMOVED_AT_ONCE

export class StoreState implements Moment, Estate, WatchedIncarnation, WritingIncarnation {
  readonly settings: StoreSettings
  readonly table: EntryTable
  readonly epoch: string
  readonly now: () => number
  /** Milliseconds since 1970, by the host's calendar; `undefined` for what has no end. */
  readonly expiresAt: CalendarMoments
  /** For who only looks and is done at once. */
  readonly recently: () => number
  readonly self: TableSelf
  /** All who watch the table. */
  readonly observers: TableObservers
  readonly watched: TableWatch
  /** What is loaded for its mailboxes; absent while nobody has asked for that. */
  loads: Loads<TableLoadHome> | undefined = undefined
  readonly watches: WatchHub
  readonly leases: LeaseTable
  readonly countedSince: number
  /** The keys in order, once that is asked for. */
  readonly order: OrderKeeper
  /** What is done in slices: changes to the end, and the rest while somebody waits for it. None of the three waits for another. */
  readonly changes: Lane
  /** What others have changed since those that are under way were asked for. */
  readonly laterChanges: LaterChanges
  readonly readings: Lane
  readonly listings: Lane
  /** Of a store that has a place for them. */
  snapshots: SnapshotKeeper | undefined = undefined
  /** Mailboxes given back since changes were last begun. */
  readonly #departed = new Set<number>()
  #sweep: Timer | undefined = undefined
  #sweepAt = NEVER
  #isSweeping = false
  /** How many messages have removed some, one behind the other; the first of them came at `#sweepAt`. */
  #parts = 0

  constructor(settings: StoreSettings, self: TableSelf, estate: Partial<Estate> = {}) {
    this.settings = settings
    this.self = self
    this.expiresAt = calendarMoments(self)
    this.table = estate.table ?? newTable(settings)
    this.epoch = estate.epoch ?? settings.epochs.next(self)
    const now = (): number => self.now()
    const recently = (): number => self.recently()
    this.now = now
    this.recently = recently
    this.countedSince = estate.countedSince ?? self.now()
    // Those of an incarnation before this one are its own, and so is what it kept room for.
    this.table.observer = undefined
    this.table.room.removedAtOnce = removedAtOnce
    this.table.room.release()
    this.table.eviction?.unpin()
    this.observers = new TableObservers(this.table)
    this.watched = new TableWatch(this)
    this.watches = estate.watches ?? new WatchHub(settings.history ?? DEFAULT_HISTORY)
    this.watches.adopt(this, (settings.history ?? 0) > 0)
    this.leases = estate.leases ?? new LeaseTable(settings.fences)
    this.leases.adopt(this)
    this.order = new OrderKeeper(this.table)
    if (settings.ordered) this.order.begin()
    this.laterChanges = new LaterChanges(this.table, this.observers)
    this.changes = new Lane(self, "to the end", undefined, this.laterChanges)
    this.readings = new Lane(self, "while somebody waits")
    this.listings = new Lane(self, "while somebody waits")
    this.plan()
  }

  random(): number {
    return this.self.random()
  }

  get lastFence(): number | undefined {
    return this.settings.fences.last
  }

  whenOver(callback: () => void): void {
    whenOver(this.self, callback)
  }

  /** A mailbox was given back: what it alone holds is gone, and so will be what is still to be written for it. */
  disown(attachment: number): void {
    this.table.disown(attachment)
    if (this.changes.isFree) this.#departed.clear()
    else this.#departed.add(attachment)
    if (this.watches.size > 0) this.self.later(SWEEP)
    else this.plan()
  }

  /** An entry was written in a slice, for a mailbox that may have been given back since it was asked for. */
  settle(owner: number): void {
    if (this.#departed.has(owner)) this.table.disown(owner)
  }

  // -- sweeping ------------------------------------------------------------------------------------------------

  /** Arms the next sweep, if it is needed and none comes soon enough. Who watches is told of an end when it comes. */
  plan(): void {
    const now = this.now()
    const at = Math.max(this.table.nextSweepAt(now), now) + (this.watches.size > 0 ? 0 : SWEEP_EVERY_MS)
    if (at >= this.#sweepAt) return
    this.#sweep?.cancel()
    this.#sweepAt = at
    this.#sweep = this.self.after(at - now, SWEEP)
  }

  sweep(): void {
    this.#sweep?.cancel()
    const now = this.now()
    const isWatched = this.watches.size > 0
    if (!this.#isSweeping) this.table.lag.begin()
    const isMore = this.table.sweep(now, sweepLimit() ?? (isWatched ? REMOVED_BEFORE_WATCHERS : REMOVED_AT_ONCE))
    this.#isSweeping = isMore
    if (this.#parts === 0) this.#sweepAt = now
    this.#parts += 1
    const isHostsTurn = isWatched && (this.#parts >= WATCHED_AT_ONCE || now - this.#sweepAt >= WATCHED_MS)
    if (isMore && !isHostsTurn) return this.self.later(SWEEP)
    this.#parts = 0
    if (isMore) this.#sweep = this.self.after(0, SWEEP)
    else {
      this.#sweepAt = NEVER
      this.plan()
    }
  }

  // -- entries as they are shown ---------------------------------------------------------------------------------

  /** What readers get of a stored value; a failure where there is no memory for a copy: that is its reader's matter, and no crash. */
  shown(stored: unknown, key: string): unknown {
    if (!(stored instanceof Unfreezable)) return stored
    // A copy takes its time: who comes next looks at the clock again.
    this.now()
    try {
      return shareOut(stored)
    } catch (cause) {
      return failure(new Unavailable("there is no room for a copy of the value", { details: { field: "key", key }, cause }))
    }
  }

  /** What who reads is told where there is no entry. */
  missed(key: string): Failure | undefined {
    return key.isWellFormed() ? this.table.missed() : failure(keyError(key))
  }

  /** What who only asks whether there is an entry is told where there is none. */
  absent(key: string): Failure | false {
    return !key.isWellFormed() && failure(keyError(key))
  }

  /** As `absent`, for who wants nothing to be there: neither what is loaded now, nor an old value. */
  notDeleted(key: string): Failure | false {
    this.deletedNothing(key)
    return this.absent(key)
  }

  /** Somebody wants nothing to be under the key, and there is nothing. */
  deletedNothing(key: string): void {
    this.loads?.deleted(key)
    this.laterChanges.deleted(key)
  }

  /** Text that no other change of the store has. */
  version(count: number): string {
    return versionOf(this.epoch, count)
  }

  /** The entry in a slot, as readers get it. */
  entryAt(slot: number): StoreEntry<unknown> | Failure {
    const key = this.table.keyAt(slot) as string
    const value = this.shown(this.table.valueAt(slot), key)
    if (value instanceof Failure) return value
    const { deadline } = this.table.lifetimeAt(slot)
    return Object.freeze({ key, value, version: this.version(this.table.versionAt(slot)), expiresAt: this.expiresAt(deadline) })
  }

  // -- changes -------------------------------------------------------------------------------------------------

  /** Carries out what an operation decides; gives its answer, or a failure. */
  change(request: KeyRequest): unknown {
    const slot = this.table.find(request.key, this.now)
    if (slot === NOWHERE && !request.key.isWellFormed()) return failure(keyError(request.key))
    return this.#carryOut(request, slot, this.#decided(request, slot))
  }

  /** What its deciding has thrown fails this one request: nothing has changed yet. */
  #decided(request: KeyRequest, slot: number): Change {
    try {
      return request.decide(slot === NOWHERE ? undefined : this.#presentAt(slot), this)
    } catch (error) {
      return { type: "refuse", error: error instanceof PigeonholeError ? error : invalid(request.cause, "cannot be carried out", error) }
    }
  }

  /** The entry under a key, as operations see it. */
  present(key: string): Present | undefined {
    const slot = this.table.find(key, this.now)
    return slot === NOWHERE ? undefined : this.#presentAt(slot)
  }

  #presentAt(slot: number): Present {
    return new Looked(this.table, slot, this.version(this.table.versionAt(slot)))
  }

  #carryOut({ key, cause }: KeyRequest, slot: number, change: Change): unknown {
    switch (change.type) {
      case "keep":
        if (change.isDeleted === true) this.deletedNothing(key)
        return change.answer
      case "refuse":
        return failure(change.error)
      case "remove":
        this.table.remove(slot, cause)
        return change.answer
      case "retime":
        this.table.retime(slot, change.lifetime)
        this.table.used(slot)
        if (change.lifetime.deadline !== NEVER) this.plan()
        return change.answer
      case "write":
        return this.#write(key, change, cause)
    }
  }

  #write(key: string, change: Change & { type: "write" }, cause: string): unknown {
    return this.#written(key, change, cause, this.now) ?? this.#writeLater(key, change, cause)
  }

  #writeLater(key: string, change: Change & { type: "write" }, cause: string): unknown {
    return onceThereIsRoom(this, key, change.weight, (now) => this.#written(key, change, cause, now))
  }

  /** `undefined`: there is no room for it. */
  #written(key: string, change: Change & { type: "write" }, cause: string, now: () => number): unknown {
    const { lifetime, value, weight, owner = AS_IS, answer } = change
    const slot = this.table.place(key, { ...lifetime, value, owner, weight }, cause, now)
    if (slot === NOWHERE) return undefined
    if (lifetime.deadline !== NEVER) this.plan()
    return answer === undefined ? this.entryAt(slot) : answer
  }
}

/** An object with a getter of its own would have the host make a kind of object for each. */
class Looked implements Present {
  readonly version: string
  readonly lifetime: Lifetime
  readonly #table: EntryTable
  readonly #slot: number

  constructor(table: EntryTable, slot: number, version: string) {
    this.version = version
    this.lifetime = table.lifetimeAt(slot)
    this.#table = table
    this.#slot = slot
  }

  get value(): unknown {
    return shareOut(this.#table.valueAt(this.#slot))
  }
}

export function newTable(settings: StoreSettings): EntryTable {
  const { maxEntries, maxWeight, partitions } = settings
  return new EntryTable({ maxEntries, maxWeight, eviction: evictionFor(settings), isPart: partitions !== undefined })
}
