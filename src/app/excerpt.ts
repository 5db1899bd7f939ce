/**
 * A value as a line of the log shows it: short, whatever it is, and without asking it how it wants to be seen (no getter, no
 * `toJSON`, no `toString`).
 *
 * Bounds  depth, entries and letters; what goes beyond is an ellipsis. Never throws: what resists is `?`.
 */

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

/** What sort of value it is, for where its content should not be shown: `a string`, `a Map`, `an object of type "tick"`. */
export function sortOf(value: unknown): string {
  try {
    if (typeof value !== "object" || value === null) return value === null || value === undefined ? String(value) : article(typeof value)
    const type = own(value, "type")
    return `${article(classOf(value) ?? "object")}${typeof type === "string" ? ` of type ${quoted(type)}` : ""}`
  } catch {
    return "an object"
  }
}

function shownAt(value: unknown, depth: number): string {
  if (typeof value === "string") return quoted(value)
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "function") return "[function]"
  if (typeof value !== "object" || value === null) return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString()
  if (value instanceof Error) return `${classOf(value) ?? "Error"}(${quoted(String(own(value, "message") ?? ""))})`
  return depth === 0 ? `[${classOf(value) ?? "object"}]` : partsOf(value, depth - 1)
}

function partsOf(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${listed(value, value.length, (each) => shownAt(each, depth))}]`
  if (value instanceof Map) {
    const entry = ([key, each]: [unknown, unknown]): string => `${shownAt(key, depth)} => ${shownAt(each, depth)}`
    return `Map(${value.size}) { ${listed(value, value.size, entry)} }`
  }
  if (value instanceof Set) return `Set(${value.size}) { ${listed(value, value.size, (each) => shownAt(each, depth))} }`
  if (ArrayBuffer.isView(value)) return `${classOf(value)}(${value.byteLength} bytes)`
  const names = Object.keys(value)
  const name = classOf(value)
  const body =
    names.length === 0 ? "{}" : `{ ${listed(names, names.length, (key) => `${cut(key, LETTERS)}: ${field(value, key, depth)}`)} }`
  return name === undefined || name === "Object" ? body : `${name} ${body}`
}

/** A getter is named, not asked. */
function field(value: object, key: string, depth: number): string {
  const property = Object.getOwnPropertyDescriptor(value, key)
  return property === undefined || !("value" in property) ? "[getter]" : shownAt(property.value, depth)
}

function listed<T>(all: Iterable<T>, size: number, show: (each: T) => string): string {
  const shown: string[] = []
  for (const each of all) {
    if (shown.length === ENTRIES) break
    shown.push(show(each))
  }
  return `${shown.join(", ")}${size > ENTRIES ? `, … ${size - ENTRIES} more` : ""}`
}

/** The name of its class, as its prototype has it. */
function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  const made = typeof prototype === "object" && prototype !== null ? own(prototype, "constructor") : undefined
  const name = typeof made === "function" ? own(made, "name") : undefined
  return typeof name === "string" && name !== "" ? cut(name, LETTERS) : undefined
}

function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, LETTERS))
}

function cut(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters)}…` : text
}

function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`
}
