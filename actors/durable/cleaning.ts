/**
 * Removes what is over from disk and from memory, and writes down what time it is.
 *
 * Invariants
 * - One removal at a time, behind what was asked for before it; an entry that was read meanwhile lives on.
 * - At intervals; while somebody watches, soon after each end that was written since, and at least every second, for ends that were written before. What
 *   was removed is told then, with versions that are greater than those of all that was decided before, and less than those of what is decided after.
 */

import type { Timer } from "../../src/index.ts"
import { NEVER } from "../store/lifetime.ts"
import type { CleanedIncarnation } from "./durable-incarnation.ts"
import { type EntryFacts, MARK_KEY } from "./store-database.ts"

/** The message of its timer. */
export const CLEAN_UP = Symbol("clean up")

/** Entries removed in one transaction. */
const REMOVED_AT_ONCE = 1000
/** The same while somebody watches: as many versions are kept for them. */
const TOLD_AT_ONCE = 256

/** Time between two searches while somebody watches, in ms. */
const EVERY_MS = 1000
/** Time from an end to the search for it: those of about the same time are found together. */
const AFTER_MS = 50
/** Ends that are remembered. */
const MOST_ENDS = 1024

export class Cleaning {
  readonly #state: CleanedIncarnation
  /** Moments of the monotonic clock at which something is over, rounded up; the earliest first. */
  #ends: number[] = []
  #timer: Timer | undefined = undefined
  #timerAt = NEVER
  #isBusy = false
  /** When it is to be done though nobody watches. */
  #regularAt: number

  constructor(state: CleanedIncarnation) {
    this.#state = state
    this.#regularAt = state.now() + state.settings.cleanupIntervalMs
    this.#plan()
  }

  /** Somebody watches from now on. */
  hurry(): void {
    this.#plan()
  }

  /** Something ends then that is to be told. */
  expect(deadline: number): void {
    if (deadline === NEVER) return
    const end = Math.ceil(deadline / AFTER_MS) * AFTER_MS
    const place = this.#ends.findIndex((other) => other >= end)
    if (this.#ends[place] === end) return
    this.#ends.splice(place < 0 ? this.#ends.length : place, 0, end)
    if (this.#ends.length > MOST_ENDS) this.#ends.pop()
    this.#plan()
  }

  /** Its timer has come. */
  async begin(): Promise<void> {
    this.#timer = undefined
    this.#timerAt = NEVER
    this.#isBusy = true
    const now = this.#state.now()
    this.#ends = this.#ends.filter((end) => end > now)
    const isRegular = now >= this.#regularAt
    try {
      await this.#cleanUp(isRegular)
    } catch (error) {
      // What is done again within a second is told of with the next that is regular.
      if (isRegular) this.#state.tell("what is over could not be removed", this.#state.settings.cleanupIntervalMs, error)
    }
    this.#isBusy = false
    if (this.#state.database.isAlive) this.#plan()
  }

  async #cleanUp(isRegular: boolean): Promise<void> {
    const state = this.#state
    if (isRegular) this.#regularAt = state.now() + state.settings.cleanupIntervalMs
    state.memory.sweep()
    await this.removeBefore(async () => {})
    if (isRegular) await state.queue.inOrder(() => state.database.commit([], state.calendar.at(state.now())))
  }

  /** Removes what is over, and then does `work`, as of the same moment and before anything else is changed; gives what that gives. */
  async removeBefore<Result>(work: (now: number) => Promise<Result>): Promise<Result> {
    for (;;) {
      const done = await this.#removeSome(work)
      if (done !== undefined) return done.result
    }
  }

  /** `undefined`: there may be more. */
  async #removeSome<Result>(work: (now: number) => Promise<Result>): Promise<{ readonly result: Result } | undefined> {
    const state = this.#state
    void state.slides.flush()
    // As of now: what is read from here on lives on.
    const moment = state.now()
    const now = state.calendar.at(moment)
    const isTold = state.watched.isFollowed
    const limit = isTold ? TOLD_AT_ONCE : REMOVED_AT_ONCE
    const first = isTold ? state.versions.take(limit) : 0
    let used = 0
    const done = await state.queue.inOrder(async () => {
      const removed = await state.database.removeExpired(now, limit)
      used = removed.length
      if (used > 0) await this.#removed(removed, now, first)
      return used < limit ? { result: await work(moment) } : undefined
    })
    if (isTold) state.versions.giveBack(first, limit, used)
    return done
  }

  async #removed(removed: readonly EntryFacts[], now: number, first: number): Promise<void> {
    const { watched } = this.#state
    for (const { key, version } of removed) this.#forget(key, version)
    if (first === 0) return watched.missed()
    await this.#writeDown(first + removed.length - 1, now)
    for (const [place, { key, ...ends }] of removed.entries()) watched.removedFromDisk(key, causeOf(ends), first + place)
  }

  #forget(key: string, version: number): void {
    const { lines, memory, counters } = this.#state
    const isCounted = lines.expired(key, version)
    if (!isCounted) counters.expired += 1
    const row = memory.row(key)
    if (row?.version === version && this.#state.alive(row) === undefined) memory.forget(key)
  }

  /** No later write, of whatever program, is to have a version that was told. */
  async #writeDown(version: number, now: number): Promise<void> {
    try {
      await this.#state.database.commit([{ type: "remove", key: MARK_KEY, version }], now)
      this.#state.versions.written(version)
    } catch (error) {
      this.#state.watched.missed()
      throw error
    }
  }

  #plan(): void {
    if (this.#isBusy) return
    const now = this.#state.now()
    const at = Math.min(this.#regularAt, this.#state.watched.isFollowed ? this.#toldAt(now) : NEVER)
    if (at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#state.self.after(Math.max(at - now, 0), CLEAN_UP)
  }

  /** With an interval no commit begins for it before its time: nothing is told sooner. */
  #toldAt(now: number): number {
    const { isInterval, settings } = this.#state
    if (isInterval) return now + Math.max(EVERY_MS, settings.commitIntervalMs)
    return Math.min(now + EVERY_MS, (this.#ends[0] ?? NEVER) + AFTER_MS)
  }
}

function causeOf({ expiresAt = NEVER, idleMs, limitAt = NEVER }: Omit<EntryFacts, "key">): "idle" | "ttl" {
  return idleMs !== undefined && expiresAt < limitAt ? "idle" : "ttl"
}
