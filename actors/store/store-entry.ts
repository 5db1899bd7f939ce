/** An entry as a store shows it. */

import type { Frozen } from "./frozen.ts"

/** An entry of a store. */
export interface StoreEntry<Value = unknown> {
  readonly key: string
  /** Frozen and shared with other readers, as `get` gives it. */
  readonly value: Frozen<Value>
  /** Of the write that made it: text that rises with each write to the store and is never used again, not after a restart either. */
  readonly version: string
  /** When its time is over, in ms since 1970 by the host's calendar, as far as is known now; `undefined` where it has no end. */
  readonly expiresAt: number | undefined
}
