/** A promise of the runtime's that was broken. */

export interface BrokenPromise {
  /** Its number in ARCHITECTURE.md's list. */
  readonly number: string
  readonly how: string
}

/** Says that one was broken. */
export type Breaks = (number: string, how: string) => void
