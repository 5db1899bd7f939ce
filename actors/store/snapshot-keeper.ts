/**
 * When a store takes snapshots, and what becomes of them: the part of one incarnation that keeps them.
 *
 * Invariants
 * - One at a time, over all incarnations (`SnapshotLine`).
 * - One is taken `everyMs` after the first change that the last one has not; none while nothing changes, and then no timer waits.
 * - One that fails is reported, and the next is taken as if nothing were in the place; the store serves on.
 * - At a stop the last one is begun, and waited for, where something has changed since the last cut, or lives for a time, or a lease was given; after a crash nothing is
 *   written any more.
 */

import { type ExitReason, PigeonholeError } from "../../src/index.ts"
import { NEVER } from "./lifetime.ts"
import { OwnWork } from "./own-work.ts"
import type { SnapshotHead } from "./snapshot-format.ts"
import type { SnapshotSettings } from "./snapshot-options.ts"
import { SnapshotRun, type SnapshotSelf, type Snapshotted } from "./snapshot-run.ts"
import type { SnapshotReport } from "./snapshot-taking.ts"
import { snapshotWitness } from "./snapshot-witness.ts"
import type { TableObserver } from "./table-observer.ts"

/** What is in the place when an incarnation begins. */
export interface SnapshotStart {
  readonly lastAt: number | undefined
  readonly lastEntries: number | undefined
  /** How soon there is to be one of what the table has: at once, after the usual time, or once something changes. */
  readonly next: "at once" | "in time" | "after a change"
}

export class SnapshotKeeper {
  /** The cut of the last one that was committed, or restored, by the calendar; `undefined`: there was none. */
  lastAt: number | undefined = undefined
  /** Entries in it. */
  lastEntries: number | undefined = undefined
  readonly #state: Snapshotted
  readonly #settings: SnapshotSettings
  readonly #self: SnapshotSelf
  readonly #changes: TableObserver
  /** Whether something has changed since the last cut. */
  #isDirty = false
  #isArmed = false
  #run: SnapshotRun | undefined = undefined
  /** Of the run under way, when it was last looked at. */
  #slicesSeen = 0
  #isEnding = false
  /** In the last one. */
  #leftOut = 0
  #lastFence: number | undefined = undefined

  constructor(state: Snapshotted, settings: SnapshotSettings, self: SnapshotSelf, start: SnapshotStart) {
    this.#state = state
    this.#settings = settings
    this.#self = self
    this.#changes = { changing: () => this.#changed(), written: () => {}, removed: () => {} }
    settings.line.claim(self)
    self.signal.addEventListener("abort", () => this.#over(self.signal.reason), { once: true })
    this.lastAt = start.lastAt
    this.lastEntries = start.lastEntries
    if (start.next === "after a change") state.observers.add(this.#changes)
    else this.#isBehind(start.next === "at once" ? 0 : settings.everyMs)
  }

  /** The store ends. A promise: once that is fulfilled, all is written that will be. Never rejects. */
  end(reason: ExitReason): Promise<void> | undefined {
    this.#isEnding = true
    const isBehind = this.#isDirty || this.#run !== undefined || this.#hasDeadlines || this.#lastFence !== this.#state.lastFence
    this.#run?.giveUp()
    const last = isBehind && isStop(reason) ? this.#take(false) : undefined
    this.#leave()
    return last
  }

  /** Who is killed is not told to end. */
  #over(reason: unknown): void {
    this.#run?.giveUp()
    if (reason instanceof PigeonholeError && reason.details.reason === "killed") this.#leave()
  }

  /** Behind all that was begun. */
  #leave(): void {
    const { line, place } = this.#settings
    line.run(async () => place.leave?.()).catch(() => {})
  }

  /** Time has passed for them since the last cut, and a calendar that is set back would give it to them again. */
  get #hasDeadlines(): boolean {
    return this.#state.table.nextSweepAt(this.#state.now()) !== NEVER
  }

  // -- when -----------------------------------------------------------------------------------------------------------

  /** Something is about to change for the first time since the last cut. */
  #changed(): void {
    this.#arm(this.#settings.everyMs)
    this.#isDirty = true
    this.#state.observers.remove(this.#changes)
  }

  /** The place does not have what is there. */
  #isBehind(delayMs: number): void {
    this.#isDirty = true
    this.#arm(delayMs)
  }

  #arm(delayMs: number): void {
    // Who is told to stop leaves the last one to its end.
    if (this.#isArmed || this.#self.signal.aborted || delayMs === Number.POSITIVE_INFINITY) return
    this.#self.after(delayMs, new OwnWork(() => this.#due()))
    this.#isArmed = true
  }

  #due(): void {
    this.#isArmed = false
    if (this.#run === undefined) void this.#take(true)
    else this.#lookAt(this.#run)
  }

  /** It is under way since the last time. One that has not moved since then would hold what it has taken out for as long as the place likes. */
  #lookAt(run: SnapshotRun): void {
    if (run.slices === this.#slicesSeen && !run.isGivenUp) {
      run.giveUp()
      this.#tell("warn", "a snapshot is given up, as its place does not take it; the next is taken once that has answered")
    }
    this.#slicesSeen = run.slices
    this.#arm(this.#settings.everyMs)
  }

  // -- one of them ------------------------------------------------------------------------------------------------------

  async #take(inTurns: boolean): Promise<void> {
    try {
      const run = this.#begin()
      const report = await this.#takeAfterOthers(run, inTurns)
      if (report === undefined) this.#isBehind(this.#settings.everyMs)
      else this.#taken(run.head, report)
    } catch (error) {
      this.#tell("error", `a snapshot could not be taken; ${this.#next}`, error)
      this.#isBehind(this.#settings.everyMs)
    }
  }

  /** From here on changes are the next one's. */
  #begin(): SnapshotRun {
    const { observers } = this.#state
    observers.remove(this.#changes)
    const run = new SnapshotRun(this.#settings.place, this.#state, this.#self)
    this.#run = run
    snapshotWitness()?.cut(run.head)
    this.#slicesSeen = -1
    this.#isDirty = false
    observers.add(this.#changes)
    return run
  }

  async #takeAfterOthers(run: SnapshotRun, inTurns: boolean): Promise<SnapshotReport | undefined> {
    try {
      const { line, place } = this.#settings
      return await line.run(async () => {
        await place.claim?.()
        return run.take(inTurns)
      })
    } finally {
      this.#run = undefined
    }
  }

  get #next(): string {
    const { everyMs } = this.#settings
    if (this.#isEnding) return "the one before it stays"
    return everyMs === Number.POSITIVE_INFINITY ? "it is tried again at the stop" : `it is tried again in ${everyMs} ms`
  }

  #taken(head: SnapshotHead, { entries, leftOut }: SnapshotReport): void {
    snapshotWitness()?.committed(head)
    this.lastAt = head.cutAt
    this.#lastFence = head.lastFence
    this.lastEntries = entries
    if (leftOut > 0 && leftOut !== this.#leftOut) {
      this.#tell(
        "warn",
        `${leftOut} of ${entries + leftOut} entries are not in the snapshot: they have a Blob or a File in them, or are too large`,
      )
    }
    this.#leftOut = leftOut
  }

  #tell(level: "warn" | "error", message: string, error?: unknown): void {
    this.#self.report({ level, message, error })
  }
}

/** Whether somebody wants it to end; else it has crashed, and what its table is worth nobody knows. */
function isStop(reason: ExitReason): boolean {
  return reason === "normal" || reason === "shutdown" || (typeof reason === "object" && "shutdown" in reason)
}
