/**
 * The entries of a snapshot, from its bytes in pieces of whatever size (see `snapshot-format.ts`).
 *
 * Invariants
 * - An entry is given only once the checksum of its chunk was found right; whether the snapshot is complete, `end` says. So who restores keeps
 *   nothing of it before that.
 * - Memory: the chunk that is being gathered, which is never more than the pieces that came.
 */

import { Invalid } from "../../src/index.ts"
import { ByteReader } from "./byte-reader.ts"
import { crc32c } from "./crc32c.ts"
import {
  CHUNK_HEAD_BYTES,
  ENTRIES,
  FORMAT_WITHOUT_FENCES,
  HAS_DEADLINE,
  HAS_IDLE,
  HAS_LIMIT,
  HEAD,
  MAGIC,
  PRELUDE_BYTES,
  refusedSnapshot,
  SNAPSHOT_FORMAT,
  type SnapshotEntry,
  type SnapshotHead,
  type SnapshotProblem,
  TRAILER,
} from "./snapshot-format.ts"
import { decodeValue } from "./value-decoder.ts"

/** What is gathered next. */
type Part = "prelude" | "chunk head" | "payload" | "nothing"

const NONE: readonly never[] = []

export class SnapshotDecoder {
  /** Known once the first chunk was read. */
  head: SnapshotHead | undefined = undefined
  #hasFence = false
  /** Entries given. */
  entries = 0
  /** Entries that were left out when it was written; known at the end. */
  leftOut = 0
  #part: Part = "prelude"
  #wanted = PRELUDE_BYTES
  /** Of the payload that is gathered. */
  #checksum = 0
  #headOfChunk = new Uint8Array()
  /** Of all chunks before the one that is gathered. */
  #checksumOfHeads = 0
  #pieces: Uint8Array[] = []
  #gathered = 0
  /** Bytes of parts that are done with. */
  #at = 0

  /** Whether the trailer was read: nothing may follow. */
  get isComplete(): boolean {
    return this.#part === "nothing"
  }

  /** The entries of each chunk that `piece` completes, chunk by chunk. Errors  Invalid, `details.problem`. */
  *push(piece: Uint8Array): Generator<readonly SnapshotEntry[], void> {
    let rest = piece
    while (rest.length > 0) {
      if (this.isComplete) throw this.#refused("damaged", { isFollowed: true })
      const taken = rest.subarray(0, this.#wanted - this.#gathered)
      rest = rest.subarray(taken.length)
      this.#pieces.push(taken)
      this.#gathered += taken.length
      if (this.#gathered < this.#wanted) break
      const entries = this.#complete(this.#whole())
      if (entries.length > 0) yield entries
    }
    // What is kept of a piece is a copy: it belongs to who gave it. (A Buffer's own `slice` makes none.)
    const last = this.#pieces.pop()
    if (last !== undefined) this.#pieces.push(new Uint8Array(last))
  }

  /** There are no more pieces. Errors  Invalid, where more would have to come. */
  end(): void {
    if (this.isComplete) return
    if (this.#part === "prelude" && !beginsAsOne(concatenated(this.#pieces, this.#gathered))) throw this.#refused("foreign")
    throw refusedSnapshot("torn", this.#at + this.#gathered)
  }

  #whole(): Uint8Array {
    const whole = concatenated(this.#pieces, this.#gathered)
    this.#pieces = []
    this.#gathered = 0
    return whole
  }

  #complete(bytes: Uint8Array): readonly SnapshotEntry[] {
    const entries = this.#read(bytes)
    this.#at += bytes.length
    return entries
  }

  #read(bytes: Uint8Array): readonly SnapshotEntry[] {
    if (this.#part === "payload") return this.#payload(bytes)
    if (this.#part === "prelude") this.#prelude(bytes)
    else this.#chunkHead(bytes)
    return NONE
  }

  #next(part: Part, wanted: number): void {
    this.#part = part
    this.#wanted = wanted
  }

  #prelude(bytes: Uint8Array): void {
    if (!beginsAsOne(bytes)) throw this.#refused("foreign")
    const reader = new ByteReader(bytes.subarray(MAGIC.length))
    const format = reader.word()
    if (reader.word() !== crc32c(bytes.subarray(0, -4))) throw this.#refused("damaged")
    this.#hasFence = format === SNAPSHOT_FORMAT
    if (format !== FORMAT_WITHOUT_FENCES && !this.#hasFence) throw this.#refused("format", { format, read: SNAPSHOT_FORMAT })
    this.#next("chunk head", CHUNK_HEAD_BYTES)
  }

  #chunkHead(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const length = reader.word()
    this.#checksum = reader.word()
    if (reader.word() !== crc32c(bytes.subarray(0, -4)) || length === 0) throw this.#refused("damaged")
    this.#next("payload", length)
    // Without its own checksum: one over something and its checksum is always the same.
    this.#headOfChunk = new Uint8Array(bytes.subarray(0, -4))
  }

  #payload(bytes: Uint8Array): readonly SnapshotEntry[] {
    if (crc32c(bytes) !== this.#checksum) throw this.#refused("damaged")
    this.#next("chunk head", CHUNK_HEAD_BYTES)
    const entries = this.#contents(new ByteReader(bytes))
    this.#checksumOfHeads = crc32c(this.#headOfChunk, this.#checksumOfHeads)
    return entries
  }

  #contents(reader: ByteReader): readonly SnapshotEntry[] {
    const kind = reader.byte()
    if ((kind === HEAD) !== (this.head === undefined)) throw this.#refused("damaged")
    if (kind === ENTRIES) return this.#entriesOf(reader)
    if (kind === HEAD) this.head = this.#sound(reader, () => headOf(reader, this.#hasFence))
    else if (kind === TRAILER) this.#end(this.#sound(reader, trailerOf))
    else throw this.#refused("damaged")
    if (reader.left > 0) throw this.#refused("damaged")
    return NONE
  }

  #entriesOf(reader: ByteReader): readonly SnapshotEntry[] {
    const entries: SnapshotEntry[] = []
    while (reader.left > 0) entries.push(this.#sound(reader, entryOf))
    this.entries += entries.length
    return entries
  }

  #end({ entries, leftOut, checksumOfHeads }: Trailer): void {
    if (entries !== this.entries || checksumOfHeads !== this.#checksumOfHeads) throw this.#refused("damaged")
    this.leftOut = leftOut
    this.#next("nothing", 0)
  }

  /** The checksum was right, so what cannot be read here was written so. */
  #sound<Content>(reader: ByteReader, contentOf: (reader: ByteReader) => Content): Content {
    try {
      return contentOf(reader)
    } catch (error) {
      if (error instanceof Invalid) throw this.#refused("unreadable", {}, error)
      throw error
    }
  }

  #refused(problem: SnapshotProblem, more?: Readonly<Record<string, unknown>>, cause?: unknown): Invalid {
    return refusedSnapshot(problem, this.#at, more, cause)
  }
}

interface Trailer {
  readonly entries: number
  readonly leftOut: number
  readonly checksumOfHeads: number
}

function headOf(reader: ByteReader, hasFence: boolean): SnapshotHead {
  const head = { epoch: reader.text(), lastVersion: reader.count(), cutAt: reader.double() }
  return hasFence ? { ...head, lastFence: reader.count() } : head
}

function entryOf(reader: ByteReader): SnapshotEntry {
  const key = reader.text()
  const has = reader.byte()
  const version = reader.count()
  const remainingMs = has & HAS_DEADLINE ? reader.count() : Number.POSITIVE_INFINITY
  const idleMs = has & HAS_IDLE ? reader.count() : 0
  const limitMs = has & HAS_LIMIT ? reader.count() : Number.POSITIVE_INFINITY
  return { key, value: decodeValue(reader), version, remainingMs, idleMs, limitMs }
}

function trailerOf(reader: ByteReader): Trailer {
  return { entries: reader.count(), leftOut: reader.count(), checksumOfHeads: reader.word() }
}

/** As far as it goes. */
function beginsAsOne(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => at >= bytes.length || bytes[at] === byte)
}

function concatenated(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return first
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
