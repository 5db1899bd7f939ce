/**
 * A table made of the snapshot that is kept: what the next life of a store begins with.
 *
 * Invariants
 * - All of the snapshot, or nothing: until its end is known to be sound, nobody sees the table.
 * - What has passed since the cut, by the calendar, is taken off what was left to an entry. One set back takes off nothing, and revives nothing.
 * - Versions are new, and greater than those before: a later change than the last that was kept may have been seen by somebody.
 *
 * Not restored: who held what, in what order entries were used, what was counted.
 */

import { PigeonholeError, type Self, Unavailable } from "../../src/index.ts"
import { NOBODY } from "./bindings.ts"
import { type EntryTable, NOWHERE } from "./entry-table.ts"
import { NEVER, NO_IDLE } from "./lifetime.ts"
import { leftSince, type SnapshotEntry, type SnapshotHead } from "./snapshot-format.ts"
import type { SnapshotStart } from "./snapshot-keeper.ts"
import type { SnapshotSettings } from "./snapshot-options.ts"
import { readSnapshot, type SnapshotOutcome } from "./snapshot-reading.ts"
import type { Beginning } from "./snapshot-witness.ts"
import { isNewKey } from "./store-face.ts"
import type { StoreSettings } from "./store-settings.ts"
import { newTable } from "./store-state.ts"
import { LATEST_MS } from "./time-to-live.ts"

type RestoringSelf = Pick<Self, "now" | "systemTime" | "random" | "signal" | "report">

export interface Restored {
  readonly table: EntryTable
  readonly epoch: string
  readonly start: SnapshotStart
  readonly beginning: Beginning
}

/** Errors  Conflict, where the place is another store's; Unavailable, where the place fails: what it has may be sound, so nothing is begun without it. */
export async function restored(settings: StoreSettings, { place, line }: SnapshotSettings, self: RestoringSelf): Promise<Restored> {
  line.claim(self)
  await line.whenFree()
  const filling = new Filling(settings, self)
  try {
    await place.claim?.()
    const outcome = await readSnapshot(place, (entries, head) => filling.take(entries, head))
    return conclude(outcome, filling, settings, self)
  } catch (error) {
    await left(place)
    throw self.signal.aborted || error instanceof PigeonholeError ? error : unreadable(error)
  }
}

/** What it says to that is told by nobody: why the store cannot begin comes first. */
async function left(place: SnapshotSettings["place"]): Promise<void> {
  try {
    await place.leave?.()
  } catch {}
}

function conclude(outcome: SnapshotOutcome, filling: Filling, settings: StoreSettings, self: RestoringSelf): Restored {
  if (outcome.status === "read") {
    const { head, entries } = outcome
    filling.tell(entries)
    forget(filling.table)
    settings.fences.know(head.lastFence)
    const beginning = { type: "restored" as const, head, isWhole: filling.leftOut + outcome.leftOut === 0 }
    return { table: filling.table, epoch: settings.epochs.next(self, head.epoch), start: startAt(head.cutAt, entries), beginning }
  }
  let beginning: Beginning = { type: "nothing" }
  if (outcome.status === "refused") {
    const { error, aside } = outcome
    const problem = String(error.details.problem)
    const message = `the ${error.message}; it is set aside as ${aside}, and the store starts empty`
    self.report({ level: "error", message, error, fields: { problem, aside } })
    beginning = { type: "refused", aside }
  }
  return { table: newTable(settings), epoch: settings.epochs.next(self), start: startAt(undefined, undefined), beginning }
}

function startAt(lastAt: number | undefined, lastEntries: number | undefined): SnapshotStart {
  return { lastAt, lastEntries, next: "after a change" }
}

class Filling {
  readonly table: EntryTable
  readonly #settings: StoreSettings
  readonly #self: RestoringSelf
  /** One moment, by both clocks. */
  readonly #now: number
  readonly #systemTime: number
  leftOut = 0
  /** What the owner's function has thrown first: of what is refused, keys say too much. */
  #thrown: unknown = undefined

  constructor(settings: StoreSettings, self: RestoringSelf) {
    this.table = newTable(settings)
    this.#settings = settings
    this.#self = self
    this.#now = self.now()
    this.#systemTime = self.systemTime()
  }

  take(entries: readonly SnapshotEntry[], { cutAt }: SnapshotHead): void {
    this.#self.signal.throwIfAborted()
    for (const entry of entries) this.#put(entry, cutAt)
  }

  /** Says how many of so many were left out, if any. */
  tell(entries: number): void {
    if (this.leftOut === 0) return
    const message = `${this.leftOut} of ${entries} entries of the snapshot are left out: the store has no room for them, or they cannot be weighed`
    this.#self.report({ level: "warn", message, error: this.#thrown, fields: { leftOut: this.leftOut, entries } })
  }

  #put({ key, value, remainingMs, idleMs, limitMs }: SnapshotEntry, cutAt: number): void {
    const deadline = this.#moment(remainingMs, cutAt)
    const limit = idleMs === NO_IDLE ? deadline : this.#moment(limitMs, cutAt)
    if (!(deadline > this.#now && limit > this.#now)) return
    const weight = this.#weightOf(key, value)
    const isKept = weight !== undefined && this.#place(key, { value, deadline, idleMs, limit, owner: NOBODY, weight })
    if (!isKept) this.leftOut += 1
  }

  #place(key: string, placement: Parameters<EntryTable["place"]>[1]): boolean {
    return isNewKey(key) && this.table.place(key, placement, "restore", () => this.#now) !== NOWHERE
  }

  #weightOf(key: string, value: unknown): number | undefined {
    try {
      return this.#settings.weigh(key, value)
    } catch (error) {
      if (!(error instanceof PigeonholeError)) throw error
      this.#thrown ??= error.cause
      return undefined
    }
  }

  #moment(leftMs: number, cutAt: number): number {
    return leftMs === NEVER ? NEVER : Math.min(this.#now + leftSince(cutAt, leftMs, this.#systemTime), LATEST_MS)
  }
}

/** What was done to fill it nobody has asked for. */
function forget({ counters }: EntryTable): void {
  for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name] = 0
}

function unreadable(cause: unknown): Unavailable {
  return new Unavailable("the snapshot cannot be read: its place fails", { details: { field: "snapshot.to" }, cause })
}
