/**
 * Whom a full store lets go first. Knows entries by slot; what may not go (an entry that is bound to a mailbox) it is not told of, or is told
 * to be gone.
 */
export interface Eviction {
  /** A new entry in the slot, of this key. */
  added(slot: number, key: string): void
  /** It was read, or written again. */
  used(slot: number): void
  /** It is gone (deleted, expired, evicted), or may not go any more. */
  removed(slot: number): void
  /** A reader has asked for a key that is not there; for those that learn from it. */
  missed?(key: string): void
  /** The one to let go next, which stays until `removed` says so; never `except`. -1 where there is none. */
  victim(except: number): number
  /** After a change that was cut short: forgets all. `added` follows for each. */
  clear(): void
}
