/** One incarnation of a store, as far as it concerns what outlives it: those who watch, and leases. */

import type { Self, ServerSelf } from "../../src/index.ts"
import type { EntryTable } from "./entry-table.ts"
import type { TableObservers } from "./table-observers.ts"
import type { WatchedEntries } from "./watched-entries.ts"

/** What a store needs of its process. */
export type StoreSelf = Pick<Self, "now" | "recently" | "systemTime" | "calendarLead" | "random" | "after" | "later" | "signal">

/** What one whose entries are in memory needs besides. */
export type TableSelf = StoreSelf & Pick<ServerSelf, "continue" | "defer">

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
  /** What its versions begin with. */
  readonly epoch: string
  readonly watched: WatchedEntries
}

/** As who writes to a table needs it. */
export interface WritingIncarnation extends Incarnation {
  readonly self: TableSelf
  readonly table: EntryTable
}

/** As loads need it, where there is a table. */
export interface LoadingIncarnation extends WritingIncarnation {
  readonly observers: TableObservers
  random(): number
  /** What readers get of a stored value, or why they do not. */
  shown(stored: unknown, key: string): unknown
  /** Arms the next sweep. */
  plan(): void
}
