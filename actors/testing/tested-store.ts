/** What the contract of stores asks of a store: its operations, and the stage on which it is looked at. */

import type { Policy } from "../../src/index.ts"
import type { VirtualTime } from "../../src/testing.ts"
import type { StoreMailbox } from "../store/store-mailbox.ts"

/** What a store may do beside the five operations of every day. */
export const OPERATIONS = [
  ...["entry", "put", "update", "increment", "take", "ttl", "touch", "persist"],
  ...["getMany", "setMany", "deleteMany", "list", "keys", "entries", "clear", "count"],
  ...["transaction", "getOrSet", "watch", "lease", "leaseOf", "breakLease", "statistics", "info"],
] as const satisfies readonly OperationName[]

/** The operations of a store that may be missing. */
export type OperationName =
  | ("entry" | "put" | "update" | "increment" | "take" | "ttl" | "touch" | "persist")
  | ("getMany" | "setMany" | "deleteMany" | "list" | "keys" | "entries" | "clear" | "count")
  | ("transaction" | "getOrSet" | "watch" | "lease" | "leaseOf" | "breakLease" | "statistics" | "info")

type EverydayName = "get" | "set" | "has" | "delete" | "release"

/** A store that does all of it. */
export type WholeStore = Pick<StoreMailbox, EverydayName | OperationName>

/** A mailbox of a store that the contract is held against. Operations that it does not have are passed over. */
export type TestedStore = Pick<StoreMailbox, EverydayName> & Partial<Pick<StoreMailbox, OperationName>>

/** What a promise of the contract needs to be tried on. Each is given, unless it is passed over. */
export interface StoreWish {
  /** The text that names this store: the same where it is opened again, and another one for each that is opened. */
  readonly place: string
  /** How many entries it may hold. Default: so many as it likes. */
  readonly maxEntries?: number
  /** Who may do what. Default: all may do everything. */
  readonly policies?: readonly Policy[]
}

/** A store that serves, in a runtime whose time is the test's. */
export interface StoreStage {
  /** A mailbox of its own for each call, of a caller by this name. Default: `anonymous`. */
  acquire(principal?: string): Promise<TestedStore>
  /** Its clock and its calendar. */
  readonly time: Pick<VirtualTime, "advance" | "settle" | "now" | "systemTime" | "setSystemTime">
  /** Ends its process as a bug in it would, and resolves when it serves again. Left out: it cannot be done. */
  crash?(): Promise<void>
  /** Whether its entries are there after that. Default `false`. */
  readonly isKept?: boolean
  /** Ends the application, moves time on, and opens the same store in another application. Left out: nothing of it would be there. */
  reopen?(awayMs: number): Promise<StoreStage>
  /** Ends it. */
  close(): Promise<void>
}

/** Opens a store for one promise of the contract. */
export type OpenStage = (wish: StoreWish) => Promise<StoreStage>
