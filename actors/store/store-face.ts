/** The store's calls by name, as its mailbox posts them, and what the mailbox has to know of the store's settings. */

import {
  type Invalid,
  invalid,
  type MailboxPort,
  type PartitionedPort,
  type ServerDefinition,
  type ServerRoute,
  shown,
} from "../../src/index.ts"
import type { TakeIn } from "./stored-value.ts"
import type { Weigh } from "./weight.ts"

/** All that a store can be asked for. */
export const STORE_CALLS = [
  "get",
  "has",
  "set",
  "delete",
  "entry",
  "ttl",
  "put",
  "update",
  "increment",
  "touch",
  "take",
  "persist",
  "getMany",
  "entries",
  "setMany",
  "deleteMany",
  "list",
  "count",
  "matching",
  "transaction",
  "getOrSet",
  "statistics",
  "info",
  "watch",
  "lease",
  "renewLease",
  "keepLease",
  "leaseOf",
  "breakLease",
] as const

export type StoreCall = (typeof STORE_CALLS)[number]

export type StoreFace = { readonly [Name in StoreCall]: ServerRoute }

export function faceOf(protocol: ServerDefinition<never, unknown, unknown>): StoreFace {
  const routes = STORE_CALLS.map((name) => [name, protocol.route("call", name)] as const)
  return Object.freeze(Object.fromEntries(routes)) as StoreFace
}

/** What stands behind a store's mailbox. */
export interface StorePort {
  readonly port: MailboxPort
  /** The partitions, where it has some. */
  readonly parts?: PartitionedPort
  readonly face: StoreFace
  readonly weigh: Weigh
  /** Default: as `copyIn`. */
  readonly takeIn?: TakeIn | undefined
}

/** Whether it may be looked for. Whether it is well-formed is asked where nothing is found under it: what is stored has been looked at. */
export function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== ""
}

/** Whether something may be stored under it: text with half of a surrogate pair has no order that every store could keep, nor a form on disk. */
export function isNewKey(key: unknown): key is string {
  return typeof key === "string" && key !== "" && key.isWellFormed()
}

/** Throws `Invalid` that names the place of the first that is none under which something may be stored. */
export function checkWellFormed(keys: readonly string[]): void {
  const wrong = keys.findIndex((key) => !isNewKey(key))
  if (wrong >= 0) throw keyError(keys[wrong], `keys[${wrong}]`)
}

/** Why it is no key. */
export function keyError(key: unknown, field = "key"): Invalid {
  if (!isKey(key)) return invalid(field, `must be a non-empty string; got ${shown(key)}`)
  return invalid(field, `must be well-formed text; got ${shown(key)}, which has half of a surrogate pair`)
}
