/** One incarnation of a store, as far as it concerns what outlives it: those who watch, and leases. */

import type { Self } from "../../src/index.ts"
import type { EntryTable } from "./entry-table.ts"
import type { TableObservers } from "./table-observers.ts"

/** What a store needs of its process. */
export type StoreSelf = Pick<Self, "now" | "systemTime" | "random" | "after" | "later" | "signal">

/** As leases need it. */
export interface Incarnation {
  readonly self: StoreSelf
  readonly now: () => number
  /** By the calendar, of a moment of the monotonic clock. */
  expiresAt(deadline: number): number | undefined
  /** Calls back once it is to end; at once where it is already. */
  whenOver(callback: () => void): void
}

/** As those who watch need it. */
export interface WatchedIncarnation extends Incarnation {
  readonly table: EntryTable
  /** What the versions of the table begin with. */
  readonly epoch: string
  readonly observers: TableObservers
}

/** As loads need it. */
export interface LoadingIncarnation extends WatchedIncarnation {
  random(): number
  /** What readers get of a stored value, or why they do not. */
  shown(stored: unknown, key: string): unknown
  /** Arms the next sweep. */
  plan(): void
}
