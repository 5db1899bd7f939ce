/**
 * One snapshot of a running store, from the cut to its commit: slices of the table in turns of the store's, and others are served between them.
 *
 * Invariants
 * - What is committed is the table as it was when this was made; who gives it up, or has it fail, leaves the place as it was.
 * - A slice is bounded by slots and by bytes (one large value is one slice), and nothing is taken out while bytes wait to be written; but what a
 *   caller changes meanwhile is, so of the table there is one copy more at the most.
 * - A change of an entry that finds no memory for this goes on all the same: the snapshot is what is given up.
 */

import type { Self } from "../../src/index.ts"
import type { EntryTable } from "./entry-table.ts"
import { doLater } from "./own-work.ts"
import type { SnapshotPlace } from "./snapshot.ts"
import type { SnapshotHead } from "./snapshot-format.ts"
import { type SnapshotReport, SnapshotTaking } from "./snapshot-taking.ts"
import { cutTableOf } from "./table-cut.ts"
import type { TableObserver } from "./table-observer.ts"
import type { TableObservers } from "./table-observers.ts"

/** Slots passed in one turn: some tenths of a millisecond. */
const SLOTS_AT_ONCE = 256
/** Bytes made of them in one turn. */
const BYTES_AT_ONCE = 65_536

/** What a run needs of its incarnation. */
export interface Snapshotted {
  readonly table: EntryTable
  readonly epoch: string
  readonly observers: TableObservers
  /** The greatest fence given so far; `undefined`: none was. */
  readonly lastFence: number | undefined
  now(): number
}

/** What a run, and who begins it, needs of its process. */
export type SnapshotSelf = Pick<Self, "systemTime" | "later" | "after" | "signal" | "report">

export class SnapshotRun implements TableObserver {
  readonly head: SnapshotHead
  /** Slices made. */
  slices = 0
  readonly #self: SnapshotSelf
  readonly #observers: Snapshotted["observers"]
  readonly #taking: SnapshotTaking
  #isGivenUp = false
  #failure: { readonly error: unknown } | undefined = undefined
  /** Ends the wait for a turn. */
  #stopWaiting = (): void => {}

  /** The cut is made now. */
  constructor(place: SnapshotPlace, state: Snapshotted, self: SnapshotSelf) {
    const { table, epoch, observers, lastFence } = state
    this.#self = self
    this.#observers = observers
    const head = { epoch, lastVersion: table.lastVersion, cutAt: self.systemTime() }
    this.head = lastFence === undefined ? head : { ...head, lastFence }
    this.#taking = new SnapshotTaking(place, cutTableOf(table), this.head, state.now())
    observers.add(this)
  }

  /** Takes it; `undefined`: it was given up. `inTurns`: each slice in a turn of its own; else nobody is served any more. Errors  what failed. */
  async take(inTurns: boolean): Promise<SnapshotReport | undefined> {
    try {
      while (await this.#nextSlice(inTurns)) await this.#taking.write()
      // What is left of it takes its time: who gives it up meanwhile is heard.
      if (!this.#isGivenUp) await this.#taking.write()
      if (this.#failure !== undefined) throw this.#failure.error
      return this.#isGivenUp ? undefined : await this.#taking.commit()
    } finally {
      this.giveUp()
      // Nothing is left to give up of what is committed.
      await this.#taking.discard().catch(() => {})
    }
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** The table changes from now on without asking; what is being written is discarded. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#observers.remove(this)
    this.#stopWaiting()
  }

  // -- what the table tells -------------------------------------------------------------------------------------------

  changing(slot: number): void {
    try {
      this.#taking.cut.beforeChange(slot)
    } catch (error) {
      this.#failure = { error }
      this.giveUp()
    }
  }

  written(): void {}

  removed(): void {}

  // -- slices ---------------------------------------------------------------------------------------------------------

  /** `false`: all is out, or nobody wants more. */
  #nextSlice(inTurns: boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const slice = (): void => {
        try {
          resolve(this.#slice())
        } catch (error) {
          reject(error)
        }
      }
      this.#stopWaiting = () => resolve(false)
      // While something was written.
      if (this.#isGivenUp) return resolve(false)
      if (!inTurns && !hasEnded(this.#self)) slice()
      else if (!inTurns || !doLater(this.#self, slice)) this.giveUp()
    })
  }

  #slice(): boolean {
    if (this.#isGivenUp) return false
    this.slices += 1
    for (let left = SLOTS_AT_ONCE; left > 0 && this.#taking.waitingBytes < BYTES_AT_ONCE; left -= 1) {
      if (!this.#taking.step(1)) return this.#allOut()
    }
    return true
  }

  #allOut(): false {
    this.#observers.remove(this)
    return false
  }
}

/** Whether it was killed while it cleared up: what it still does is nobody's wish. */
function hasEnded(self: SnapshotSelf): boolean {
  try {
    self.after(0, undefined).cancel()
    return false
  } catch {
    return true
  }
}
