/**
 * The port between a full store and whoever names the entry that goes: its eviction policy.
 *
 * A policy knows entries by slot, a small integer that is used again. It holds no value, decides nothing about time, and is never told of entries
 * that may not go. It answers with slots that it holds and no others, whatever it was told and in whatever order.
 */

/** Whom a full store lets go first. Knows entries by slot; those that may not go (bound, leased) it is never told of, or told that they were removed. */
export interface Eviction {
  /** A new entry in the slot, of this key. */
  added(slot: number, key: string): void
  /** It was read, or written again. */
  used(slot: number): void
  /** It is gone (deleted, expired, evicted), or may not go any more. */
  removed(slot: number): void
  /** The one to let go next; -1 where there is none. Does not remove it: `removed` follows. Never the slot `except` (the one just being written), unless nothing else is there (then -1). */
  victim(except: number): number
  /** For policies that cannot forget an entry that is there: those of which this is true must not be named until it is called without. */
  spare?(isSpared?: (slot: number) => boolean): void
  /** After a change that was cut short (a full stack): forgets all; `added` follows for each slot. */
  clear(): void
}
