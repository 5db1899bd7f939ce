/** What hangs on an object beside what belongs to its sort, which a copy would not have. */

import { saysDate, Uncopyable } from "./builtin-copies.ts"
import { lengthOf } from "./intrinsics.ts"

/** The first of it that can be seen without listing all names, which costs more than the copy: what was simply put there by name. */
export function assignedSurplusOf(value: object, sort: string): Uncopyable | undefined {
  const names = Object.keys(value)
  if (names.length === 0) return undefined
  return surplusAmong(names, value, sort)
}

/** The first of it, hidden names and symbols among them. */
export function surplusOf(value: object, sort: string): Uncopyable | undefined {
  // A blob keeps what it holds under symbols of the host's.
  const isBlob = sort === "Blob" || sort === "File"
  return surplusAmong(isBlob ? Object.getOwnPropertyNames(value) : Reflect.ownKeys(value), value, sort)
}

/** The first symbol on a typed array: its names take as long as it has items, its symbols do not. */
export function symbolOn(value: object, sort: string): Uncopyable | undefined {
  const symbol = Object.getOwnPropertySymbols(value)[0]
  return symbol === undefined ? undefined : lost(symbol, sort)
}

/** The refusal of a property that a copy would not have. */
export function lost(key: PropertyKey, holder: string): Uncopyable {
  const where = typeof key === "symbol" ? `[${String(key)}]` : `.${String(key)}`
  return new Uncopyable(`hangs on ${/^[AEIO]/i.test(holder) ? "an" : "a"} ${holder}, and would be lost: store plain data`, where)
}

function surplusAmong(keys: readonly PropertyKey[], value: object, sort: string): Uncopyable | undefined {
  if (keys.length === 0 || (keys.length === 1 && keys[0] === "lastIndex" && sort === "RegExp")) return undefined
  // A typed array's names are its items, and then what hangs on it.
  const surplus = ArrayBuffer.isView(value) && sort !== "DataView" ? keys[lengthOf(value)] : keys.find((key) => !belongs(key, value, sort))
  return surplus === undefined ? undefined : lost(surplus, sort)
}

function belongs(key: PropertyKey, value: object, sort: string): boolean {
  if (typeof key !== "string") return false
  if (sort === "RegExp") return key === "lastIndex"
  if (sort === "String")
    return key === "length" || (/^(0|[1-9]\d*)$/.test(key) && Number(key) < (value as { readonly length: number }).length)
  // A fake clock gives it to each of its dates.
  if (sort === "Date") return key === "constructor" && saysDate(value)
  // Node gives it to each blob that is a slice of another.
  return sort === "Blob" && key === "constructor" && Object.getOwnPropertyDescriptor(value, key)?.value === Blob
}
