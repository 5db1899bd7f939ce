/**
 * Bytes that are written one after the other, into memory that grows by doubling and is used again.
 *
 * Not here: what they mean (`value-encoder.ts`, `snapshot-format.ts`).
 */

import { MOST_SHORT, SHORT_TEXT, TEXT, WIDE_TEXT } from "./value-tags.ts"

const FIRST_ROOM = 256
const UNITS_OF_A_COUNT = 10
const MOST_UTF8_BYTES = 3

/** Made when it is first needed: a test's imitation of a page may have none. */
let utf8: InstanceType<typeof TextEncoder> | undefined

export class ByteWriter {
  /** Bytes written. */
  length = 0
  #bytes = new Uint8Array(FIRST_ROOM)
  #view = new DataView(this.#bytes.buffer)

  /** What was written, in place: good until the next write. */
  written(from = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(from, this.length)
  }

  /** Forgets what was written after `length` bytes; more memory than `keep` bytes is given back. */
  cutTo(length: number, keep = Number.POSITIVE_INFINITY): void {
    this.length = length
    if (this.#bytes.length > keep && length <= FIRST_ROOM) this.#growTo(FIRST_ROOM)
  }

  byte(value: number): void {
    this.#makeRoom(1)
    this.#bytes[this.length] = value
    this.length += 1
  }

  /** A whole number from 0 to 2^53 - 1: LEB128. */
  count(value: number): void {
    this.#makeRoom(UNITS_OF_A_COUNT)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.length] = (rest % 0x80) + 0x80
      this.length += 1
    }
    this.#bytes[this.length] = rest
    this.length += 1
  }

  double(value: number): void {
    this.#makeRoom(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** Four bytes. */
  word(value: number): void {
    this.#makeRoom(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  raw(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** A part of its own: a tag, and the letters. Whatever is in it comes back, lone surrogates too. */
  text(text: string): void {
    if (text.length <= MOST_SHORT && this.#shortText(text)) return
    if (text.isWellFormed()) this.#longText(text)
    else this.#wideText(text)
  }

  /** `false`, and nothing is written: there is a letter beyond Latin-1. */
  #shortText(text: string): boolean {
    const { length } = text
    this.#makeRoom(length + 1)
    const bytes = this.#bytes
    const start = this.length + 1
    for (let at = 0; at < length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit > 0xff) return false
      bytes[start + at] = unit
    }
    bytes[start - 1] = SHORT_TEXT + length
    this.length = start + length
    return true
  }

  #longText(text: string): void {
    this.byte(TEXT)
    const most = text.length * MOST_UTF8_BYTES
    // Where it takes as much room to say how long it is, it is written behind the place of that, and measured.
    const place = this.length
    this.count(most)
    const widthOfCount = this.length - place
    this.#makeRoom(most)
    utf8 ??= new TextEncoder()
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(this.length))
    const from = this.length
    this.length = place
    this.count(written)
    const shift = widthOfCount - (this.length - place)
    if (shift > 0) this.#bytes.copyWithin(this.length, from, from + written)
    this.length += written
  }

  #wideText(text: string): void {
    this.byte(WIDE_TEXT)
    this.count(text.length)
    this.#makeRoom(text.length * 2)
    for (let at = 0; at < text.length; at += 1) this.#view.setUint16(this.length + at * 2, text.charCodeAt(at), true)
    this.length += text.length * 2
  }

  #makeRoom(bytes: number): void {
    if (this.length + bytes > this.#bytes.length) this.#growTo(Math.max(this.#bytes.length * 2, this.length + bytes))
  }

  #growTo(room: number): void {
    const bytes = new Uint8Array(room)
    bytes.set(this.#bytes.subarray(0, this.length))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}
