/**
 * Entries as the bytes of a snapshot, in chunks (see `snapshot-format.ts`). Nothing is waited for here: who uses it takes the bytes and writes them.
 *
 * Invariants
 * - An entry is in it as a whole, or left out and counted.
 * - Memory: the chunks that nobody has taken yet, and one that is being filled.
 */

import { Invalid } from "../../src/index.ts"
import { ByteWriter } from "./byte-writer.ts"
import { crc32c } from "./crc32c.ts"
import {
  ENTRIES,
  FORMAT_WITHOUT_FENCES,
  HAS_DEADLINE,
  HAS_IDLE,
  HAS_LIMIT,
  HEAD,
  MAGIC,
  MOST_CHUNK_BYTES,
  SNAPSHOT_FORMAT,
  type SnapshotEntry,
  type SnapshotHead,
  TRAILER,
} from "./snapshot-format.ts"
import { encodeValue } from "./value-encoder.ts"

/** Bytes from which on a chunk is closed. */
const CHUNK_BYTES = 65_536

/** Memory of a chunk with a large value that is not kept for the next one. */
const MOST_KEPT_BYTES = 1_048_576

export class SnapshotEncoder {
  /** Entries written. */
  entries = 0
  /** Entries that cannot be written: a Blob or a File, which gives its content by a promise only. */
  leftOut = 0
  /** The first of those, for the report. */
  firstLeftOut: { readonly key: string; readonly problem: Invalid } | undefined = undefined
  #chunks: Uint8Array<ArrayBuffer>[] = []
  /** The payload that is being filled. */
  readonly #payload = new ByteWriter()
  readonly #heads = new ByteWriter()
  #checksumOfHeads = 0

  constructor({ epoch, lastVersion, cutAt, lastFence }: SnapshotHead) {
    this.#chunks.push(prelude(lastFence === undefined ? FORMAT_WITHOUT_FENCES : SNAPSHOT_FORMAT))
    this.#payload.byte(HEAD)
    this.#payload.text(epoch)
    this.#payload.count(lastVersion)
    this.#payload.double(cutAt)
    if (lastFence !== undefined) this.#payload.count(lastFence)
    this.#close()
  }

  /** Bytes that wait to be taken. */
  get waitingBytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** Writes an entry; `false`: it is left out. Throws at the end of the stack or of memory, and has written nothing of it then. */
  add(entry: SnapshotEntry): boolean {
    const start = this.#payload.length
    try {
      this.#entry(entry)
      if (this.#payload.length > MOST_CHUNK_BYTES) throw new Invalid("value is too large for a snapshot", { details: { field: "value" } })
    } catch (error) {
      this.#payload.cutTo(start)
      if (!(error instanceof Invalid)) throw error
      this.leftOut += 1
      this.firstLeftOut ??= { key: entry.key, problem: error }
      return false
    }
    this.entries += 1
    if (this.#payload.length >= CHUNK_BYTES) this.#close()
    return true
  }

  /** What has been closed since the last time, to be appended in this order. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }

  /** The end: what was not taken yet, and the trailer. Nothing is added afterwards. */
  end(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#payload.length > 0) this.#close()
    this.#payload.byte(TRAILER)
    this.#payload.count(this.entries)
    this.#payload.count(this.leftOut)
    this.#payload.word(this.#checksumOfHeads)
    this.#close()
    return this.take()
  }

  #entry({ key, value, version, remainingMs, idleMs, limitMs }: SnapshotEntry): void {
    const payload = this.#payload
    if (payload.length === 0) payload.byte(ENTRIES)
    const has = (isEndless(remainingMs) ? 0 : HAS_DEADLINE) | (idleMs === 0 ? 0 : HAS_IDLE) | (isEndless(limitMs) ? 0 : HAS_LIMIT)
    payload.text(key)
    payload.byte(has)
    payload.count(version)
    if (has & HAS_DEADLINE) payload.count(Math.ceil(remainingMs))
    if (has & HAS_IDLE) payload.count(Math.ceil(idleMs))
    if (has & HAS_LIMIT) payload.count(Math.ceil(limitMs))
    encodeValue(value, payload)
  }

  #close(): void {
    const payload = this.#payload.written()
    this.#heads.cutTo(0)
    this.#heads.word(payload.length)
    this.#heads.word(crc32c(payload))
    this.#checksumOfHeads = crc32c(this.#heads.written(), this.#checksumOfHeads)
    this.#heads.word(crc32c(this.#heads.written()))
    const head = this.#heads.written()
    const chunk = new Uint8Array(head.length + payload.length)
    chunk.set(head)
    chunk.set(payload, head.length)
    this.#chunks.push(chunk)
    this.#payload.cutTo(0, MOST_KEPT_BYTES)
  }
}

/** As a deadline beyond what a count can say: 285 000 years. */
function isEndless(ms: number): boolean {
  return ms > Number.MAX_SAFE_INTEGER
}

function prelude(format: number): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter()
  writer.raw(Uint8Array.from(MAGIC))
  writer.word(format)
  writer.word(crc32c(writer.written()))
  return writer.written().slice()
}
