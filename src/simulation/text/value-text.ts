/**
 * Values as text, by which they are compared and told: two that say the same have the same text. And copies of plain data, so that nobody changes
 * afterwards what was kept.
 *
 * It is meant for judging without a false alarm, so where two values can be told apart by identity alone (functions, symbols) or by what nobody can
 * see (private fields), they count as the same. A property that is `undefined` counts as absent, -0 as 0; the order of names, Maps and Sets does not count.
 */

import { PigeonholeError } from "../../kernel/errors.ts"

/** Parts of one value that are looked at: one that refers to its parts many times over would take for ever. */
const MOST_PARTS = 100_000

/** `undefined`: it cannot be read (it throws, is too deep or too large), and says nothing. */
export function valueText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return plainText(value)
  try {
    return new Writer().text(value)
  } catch {
    return undefined
  }
}

const MOST_SHOWN = 80

/** The same as a sentence shows it: cut off where it is long. */
export function briefText(value: unknown): string {
  return brief(valueText(value) ?? "what cannot be shown")
}

/** Cut off where it is long. */
export function brief(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN - 1)}…`
}

function plainText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value)
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "function") return "a function"
  return String(value)
}

class Writer {
  /** Those that the one being written stands in. */
  readonly #around: object[] = []
  #left = MOST_PARTS

  text(value: unknown): string {
    if (typeof value !== "object" || value === null) return plainText(value)
    this.#left -= 1
    if (this.#left < 0) throw new RangeError("too large to be compared")
    const depth = this.#around.indexOf(value)
    if (depth >= 0) return `<the one ${this.#around.length - depth} around it>`
    this.#around.push(value)
    const text = this.#object(value)
    this.#around.pop()
    return text
  }

  #object(value: object): string {
    if (Array.isArray(value)) return `[${Array.from(value, (item) => this.text(item)).join(", ")}]`
    if (value instanceof Map) return `Map{${this.#sorted([...value].map(([key, item]) => `${this.text(key)} => ${this.text(item)}`))}}`
    if (value instanceof Set) return `Set{${this.#sorted([...value].map((item) => this.text(item)))}}`
    if (value instanceof Error) return `${errorName(value)}(${plainText(String(value.message))})`
    const known = builtInText(value)
    if (known !== undefined) return known
    const prototype: unknown = Object.getPrototypeOf(value)
    return `${prototype === null || prototype === Object.prototype ? "" : className(value)}{${this.#fields(value)}}`
  }

  #fields(value: object): string {
    let fields = ""
    for (const name of Object.keys(value).sort()) {
      const part: unknown = Reflect.get(value, name)
      if (part === undefined) continue
      fields += `${fields === "" ? "" : ", "}${isWord(name) ? name : JSON.stringify(name)}: ${this.text(part)}`
    }
    return fields
  }

  #sorted(texts: string[]): string {
    return texts.sort().join(", ")
  }
}

const isWord = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)

/** Another realm's `Object` has no name of its own here. */
function className(value: object): string {
  const { constructor: made } = value
  return typeof made === "function" && made.name !== "Object" ? made.name : ""
}

/** Of ours, its kind: what its message says is no promise. */
function errorName(error: Error): string {
  return error instanceof PigeonholeError ? error.kind : String(error.name)
}

function builtInText(value: object): string | undefined {
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof RegExp) return `${value} from ${value.lastIndex}`
  if (value instanceof ArrayBuffer) return `Bytes(${new Uint8Array(value).join(" ")})`
  if (ArrayBuffer.isView(value)) return `${className(value)}(${new Uint8Array(value.buffer, value.byteOffset, value.byteLength).join(" ")})`
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt)
    return `${className(value)}(${plainText(value.valueOf())})`
  return undefined
}

// -- copies ----------------------------------------------------------------------------------------------------------

/** Gives what stands in the place of what is no plain data, or throws. */
type Other = (value: object) => unknown

/** A copy of lists, records, Maps, Sets and Dates, all the way down; what is no plain data stands in it as `other` gives it. */
export function copyOfData(value: unknown, other: Other, copies: Map<object, unknown> = new Map()): unknown {
  if (typeof value !== "object" || value === null) return value
  if (copies.has(value)) return copies.get(value)
  const copy = (part: unknown): unknown => copyOfData(part, other, copies)
  const keep = <Made>(made: Made): Made => {
    copies.set(value, made)
    return made
  }
  if (value instanceof Date) return keep(new Date(Date.prototype.getTime.call(value)))
  if (Array.isArray(value)) return filled(keep([] as unknown[]), (list) => value.forEach((item) => void list.push(copy(item))))
  if (value instanceof Map) return filled(keep(new Map()), (map) => value.forEach((item, key) => void map.set(copy(key), copy(item))))
  if (value instanceof Set) return filled(keep(new Set()), (set) => value.forEach((item) => void set.add(copy(item))))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return keep(other(value))
  return filled(keep(Object.create(prototype)), (record) => {
    for (const name of Object.keys(value)) Object.defineProperty(record, name, ownProperty(copy(Reflect.get(value, name))))
  })
}

/** A copy for who keeps a value that others may change meanwhile. Total: what cannot be copied is kept as it is. */
export function keptValue(value: unknown): unknown {
  try {
    return copyOfData(value, (other) => other)
  } catch {
    return value
  }
}

function filled<Made>(made: Made, fill: (made: Made) => void): Made {
  fill(made)
  return made
}

/** Set as a name of its own, whatever it is: `__proto__` too. */
function ownProperty(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true }
}
