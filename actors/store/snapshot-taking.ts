/**
 * One snapshot, from the cut to the place where it is kept: slices of the table become bytes, and bytes are written.
 *
 * Whoever owns the table drives it: `step` in a turn of its own, then `write`, and the next `step` once that is settled; so a slow disk slows the
 * snapshot and not the store. When `step` says that nothing is left, `commit`. What fails is given up: `discard`.
 *
 * Invariants
 * - The place is opened by the first `write`, and what was opened ends with `commit` or `discard`.
 * - A snapshot that is not committed has changed nothing.
 */

import type { Invalid } from "../../src/index.ts"
import type { SnapshotPlace, SnapshotWriter } from "./snapshot.ts"
import { type CutLimits, type CutTable, SnapshotCut } from "./snapshot-cut.ts"
import { SnapshotEncoder } from "./snapshot-encoder.ts"
import type { SnapshotHead } from "./snapshot-format.ts"

/** What became of a snapshot. */
export interface SnapshotReport {
  /** Entries in it. */
  readonly entries: number
  readonly bytes: number
  /** Entries that cannot be written: with a Blob or a File in them. */
  readonly leftOut: number
  /** The first of those. */
  readonly firstLeftOut: { readonly key: string; readonly problem: Invalid } | undefined
}

export class SnapshotTaking {
  /** The table tells it before each change. */
  readonly cut: SnapshotCut
  readonly #place: SnapshotPlace
  readonly #encoder: SnapshotEncoder
  #writer: SnapshotWriter | undefined = undefined
  #bytes = 0

  /** The moment of the cut is that of this call: `now` by the monotonic clock, `head.cutAt` by the calendar. */
  constructor(place: SnapshotPlace, table: CutTable, head: SnapshotHead, now: number, limits?: CutLimits) {
    this.#place = place
    this.#encoder = new SnapshotEncoder(head)
    this.cut = new SnapshotCut(table, now, (entry) => this.#encoder.add(entry), limits)
  }

  /** Bytes that wait to be written. */
  get waitingBytes(): number {
    return this.#encoder.waitingBytes
  }

  /** Takes out at most `limit` entries; `false`: nothing is left. Waits for nothing. */
  step(limit: number): boolean {
    return this.cut.step(limit)
  }

  /** Writes what is ready. One call at a time. Errors  the place's. */
  async write(): Promise<void> {
    await this.#append(this.#encoder.take())
  }

  /** All was taken out: writes the rest, and makes it the snapshot. Errors  the place's; it is given up then. */
  async commit(): Promise<SnapshotReport> {
    try {
      await this.#append(this.#encoder.end())
      await this.#writer?.commit()
    } catch (error) {
      await this.discard().catch(() => {})
      throw error
    }
    this.#writer = undefined
    const { entries, leftOut, firstLeftOut } = this.#encoder
    return { entries, bytes: this.#bytes, leftOut, firstLeftOut }
  }

  /** Gives it up. Errors  the place's. */
  async discard(): Promise<void> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.discard()
  }

  async #append(chunks: readonly Uint8Array[]): Promise<void> {
    this.#writer ??= await this.#place.write()
    for (const chunk of chunks) {
      await this.#writer.append(chunk)
      this.#bytes += chunk.length
    }
  }
}
