/** What becomes of a store's entries, as those see it who watch, and as it is kept for them. */

import type { Frozen } from "./frozen.ts"

/** A value was written, or is there when the watch begins. */
export interface SetEvent<Value> {
  readonly type: "set"
  readonly key: string
  /** Frozen and shared with other readers, as `get` gives it. */
  readonly value: Frozen<Value>
  /** That of the entry. */
  readonly version: string
  /** By which operation: `set` (`setMany`, too), `put`, `update`, `increment`, `transaction`; `load`: by `getOrSet`; `initial`: it was there already. */
  readonly cause: string
}

/** The entry is gone: by request or with its last holder (`delete`), as its time was over (`expire`), to make room (`evict`). */
export interface RemovalEvent<Type extends "delete" | "expire" | "evict"> {
  readonly type: Type
  readonly key: string
  readonly value: undefined
  /** Of its removal. */
  readonly version: string
  /** `delete` (`deleteMany`, too), `take`, `clear`, `update`, `transaction`; `detached`: with its last holder; `ttl` or `idle`; `capacity`. */
  readonly cause: string
}

/** What was told before says nothing of what is there now: the store has begun anew (`reset`), or not all was told (`gap`). */
export interface BreakEvent<Type extends "reset" | "gap"> {
  readonly type: Type
  readonly key: undefined
  readonly value: undefined
  /** Of the last change before what is told from here on. */
  readonly version: string
  /** `restart`; `slow`: more came than could wait; `history`: what happened since `from` is not kept any more; `missed`: the store was cut short. */
  readonly cause: string
}

/** What a watch tells. Of the same key in the order in which it came about. */
export type WatchEvent<Value = unknown> =
  | SetEvent<Value>
  | RemovalEvent<"delete">
  | RemovalEvent<"expire">
  | RemovalEvent<"evict">
  | BreakEvent<"reset">
  | BreakEvent<"gap">

/** As it is kept: shown when it is told, for each who is told. */
export interface Change {
  /** `mark`: tells nothing but up to where all was told. */
  readonly type: WatchEvent["type"] | "mark"
  readonly key: string | undefined
  /** As `copyIn` made it. */
  readonly stored: unknown
  readonly epoch: string
  readonly count: number
  readonly cause: string
}

/** What is about no key. */
export function notice(type: "reset" | "gap" | "mark", epoch: string, count: number, cause: string): Change {
  return { type, key: undefined, stored: undefined, epoch, count, cause }
}
