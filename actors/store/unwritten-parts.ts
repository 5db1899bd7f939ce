/**
 * What of a holder is still to be written: its parts, with the names they have there. One stands on a pile for each level of the value, so that
 * no call waits for another, however deep a value is.
 */

import { wayTo } from "./pending-parts.ts"

export class UnwrittenParts {
  /** Parts written, or being written. */
  at = 0
  readonly holder: object
  /** Items; values of properties; key, value, key, value, … of a Map. */
  readonly parts: readonly unknown[]
  /** Of properties, and of the items of a list with holes. */
  readonly names: readonly string[] | undefined
  /** Whether each property of an error is enumerable. */
  readonly areEnumerable: readonly boolean[] | undefined

  constructor(holder: object, parts: readonly unknown[], names?: readonly string[], areEnumerable?: readonly boolean[]) {
    this.holder = holder
    this.parts = parts
    this.names = names
    this.areEnumerable = areEnumerable
  }

  /** The way from the holder to the part that is being written: `.name`, `[3]`. */
  way(): string {
    const at = this.at - 1
    if (this.holder instanceof Map) return at % 2 === 0 ? ".keys()" : ".values()"
    if (this.holder instanceof Set) return ".values()"
    return wayTo(this.names?.[at] ?? at, this.holder)
  }
}
