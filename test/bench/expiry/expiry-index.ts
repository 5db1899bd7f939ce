/**
 * What a store needs to know which entry expires next: the interface that all candidates share, so that they are measured
 * doing the same work.
 */

/** Told of a slot that has been taken out because its deadline has come. */
export type Expired = (slot: number) => void

export interface ExpiryIndex {
  /** How much later than its deadline a slot may be taken out, in ms. */
  readonly resolutionMs: number
  /** Slots held. */
  readonly size: number
  /** Sets or changes the deadline of a slot. */
  schedule(slot: number, deadline: number): void
  /** Takes a slot out; a no-op where it is not in. */
  cancel(slot: number): void
  /** `sweep` has nothing to do before this moment; `Infinity` when it never will. */
  earliest(): number
  /** Takes out what is due, at most `limit` slots; true when more is due, or may be. */
  sweep(now: number, limit: number, expired: Expired): boolean
}
