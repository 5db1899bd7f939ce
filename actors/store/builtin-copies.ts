/**
 * How the built-in sorts of objects that hold no other values are copied: dates, patterns, boxed primitives, memory and views on it, blobs.
 *
 * Invariants
 * - A copy is of the sort that its original is, and holds what that holds, or there is none: nothing is left away without a word.
 * - A view's copy has memory of its own, exactly as much as it shows: what stands beside it in its original's buffer is another's.
 * - No code of the original's runs: what it holds is read by this realm's own methods, which throw a TypeError for what only poses as one.
 *
 * Not here: lists, records, Map, Set and Error, which hold other values (`value-copier.ts`); what hangs on them beside (`surplus.ts`).
 */

import { intrinsicNameOf, learnIntrinsic, lengthOf, memoryOf, slotReader, typedArrayNameOf } from "./intrinsics.ts"

/** Why a value cannot be copied, and of what on it that is said: `.name`, or nothing for itself. */
export class Uncopyable {
  readonly problem: string
  readonly where: string
  constructor(problem: string, where = "") {
    this.problem = problem
    this.where = where
  }
}

/** Taken hold of when this module is loaded: a test may put a fake in its place, before a store is opened too. */
export const { Date: HostDate } = globalThis
learnIntrinsic(HostDate.prototype)

/** The host's class of bytes, which Node keeps small ones of in one piece of memory. */
const HostBuffer = (globalThis as { readonly Buffer?: { readonly prototype: object } }).Buffer

/** The sort of built-in object, by its prototype: as the language names it, or `"Buffer"`, `"Blob"`, `"File"`. `undefined` for a class of one's own. */
export function sortOf(prototype: object): string | undefined {
  if (prototype === HostBuffer?.prototype) return "Buffer"
  return intrinsicNameOf(prototype) ?? (prototype === hostClass("Blob") ? "Blob" : prototype === hostClass("File") ? "File" : undefined)
}

/**
 * A Date that was made while a test had a fake clock in the place of the host's (Vitest's, Jest's): of a subclass which adds nothing, and it
 * says itself that it is a Date.
 */
export function isOfFakeClock(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  const base: object | null = prototype === null ? null : Object.getPrototypeOf(prototype)
  return base !== null && Reflect.ownKeys(prototype as object).length === 1 && saysDate(value) && intrinsicNameOf(base) === "Date"
}

/** Whether it has the language's Date for a constructor of its own. */
export function saysDate(value: object): boolean {
  const made: unknown = Object.getOwnPropertyDescriptor(value, "constructor")?.value
  const prototype: unknown = typeof made === "function" ? Object.getOwnPropertyDescriptor(made, "prototype")?.value : undefined
  return typeof prototype === "object" && prototype !== null && intrinsicNameOf(prototype) === "Date"
}

function hostClass(name: string): object | undefined {
  return (Reflect.get(globalThis, name) as { readonly prototype: object } | undefined)?.prototype
}

/**
 * What a sort has in common with others: it holds other values; it is an error, on which they hang by name; it is a list of numbers; it
 * stands for itself, and nothing that counts is read of it by a name that might hang on it. Absent for sorts that are none of these.
 */
export type Family = "holder" | "error" | "view" | "lone"

export const FAMILIES = new Map<string, Family>([
  ["Map", "holder"],
  ["Set", "holder"],
  ["Date", "lone"],
  ["RegExp", "lone"],
  ["Boolean", "lone"],
  ["Number", "lone"],
  ["BigInt", "lone"],
  ["ArrayBuffer", "lone"],
  ["DataView", "lone"],
])

/** A copy, why there is none, or `undefined` for what is none of these sorts. `isOwn`: it was made here, so its memory is its own. */
export function copyBuiltin(value: object, sort: string, isOwn: boolean): object | undefined {
  try {
    return COPIES.get(sort)?.(value, isOwn)
  } catch (error) {
    // It only poses as one of that sort.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const COPIES = new Map<string, (value: object, isOwn: boolean) => object | undefined>([
  ["Date", (value) => new HostDate(HostDate.prototype.getTime.call(value))],
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

// -- patterns ------------------------------------------------------------------------------------------------------

const sourceOf = slotReader<string>(RegExp.prototype, "source")

function copyPattern(value: object): object {
  const { lastIndex } = value as RegExp
  if (typeof lastIndex !== "number") return new Uncopyable("is no number, as it is in any pattern that was used", ".lastIndex")
  // Of this realm's the host takes source and flags as they are held; to another's, the names of flags might be anything.
  const isOurs = Object.getPrototypeOf(value) === RegExp.prototype
  const copy = isOurs ? new RegExp(value as RegExp) : new RegExp(sourceOf(value), flagsOf(value))
  if (lastIndex !== 0) copy.lastIndex = lastIndex
  return copy
}

function flagsOf(value: object): string {
  return FLAGS.filter(([, isSet]) => isSet(value)).reduce((flags, [flag]) => flags + flag, "")
}

const FLAGS = (
  [
    ["d", "hasIndices"],
    ["g", "global"],
    ["i", "ignoreCase"],
    ["m", "multiline"],
    ["s", "dotAll"],
    ["u", "unicode"],
    ["v", "unicodeSets"],
    ["y", "sticky"],
  ] as const
).map(([flag, name]) => [flag, slotReader<boolean>(RegExp.prototype, name)] as const)

// -- memory --------------------------------------------------------------------------------------------------------

const SHARED = "shares its memory, so it could be changed from outside"
const DETACHED = "has given its memory away"

const isDetached = slotReader<boolean>(ArrayBuffer.prototype, "detached")
const isResizable = slotReader<boolean>(ArrayBuffer.prototype, "resizable")
const sizeOf = slotReader<number>(ArrayBuffer.prototype, "byteLength")
const mostOf = slotReader<number>(ArrayBuffer.prototype, "maxByteLength")

/** Why memory cannot be copied. */
function memoryProblem(memory: object): Uncopyable | undefined {
  try {
    return isDetached(memory) ? new Uncopyable(DETACHED) : undefined
  } catch {
    return new Uncopyable(SHARED)
  }
}

function copyBuffer(value: object): object {
  if (isDetached(value)) return new Uncopyable(DETACHED)
  const bytes = new Uint8Array(value as ArrayBuffer)
  if (!isResizable(value)) return new Uint8Array(bytes).buffer
  const copy = new ArrayBuffer(sizeOf(value), { maxByteLength: mostOf(value) })
  new Uint8Array(copy).set(bytes)
  return copy
}

const memoryOfView = slotReader<ArrayBuffer>(DataView.prototype, "buffer")
const placeOfView = slotReader<number>(DataView.prototype, "byteOffset")
const sizeOfView = slotReader<number>(DataView.prototype, "byteLength")

function copyDataView(value: object): object {
  const memory = memoryOfView(value)
  const problem = memoryProblem(memory)
  if (problem !== undefined) return problem
  return new DataView(new Uint8Array(new Uint8Array(memory, placeOfView(value), sizeOfView(value))).buffer)
}

// -- typed arrays --------------------------------------------------------------------------------------------------

type TypedArray = Uint8Array<ArrayBuffer>
type Items = TypedArray | ArrayBuffer | number
type View = new (items: Items) => TypedArray

/** By sort: of a copy of a view's items, of memory that is to be the view's own, or of that many zeros. */
export const VIEW_MAKERS = new Map<string, (items: Items) => TypedArray>()

const VIEWS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
]

for (const name of VIEWS) {
  const view = Reflect.get(globalThis, name) as View | undefined
  if (view !== undefined) addView(name, name, (items) => new view(items))
}
if (HostBuffer !== undefined) addView("Buffer", "Uint8Array", (items) => Reflect.construct(Uint8Array, [items], HostBuffer as View))

function addView(sort: string, name: string, make: (items: Items) => TypedArray): void {
  FAMILIES.set(sort, "view")
  VIEW_MAKERS.set(sort, make)
  COPIES.set(sort, (value, isOwn) => {
    if (typedArrayNameOf(value) !== name) return undefined
    // To ask for the memory of a small one makes the host set some aside.
    const problem = isOwn ? undefined : memoryProblem(memoryOf(value))
    // What has shrunk beneath a view counts as nothing.
    return problem ?? make(lengthOf(value) === 0 ? 0 : (value as TypedArray))
  })
}

// -- blobs, which nobody can change ----------------------------------------------------------------------------------

/** Of one part, its original; a slice would be another sort of blob in Node. */
function copyBlob(value: object): object {
  return new Blob([value as Blob], { type: Reflect.get(Blob.prototype, "type", value) })
}

function copyFile(value: object): object {
  const type = Reflect.get(Blob.prototype, "type", value)
  const lastModified = Reflect.get(File.prototype, "lastModified", value)
  return new File([value as File], Reflect.get(File.prototype, "name", value), { type, lastModified })
}
