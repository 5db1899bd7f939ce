/**
 * Where loads are at home: the port between them and whatever keeps a store's entries, in memory or on disk.
 *
 * It tells the loads of what is written and deleted, and takes what they come to.
 */

import type { PigeonholeError } from "../../src/index.ts"
import type { StoreSelf } from "./incarnation.ts"
import type { Lifetime } from "./lifetime.ts"

/** What was loaded, as it is to be kept. */
export interface LoadedEntry {
  readonly key: string
  /** As `copyIn` has made it. */
  readonly value: unknown
  readonly weight: number
  readonly lifetime: Lifetime
  /** How long it is given beyond its time. 0: it is not. */
  readonly staleForMs: number
}

/** Values whose time is over and which are given for a while yet. */
export interface OldValues {
  /** As it was stored; `undefined`: there is none. */
  find(key: string): unknown
  forget(key: string): void
  /** The keys that begin with it. */
  under(prefix: string): readonly string[]
}

/** Who is told of what becomes of keys. */
export interface LoadFollower {
  /** The key has a new value, whatever was loaded for it. */
  written(key: string, stored: unknown): void
  /** Somebody wants nothing to be under the key. */
  deleted(key: string): void
}

export interface LoadHome {
  readonly self: StoreSelf
  readonly stale: OldValues
  now(): number
  random(): number
  /** What readers get of a stored value, or why they do not. */
  shown(stored: unknown, key: string): unknown
  /** It is told from now on, until it wants it no more. */
  follow(follower: LoadFollower): void
  unfollow(): void
  /** Calls back, at once or later, when the follower has been told of all that was asked for under the key before. */
  whenTold(key: string, goOn: () => void): void
  /**
   * Keeps it; who waits for it is answered by that, as by any other write. Otherwise calls `refused`, at once or later: with why it can never be kept;
   * with nothing, where it might be another time.
   */
  keep(loaded: LoadedEntry, refused: (error: PigeonholeError | undefined) => void): void
}
