/**
 * Values in and out of a store: copied in, frozen, and shared out as they are.
 *
 * Plain data (primitives, arrays, plain objects) is copied by hand, which is several times faster than `structuredClone`, and
 * deep-frozen. What structured clone can carry but nobody can freeze (Map, Set, Date, typed arrays, …) is kept apart
 * and copied again on its way out. Nobody can change a stored value from outside.
 *
 * Differs from structuredClone: an instance of a class is refused, because it would come back without its methods; so is
 * memory that stays shared (SharedArrayBuffer).
 */

import { Invalid } from "../../src/index.ts"

/** A value that cannot be frozen; its store hands out copies. */
export class Unfreezable {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

/** Beyond these the plain way gives up: a value so deep or large may hold itself, or one part many times over. */
const PLAIN_DEPTH = 32
const PLAIN_NODES = 4096

/** Says that the plain way cannot carry a value and the careful one must. */
const CAREFUL = Symbol("careful")

/** A frozen copy to keep; `Invalid` that names the place (`value.user.onClick`) for what cannot be stored. */
export function copyIn(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null) return value
  if (value === undefined) throw refusal("value", "is undefined: delete the key to have none")
  try {
    const copy = copyPlain(value, 0, { nodes: PLAIN_NODES })
    return copy === CAREFUL ? copyCarefully(value) : copy
  } catch (error) {
    // An accessor or a proxy may throw whatever it likes.
    throw error instanceof Invalid ? error : refusal("value", "cannot be read", error)
  }
}

/** What a reader gets. */
export function shareOut(stored: unknown): unknown {
  return stored instanceof Unfreezable ? structuredClone(stored.value) : stored
}

function copyPlain(value: unknown, depth: number, budget: { nodes: number }): unknown {
  if (typeof value !== "object") return isPrimitive(value) ? value : CAREFUL
  if (value === null) return null
  budget.nodes -= 1
  if (depth > PLAIN_DEPTH || budget.nodes < 0) return CAREFUL
  if (Array.isArray(value)) return copyArray(value, depth, budget)
  return isPlainObject(value) ? copyObject(value, depth, budget) : CAREFUL
}

function copyArray(from: readonly unknown[], depth: number, budget: { nodes: number }): unknown {
  if (Object.getPrototypeOf(from) !== Array.prototype) return CAREFUL
  const copy = new Array<unknown>(from.length)
  for (let i = 0; i < from.length; i += 1) {
    const item = copyPlain(from[i], depth + 1, budget)
    // A hole stays a hole in the careful way, which does not walk the length of a sparse array.
    if (item === CAREFUL || (item === undefined && !Object.hasOwn(from, i))) return CAREFUL
    copy[i] = item
  }
  return Object.freeze(copy)
}

function copyObject(from: Readonly<Record<string, unknown>>, depth: number, budget: { nodes: number }): unknown {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(from)) {
    // Assigning `__proto__` would set the prototype; the careful way defines it.
    if (name === "__proto__") return CAREFUL
    const part = copyPlain(from[name], depth + 1, budget)
    if (part === CAREFUL) return CAREFUL
    copy[name] = part
  }
  return Object.freeze(copy)
}

/** Looks at every part once, so that cycles end and shared parts stay shared; then lets the host copy. */
function copyCarefully(value: unknown): unknown {
  new Survey().visit(value, "value")
  const copy = cloneOf(value)
  // The copy is surveyed too: an accessor may have answered with something else the second time.
  const survey = new Survey()
  survey.visit(copy, "value")
  if (survey.isFreezable) deepFreeze(copy)
  return survey.isFreezable ? copy : new Unfreezable(copy)
}

function cloneOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (cause) {
    throw refusal("value", `cannot be stored: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

/** Finds what cannot be stored, and whether all of it can be frozen. */
class Survey {
  isFreezable = true
  readonly #seen = new Set<object>()

  visit(root: unknown, rootPath: string): void {
    const waiting: [value: unknown, path: string][] = [[root, rootPath]]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const part of this.#look(next[0], next[1])) waiting.push(part)
    }
  }

  #look(value: unknown, path: string): Iterable<[unknown, string]> {
    if (typeof value === "function" || typeof value === "symbol") throw refusal(path, `is a ${typeof value}, which cannot be stored`)
    if (typeof value !== "object" || value === null || this.#seen.has(value)) return []
    this.#seen.add(value)
    if (Array.isArray(value)) return arrayParts(value, path)
    if (isPlainObject(value)) return Object.keys(value).map((name): [unknown, string] => [value[name], `${path}.${name}`])
    return this.#lookAtExotic(value, path)
  }

  #lookAtExotic(value: object, path: string): Iterable<[unknown, string]> {
    this.isFreezable = false
    if (value instanceof Map)
      return [...value].flatMap(([key, item]): [unknown, string][] => [
        [key, `${path}.keys()`],
        [item, `${path}.values()`],
      ])
    if (value instanceof Set) return [...value].map((item): [unknown, string] => [item, `${path}.values()`])
    if (value instanceof Error && Object.hasOwn(value, "cause")) return [[value.cause, `${path}.cause`]]
    const shared = value instanceof SharedArrayBuffer || (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer)
    if (shared) throw refusal(path, "shares its memory, so it could be changed from outside")
    if (!isHostObject(value)) throw refusal(path, `is an instance of ${nameOfClass(value)}: store plain data (its methods would be lost)`)
    return []
  }
}

/** By key, not by index: that skips the holes, and finds what hangs on the array beside its items. */
function arrayParts(value: readonly unknown[], path: string): [unknown, string][] {
  return Object.entries(value).map(([name, part]): [unknown, string] => [part, /^\d+$/.test(name) ? `${path}[${name}]` : `${path}.${name}`])
}

const HOST_TAGS: ReadonlySet<string> = new Set([
  "Date",
  "RegExp",
  "Error",
  "Boolean",
  "Number",
  "String",
  "BigInt",
  "ArrayBuffer",
  "DataView",
  "Blob",
  "File",
])

/** What structured clone carries as what it is. */
function isHostObject(value: object): boolean {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  return ArrayBuffer.isView(value) || HOST_TAGS.has(tag)
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== "function" && typeof value !== "symbol"
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return Object.prototype.toString.call(value) === "[object Object]"
  return false
}

function nameOfClass(value: object): string {
  const made: unknown = value.constructor
  return typeof made === "function" && made.name !== "" ? made.name : "a class"
}

function deepFreeze(root: unknown): void {
  const waiting = [root]
  for (let value = waiting.pop(); value !== undefined || waiting.length > 0; value = waiting.pop()) {
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) continue
    Object.freeze(value)
    for (const part of Object.values(value)) waiting.push(part)
  }
}

function refusal(path: string, problem: string, cause?: unknown): Invalid {
  return new Invalid(`${path} ${problem}`, cause === undefined ? { details: { field: path } } : { details: { field: path }, cause })
}
