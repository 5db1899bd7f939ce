/**
 * A stored value as bytes, for a snapshot or a database: exactly what `value-decoder.ts` makes the same value of again.
 *
 * It takes what `copyIn` has made, and so meets nothing but what a store can hold: no accessor, no proxy, no class of somebody's own. The one
 * sort it cannot write is a Blob or a File, whose content the host gives by a promise only.
 *
 * Invariants
 * - No recursion: how deep a value is makes no difference.
 * - Parts that are one in the value are one in what is read again; a cycle ends.
 * - A value that is refused has written nothing.
 *
 * Beside `v8.serialize` it is of every host, and carries what that loses: names on lists and errors, causes, `lastIndex`, records without a
 * prototype, Buffers.
 */

import { invalid } from "../../src/index.ts"
import { sortOf } from "./builtin-copies.ts"
import { ByteWriter } from "./byte-writer.ts"
import { beginsAsUsual } from "./holder-copies.ts"
import { writeMemory } from "./memory-codec.ts"
import { SeenOrder } from "./seen-order.ts"
import { Unfreezable } from "./stored-value.ts"
import { UnwrittenParts } from "./unwritten-parts.ts"
import {
  BARE_RECORD,
  BIGINT,
  BOX,
  DATE,
  DOUBLE,
  ERROR,
  FALSE,
  INTEGER,
  LIST,
  MAP,
  NULL,
  PATTERN,
  RECORD,
  REFERENCE,
  SET,
  SMALL_INTEGER,
  SPARSE_LIST,
  TRUE,
  UNDEFINED,
  USUAL_ERROR,
  VALUE_FORMAT,
} from "./value-tags.ts"

/** How much of a long way a message shows. */
const MOST_STEPS_SHOWN = 64
const MOST_LETTERS_SHOWN = 1000

/**
 * The bytes of a value that stands alone: the format's number, and the value. In memory of their own, with so many bytes left free before them (`ahead`).
 *
 * Errors  Invalid, which names the place, for a Blob or a File in it.
 * Cost    O(size of the value); memory for it once more.
 */
export function encodedValue(stored: unknown, ahead = 0): Uint8Array<ArrayBuffer> {
  try {
    while (scratch.length < ahead) scratch.byte(0)
    scratch.byte(VALUE_FORMAT)
    encodeValue(stored, scratch)
    return scratch.written().slice()
  } finally {
    scratch.cutTo(0, MOST_KEPT_BYTES)
  }
}

/** For one value after the other: nothing else runs while one is written, and what is given away is a copy. */
const scratch = new ByteWriter()
/** Memory of a large value that is not kept for the next one. */
const MOST_KEPT_BYTES = 65_536

/** Writes a value behind what `writer` has; without the format's number, which stands at the beginning of the whole. Errors as above. */
export function encodeValue(stored: unknown, writer: ByteWriter): void {
  const start = writer.length
  try {
    new ValueEncoder(writer).encode(stored instanceof Unfreezable ? stored.value : stored)
  } catch (error) {
    writer.cutTo(start)
    throw error
  }
}

class ValueEncoder {
  readonly #writer: ByteWriter
  readonly #pile: UnwrittenParts[] = []
  readonly #seen = new SeenOrder()

  constructor(writer: ByteWriter) {
    this.#writer = writer
  }

  encode(value: unknown): void {
    this.#part(value)
    for (let top = this.#pile.at(-1); top !== undefined; top = this.#pile.at(-1)) {
      if (this.#hasWritten(top)) this.#pile.pop()
    }
  }

  /** `false`: one of its parts holds others, which come first. */
  #hasWritten(top: UnwrittenParts): boolean {
    const { parts, names, areEnumerable } = top
    while (top.at < parts.length) {
      const at = top.at
      top.at += 1
      if (names !== undefined) this.#writer.text(names[at] as string)
      if (areEnumerable !== undefined) this.#writer.byte(Number(areEnumerable[at]))
      if (this.#part(parts[at])) return false
    }
    return true
  }

  /** Writes a part, or begins to: `true` where its own parts are still to come. */
  #part(value: unknown): boolean {
    if (typeof value === "string") this.#writer.text(value)
    else if (typeof value === "number") this.#number(value)
    else if (typeof value === "object" && value !== null) return this.#object(value)
    else this.#writeOther(value)
    return false
  }

  #number(value: number): void {
    const isWhole = value === (value | 0) && (value !== 0 || !Object.is(value, -0))
    if (!isWhole) {
      this.#writer.byte(DOUBLE)
      this.#writer.double(value)
    } else if (value >= 0 && value < SMALL_INTEGER) {
      this.#writer.byte(SMALL_INTEGER + value)
    } else {
      this.#writer.byte(INTEGER)
      this.#writer.count(value < 0 ? -value * 2 - 1 : value * 2)
    }
  }

  #writeOther(value: unknown): void {
    if (typeof value === "bigint") this.#bigint(value)
    else if (value === null) this.#writer.byte(NULL)
    else if (value === undefined) this.#writer.byte(UNDEFINED)
    else if (typeof value === "boolean") this.#writer.byte(value ? TRUE : FALSE)
    else throw this.#refusal(`is a ${typeof value}, which cannot be stored`)
  }

  #bigint(value: bigint): void {
    this.#writer.byte(BIGINT)
    this.#writer.byte(value < 0n ? 1 : 0)
    this.#writer.text((value < 0n ? -value : value).toString(16))
  }

  #object(value: object): boolean {
    const before = this.#seen.orderOf(value)
    if (before !== undefined) {
      this.#writer.byte(REFERENCE)
      this.#writer.count(before)
      return false
    }
    const prototype: object | null = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#record(value, prototype === null ? BARE_RECORD : RECORD)
    if (Array.isArray(value)) return this.#list(value)
    return this.#other(value, sortOf(prototype) ?? "")
  }

  // -- what holds others -------------------------------------------------------------------------------------------

  #begin(parts: UnwrittenParts): boolean {
    if (parts.parts.length === 0) return false
    this.#pile.push(parts)
    return true
  }

  #record(value: object, tag: number): boolean {
    const names = Object.keys(value)
    this.#writer.byte(tag)
    this.#writer.count(names.length)
    return this.#begin(new UnwrittenParts(value, Object.values(value), names))
  }

  #list(value: readonly unknown[]): boolean {
    const parts = hasHole(value) ? undefined : Object.values(value)
    // What hangs on it by name would be among them.
    if (parts?.length !== value.length) return this.#sparseList(value)
    this.#writer.byte(LIST)
    this.#writer.count(parts.length)
    return this.#begin(new UnwrittenParts(value, parts))
  }

  #sparseList(value: readonly unknown[]): boolean {
    const names = Object.keys(value)
    this.#writer.byte(SPARSE_LIST)
    this.#writer.count(value.length)
    this.#writer.count(names.length)
    return this.#begin(new UnwrittenParts(value, Object.values(value), names))
  }

  #map(value: ReadonlyMap<unknown, unknown>): boolean {
    const parts: unknown[] = []
    for (const [key, item] of value) parts.push(key, item)
    this.#writer.byte(MAP)
    this.#writer.count(value.size)
    return this.#begin(new UnwrittenParts(value, parts))
  }

  #set(value: ReadonlySet<unknown>): boolean {
    this.#writer.byte(SET)
    this.#writer.count(value.size)
    return this.#begin(new UnwrittenParts(value, [...value]))
  }

  #error(value: object, sort: string): boolean {
    const names = Object.getOwnPropertyNames(value)
    const parts = names.map((name): unknown => Reflect.get(value, name))
    const areEnumerable = names.map((name) => Object.prototype.propertyIsEnumerable.call(value, name))
    const isUsual = beginsAsUsual(names, parts, areEnumerable)
    const first = isUsual ? 2 : 0
    this.#writer.byte(isUsual ? USUAL_ERROR : ERROR)
    this.#writer.text(sort)
    for (const text of parts.slice(0, first)) this.#writer.text(text as string)
    this.#writer.count(names.length - first)
    if (!isUsual) this.#writer.byte(Number(names.includes("stack")))
    return this.#begin(new UnwrittenParts(value, parts.slice(first), names.slice(first), areEnumerable.slice(first)))
  }

  // -- what stands for itself --------------------------------------------------------------------------------------

  #other(value: object, sort: string): boolean {
    if (sort === "Map") return this.#map(value as Map<unknown, unknown>)
    if (sort === "Set") return this.#set(value as Set<unknown>)
    if (value instanceof Error) return this.#error(value, sort)
    if (sort === "Date") this.#date(value as Date)
    else if (sort === "RegExp") this.#pattern(value as RegExp)
    else if (BOXES.has(sort)) this.#box(value)
    else if (!writeMemory(value, sort, this.#writer)) throw this.#refusal(`is an instance of ${sort || "a class"}: ${UNWRITABLE}`)
    return false
  }

  #date(value: Date): void {
    this.#writer.byte(DATE)
    this.#writer.double(value.getTime())
  }

  #pattern(value: RegExp): void {
    this.#writer.byte(PATTERN)
    this.#writer.text(value.source)
    this.#writer.text(value.flags)
    this.#writer.double(value.lastIndex)
  }

  #box(value: object): void {
    this.#writer.byte(BOX)
    this.#part(value.valueOf())
  }

  #refusal(problem: string): Error {
    const ways = this.#pile.slice(0, MOST_STEPS_SHOWN).map((parts) => parts.way())
    const path = `value${ways.join("")}${this.#pile.length > MOST_STEPS_SHOWN ? "…" : ""}`
    return invalid(path.length > MOST_LETTERS_SHOWN ? `${path.slice(0, MOST_LETTERS_SHOWN)}…` : path, problem)
  }
}

const BOXES: ReadonlySet<string> = new Set(["Boolean", "Number", "String", "BigInt"])

const UNWRITABLE = "what it holds cannot be written down at once, so it cannot be kept beyond this process"

function hasHole(list: readonly unknown[]): boolean {
  for (let at = 0; at < list.length; at += 1) if (list[at] === undefined && !Object.hasOwn(list, at)) return true
  return false
}
