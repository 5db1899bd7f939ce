/**
 * Values in and out of a store: copied in, frozen, and shared out as they are.
 *
 * Lists and records are deep-frozen. What nobody can freeze (Map, Set, Date, typed arrays, …) is kept apart and copied again on its way
 * out, by the same `ValueCopier`: what could be copied in can be copied out. Nobody can change a stored value from outside.
 *
 * Differs from structuredClone: an instance of a class is refused, because it would come back without its methods, and so is whatever else
 * a copy would not have; memory that stays shared (SharedArrayBuffer) is refused, too.
 */

import { decoderOf, Invalid, invalid, isCutShort } from "../../src/index.ts"
import { ValueCopier } from "./value-copier.ts"

/** A value that cannot be frozen; its store hands out copies. */
export class Unfreezable {
  readonly value: unknown
  /** No object occurs twice in it. */
  readonly isTree: boolean
  constructor(value: unknown, isTree: boolean) {
    this.value = value
    this.isTree = isTree
  }
}

/** A frozen copy to keep; `Invalid` that names the place (`value.user.onClick`) for what cannot be stored; `RangeError` at the end of the stack. */
export function copyIn(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null) return value
  if (value === undefined) throw invalid("value", "is undefined: delete the key to have none")
  try {
    const copier = new ValueCopier({ isOwn: false })
    const copy = copier.copy(value)
    return copier.isPlain ? copy : new Unfreezable(copy, copier.isTree)
  } catch (error) {
    // An accessor or a proxy may throw whatever it likes.
    throw error instanceof Invalid || isCutShort(error) ? error : invalid("value", "cannot be read", error)
  }
}

/** Makes of what a caller gives what is kept: as `copyIn` does, or of what the store's schema makes of it. Throws `Invalid` that names the place. */
export type TakeIn = (value: unknown) => unknown

/** `schema`: a Standard Schema; `undefined`: the store has none. Throws `Invalid` for what is none. */
export function takeInBy(schema: unknown): TakeIn {
  if (schema === undefined) return copyIn
  const decode = decoderOf(schema, "value")
  return (value) => copyIn(decode(value))
}

/** What a reader gets. Throws for want of memory alone. */
export function shareOut(stored: unknown): unknown {
  return stored instanceof Unfreezable ? new ValueCopier({ isOwn: true, isTree: stored.isTree }).copy(stored.value) : stored
}
