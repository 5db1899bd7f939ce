/**
 * The stored value that `value-encoder.ts` has written: as `copyIn` makes it, frozen where that is possible, and ready to be shared out.
 *
 * Invariants
 * - No recursion: how deep a value is makes no difference.
 * - Bytes that are no value are refused, and take no more memory than a small multiple of their own size: no count is believed before it is
 *   compared with what is left. (Checksums are not here: see `snapshot-format.ts`.)
 */

import type { Invalid } from "../../src/index.ts"
import { HostDate } from "./builtin-copies.ts"
import { ByteReader } from "./byte-reader.ts"
import { makeError } from "./holder-copies.ts"
import { readMemory } from "./memory-codec.ts"
import { Unfreezable } from "./stored-value.ts"
import {
  type PartReader,
  UnreadError,
  UnreadList,
  UnreadMap,
  type UnreadParts,
  UnreadRecord,
  UnreadSet,
  UnreadSparseList,
} from "./unread-parts.ts"
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
  SHORT_TEXT,
  SMALL_INTEGER,
  SPARSE_LIST,
  TEXT,
  TRUE,
  UNDEFINED,
  USUAL_ERROR,
  VALUE_FORMAT,
  WIDE_TEXT,
} from "./value-tags.ts"

/**
 * The value that `encodedValue` made these bytes of.
 *
 * Errors  Invalid for bytes that are no value, or more than one; of another format; of a sort that this host does not know.
 */
export function decodedValue(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes)
  const format = reader.byte()
  if (format !== VALUE_FORMAT) throw reader.broken(`is of format ${format}: this version reads ${VALUE_FORMAT}`)
  const stored = decodeValue(reader)
  if (reader.left > 0) throw reader.broken("goes on after its end")
  return stored
}

/** The next value of `reader`, as `encodeValue` writes it. Errors  Invalid, as above. */
export function decodeValue(reader: ByteReader): unknown {
  return new ValueDecoder(reader).decode()
}

class ValueDecoder implements PartReader {
  readonly reader: ByteReader
  readonly #pile: UnreadParts[] = []
  /** In the order in which they began. */
  readonly #objects: object[] = []
  #isPlain = true
  #isTree = true

  constructor(reader: ByteReader) {
    this.reader = reader
  }

  decode(): unknown {
    const value = this.part()
    for (let top = this.#pile.at(-1); top !== undefined; top = this.#pile.at(-1)) this.#readOn(top)
    return this.#isPlain ? value : new Unfreezable(value, this.#isTree)
  }

  /** Until one of its parts holds others, which come first, or it is complete. */
  #readOn(top: UnreadParts): void {
    const depth = this.#pile.length
    while (top.left > 0) {
      top.left -= 1
      top.take(this)
      if (this.#pile.length > depth) return
    }
    if (top.isFrozen) Object.freeze(top.holder)
    this.#pile.pop()
  }

  part(): unknown {
    const tag = this.reader.byte()
    if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER
    if (tag >= SHORT_TEXT) return this.reader.textOf(tag)
    if (tag < LIST) return this.#primitive(tag)
    const unread = this.#holder(tag)
    if (unread === undefined) return this.#other(tag)
    if (!unread.isFrozen) this.#isPlain = false
    this.#objects.push(unread.holder)
    this.#pile.push(unread)
    return unread.holder
  }

  #primitive(tag: number): unknown {
    switch (tag) {
      case NULL:
        return null
      case UNDEFINED:
        return undefined
      case FALSE:
        return false
      case TRUE:
        return true
      case INTEGER:
        return this.#integer()
      case DOUBLE:
        return this.reader.double()
      case BIGINT:
        return this.#bigint()
      case TEXT:
      case WIDE_TEXT:
        return this.reader.textOf(tag)
      case REFERENCE:
        return this.#reference()
      default:
        throw this.#unknown(tag)
    }
  }

  #integer(): number {
    const zigzag = this.reader.count()
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }

  #bigint(): bigint {
    const isNegative = this.reader.byte() === 1
    const digits = this.reader.text()
    if (!/^[0-9a-f]+$/.test(digits)) throw this.reader.broken("has a number that is none")
    return isNegative ? -BigInt(`0x${digits}`) : BigInt(`0x${digits}`)
  }

  #reference(): object {
    const object = this.#objects[this.reader.count()]
    if (object === undefined) throw this.reader.broken("refers to what was not there")
    this.#isTree = false
    return object
  }

  // -- what holds others -------------------------------------------------------------------------------------------

  #holder(tag: number): UnreadParts | undefined {
    const { reader } = this
    switch (tag) {
      case LIST:
        return new UnreadList(reader.countOf(1))
      case SPARSE_LIST:
        return new UnreadSparseList(reader.count(), reader.countOf(2), reader)
      case RECORD:
        return new UnreadRecord(reader.countOf(2), false)
      case BARE_RECORD:
        return new UnreadRecord(reader.countOf(2), true)
      case MAP:
        return new UnreadMap(reader.countOf(2) * 2)
      case SET:
        return new UnreadSet(reader.countOf(1))
      case ERROR:
        return this.#error()
      case USUAL_ERROR:
        return this.#usualError()
      default:
        return undefined
    }
  }

  #usualError(): UnreadParts {
    const sort = this.reader.name()
    const stack = this.reader.text()
    const error = this.#madeError(sort, this.reader.text())
    error.stack = stack
    return new UnreadError(error, this.reader.countOf(3))
  }

  #error(): UnreadParts {
    const error = this.#madeError(this.reader.name())
    const properties = this.reader.countOf(3)
    if (this.reader.byte() === 0) Reflect.deleteProperty(error, "stack")
    return new UnreadError(error, properties)
  }

  #madeError(sort: string, message?: string): Error {
    const error = makeError(sort, message)
    if (error === undefined) throw this.#foreign(sort)
    return error
  }

  // -- what stands for itself --------------------------------------------------------------------------------------

  #other(tag: number): object {
    const object = this.#lone(tag)
    this.#isPlain = false
    this.#objects.push(object)
    return object
  }

  #lone(tag: number): object {
    if (tag === DATE) return new HostDate(this.reader.double())
    if (tag === PATTERN) return this.#pattern()
    if (tag === BOX) return this.#box()
    const memory = readMemory(tag, this.reader)
    if (memory === undefined) throw this.#unknown(tag)
    return memory
  }

  #pattern(): RegExp {
    const source = this.reader.text()
    const flags = this.reader.name()
    const lastIndex = this.reader.double()
    try {
      const pattern = new RegExp(source, flags)
      if (lastIndex !== 0) pattern.lastIndex = lastIndex
      return pattern
    } catch (error) {
      throw this.reader.broken("has a pattern that this host cannot read", error)
    }
  }

  #box(): object {
    const tag = this.reader.byte()
    const isShort = tag >= SHORT_TEXT
    const value =
      tag >= SMALL_INTEGER ? tag - SMALL_INTEGER : isShort ? this.reader.textOf(tag) : tag < REFERENCE ? this.#primitive(tag) : null
    if (value === null || value === undefined) throw this.reader.broken("has a box of nothing")
    return Object(value)
  }

  #foreign(sort: string): Invalid {
    return this.reader.broken(`has a ${sort}, which this host does not know`)
  }

  #unknown(tag: number): Invalid {
    return this.reader.broken(`has a part of the unknown sort ${tag}`)
  }
}
