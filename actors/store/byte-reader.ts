/**
 * Bytes that are read one after the other, none twice, and none beyond their end: what a damaged or hostile count asks for is compared with
 * what is there before any memory is set aside for it.
 */

import { type Invalid, invalid } from "../../src/index.ts"
import { SHORT_TEXT, SMALL_INTEGER, TEXT, WIDE_TEXT } from "./value-tags.ts"

/** Made when it is first needed: a test's imitation of a page may have none. Of text that starts with a byte order mark, that mark is a part. */
let utf8: InstanceType<typeof TextDecoder> | undefined

/**
 * Names that were read before, whoever read them: values have the same ones over and over. By a hash, the last one wins, so there are never more
 * than that, and none is longer than a short text.
 */
const NAMES_KEPT = 512
const names: (string | undefined)[] = new Array<string | undefined>(NAMES_KEPT).fill(undefined)

/** For numbers of eight bytes: a view of its own for each reader would cost more than what is read. */
const eight = new DataView(new ArrayBuffer(8))
const bytesOfEight = new Uint8Array(eight.buffer)

/** Units given to one call, whose arguments stand on the stack. */
const UNITS_AT_ONCE = 4096

export class ByteReader {
  /** Where the next byte is. */
  at = 0
  readonly #bytes: Uint8Array
  readonly #end: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#end = bytes.byteLength
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#end - this.at
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number
  }

  count(): number {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte()
      value += (byte % 0x80) * factor
      if (!Number.isSafeInteger(value)) throw this.broken("has a count that is none")
      if (byte < 0x80) return value
      if (factor > 2 ** 49) throw this.broken("has a count that is none")
    }
  }

  /** A count of what takes `bytes` bytes each, or more: no more than there may be. */
  countOf(bytes: number): number {
    const count = this.count()
    if (count * bytes > this.left) throw this.broken(`ends before the ${count} parts that it announces`)
    return count
  }

  double(): number {
    const start = this.#take(8)
    for (let at = 0; at < 8; at += 1) bytesOfEight[at] = this.#bytes[start + at] as number
    return eight.getFloat64(0, true)
  }

  word(): number {
    const start = this.#take(4)
    return this.#unit(start) + this.#unit(start + 2) * 0x1_0000
  }

  /** As they stand there: of the same memory. */
  raw(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  text(): string {
    return this.textOf(this.byte())
  }

  /** Of which the tag was read. */
  textOf(tag: number): string {
    if (tag >= SHORT_TEXT && tag < SMALL_INTEGER) return this.#latin(tag - SHORT_TEXT)
    if (tag === TEXT) return this.#utf8()
    if (tag === WIDE_TEXT) return this.#wide()
    throw this.broken("has something else where a text should be")
  }

  /** A text that is likely to come again. */
  name(): string {
    const tag = this.byte()
    if (tag < SHORT_TEXT || tag >= SMALL_INTEGER) return this.textOf(tag)
    const length = tag - SHORT_TEXT
    const start = this.#take(length)
    const place = this.#hash(start, length)
    const known = names[place]
    if (known !== undefined && known.length === length && this.#isAt(known, start)) return known
    const name = this.#latinAt(start, length)
    names[place] = name
    return name
  }

  /** The refusal of what cannot have been written by us as it stands there. */
  broken(problem: string, cause?: unknown): Invalid {
    return invalid("bytes", `${problem}, at byte ${this.at} of ${this.#end}`, cause)
  }

  /** Two bytes, wherever they are. */
  #unit(at: number): number {
    return (this.#bytes[at] as number) + (this.#bytes[at + 1] as number) * 0x100
  }

  #take(length: number): number {
    const start = this.at
    if (length > this.#end - start) throw this.broken("ends too early")
    this.at = start + length
    return start
  }

  #hash(start: number, length: number): number {
    let hash = length
    for (let at = start; at < start + length; at += 1) hash = (Math.imul(hash, 31) + (this.#bytes[at] as number)) | 0
    return (hash >>> 0) % NAMES_KEPT
  }

  #isAt(name: string, start: number): boolean {
    for (let at = 0; at < name.length; at += 1) if (name.charCodeAt(at) !== this.#bytes[start + at]) return false
    return true
  }

  #latin(length: number): string {
    return this.#latinAt(this.#take(length), length)
  }

  #latinAt(start: number, length: number): string {
    // A list of small numbers is what the host takes arguments from fastest; letter by letter the text would be one of pieces.
    const units = new Array<number>(length)
    for (let at = 0; at < length; at += 1) units[at] = this.#bytes[start + at] as number
    return String.fromCharCode(...units)
  }

  #utf8(): string {
    const bytes = this.raw(this.countOf(1))
    utf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    try {
      return utf8.decode(bytes)
    } catch (error) {
      throw this.broken("has a text that is none", error)
    }
  }

  #wide(): string {
    const length = this.countOf(2)
    const start = this.#take(length * 2)
    const pieces: string[] = []
    for (let from = 0; from < length; from += UNITS_AT_ONCE) {
      const units = Array.from({ length: Math.min(UNITS_AT_ONCE, length - from) }, (_, at) => this.#unit(start + (from + at) * 2))
      pieces.push(String.fromCharCode(...units))
    }
    return pieces.join("")
  }
}
