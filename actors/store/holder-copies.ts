/** How the built-in sorts of objects that hold other values begin to be copied: Map, Set, and the errors of the language. */

import { FAMILIES } from "./builtin-copies.ts"
import { showsError, slotReader } from "./intrinsics.ts"
import { Entries, ErrorParts, firstToCopy, type PendingParts } from "./pending-parts.ts"

const NONE: readonly never[] = []

const sizeOfMap = slotReader<number>(Map.prototype, "size")
const sizeOfSet = slotReader<number>(Set.prototype, "size")

/** The copy, and which of its parts have still to be copied; `undefined` for what is of none of these sorts, or only poses as one. */
export function pendingHolder(value: object, sort: string): PendingParts | undefined {
  if (sort === "Map") return holds(sizeOfMap, value) ? pendingMap(value as ReadonlyMap<unknown, unknown>) : undefined
  if (sort === "Set") return holds(sizeOfSet, value) ? pendingSet(value as ReadonlySet<unknown>) : undefined
  return ERRORS.has(sort) && showsError(value) ? pendingError(value, sort) : undefined
}

function holds(sizeOf: (value: object) => number, value: object): boolean {
  try {
    return sizeOf(value) >= 0
  } catch {
    return false
  }
}

/** Of this realm's the host copies the entries at one go; another realm's are read by this one's method. */
function pendingMap(value: ReadonlyMap<unknown, unknown>): PendingParts {
  if (Object.getPrototypeOf(value) === Map.prototype) {
    const copy = new Map(value)
    if (!hasPartToCopy(copy)) return new Entries(copy, NONE)
  }
  const parts: unknown[] = []
  Map.prototype.forEach.call(value, (item, key) => parts.push(key, item))
  return new Entries(new Map(), parts)
}

function hasPartToCopy(map: ReadonlyMap<unknown, unknown>): boolean {
  for (const entry of map) if (firstToCopy(entry, 0) >= 0) return true
  return false
}

function pendingSet(value: ReadonlySet<unknown>): PendingParts {
  if (Object.getPrototypeOf(value) === Set.prototype) {
    const copy = new Set(value)
    const parts = [...copy]
    return firstToCopy(parts, 0) < 0 ? new Entries(copy, NONE) : new Entries(new Set(), parts)
  }
  const parts: unknown[] = []
  Set.prototype.forEach.call(value, (item) => parts.push(item))
  return new Entries(new Set(), parts)
}

// -- errors --------------------------------------------------------------------------------------------------------

type MakeError = (message?: string) => Error

/** By the names of their classes. What else they are made with, in an order of its own, is put there from the original. */
const ERRORS: ReadonlyMap<string, MakeError> = new Map<string, MakeError>([
  ["Error", (message) => new Error(message)],
  ["EvalError", (message) => new EvalError(message)],
  ["RangeError", (message) => new RangeError(message)],
  ["ReferenceError", (message) => new ReferenceError(message)],
  ["SyntaxError", (message) => new SyntaxError(message)],
  ["TypeError", (message) => new TypeError(message)],
  ["URIError", (message) => new URIError(message)],
  ["AggregateError", (message) => without(new AggregateError([], message), "errors")],
  ["SuppressedError", (message) => without(without(new SuppressedError(undefined, undefined, message), "error"), "suppressed")],
])

for (const name of ERRORS.keys()) FAMILIES.set(name, "error")

function without(error: Error, name: string): Error {
  Reflect.deleteProperty(error, name)
  return error
}

/** An error of the language's, whose stack is still to come: to write down where the copier stands costs ten times the copy. */
export function makeError(sort: string, message?: string): Error | undefined {
  const make = ERRORS.get(sort)
  if (make === undefined) return undefined
  const { stackTraceLimit } = Error
  if (typeof stackTraceLimit !== "number" || !Reflect.set(Error, "stackTraceLimit", 0)) return make(message)
  try {
    return make(message)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function pendingError(value: object, sort: string): PendingParts {
  const names = Object.getOwnPropertyNames(value)
  const parts = names.map((name): unknown => Reflect.get(value, name))
  const isAnyEnumerable = Object.keys(value).length > 0
  const areEnumerable = names.map((name) => isAnyEnumerable && Object.prototype.propertyIsEnumerable.call(value, name))
  if (beginsAsUsual(names, parts, areEnumerable)) {
    const copy = makeError(sort, parts[1] as string) as Error
    copy.stack = parts[0] as string
    return new ErrorParts(copy, names.slice(2), parts.slice(2), areEnumerable.slice(2))
  }
  const copy = makeError(sort) as Error
  if (!names.includes("stack")) Reflect.deleteProperty(copy, "stack")
  return new ErrorParts(copy, names, parts, areEnumerable)
}

/** As the language makes them, which defines these two several times as fast as they could be defined afterwards. */
export function beginsAsUsual(names: readonly string[], parts: readonly unknown[], areEnumerable: readonly boolean[]): boolean {
  if (names[0] !== "stack" || names[1] !== "message" || areEnumerable[0] === true || areEnumerable[1] === true) return false
  return typeof parts[0] === "string" && typeof parts[1] === "string"
}
