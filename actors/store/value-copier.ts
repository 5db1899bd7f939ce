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

import { type Invalid, invalid, shown } from "../../src/index.ts"
import { copyBuiltin, FAMILIES, type Family, isOfFakeClock, sortOf, Uncopyable } from "./builtin-copies.ts"
import { pendingHolder } from "./holder-copies.ts"
import { lengthOf, showsRecord } from "./intrinsics.ts"
import { firstToCopy, NamedParts, type PartCopier, type PendingParts } from "./pending-parts.ts"
import { Seen } from "./seen.ts"
import { assignedSurplusOf, lost, surplusOf, symbolOn } from "./surplus.ts"
import { Suspects } from "./suspects.ts"

/** Lists of a value that are searched for symbols, which in a value of many small ones would cost a quarter of the copy. */
const LISTS_SEARCHED = 64

/** Items of those, all in all, up to which they are searched for what is not enumerable: their names cost more than their copies. */
const ITEMS_SEARCHED = 1024

/** Dates, boxes, buffers and their views that are searched for symbols and hidden names, which costs as much as the copy; and items of views. */
const BUILTINS_SEARCHED = 1024
const VIEWED_SEARCHED = 1024

/** Items up to which a view is always searched for what was put there by name. */
const FEW_ITEMS = 16

/** Properties up to which a record is best copied as a whole, and up to which the host keeps them in the order of a shape. */
const MOST_SPREAD = 100
const MOST_IN_SHAPE = 1020

/** How much of a long way a message shows. */
const MOST_STEPS_SHOWN = 64
const MOST_LETTERS_SHOWN = 1000

const IMPOSTOR = "poses as a plain object, and what it holds would be lost"

export interface CopierOptions {
  /** It was made by a copier before: there is nothing on it that a copy would not have, and nothing to freeze. */
  readonly isOwn: boolean
  /** No object occurs twice in it. */
  readonly isTree?: boolean
}

export class ValueCopier implements PartCopier {
  /** Whether all of it was lists, records and primitives, which can be frozen. */
  isPlain = true
  readonly #isOwn: boolean
  readonly #pending: PendingParts[] = []
  readonly #seen: Seen | undefined
  readonly #suspects = new Suspects()
  #listsToSearch = LISTS_SEARCHED
  #itemsToSearch = ITEMS_SEARCHED
  #builtinsToSearch = BUILTINS_SEARCHED
  #viewedToSearch = VIEWED_SEARCHED

  /** What is not our own is searched, and lists and records of its copy are frozen. */
  constructor({ isOwn, isTree = false }: CopierOptions) {
    this.#isOwn = isOwn
    this.#seen = isTree ? undefined : new Seen()
  }

  /** Whether no object occurred twice. */
  get isTree(): boolean {
    return this.#seen?.hasRepeated !== true
  }

  /** Errors  Invalid, which names the place, for what cannot be copied; whatever an accessor or a proxy throws. */
  copy(value: unknown): unknown {
    const copy = this.part(value)
    for (let last = this.#pending.at(-1); last !== undefined; last = this.#pending.at(-1)) {
      if (last.next(this)) continue
      this.#pending.pop()
      if (last instanceof NamedParts) this.#complete(last.copy)
    }
    if (this.#suspects.hasImpostor()) throw this.#refusal(IMPOSTOR, "")
    return copy
  }

  /** The copy of a part; its own parts may still be those of the original. */
  part(value: unknown): unknown {
    if (typeof value === "function" || typeof value === "symbol") throw this.#refusal(`is a ${typeof value}, which cannot be stored`)
    if (typeof value !== "object" || value === null) return value
    const copied = this.#seen?.copyOf(value)
    if (copied !== undefined) return copied
    const prototype: object | null = Object.getPrototypeOf(value)
    if (prototype === Array.prototype && Array.isArray(value)) return this.#copyList(value)
    const sort = prototype === null || prototype === Object.prototype ? "Object" : sortOf(prototype)
    if (sort === "Object" && showsRecord(value)) return this.#copyRecord(value as Record<string, unknown>, prototype !== null)
    if (sort === "Array" && Array.isArray(value)) return this.#copyList(value)
    if (sort === undefined && isOfFakeClock(value)) return this.#copyOther(value, "Date")
    return this.#copyOther(value, sort === "Object" || sort === "Array" ? undefined : sort)
  }

  // -- records and lists -------------------------------------------------------------------------------------------

  #copyRecord(from: Readonly<Record<string, unknown>>, isOfObject: boolean): object {
    const names = Object.getOwnPropertyNames(from)
    if (!this.#isOwn) {
      const symbol = Object.getOwnPropertySymbols(from)[0]
      if (symbol !== undefined) throw this.#lost(symbol, "object")
      if (names.length === 0 ? this.#suspects.isImpostor(from) : ArrayBuffer.isView(from)) throw this.#refusal(IMPOSTOR)
    }
    // Those whose names are numbers come first, and stand in a list of their own.
    const isSpread = isOfObject && (names.length <= MOST_SPREAD || (names[0] as string).charCodeAt(0) <= NINE)
    return isSpread ? this.#copyAsWhole(from, names) : this.#copyByName(from, names, isOfObject)
  }

  /** As a spread, properties are copied by the host, several times as fast as by name, and `__proto__` is one like the others. */
  #copyAsWhole(from: object, names: readonly string[]): object {
    const copy = { ...from }
    const parts = Object.values(copy)
    if (names.length !== parts.length) throw this.#hidden(from, "object")
    this.#seen?.remember(from, copy)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(copy) : this.#begin(new NamedParts(copy, parts, Object.keys(copy), first))
  }

  /** That takes the place of a spread where it would be slow: a dictionary, or a record without a prototype. */
  #copyByName(from: Readonly<Record<string, unknown>>, names: readonly string[], isOfObject: boolean): object {
    const parts =
      names.length > MOST_SPREAD && names.length <= MOST_IN_SHAPE ? this.#readAsWhole(from, names) : this.#readByName(from, names)
    // Without a prototype `__proto__` is a property like the others. A large one is a dictionary from the beginning.
    const copy: Record<string, unknown> = names.length > MOST_SPREAD ? Object.create(null) : Object.setPrototypeOf({}, null)
    for (let at = 0; at < parts.length; at += 1) copy[names[at] as string] = parts[at]
    if (isOfObject) Object.setPrototypeOf(copy, Object.prototype)
    this.#seen?.remember(from, copy)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(copy) : this.#begin(new NamedParts(copy, parts, names, first))
  }

  #readAsWhole(from: object, names: readonly string[]): unknown[] {
    const entries = Object.entries(from)
    if (entries.length !== names.length) throw this.#hidden(from, "object")
    return entries.map(([name, part], at) => {
      if (name !== names[at]) throw this.#refusal("was changed while it was read")
      return part
    })
  }

  #readByName(from: Readonly<Record<string, unknown>>, names: readonly string[]): unknown[] {
    const parts: unknown[] = []
    for (let at = 0; at < names.length; at += 1) {
      const name = names[at] as string
      if (!this.#isOwn && !Object.prototype.propertyIsEnumerable.call(from, name)) throw this.#hidden(from, "object")
      parts.push(from[name])
    }
    return parts
  }

  #copyList(from: readonly unknown[]): object {
    if (!this.#isOwn && this.#listsToSearch > 0) this.#searchList(from)
    if (!hasEveryItem(from)) return this.#copySparse(from)
    // A list of this realm: the items, and after them what hangs on it by name, each read once.
    const parts = Object.values(from)
    if (parts.length !== from.length) return this.#copySparse(from, parts)
    this.#seen?.remember(from, parts)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(parts) : this.#begin(new NamedParts(parts, parts, undefined, first))
  }

  /** That skips the holes, however many, and takes what hangs on a list beside its items. */
  #copySparse(from: readonly unknown[], values?: readonly unknown[]): object {
    const names = Object.keys(from)
    const parts = values ?? names.map((name): unknown => Reflect.get(from, name))
    if (parts.length !== names.length) throw this.#refusal("was changed while it was read")
    const copy: unknown[] = []
    for (let at = 0; at < parts.length; at += 1) putOnList(copy, names[at] as string, parts[at])
    // At last: the host would set room aside for each hole before an item that is far.
    copy.length = from.length
    this.#seen?.remember(from, copy)
    const first = firstToCopy(parts, 0)
    return first < 0 ? this.#complete(copy) : this.#begin(new NamedParts(copy, parts, names, first))
  }

  #begin(parts: NamedParts): object {
    this.#pending.push(parts)
    return parts.copy
  }

  #complete(copy: object): object {
    return this.#isOwn ? copy : Object.freeze(copy)
  }

  #searchList(list: readonly unknown[]): void {
    this.#listsToSearch -= 1
    const symbol = Object.getOwnPropertySymbols(list)[0]
    if (symbol !== undefined) throw this.#lost(symbol, "array")
    if (list.length > this.#itemsToSearch) return
    this.#itemsToSearch -= list.length
    // All names but `length`, which each list has.
    if (Object.getOwnPropertyNames(list).length - 1 !== Object.keys(list).length) throw this.#hidden(list, "array")
  }

  // -- what cannot be frozen ---------------------------------------------------------------------------------------

  #copyOther(value: object, sort: string | undefined): object {
    this.isPlain = false
    const copy = sort === undefined ? undefined : this.#copySort(value, sort)
    if (copy === undefined) throw this.#refusal(`is ${nameOfInstance(value)}: store plain data (its methods would be lost)`)
    if (copy instanceof Uncopyable) throw this.#refusal(copy.problem, copy.where)
    this.#seen?.remember(value, copy)
    return copy
  }

  #copySort(value: object, sort: string): object | undefined {
    const family = FAMILIES.get(sort)
    const surplus = this.#isOwn ? undefined : this.#surplusOf(value, sort, family)
    if (surplus !== undefined) return surplus
    if (family !== "holder" && family !== "error") return copyBuiltin(value, sort, this.#isOwn)
    const pending = pendingHolder(value, sort)
    if (pending === undefined) return undefined
    this.#pending.push(pending)
    return pending.copy
  }

  #surplusOf(value: object, sort: string, family: Family | undefined): Uncopyable | undefined {
    // All that hangs on an error is carried, but for symbols.
    if (family === "error") return symbolOn(value, sort)
    if (family === "view") return ArrayBuffer.isView(value) ? this.#surplusOfView(value as Uint8Array, sort) : undefined
    if (family !== "lone") return surplusOf(value, sort)
    this.#builtinsToSearch -= 1
    return this.#builtinsToSearch < 0 ? assignedSurplusOf(value, sort) : surplusOf(value, sort)
  }

  #surplusOfView(value: Uint8Array, sort: string): Uncopyable | undefined {
    const items = lengthOf(value)
    if (items <= this.#viewedToSearch) {
      this.#viewedToSearch -= items
      return surplusOf(value, sort)
    }
    return symbolOn(value, sort) ?? (items > FEW_ITEMS ? undefined : assignedSurplusOf(value, sort))
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

const NINE = 57

/** An item is set, which takes a tenth of the time; a name might be one that lists inherit (`__proto__`). */
function putOnList(list: unknown[], name: string, value: unknown): void {
  if (name.charCodeAt(0) <= NINE) (list as unknown[] & Record<string, unknown>)[name] = value
  else Object.defineProperty(list, name, { value, enumerable: true, writable: true, configurable: true })
}

/** Asks of each item whether it is there, without reading it; ends at the first hole. */
function hasEveryItem(list: readonly unknown[]): boolean {
  for (let at = 0; at < list.length; at += 1) if (!Object.hasOwn(list, at)) return false
  return true
}

/** What another copy of the package has made is told by `shown`, which says of all else that it is an object, or an array. */
function nameOfInstance(value: object): string {
  const told = shown(value)
  if (told !== "an object" && told !== "an array") return told
  const made: unknown = value.constructor
  return `an instance of ${typeof made === "function" && made.name !== "" ? made.name : "a class"}`
}
