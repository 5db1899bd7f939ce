/** What is to be watched, as a caller says it. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import { isNewKey, keyError } from "./store-face.ts"
import type { Wanted } from "./watcher.ts"

/** What is watched: a key, or a prefix. */
export type WatchOptions = HowToWatch & (OfKey | OfPrefix)

interface OfKey {
  /** This key. */
  readonly key: string
  readonly prefix?: undefined
}

interface OfPrefix {
  readonly key?: undefined
  /** All keys that begin with this; `""` for all. In the place of `key`. */
  readonly prefix: string
}

interface HowToWatch {
  /** Tell first what is there, and again after each `gap` and `reset`. Default `false`. */
  readonly initial?: boolean | undefined
  /**
   * Go on behind this version: that of the last event that is known, or `StoreWatch.version`. What has happened since is told first, as far as the store keeps it
   * (its option `history`); else a `gap`. In a store with partitions a prefix goes on from `StoreWatch.version`; an event's says nothing of the other
   * partitions, which are a `reset` each. A version of a store that has begun anew since is a `reset`.
   */
  readonly from?: string | undefined
  /**
   * Changes that may wait for a reader who does something else; from 1. What comes at once to one that waits, before it can read it, has room of its own.
   * Default 1024.
   */
  readonly room?: number | undefined
  /** Ends the watch with `Canceled` when it is aborted. Default: none. */
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_ROOM = 1024
const MOST_ROOM = 1_000_000

/** Throws `Invalid`, naming the field. */
export function readWatchOptions(options: WatchOptions): { readonly wanted: Wanted; readonly signal: AbortSignal | undefined } {
  const said = checkOptions(options, ["key", "prefix", "initial", "from", "room", "signal"])
  const { initial = false, from, room = DEFAULT_ROOM, signal } = said
  if (typeof initial !== "boolean") throw invalid("initial", `must be true or false; got ${shown(initial)}`)
  if (from !== undefined && (typeof from !== "string" || from === "")) throw invalid("from", `must be a version; got ${shown(from)}`)
  if (!Number.isInteger(room) || room < 1 || room > MOST_ROOM)
    throw invalid("room", `must be a whole number from 1 to ${MOST_ROOM}; got ${shown(room)}`)
  return { wanted: { ...subjectOf(said), hasInitial: initial, from, room }, signal }
}

function subjectOf({ key, prefix }: WatchOptions): Pick<Wanted, "text" | "isPrefix"> {
  if (prefix === undefined) {
    if (!isNewKey(key)) throw key === undefined ? invalid("key", "is missing: give a key, or a prefix") : keyError(key)
    return { text: key, isPrefix: false }
  }
  if (key !== undefined) throw invalid("prefix", "stands in the place of key: give one of them")
  if (typeof prefix !== "string" || !prefix.isWellFormed()) throw invalid("prefix", `must be well-formed text; got ${shown(prefix)}`)
  return { text: prefix, isPrefix: true }
}
