/**
 * A value as a line of the log shows it: short, whatever it is, and without running any code of the program's: no getter, no `toJSON`, no
 * `toString`, no `size`, iterator or tag of a class of its own, no trap of a proxy.
 *
 * Bounds  depth, entries and letters; what goes beyond is an ellipsis. Never throws: what resists is `?`.
 */

import { classOf, cut, own } from "../kernel/sort.ts"

export { sortOf } from "../kernel/sort.ts"

const DEPTH = 3
const ENTRIES = 8
const LETTERS = 80
const WHOLE = 400

/** At most some 400 letters of a value. */
export function excerpt(value: unknown): string {
  try {
    return cut(shownAt(value, DEPTH), WHOLE)
  } catch {
    return "?"
  }
}

function shownAt(value: unknown, depth: number): string {
  if (typeof value === "string") return quoted(value)
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "function") return "[function]"
  if (typeof value !== "object" || value === null) return String(value)
  const date = dateOf(value)
  if (date !== undefined) return date
  if (isError(value)) return `${classOf(value) ?? "Error"}(${quoted(messageOf(value))})`
  return depth === 0 ? `[${classOf(value) ?? "object"}]` : partsOf(value, depth - 1)
}

function partsOf(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${items(value, depth)}]`
  const map = entriesOf(value, readMapSize, Map.prototype.entries)
  if (map !== undefined) return `Map(${map.size}) { ${listed(map, ([key, each]) => `${shownAt(key, depth)} => ${shownAt(each, depth)}`)} }`
  const set = entriesOf(value, readSetSize, Set.prototype.entries)
  if (set !== undefined) return `Set(${set.size}) { ${listed(set, ([each]) => shownAt(each, depth))} }`
  if (ArrayBuffer.isView(value)) return `${classOf(value) ?? "view"}(${bytesOf(value)} bytes)`
  const names = Object.keys(value)
  const name = classOf(value)
  const body = names.length === 0 ? "{}" : `{ ${fields(value, names, depth)} }`
  return name === undefined || name === "Object" ? body : `${name} ${body}`
}

function fields(value: object, names: readonly string[], depth: number): string {
  const shown = names.slice(0, ENTRIES).map((key) => `${cut(key, LETTERS)}: ${field(value, key, depth)}`)
  return `${shown.join(", ")}${more(names.length)}`
}

/** By index: an array of the program's own may have an iterator of its own. */
function items(value: readonly unknown[], depth: number): string {
  const { length } = value
  const shown = Array.from({ length: Math.min(length, ENTRIES) }, (_, index) => field(value, String(index), depth))
  return `${shown.join(", ")}${more(length)}`
}

/** A getter is named, not asked. */
function field(value: object, key: string, depth: number): string {
  const property = Object.getOwnPropertyDescriptor(value, key)
  if (property === undefined) return "undefined"
  return "value" in property ? shownAt(property.value, depth) : "[getter]"
}

// -- the host's own values, asked by the host's own functions ------------------------------------------------------

const readMapSize = getterOf(Map.prototype, "size")
const readSetSize = getterOf(Set.prototype, "size")
const readByteLength = [Object.getPrototypeOf(Uint8Array.prototype), DataView.prototype].map((prototype) =>
  getterOf(prototype, "byteLength"),
)

type Getter = (this: unknown) => unknown

function getterOf(prototype: object, name: string): Getter {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get ?? (() => undefined)
}

/** `undefined` for what the reader does not take: it is no Map, or no Set, whatever it says. */
function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

interface Entries {
  readonly size: number
  readonly first: Iterator<[unknown, unknown]>
}

type ReadEntries = (this: never) => Iterator<[unknown, unknown]>

function entriesOf(value: object, readSize: Getter, entries: ReadEntries): Entries | undefined {
  const size = attempt(() => readSize.call(value))
  return typeof size === "number" ? { size, first: entries.call(value as never) } : undefined
}

function listed({ size, first }: Entries, show: (entry: [unknown, unknown]) => string): string {
  const shown: string[] = []
  while (shown.length < Math.min(size, ENTRIES)) {
    const { value, done } = first.next()
    if (done === true) break
    shown.push(show(value))
  }
  return `${shown.join(", ")}${more(size)}`
}

/** The host formats it as it was made, not as a class of the program's says. */
function dateOf(value: object): string | undefined {
  const ms = attempt(() => Date.prototype.getTime.call(value))
  if (ms === undefined) return undefined
  return Number.isNaN(ms) ? "an invalid date" : Date.prototype.toISOString.call(value)
}

function isError(value: object): boolean {
  return Object.prototype.isPrototypeOf.call(Error.prototype, value)
}

function messageOf(error: object): string {
  const message = own(error, "message")
  return typeof message === "string" ? message : ""
}

function bytesOf(value: object): unknown {
  return readByteLength.map((read) => attempt(() => read.call(value))).find((bytes) => bytes !== undefined)
}

function more(size: number): string {
  return size > ENTRIES ? `, … ${size - ENTRIES} more` : ""
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, LETTERS))
}
