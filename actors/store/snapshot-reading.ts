/**
 * A snapshot, from the place where it is kept to whoever fills a table with it; one that cannot be read is set aside.
 *
 * A place that fails is not a snapshot that is wrong: that is thrown, for whoever would start empty after it would soon write over a snapshot
 * that may be sound.
 */

import { Invalid } from "../../src/index.ts"
import type { SnapshotPlace } from "./snapshot.ts"
import { SnapshotDecoder } from "./snapshot-decoder.ts"
import type { SnapshotEntry, SnapshotHead } from "./snapshot-format.ts"

/** Is given the entries as they come, in bounded numbers, before it is known that all is sound. Nobody waits for it. */
export type TakeEntries = (entries: readonly SnapshotEntry[], head: SnapshotHead) => void

/** What became of it. */
export type SnapshotOutcome =
  /** There is none. */
  | { readonly status: "none" }
  /** All of it was given. */
  | { readonly status: "read"; readonly head: SnapshotHead; readonly entries: number; readonly leftOut: number }
  /** What was given is to be forgotten. `aside`: where it is now. */
  | { readonly status: "refused"; readonly error: Invalid; readonly aside: string }

/** Reads the snapshot of `place`. Errors  the place's own; whatever `take` throws. */
export async function readSnapshot(place: SnapshotPlace, take: TakeEntries): Promise<SnapshotOutcome> {
  const pieces = await place.read()
  if (pieces === undefined) return { status: "none" }
  const decoder = new SnapshotDecoder()
  const error = await refusalOf(pieces, decoder, take)
  if (error !== undefined) return { status: "refused", error, aside: await place.setAside(String(error.details.problem)) }
  return { status: "read", head: headOf(decoder), entries: decoder.entries, leftOut: decoder.leftOut }
}

/** Why it cannot be read, where it cannot; the place's errors and those of `take` are thrown. */
async function refusalOf(pieces: AsyncIterable<Uint8Array>, decoder: SnapshotDecoder, take: TakeEntries): Promise<Invalid | undefined> {
  for await (const piece of pieces) {
    const refusal = refusedBy(() => give(piece, decoder, take))
    if (refusal !== undefined) return refusal
  }
  return refusedBy(() => decoder.end())
}

function give(piece: Uint8Array, decoder: SnapshotDecoder, take: TakeEntries): void {
  for (const entries of decoder.push(piece)) take(entries, headOf(decoder))
}

/** Which comes before all entries, and before the end. */
function headOf(decoder: SnapshotDecoder): SnapshotHead {
  return decoder.head as SnapshotHead
}

function refusedBy(read: () => void): Invalid | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof Invalid && error.details.field === "snapshot") return error
    throw error
  }
}
