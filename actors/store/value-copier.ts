/**
 * One copy of one value, to the bottom, without recursion: how deep a value is makes no difference.
 *
 * Invariants
 * - What comes out is what went in, or nothing does: what a copy would not have is refused, with the place where it is.
 * - Each part is read once, and what was read is what is judged and kept: an accessor or a proxy that answers otherwise the next time changes
 *   nothing. Of an accessor its value is kept.
 * - Parts that are one in the value are one in the copy; a cycle ends.
 *
 * A list or a record first takes all of its parts over as they are; those that are objects are then replaced by copies, one after the other.
 */

import { type Invalid, invalid } from "../../src/index.ts"
import { copyBuiltin, lost, surplusOf, Uncopyable } from "./builtin-copies.ts"
import { intrinsicNameOf, isPlainArray, isPlainObject, slotOf, tagOf } from "./intrinsics.ts"
import { Entries, ErrorParts, firstToCopy, NamedParts, type PartCopier, type PendingParts } from "./pending-parts.ts"

/** Objects up to which those seen are found by looking through them, which is faster than a map. */
const MOST_LOOKED_THROUGH = 8

/** Lists of a value that are searched for symbols, which in a value of many small ones would cost a quarter of the copy. */
const LISTS_SEARCHED = 64

/** Items of those, all in all, up to which they are searched for what is not enumerable: their names cost more than their copies. */
const ITEMS_SEARCHED = 1024

/** How much of a long way a message shows. */
const MOST_STEPS_SHOWN = 64
const MOST_LETTERS_SHOWN = 1000

export class ValueCopier implements PartCopier {
  /** Whether all of it was lists, records and primitives, which can be frozen. */
  isPlain = true
  readonly #isFreezing: boolean
  readonly #pending: PendingParts[] = []
  readonly #sources: object[] = []
  readonly #copies: object[] = []
  #copyOf: Map<object, object> | undefined = undefined
  #toSearch = LISTS_SEARCHED
  #itemsToSearch = ITEMS_SEARCHED

  /** `isFreezing`: lists and records of the copy are frozen. */
  constructor(isFreezing: boolean) {
    this.#isFreezing = isFreezing
  }

  /** Errors  Invalid, which names the place, for what cannot be copied; whatever an accessor or a proxy throws. */
  copy(value: unknown): unknown {
    const copy = this.part(value)
    for (let last = this.#pending.at(-1); last !== undefined; last = this.#pending.at(-1)) {
      if (last.next(this)) continue
      this.#pending.pop()
      if (last instanceof NamedParts) this.#complete(last.copy)
    }
    return copy
  }

  /** The copy of a part; its own parts may still be those of the original. */
  part(value: unknown): unknown {
    if (typeof value === "function" || typeof value === "symbol") throw this.#refusal(`is a ${typeof value}, which cannot be stored`)
    if (typeof value !== "object" || value === null) return value
    const seen = this.#seen(value)
    if (seen !== undefined) return seen
    if (isPlainArray(value)) return this.#copyList(value)
    return isPlainObject(value) ? this.#copyRecord(value) : this.#copyOther(value)
  }

  // -- records and lists -------------------------------------------------------------------------------------------

  #copyRecord(from: Readonly<Record<string, unknown>>): object {
    // As a spread, properties are copied by the host, several times as fast as by name, and `__proto__` is one like the others.
    const copy = Object.getPrototypeOf(from) === null ? Object.setPrototypeOf({ ...from }, null) : { ...from }
    const parts = Object.values(copy)
    const symbol = Object.getOwnPropertySymbols(from)[0]
    if (symbol !== undefined) throw this.#lost(symbol, "object")
    if (Object.getOwnPropertyNames(from).length !== parts.length) throw this.#hidden(from, "object")
    this.#remember(from, copy)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(copy) : this.#begin(new NamedParts(copy, parts, Object.keys(copy), first))
  }

  #copyList(from: readonly unknown[]): object {
    if (this.#toSearch > 0) this.#search(from)
    if (!hasEveryItem(from)) return this.#copyByName(from)
    // A list of this realm: the items, and after them what hangs on it by name, each read once.
    const parts = Object.values(from)
    if (parts.length !== from.length) return this.#copyByName(from, parts)
    this.#remember(from, parts)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(parts) : this.#begin(new NamedParts(parts, parts, undefined, first))
  }

  /** That skips the holes, however many, and takes what hangs on a list beside its items. */
  #copyByName(from: readonly unknown[], values?: readonly unknown[]): object {
    const names = Object.keys(from)
    const parts = values ?? names.map((name): unknown => Reflect.get(from, name))
    if (parts.length !== names.length) throw this.#refusal("was changed while it was read")
    const copy: unknown[] = []
    for (let at = 0; at < parts.length; at += 1) putOnList(copy, names[at] as string, parts[at])
    // At last: the host would set room aside for each hole before an item that is far.
    copy.length = from.length
    this.#remember(from, copy)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(copy) : this.#begin(new NamedParts(copy, parts, names, first))
  }

  #begin(parts: NamedParts): object {
    this.#pending.push(parts)
    return parts.copy
  }

  #complete(copy: object): object {
    return this.#isFreezing ? Object.freeze(copy) : copy
  }

  #search(list: readonly unknown[]): void {
    this.#toSearch -= 1
    const symbol = Object.getOwnPropertySymbols(list)[0]
    if (symbol !== undefined) throw this.#lost(symbol, "array")
    if (list.length > this.#itemsToSearch) return
    this.#itemsToSearch -= list.length
    // All names but `length`, which each list has.
    if (Object.getOwnPropertyNames(list).length - 1 !== Object.keys(list).length) throw this.#hidden(list, "array")
  }

  // -- what cannot be frozen ---------------------------------------------------------------------------------------

  #copyOther(value: object): object {
    this.isPlain = false
    const copy = copyBuiltin(value) ?? this.#copyHolder(value)
    if (copy instanceof Uncopyable) throw this.#refusal(copy.problem, copy.where)
    if (copy === undefined) throw this.#refusal(`is an instance of ${nameOfClass(value)}: store plain data (its methods would be lost)`)
    this.#remember(value, copy)
    return copy
  }

  #copyHolder(value: object): object | undefined {
    const pending = pendingHolder(value)
    if (pending === undefined || pending instanceof Uncopyable) return pending
    this.#pending.push(pending)
    return pending.copy
  }

  // -- what was seen -----------------------------------------------------------------------------------------------

  #seen(value: object): object | undefined {
    if (this.#copyOf !== undefined) return this.#copyOf.get(value)
    for (let at = 0; at < this.#sources.length; at += 1) if (this.#sources[at] === value) return this.#copies[at]
    return undefined
  }

  #remember(source: object, copy: object): void {
    if (this.#copyOf !== undefined) {
      this.#copyOf.set(source, copy)
      return
    }
    this.#sources.push(source)
    this.#copies.push(copy)
    if (this.#sources.length <= MOST_LOOKED_THROUGH) return
    this.#copyOf = new Map(this.#sources.map((seen, at) => [seen, this.#copies[at] as object]))
  }

  // -- refusals ----------------------------------------------------------------------------------------------------

  #hidden(from: object, holder: "array" | "object"): Invalid {
    const names = Object.getOwnPropertyNames(from)
    const hidden = names.find(
      (name) => !(Object.prototype.propertyIsEnumerable.call(from, name) || (holder === "array" && name === "length")),
    )
    return hidden === undefined ? this.#refusal("was changed while it was read") : this.#lost(hidden, holder)
  }

  #lost(key: PropertyKey, holder: string): Invalid {
    const { problem, where } = lost(key, holder)
    return this.#refusal(problem, where)
  }

  #refusal(problem: string, where = ""): Invalid {
    const ways = this.#pending.slice(0, MOST_STEPS_SHOWN).map((parts) => parts.way())
    const path = `value${ways.join("")}${this.#pending.length > MOST_STEPS_SHOWN ? "…" : ""}${where}`
    return invalid(path.length > MOST_LETTERS_SHOWN ? `${path.slice(0, MOST_LETTERS_SHOWN)}…` : path, problem)
  }
}

/** An item is set, which takes a tenth of the time; a name might be one that lists inherit (`__proto__`). */
function putOnList(list: unknown[], name: string, value: unknown): void {
  if (/^\d/.test(name)) Reflect.set(list, name, value)
  else Object.defineProperty(list, name, { value, enumerable: true, writable: true, configurable: true })
}

/** Asks of each item whether it is there, without reading it; ends at the first hole. */
function hasEveryItem(list: readonly unknown[]): boolean {
  for (let at = 0; at < list.length; at += 1) if (!Object.hasOwn(list, at)) return false
  return true
}

/** A Map, a Set or an error that has none of its parts yet; `undefined` for what is none. */
function pendingHolder(value: object): PendingParts | Uncopyable | undefined {
  const prototype: object | null = Object.getPrototypeOf(value)
  const sort = prototype === null ? undefined : intrinsicNameOf(prototype)
  if (sort === undefined) return undefined
  if (tagOf(value) === "Error") return pendingError(value, sort)
  if (sort !== "Map" && sort !== "Set") return undefined
  if (!isOfSort(sort === "Map" ? Map.prototype : Set.prototype, value)) return undefined
  return surplusOf(value, sort) ?? (sort === "Map" ? pendingMap(value) : pendingSet(value))
}

function isOfSort(prototype: object, value: object): boolean {
  try {
    return typeof slotOf(prototype, "size", value) === "number"
  } catch {
    return false
  }
}

function pendingMap(value: object): PendingParts {
  const parts: unknown[] = []
  Map.prototype.forEach.call(value, (item, key) => parts.push(key, item))
  return new Entries(new Map(), parts)
}

function pendingSet(value: object): PendingParts {
  const parts: unknown[] = []
  Set.prototype.forEach.call(value, (item) => parts.push(item))
  return new Entries(new Set(), parts)
}

function pendingError(value: object, sort: string): PendingParts | Uncopyable | undefined {
  const copy = newError(sort)
  if (copy === undefined) return undefined
  const symbol = Object.getOwnPropertySymbols(value)[0]
  if (symbol !== undefined) return lost(symbol, sort)
  const names = Object.getOwnPropertyNames(value)
  // Made with them, in an order of its own; what its original has is put there next.
  for (const name of ["errors", "error", "suppressed", ...(names.includes("stack") ? [] : ["stack"])]) Reflect.deleteProperty(copy, name)
  const parts = names.map((name): unknown => Reflect.get(value, name))
  const areEnumerable = names.map((name) => Object.prototype.propertyIsEnumerable.call(value, name))
  return new ErrorParts(copy, names, parts, areEnumerable)
}

/** An error of the language's, with a stack for now and nothing else; `undefined` for a class that is none. */
function newError(sort: string): Error | undefined {
  switch (sort) {
    case "AggregateError":
      return new AggregateError([])
    case "Error":
      return new Error()
    case "EvalError":
      return new EvalError()
    case "RangeError":
      return new RangeError()
    case "ReferenceError":
      return new ReferenceError()
    case "SuppressedError":
      return new SuppressedError(undefined, undefined)
    case "SyntaxError":
      return new SyntaxError()
    case "TypeError":
      return new TypeError()
    case "URIError":
      return new URIError()
    default:
      return undefined
  }
}

function nameOfClass(value: object): string {
  const made: unknown = value.constructor
  return typeof made === "function" && made.name !== "" ? made.name : "a class"
}
