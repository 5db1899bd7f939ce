/**
 * The map a store owns: keys to values, each with a version, and with a deadline, an idle time, a weight and holders where it has one.
 *
 * Invariants
 * - An entry past its deadline, or whose holders have left, is not visible, whether it was swept or not. One predicate says so, `#isDead`,
 *   and every reader asks it.
 * - Overwriting replaces value, version, lifetime and weight together. Versions rise with every change, and are not used again.
 * - `sweep` does a bounded number of removals, and each write of an entry with a deadline makes up to two: so what is dead does not grow while
 *   entries are written, however seldom somebody sweeps.
 * - Room is made by removing what is dead, then by what `Eviction` says; what is refused has changed nothing but that.
 * - An operation that throws half way (a request served where it is asked runs on its caller's stack, which may be full) has changed no entry:
 *   what is found by key, by deadline and by holder is written first, and made anew from the entries themselves where that was cut short.
 *
 * An index from key to slot beside plain and typed arrays: it takes less room than an object an entry, and spares the collector. Deadlines stand
 * in the heap alone.
 */

import { Bindings, NOBODY } from "./bindings.ts"
import { EntryAges } from "./entry-ages.ts"
import { EntryColumns } from "./entry-columns.ts"
import type { Eviction } from "./eviction.ts"
import { SoonestEviction } from "./eviction-soonest.ts"
import { ExpiryHeap } from "./expiry-heap.ts"
import { ExpiryLag } from "./expiry-lag.ts"
import { KeyIndex } from "./key-index.ts"
import { type Lifetime, NEVER, NO_IDLE, type Placement } from "./lifetime.ts"
import { PinnableEviction } from "./pinnable-eviction.ts"
import type { TableCounters } from "./table-counters.ts"
import type { Removal, SlotIndex, TableObserver } from "./table-observer.ts"
import { HOST_LIMITS, type TableOptions, TableRoom } from "./table-room.ts"

/** Removals by a write: more than it adds. */
const REMOVED_BY_A_WRITE = 2

/** Where no entry is. */
export const NOWHERE = -1

export class EntryTable {
  readonly counters: TableCounters = { hits: 0, misses: 0, sets: 0, deletes: 0, expired: 0, evicted: 0, refused: 0 }
  readonly room: TableRoom
  observer: TableObserver | undefined = undefined
  /** Gone where a change of it was cut short: who needs it makes it anew. */
  index: SlotIndex | undefined = undefined
  readonly #entries = new EntryColumns()
  readonly #bindings: Bindings
  // Where they are found: follows from the entries, but for the deadlines.
  #slotOf: KeyIndex
  readonly #expiry = new ExpiryHeap()
  readonly ages = new EntryAges()
  readonly lag = new ExpiryLag(this.#expiry)
  readonly eviction: PinnableEviction | undefined
  /** Whether what has no deadline may not go, as what is bound. */
  readonly keepsEndless: boolean
  #lastVersion = 0
  /** The slot whose change is under way: what stays here was cut short. */
  #changing = NOWHERE
  #formerDeadline = NEVER

  constructor(options: TableOptions, limits = HOST_LIMITS) {
    this.room = new TableRoom(options, limits)
    this.#slotOf = new KeyIndex(this.#entries)
    this.#bindings = new Bindings(limits.keysInOneMap)
    this.keepsEndless = options.eviction === "soonest"
    const policy = options.eviction === "soonest" ? new SoonestEviction(this.#expiry, this.#bindings) : options.eviction
    this.eviction = policy && new PinnableEviction(policy, this)
  }

  /** Entries held, expired ones that were not swept yet among them. */
  get size(): number {
    return this.#slotOf.size
  }

  /** What they weigh. */
  get weight(): number {
    return this.#entries.weight
  }

  /** Slots that are or were in use: all entries stand below it. */
  get slots(): number {
    return this.#entries.slots
  }

  /** The version of the last change. */
  get lastVersion(): number {
    return this.#lastVersion
  }

  /** Steps taken so far to find out what expires next. */
  get steps(): number {
    return this.#expiry.moves
  }

  /** No entry expires before this moment; now, where entries of a holder that has left wait to be removed. */
  nextSweepAt(now: number): number {
    return this.#bindings.hasLeft ? now : this.#expiry.earliest()
  }

  // -- looking ---------------------------------------------------------------------------------------------------

  /** The slot of a key; `NOWHERE` where nobody may see an entry. */
  find(key: string, now: () => number): number {
    if (this.#changing !== NOWHERE) this.#restore()
    // The clock first, as the host reads it only once all has come that it fetches from far memory. No deadline is earlier than the earliest filed: in most reads
    // the entry's own need not be fetched.
    const earliest = this.#expiry.earliest()
    const isAnyDue = earliest !== NEVER && now() >= earliest
    const slot = this.#slotOf.get(key)
    if (slot === undefined) return NOWHERE
    const isDead = (isAnyDue && now() >= this.#expiry.deadlineOf(slot)) || this.#bindings.isOrphan(slot)
    if (!isDead) return slot
    this.#bury(slot, now())
    return NOWHERE
  }

  /** Somebody has looked for an entry that is not there. */
  missed(): undefined {
    this.counters.misses += 1
  }

  has(key: string, now: () => number): boolean {
    return this.find(key, now) !== NOWHERE
  }

  /** Counts as a reading of an entry that `find` has found: one that slides lives on. */
  read(slot: number, now: () => number): void {
    this.counters.hits += 1
    this.used(slot)
    this.#slide(slot, now)
  }

  /** Somebody has shown interest in the entry: others go before it. */
  used(slot: number): void {
    if (this.eviction !== undefined && !this.#bindings.isBound(slot)) this.eviction.used(slot)
  }

  /** `undefined`: the slot is free. */
  keyAt(slot: number): string | undefined {
    return this.#entries.keyAt(slot)
  }

  valueAt(slot: number): unknown {
    return this.#entries.valueAt(slot)
  }

  versionAt(slot: number): number {
    return this.#entries.versionAt(slot)
  }

  weightAt(slot: number): number {
    return this.#entries.weightAt(slot)
  }

  lifetimeAt(slot: number): Lifetime {
    const deadline = this.#expiry.deadlineOf(slot)
    const idleMs = this.#entries.idleAt(slot)
    return { deadline, idleMs, limit: idleMs === NO_IDLE ? deadline : this.#entries.limitAt(slot) }
  }

  isBound(slot: number): boolean {
    return this.#bindings.isBound(slot)
  }

  /** Whether there is an entry that may not go for others. */
  stays(slot: number): boolean {
    return this.eviction === undefined || this.#bindings.isBound(slot) || this.#isEndless(slot)
  }

  /** Whether there is none that may not go. */
  get mayAllGo(): boolean {
    return !this.keepsEndless && this.#bindings.entries === 0
  }

  // -- changing --------------------------------------------------------------------------------------------------

  /** `false`: there is no room for it, and nothing that could go. `owner`: who holds it; `NOBODY` for none. */
  set(key: string, value: unknown, deadline: number, owner: number, weight: number, now: () => number): boolean {
    return this.#place(key, value, deadline, NO_IDLE, deadline, owner, weight, "set", now) !== NOWHERE
  }

  /** The slot it stands in then; `NOWHERE`: there is no room for it, and nothing that could go. `cause`: what observers are told. */
  place(key: string, { value, deadline, idleMs, limit, owner, weight }: Placement, cause: string, now: () => number): number {
    return this.#place(key, value, deadline, idleMs, limit, owner, weight, cause, now)
  }

  /** Gives an entry that `find` has found another lifetime; its version stays. */
  retime(slot: number, { deadline, idleMs, limit }: Lifetime): void {
    this.observer?.changing(slot)
    this.#begin(slot)
    this.#count(slot, deadline === NEVER && !this.#bindings.isBound(slot), this.#entries.weightAt(slot))
    this.#expiry.schedule(slot, deadline)
    this.#entries.retime(slot, idleMs, limit)
    this.#changing = NOWHERE
  }

  delete(key: string, now: () => number): boolean {
    const slot = this.find(key, now)
    if (slot !== NOWHERE) this.remove(slot, "delete")
    return slot !== NOWHERE
  }

  /** Removes an entry that `find` has found, by request. */
  remove(slot: number, cause: string): void {
    this.#remove(slot, "delete", cause)
    this.counters.deletes += 1
  }

  /** A holder leaves: what it alone holds is gone at once, and its room is given back by and by. */
  disown(owner: number): void {
    if (this.#changing !== NOWHERE) this.#restore()
    this.#bindings.leave(owner)
  }

  /** Removes at most `limit` of what is dead; true when there is more. */
  sweep(now: number, limit: number): boolean {
    if (this.#changing !== NOWHERE) this.#restore()
    for (let left = limit; left > 0 && this.nextSweepAt(now) <= now; left -= 1) this.#removeDead(now)
    return this.nextSweepAt(now) <= now
  }

  /** Has room for so many more, of such a weight, whoever goes for it but `except`. `false`: too little may go, and nothing has but what is dead; or not at once. */
  makeRoom(entries: number, weight: number, now: () => number, mayEvict = true, except = NOWHERE): boolean {
    const { room } = this
    if (room.fits(this.size, this.weight, entries, weight)) return true
    for (let left = Math.max(entries, 0) + room.removedAtOnce(); left > 0; left -= 1) {
      const moment = now()
      if (this.nextSweepAt(moment) <= moment) this.#removeDead(moment)
      else if (this.eviction === undefined || !this.#couldFit(entries, weight, except)) return false
      // What is let go for what comes goes when it comes.
      else if (!mayEvict || !this.#evict(except)) return !mayEvict
      if (room.fits(this.size, this.weight, entries, weight)) return true
    }
    return room.runsShort()
  }

  // -- who is dead, and who has to go ------------------------------------------------------------------------------

  #bury(slot: number, now: number): void {
    if (this.#bindings.isOrphan(slot)) return this.#remove(slot, "delete", "detached")
    // One that was to be read has not been, or its TTL is over.
    const { deadline, limit } = this.lifetimeAt(slot)
    this.#remove(slot, "expire", deadline < limit ? "idle" : "ttl")
    this.counters.expired += 1
    this.lag.removed(now - deadline)
  }

  #removeDead(now: number): void {
    const left = this.#bindings.nextLeft()
    if (left !== undefined) {
      if (this.#bindings.isOrphan(left.slot)) this.#bury(left.slot, now)
      else this.#bindings.drop(left.slot, left.holder)
      return
    }
    const slot = this.#expiry.nextDue(now)
    if (slot !== NOWHERE) this.#bury(slot, now)
  }

  /** Whether there would be room if all had gone that may go, but for the entry in that slot: nobody goes for what is refused. */
  #couldFit(entries: number, weight: number, staying: number): boolean {
    const beside = staying === NOWHERE || this.stays(staying) ? 0 : 1
    return this.room.holds(this.#bindings, entries + beside, weight + beside * this.weightAt(staying))
  }

  #evict(except: number): boolean {
    const victim = this.eviction?.victim(except) ?? NOWHERE
    if (victim === NOWHERE) return false
    this.#remove(victim, "evict", "capacity")
    this.counters.evicted += 1
    return true
  }

  #slide(slot: number, now: () => number): void {
    const idleMs = this.#entries.idleAt(slot)
    if (idleMs === NO_IDLE) return
    this.observer?.changing(slot)
    this.#expiry.schedule(slot, Math.min(now() + idleMs, this.#entries.limitAt(slot)))
  }

  // -- changes: where entries are found first, then the entry --------------------------------------------------------

  #place(
    key: string,
    value: unknown,
    deadline: number,
    idleMs: number,
    limit: number,
    owner: number,
    weight: number,
    cause: string,
    now: () => number,
  ): number {
    if (this.#changing !== NOWHERE) this.#restore()
    const moment = now()
    if (deadline !== NEVER) this.sweep(moment, REMOVED_BY_A_WRITE)
    const known = this.find(key, now)
    const isNew = known === NOWHERE
    const more = weight - (isNew ? 0 : this.#entries.weightAt(known))
    const hasPlace = this.#bindings.hasRoom(owner) && (!isNew || this.#slotOf.hasRoom)
    if (weight > this.room.maxWeight || !hasPlace || !this.makeRoom(isNew ? 1 : 0, more, now, true, known)) {
      if (!this.room.hasShortage) this.counters.refused += 1
      return NOWHERE
    }
    const slot = isNew ? this.#entries.freeSlot : known
    this.observer?.changing(slot)
    this.#entries.prepare(slot, this.#lastVersion + 1)
    if (isNew) this.#slotOf.prepare()
    const wasBound = this.#bindings.isBound(slot)
    const holders = owner > NOBODY || wasBound ? this.#bindings.with(slot, owner) : NOBODY
    this.#begin(slot)
    this.#count(slot, deadline === NEVER && holders === NOBODY, weight)
    if (isNew) this.#file(slot, key)
    else this.ages.gone(this.#entries.versionAt(slot))
    this.ages.written(this.#lastVersion + 1, moment)
    if (holders !== NOBODY || wasBound) this.#bindings.file(slot, holders, this.#entries.weightAt(slot), weight)
    if (this.eviction !== undefined) this.#rank(this.eviction, slot, key, isNew || wasBound, holders !== NOBODY)
    this.#expiry.schedule(slot, deadline)
    this.#entries.put(slot, key, value, this.#lastVersion + 1, idleMs, limit, weight)
    if (holders !== NOBODY || wasBound) this.#bindings.holders[slot] = holders
    this.#lastVersion += 1
    this.#changing = NOWHERE
    if (wasBound) this.#bindings.forget()
    this.counters.sets += 1
    this.observer?.written(slot, cause)
    return slot
  }

  #isEndless(slot: number): boolean {
    return this.keepsEndless && this.#expiry.deadlineOf(slot) === NEVER && !this.#bindings.isBound(slot) && this.keyAt(slot) !== undefined
  }

  /** Before anything else of it is changed: whether it is to stay for want of a deadline, and what it weighs then. */
  #count(slot: number, isEndless: boolean, weight: number): void {
    if (!this.keepsEndless) return
    const was = this.#isEndless(slot)
    this.#bindings.count(Number(isEndless) - Number(was), (isEndless ? weight : 0) - (was ? this.#entries.weightAt(slot) : 0))
  }

  #begin(slot: number): void {
    this.#formerDeadline = this.#expiry.deadlineOf(slot)
    this.#changing = slot
  }

  #file(slot: number, key: string): void {
    this.#slotOf.add(key, slot)
    const { index } = this
    if (index === undefined) return
    this.index = undefined
    index.add(slot, key)
    this.index = index
  }

  #rank(eviction: Eviction, slot: number, key: string, wasUnranked: boolean, isBound: boolean): void {
    if (!isBound && wasUnranked) eviction.added(slot, key)
    else if (!isBound) eviction.used(slot)
    else if (!wasUnranked) eviction.removed(slot)
  }

  #remove(slot: number, removal: Removal, cause: string): void {
    const key = this.#entries.keyAt(slot) as string
    this.observer?.changing(slot)
    const wasBound = this.#bindings.isBound(slot)
    this.#begin(slot)
    this.#count(slot, false, 0)
    this.#slotOf.delete(key)
    if (wasBound) this.#bindings.file(slot, NOBODY, this.#entries.weightAt(slot), 0)
    else this.eviction?.removed(slot)
    const { index } = this
    this.index = undefined
    index?.remove(slot, key)
    this.#expiry.cancel(slot)
    this.ages.gone(this.#entries.versionAt(slot))
    this.#entries.clear(slot)
    if (wasBound) this.#bindings.holders[slot] = NOBODY
    this.index = index
    this.#lastVersion += 1
    this.#changing = NOWHERE
    if (wasBound) this.#bindings.forget()
    this.observer?.removed(key, removal, cause, this.#lastVersion)
  }

  /** Makes anew how entries are found. O(n), after a change that was cut short. */
  #restore(): void {
    this.#expiry.schedule(this.#changing, this.#formerDeadline)
    const slotOf = new KeyIndex(this.#entries)
    this.eviction?.clear()
    this.#bindings.restore((slot) => this.#entries.weightAt(slot))
    const versions: number[] = []
    for (let slot = 0; slot < this.slots; slot += 1) {
      const key = this.keyAt(slot)
      if (key === undefined) continue
      slotOf.add(key, slot)
      versions.push(this.versionAt(slot))
      if (this.#isEndless(slot)) this.#bindings.count(1, this.weightAt(slot))
      if (!this.#bindings.isBound(slot)) this.eviction?.added(slot, key)
    }
    this.index = undefined
    this.ages.recount(versions)
    this.#slotOf = slotOf
    this.#changing = NOWHERE
  }
}
