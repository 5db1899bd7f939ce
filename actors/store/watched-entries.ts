/**
 * What is watched: the port between a hub and whatever keeps a store's entries, in memory or on disk. It tells the hub of each change and, some at a time,
 * what is there.
 */

import type { Change } from "./watch-event.ts"
import type { Watcher } from "./watcher.ts"

/** Who is told. */
export interface ChangeTeller {
  /** The version of the last change that it was told of. */
  readonly lastTold: number
  /** A change of a key, behind all that were told before; `isFor`: whether a watcher of the key is to be told of it. */
  tell(change: Change, isFor: (watcher: Watcher) => boolean): void
  /** Something was not told, up to that version. */
  missed(last: number): void
}

/** How far what is there was told: all of it; not all, but more would be too much for now; not all. */
export type Progress = "done" | "paused" | "more"

export interface WatchedEntries {
  /** The version of the last change, told or not. */
  readonly lastVersion: number
  /** Whether nothing has happened since that nobody was told of. */
  readonly isUpToDate: boolean
  /** No version beyond it was given to anybody. */
  readonly newestVersion: number
  /** It is told of each change from now on, until `unfollow`. */
  follow(teller: ChangeTeller): void
  unfollow(): void
  /** What was asked for before is not told to it, where that may still come to be told. */
  begins?(watcher: Watcher): void
  /**
   * Tells the watcher some of what is there, behind what it was told before, at once or later; nothing that was told meanwhile, as it changed. Where it begins
   * anew (`round`), nothing more is told of what was under way.
   */
  tellSome(watcher: Watcher): Progress | Promise<Progress>
}
