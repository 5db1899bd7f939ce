/**
 * A holder that is being read: how many of its parts are still to come, and how one takes its place in it. One stands on a pile for each level
 * of the value, so that no call waits for another, however deep a value is.
 */

import type { ByteReader } from "./byte-reader.ts"

/** Who reads the parts. */
export interface PartReader {
  readonly reader: ByteReader
  /** A part; where it holds others, those are still to come. */
  part(): unknown
}

export abstract class UnreadParts {
  left: number
  abstract readonly holder: object
  /** Whether the holder is to be frozen when it is complete. */
  readonly isFrozen: boolean = false

  constructor(left: number) {
    this.left = left
  }

  /** Reads the next part, and puts it in its place. */
  abstract take(from: PartReader): void
}

export class UnreadList extends UnreadParts {
  readonly holder: unknown[] = []
  override readonly isFrozen = true

  take(from: PartReader): void {
    this.holder.push(from.part())
  }
}

/** Lengths up to which a list may have room for its holes; beyond, as many times the items that it has. */
const FEW_HOLES = 1024
const HOLES_AN_ITEM = 8
const LONGEST_LIST = 2 ** 32 - 1

export class UnreadSparseList extends UnreadParts {
  readonly holder: unknown[] = []
  override readonly isFrozen = true
  readonly #length: number

  constructor(length: number, names: number, reader: ByteReader) {
    super(names)
    if (length > LONGEST_LIST) throw reader.broken(`has a list of ${length} items`)
    this.#length = length
    // From that length on, the host keeps a list as a dictionary, and sets no room aside for holes.
    if (length > FEW_HOLES + names * HOLES_AN_ITEM) this.holder.length = LONGEST_LIST
    this.holder.length = length
  }

  take(from: PartReader): void {
    const name = from.reader.name()
    if (name === "length" || isBeyond(name, this.#length)) throw from.reader.broken("has a list that is none")
    define(this.holder, name, from.part(), true)
  }
}

/** Whether it is the name of an item for which a list of that length is too short. */
function isBeyond(name: string, length: number): boolean {
  const index = Number(name)
  return index >= length && index < LONGEST_LIST && String(index >>> 0) === name
}

export class UnreadRecord extends UnreadParts {
  readonly holder: Record<string, unknown>
  override readonly isFrozen = true

  constructor(properties: number, isBare: boolean) {
    super(properties)
    this.holder = isBare ? Object.setPrototypeOf({}, null) : {}
  }

  take(from: PartReader): void {
    const name = from.reader.name()
    const value = from.part()
    if (name === "__proto__") define(this.holder, name, value, true)
    else this.holder[name] = value
  }
}

export class UnreadMap extends UnreadParts {
  readonly holder = new Map<unknown, unknown>()
  #key: unknown = undefined
  #isAtKey = true

  /** `left`: keys and values. */
  take(from: PartReader): void {
    const part = from.part()
    if (this.#isAtKey) this.#key = part
    else this.holder.set(this.#key, part)
    this.#isAtKey = !this.#isAtKey
  }
}

export class UnreadSet extends UnreadParts {
  readonly holder = new Set<unknown>()

  take(from: PartReader): void {
    this.holder.add(from.part())
  }
}

export class UnreadError extends UnreadParts {
  readonly holder: Error

  constructor(holder: Error, properties: number) {
    super(properties)
    this.holder = holder
  }

  take(from: PartReader): void {
    const name = from.reader.name()
    const isEnumerable = from.reader.byte() === 1
    define(this.holder, name, from.part(), isEnumerable)
  }
}

/** A name may be one that the holder inherits, or has already. */
function define(holder: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(holder, name, { value, enumerable, writable: true, configurable: true })
}
