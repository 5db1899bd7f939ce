/**
 * How the built-in sorts of objects that hold no other values are copied: dates, patterns, boxed primitives, memory and views on it, blobs.
 *
 * Invariants
 * - A copy is of the sort that its original is, and holds what that holds, or there is none: nothing is left away without a word.
 * - A view's copy has memory of its own, exactly as much as it shows: what stands beside it in its original's buffer is another's.
 * - No code of the original's runs: what it holds is read by this realm's own methods.
 *
 * Not here: lists, records, Map, Set and Error, which hold other values (`value-copier.ts`).
 */

import { extentOf, intrinsicNameOf, slotOf, tagOf, typedArrayNameOf } from "./intrinsics.ts"

/** Why a value cannot be copied, and of what on it that is said: `.name`, or nothing for itself. */
export class Uncopyable {
  readonly problem: string
  readonly where: string
  constructor(problem: string, where = "") {
    this.problem = problem
    this.where = where
  }
}

/** Items up to which a typed array is searched for what hangs on it by name: the host lists the items first, which costs more than their copy. */
const MOST_ITEMS_LISTED = 1024

/** A copy, why there is none, or `undefined` for what is none of these sorts. */
export function copyBuiltin(value: object): object | undefined {
  const name = typedArrayNameOf(value)
  if (name !== undefined) return copyTypedArray(value, name)
  const tag = tagOf(value)
  const copy = COPIES.get(tag)
  if (copy === undefined || !isOfClass(value, tag)) return undefined
  return surplusOf(value, tag) ?? copied(copy, value)
}

/** What hangs on an object beside what belongs to its sort, and would be lost. */
export function surplusOf(value: object, sort: string): Uncopyable | undefined {
  // A blob keeps what it holds under symbols of the host's.
  const keys = isHostClass(sort) ? Object.getOwnPropertyNames(value) : Reflect.ownKeys(value)
  const surplus = keys.find((key) => typeof key === "symbol" || !belongs(key, value, sort))
  return surplus === undefined ? undefined : lost(surplus, sort)
}

/** The refusal of a property that a copy would not have. */
export function lost(key: PropertyKey, holder: string): Uncopyable {
  const where = typeof key === "symbol" ? `[${String(key)}]` : `.${String(key)}`
  return new Uncopyable(`hangs on ${/^[AEIO]/i.test(holder) ? "an" : "a"} ${holder}, and would be lost: store plain data`, where)
}

function belongs(key: string, value: object, sort: string): boolean {
  if (sort === "RegExp") return key === "lastIndex"
  if (sort === "String")
    return key === "length" || (/^(0|[1-9]\d*)$/.test(key) && Number(key) < (value as { readonly length: number }).length)
  // Node gives it to each blob that is a slice of another.
  return sort === "Blob" && key === "constructor" && Object.getOwnPropertyDescriptor(value, key)?.value === Blob
}

function isHostClass(tag: string): boolean {
  return tag === "Blob" || tag === "File"
}

function isOfClass(value: object, tag: string): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null) return false
  return isHostClass(tag) ? prototype === hostClass(tag)?.prototype : intrinsicNameOf(prototype) === tag
}

/** A value of another sort that shows this one's tag is found out by the sort's own methods, which throw a TypeError. */
function copied(copy: (value: object) => object, value: object): object | undefined {
  try {
    return copy(value)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const COPIES: ReadonlyMap<string, (value: object) => object> = new Map<string, (value: object) => object>([
  ["Date", (value) => new Date(Date.prototype.getTime.call(value))],
  ["RegExp", copyPattern],
  ["Boolean", (value) => Object(Boolean.prototype.valueOf.call(value))],
  ["Number", (value) => Object(Number.prototype.valueOf.call(value))],
  ["String", (value) => Object(String.prototype.valueOf.call(value))],
  ["BigInt", (value) => Object(BigInt.prototype.valueOf.call(value))],
  ["ArrayBuffer", copyBuffer],
  ["SharedArrayBuffer", () => new Uncopyable(SHARED)],
  ["DataView", copyDataView],
  ["Blob", copyBlob],
  ["File", copyFile],
])

function copyPattern(value: object): object {
  const source = slotOf(RegExp.prototype, "source", value) as string
  const { lastIndex } = value as RegExp
  if (typeof lastIndex !== "number") return new Uncopyable("is no number, as it is in any pattern that was used", ".lastIndex")
  // The getter of all flags would ask the value for each of them by name; so does this, of this realm's getters.
  const flags = FLAGS.filter(([, name]) => slotOf(RegExp.prototype, name, value) === true).map(([flag]) => flag)
  const copy = new RegExp(source, flags.join(""))
  copy.lastIndex = lastIndex
  return copy
}

const FLAGS = [
  ["d", "hasIndices"],
  ["g", "global"],
  ["i", "ignoreCase"],
  ["m", "multiline"],
  ["s", "dotAll"],
  ["u", "unicode"],
  ["v", "unicodeSets"],
  ["y", "sticky"],
] as const

// -- memory --------------------------------------------------------------------------------------------------------

const SHARED = "shares its memory, so it could be changed from outside"
const DETACHED = "has given its memory away"

/** Why memory cannot be copied. */
function bufferProblem(buffer: object): Uncopyable | undefined {
  try {
    return slotOf(ArrayBuffer.prototype, "detached", buffer) === true ? new Uncopyable(DETACHED) : undefined
  } catch {
    return new Uncopyable(SHARED)
  }
}

function copyBuffer(value: object): object {
  const problem = bufferProblem(value)
  if (problem !== undefined) return problem
  const byteLength = slotOf(ArrayBuffer.prototype, "byteLength", value) as number
  const isResizable = slotOf(ArrayBuffer.prototype, "resizable", value) === true
  const options = isResizable ? { maxByteLength: slotOf(ArrayBuffer.prototype, "maxByteLength", value) as number } : {}
  const copy = new ArrayBuffer(byteLength, options)
  new Uint8Array(copy).set(new Uint8Array(value as ArrayBuffer))
  return copy
}

function copyDataView(value: object): object {
  const buffer = slotOf(DataView.prototype, "buffer", value) as ArrayBuffer
  const problem = bufferProblem(buffer)
  if (problem !== undefined) return problem
  const from = slotOf(DataView.prototype, "byteOffset", value) as number
  const byteLength = slotOf(DataView.prototype, "byteLength", value) as number
  const copy = new DataView(new ArrayBuffer(byteLength))
  new Uint8Array(copy.buffer).set(new Uint8Array(buffer, from, byteLength))
  return copy
}

type TypedArray = Uint8Array<ArrayBuffer>

/** The host's class of bytes, which Node keeps small ones of in one piece of memory. */
const HostBuffer = (globalThis as { readonly Buffer?: { readonly prototype: object; allocUnsafeSlow(size: number): TypedArray } }).Buffer

function copyTypedArray(value: object, name: string): object | undefined {
  const make = makerOf(value, name)
  if (make === undefined) return undefined
  const { buffer, length } = extentOf(value)
  const problem = bufferProblem(buffer) ?? surplusOfItems(value, name, length)
  if (problem !== undefined) return problem
  const copy = make(length)
  copy.set(value as TypedArray)
  return copy
}

function makerOf(value: object, name: string): ((length: number) => TypedArray) | undefined {
  const prototype: object = Object.getPrototypeOf(value)
  if (name === "Uint8Array" && HostBuffer !== undefined && prototype === HostBuffer.prototype)
    return (length) => HostBuffer.allocUnsafeSlow(length)
  if (prototype === null || intrinsicNameOf(prototype) !== name) return undefined
  const View = hostClass(name) as (new (length: number) => TypedArray) | undefined
  return View === undefined ? undefined : (length) => new View(length)
}

function surplusOfItems(value: object, name: string, length: number): Uncopyable | undefined {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols[0] !== undefined) return lost(symbols[0], name)
  const surplus = length > MOST_ITEMS_LISTED ? undefined : Object.getOwnPropertyNames(value)[length]
  return surplus === undefined ? undefined : lost(surplus, name)
}

// -- blobs, which nobody can change ----------------------------------------------------------------------------------

/** Of one part, its original; a slice would be another sort of blob in Node. */
function copyBlob(value: object): object {
  return new Blob([value as Blob], { type: slotOf(Blob.prototype, "type", value) as string })
}

function copyFile(value: object): object {
  const type = slotOf(Blob.prototype, "type", value) as string
  const lastModified = slotOf(File.prototype, "lastModified", value) as number
  return new File([value as File], slotOf(File.prototype, "name", value) as string, { type, lastModified })
}

function hostClass(name: string): { readonly prototype: object } | undefined {
  return Reflect.get(globalThis, name) as { readonly prototype: object } | undefined
}
