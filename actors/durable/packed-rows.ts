/**
 * Rows on their way between two threads: bytes behind numbers, in one piece of memory, which is handed over and not copied.
 *
 * A list of objects with a piece of bytes each would be taken apart and put together again by the host, which for a hundred small rows takes
 * longer than to write them to a database. What is read from it are views: they are good as long as nobody else uses the memory.
 */

import { keyOf, MOST_BYTES_A_UNIT, writeKey } from "./key-bytes.ts"
import type { Change, EntryFacts, EntryRow } from "./store-database.ts"

/** What is sent. Of each row there are `NUMBERS_A_ROW` numbers; its key stands in the bytes, and its value behind it. */
export interface PackedRows {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What a row is: nothing, the facts alone, what is to be done with it, or that those before it are to be committed. */
export const ROW = { none: 0, facts: 1, put: 2, touch: 3, remove: 4, commit: 5 } as const

/** Sort, bytes of the key, bytes of the value, version, end, idle time, limit. */
export const NUMBERS_A_ROW = 7

/** One row as it is read: the key and the value in bytes, what is not said as NaN. */
export interface PackedRow {
  readonly sort: number
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly version: number
  readonly expiresAt: number
  readonly idleMs: number
  readonly limitAt: number
}

export const NOTHING = new Uint8Array(0)
export const NO_FACTS = { version: Number.NaN, expiresAt: Number.NaN, idleMs: Number.NaN, limitAt: Number.NaN }

/** What is known of an entry, with NaN for what is not said: as a database's row has it, but for NULL. */
export type PackedFacts = Omit<PackedRow, "sort" | "key" | "value">

/** Gathers rows. Room is made for all of them beforehand where it is known how much they take. */
export class RowPacker {
  #numbers: Float64Array<ArrayBuffer>
  #bytes: Uint8Array<ArrayBuffer>
  #row = 0
  #end = 0

  constructor(rows: number, bytes: number) {
    this.#numbers = numbersIn(rows * NUMBERS_A_ROW, bytes)
    this.#bytes = bytesBehind(this.#numbers)
  }

  /** A row whose key is text. */
  add(sort: number, key: string, value: Uint8Array, facts: PackedFacts): void {
    this.#makeRoom(key.length * MOST_BYTES_A_UNIT + value.length)
    const end = writeKey(key, this.#bytes, this.#end)
    this.#finish(sort, end - this.#end, value, facts)
  }

  /** A row whose key is in bytes. */
  addBytes(sort: number, key: Uint8Array, value: Uint8Array, facts: PackedFacts): void {
    this.#makeRoom(key.length + value.length)
    this.#bytes.set(key, this.#end)
    this.#finish(sort, key.length, value, facts)
  }

  /** A row that is not there. */
  addNone(): void {
    this.#finish(ROW.none, 0, NOTHING, NO_FACTS)
  }

  /** All of it, to be handed over: there is nothing more to add. */
  done(): PackedRows {
    return { numbers: this.#numbers, bytes: this.#bytes }
  }

  #finish(sort: number, keyLength: number, value: Uint8Array, facts: PackedFacts): void {
    this.#bytes.set(value, this.#end + keyLength)
    writeNumbers(this.#numbers, this.#row * NUMBERS_A_ROW, { sort, keyLength, valueLength: value.length }, facts)
    this.#row += 1
    this.#end += keyLength + value.length
  }

  #makeRoom(more: number): void {
    if (this.#end + more <= this.#bytes.length) return
    const numbers = numbersIn(this.#numbers.length, Math.max(this.#bytes.length * 2, this.#end + more))
    numbers.set(this.#numbers)
    const bytes = bytesBehind(numbers)
    bytes.set(this.#bytes.subarray(0, this.#end))
    this.#numbers = numbers
    this.#bytes = bytes
  }
}

/** At the beginning of memory in which there is room for so many bytes behind them. */
function numbersIn(numbers: number, bytes: number): Float64Array<ArrayBuffer> {
  return new Float64Array(new ArrayBuffer(numbers * Float64Array.BYTES_PER_ELEMENT + bytes), 0, numbers)
}

function bytesBehind({ buffer, byteLength }: Float64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteLength)
}

/** The memory that a message hands over. */
export function memoryOf({ numbers }: PackedRows): ArrayBuffer[] {
  return [numbers.buffer]
}

/** The numbers of one row, from that place on. */
export function writeNumbers(
  numbers: Float64Array,
  at: number,
  { sort, keyLength, valueLength }: { readonly sort: number; readonly keyLength: number; readonly valueLength: number },
  { version, expiresAt, idleMs, limitAt }: PackedFacts,
): void {
  numbers[at] = sort
  numbers[at + 1] = keyLength
  numbers[at + 2] = valueLength
  numbers[at + 3] = version
  numbers[at + 4] = expiresAt
  numbers[at + 5] = idleMs
  numbers[at + 6] = limitAt
}

/** The row whose numbers stand from that place on; `keyAt`: where its key begins. */
export function readRow(numbers: Float64Array, at: number, bytes: Uint8Array, keyAt: number): PackedRow {
  const number = (offset: number): number => numbers[at + offset] as number
  const valueAt = keyAt + number(1)
  const [key, value] = [bytes.subarray(keyAt, valueAt), bytes.subarray(valueAt, valueAt + number(2))]
  return { sort: number(0), key, value, version: number(3), expiresAt: number(4), idleMs: number(5), limitAt: number(6) }
}

/** The rows, one after the other. */
export function* rowsOf({ numbers, bytes }: PackedRows): Generator<PackedRow, void> {
  let end = 0
  for (let at = 0; at < numbers.length; at += NUMBERS_A_ROW) {
    const row = readRow(numbers, at, bytes, end)
    end += row.key.length + row.value.length
    yield row
  }
}

// -- between rows and what the port speaks of ----------------------------------------------------------------------

/** Changes on their way to who carries them out. What is given is copied. */
export function packChanges(changes: readonly Change[]): PackedRows {
  const packer = new RowPacker(changes.length, changes.reduce(addBytesOf, 0))
  for (const change of changes) {
    if (change.type === "remove") packer.add(ROW.remove, change.key, NOTHING, { ...NO_FACTS, version: change.version })
    else packer.add(ROW[change.type], change.key, change.type === "put" ? change.value : NOTHING, packedFacts(change))
  }
  return packer.done()
}

/** As much as it may take: a key of letters beyond ASCII takes more bytes than it has units. */
function addBytesOf(sum: number, change: Change): number {
  return sum + change.key.length * MOST_BYTES_A_UNIT + (change.type === "put" ? change.value.length : 0)
}

export function packedFacts({ version, expiresAt = Number.NaN, idleMs = Number.NaN, limitAt = Number.NaN }: EntryFacts): PackedFacts {
  return { version, expiresAt, idleMs, limitAt }
}

/** Keys on their way to who reads them. */
export function packKeys(keys: readonly string[]): PackedRows {
  const packer = new RowPacker(
    keys.length,
    keys.reduce((sum, key) => sum + key.length * MOST_BYTES_A_UNIT, 0),
  )
  for (const key of keys) packer.add(ROW.facts, key, NOTHING, NO_FACTS)
  return packer.done()
}

/** Rows that were read, with their values. */
export function entriesOf(packed: PackedRows): (EntryRow | undefined)[] {
  return Array.from(rowsOf(packed), (row) => (row.sort === ROW.none ? undefined : { ...factsOf(row), value: row.value }))
}

/** Rows that were read, without values. */
export function factsOfAll(packed: PackedRows): (EntryFacts | undefined)[] {
  return Array.from(rowsOf(packed), (row) => (row.sort === ROW.none ? undefined : factsOf(row)))
}

function factsOf({ key, version, expiresAt, idleMs, limitAt }: PackedRow): EntryFacts {
  return { key: keyOf(key), version, expiresAt: said(expiresAt), idleMs: said(idleMs), limitAt: said(limitAt) }
}

function said(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number
}
