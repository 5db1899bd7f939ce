/**
 * Memory and views on it as bytes, and back. A view has memory of its own, exactly as much as it shows, as every stored one has.
 *
 * Numbers of several bytes are little-endian in what is written, whatever the host's are.
 */

import { VIEW_MAKERS } from "./builtin-copies.ts"
import type { ByteReader } from "./byte-reader.ts"
import type { ByteWriter } from "./byte-writer.ts"
import { BUFFER, DATA_VIEW, RESIZABLE_BUFFER, VIEW } from "./value-tags.ts"

/** Bytes up to which the host keeps what a view shows with the view: to ask it for memory makes it set some aside, for good. */
const MOST_WITHIN = 64

const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Writes it with its tag; `false` for what is neither memory nor a view on it. */
export function writeMemory(value: object, sort: string, writer: ByteWriter): boolean {
  if (sort === "ArrayBuffer") writeBuffer(value as ArrayBuffer, writer)
  else if (sort === "DataView") writeBytes(DATA_VIEW, bytesOf(value as DataView), writer)
  else if (VIEW_MAKERS.has(sort)) writeView(value as Uint8Array, sort, writer)
  else return false
  return true
}

function writeBuffer(value: ArrayBuffer, writer: ByteWriter): void {
  if (value.resizable) {
    writer.byte(RESIZABLE_BUFFER)
    writer.count(value.maxByteLength)
  } else writer.byte(BUFFER)
  writeCounted(new Uint8Array(value), writer)
}

function writeView(value: Uint8Array, sort: string, writer: ByteWriter): void {
  writer.byte(VIEW)
  writer.text(sort)
  if (value.BYTES_PER_ELEMENT === 1) return writeCounted(value, writer)
  const own = value.byteLength > MOST_WITHIN ? value : makerOf(sort)(value as Uint8Array<ArrayBuffer>)
  writeCounted(inLittleEndian(bytesOf(own), value.BYTES_PER_ELEMENT), writer)
}

function writeBytes(tag: number, bytes: Uint8Array, writer: ByteWriter): void {
  writer.byte(tag)
  writeCounted(bytes, writer)
}

function writeCounted(bytes: Uint8Array, writer: ByteWriter): void {
  writer.count(bytes.byteLength)
  writer.raw(bytes)
}

/** What `writeMemory` has written behind its tag; `undefined` for another tag. */
export function readMemory(tag: number, reader: ByteReader): object | undefined {
  if (tag === VIEW) return readView(reader)
  if (tag === BUFFER) return ownMemory(readCounted(reader))
  if (tag === DATA_VIEW) return new DataView(ownMemory(readCounted(reader)))
  return tag === RESIZABLE_BUFFER ? readResizable(reader) : undefined
}

function readView(reader: ByteReader): object {
  const sort = reader.name()
  const make = VIEW_MAKERS.get(sort)
  if (make === undefined) throw reader.broken(`has a ${sort}, which this host does not know`)
  const bytes = readCounted(reader)
  const itemBytes = make(0).BYTES_PER_ELEMENT
  if (itemBytes === 1) return make(bytes as Uint8Array<ArrayBuffer>)
  if (bytes.length % itemBytes !== 0) throw reader.broken(`has a ${sort} of ${bytes.length} bytes`)
  const view = make(ownMemory(inLittleEndian(bytes, itemBytes)))
  return bytes.length > MOST_WITHIN ? view : make(view)
}

function readResizable(reader: ByteReader): ArrayBuffer {
  const maxByteLength = reader.count()
  const bytes = readCounted(reader)
  if (maxByteLength < bytes.length) throw reader.broken("has memory that is larger than it may be")
  const memory = resizable(bytes.length, maxByteLength, reader)
  new Uint8Array(memory).set(bytes)
  return memory
}

/** Room is reserved for the most it may have, not set aside. */
function resizable(bytes: number, maxByteLength: number, reader: ByteReader): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes, { maxByteLength })
  } catch (error) {
    throw reader.broken(`has memory that may grow to ${maxByteLength} bytes, for which there is no room`, error)
  }
}

function readCounted(reader: ByteReader): Uint8Array {
  return reader.raw(reader.countOf(1))
}

function ownMemory(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function makerOf(sort: string): (items: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> {
  return VIEW_MAKERS.get(sort) as (items: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>
}

/** And from it. As they are, where the host's numbers are so. */
export function inLittleEndian(bytes: Uint8Array, itemBytes: number, isLittle = IS_LITTLE): Uint8Array {
  if (isLittle) return bytes
  const swapped = new Uint8Array(bytes)
  for (let at = 0; at < swapped.length; at += itemBytes) swapped.subarray(at, at + itemBytes).reverse()
  return swapped
}
