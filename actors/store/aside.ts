/** What a store keeps for a while beside its entries: by key, each until a moment of its own, within the bounds of a table; what ends soonest goes first. */

import { EntryTable, NOWHERE } from "./entry-table.ts"
import type { StoreSelf } from "./incarnation.ts"
import { NO_IDLE } from "./lifetime.ts"
import { LATEST_MS } from "./time-to-live.ts"

/** Removals in one turn. */
const REMOVED_AT_ONCE = 512

/** Time from the first end to the sweep, and the longest one between two sweeps, in ms. */
const SWEEP_AFTER_MS = 1000
const SWEEP_EVERY_MS = 60_000

/** The message of its timer. */
export class SweepAside {
  readonly aside: Aside

  constructor(aside: Aside) {
    this.aside = aside
  }
}

export class Aside {
  readonly #self: StoreSelf
  readonly #table: EntryTable
  readonly #now: () => number
  #isPlanned = false

  constructor(self: StoreSelf, limits: { readonly maxEntries: number; readonly maxWeight?: number | undefined }) {
    this.#self = self
    const now = (): number => self.now()
    this.#now = now
    this.#table = new EntryTable({ ...limits, eviction: "soonest" })
  }

  get isEmpty(): boolean {
    return this.#table.size === 0
  }

  /** Does nothing for what ends now, and for what there is no room for. */
  keep(key: string, value: unknown, until: number, weight = 0): void {
    if (until <= this.#now()) return
    const deadline = Math.min(until, LATEST_MS)
    this.#table.place(key, { value, deadline, idleMs: NO_IDLE, limit: deadline, owner: 0, weight }, "aside", this.#now)
    this.#plan()
  }

  /** `undefined`: there is none. */
  find(key: string): unknown {
    if (this.isEmpty) return undefined
    const slot = this.#table.find(key, this.#now)
    return slot === NOWHERE ? undefined : this.#table.valueAt(slot)
  }

  forget(key: string): void {
    if (!this.isEmpty) this.#table.delete(key, this.#now)
  }

  /** Its keys that begin with it. */
  under(prefix: string): readonly string[] {
    const keys: string[] = []
    for (let slot = 0; slot < this.#table.slots; slot += 1) {
      const key = this.#table.keyAt(slot)
      if (key?.startsWith(prefix) === true) keys.push(key)
    }
    return keys
  }

  /** Leaves so much of its bounds to others. */
  leaveRoom(entries: number, weight: number): void {
    if (!this.isEmpty) this.#table.makeRoom(entries, weight, this.#now)
  }

  sweep(): void {
    this.#isPlanned = false
    this.#table.sweep(this.#now(), REMOVED_AT_ONCE)
    if (!this.isEmpty) this.#plan()
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    const now = this.#now()
    const next = this.#table.nextSweepAt(now)
    this.#self.after(next <= now ? 0 : Math.min(next - now + SWEEP_AFTER_MS, SWEEP_EVERY_MS), new SweepAside(this))
  }
}
