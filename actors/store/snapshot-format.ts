/**
 * What a snapshot is made of, and how it says what is wrong with one. Written by `SnapshotEncoder`, read by `SnapshotDecoder`.
 *
 *     prelude   8 bytes of magic, format (word), checksum of these 12 (word)
 *     chunks    length of the payload (word), its checksum (word), checksum of these 8 (word); the payload
 *
 * The first chunk is the head (epoch, last version, moment of the cut; last fence, where there is one), the last one the trailer (entries, entries left out, checksum of the
 * lengths and checksums of all chunks before); between them are chunks of entries. Words are little-endian, checksums CRC-32C, other numbers and texts as in values.
 *
 * So what is cut short anywhere is told from what was changed anywhere, and both from what is none of ours.
 *
 * Time: an entry says how long it had left at the cut, and the head when that was by the calendar (whole milliseconds, rounded up, as a TTL's).
 * Who restores takes off what has passed since by the calendar, so the time in between counts. A calendar that was set back takes off nothing: no
 * entry ever has longer to live than it had at the cut, and what was over then is not in the snapshot at all.
 */

import { Invalid } from "../../src/index.ts"

/** As PNG's: no text, and changed by whatever takes it for one. */
export const MAGIC: readonly number[] = [0x89, 0x50, 0x47, 0x48, 0x0d, 0x0a, 0x1a, 0x0a]

/** A new number for what an older version cannot read: that without fences is the first, as it was. */
export const FORMAT_WITHOUT_FENCES = 1
export const SNAPSHOT_FORMAT = 2

export const PRELUDE_BYTES = MAGIC.length + 8
export const CHUNK_HEAD_BYTES = 12
/** A chunk's length is a word. */
export const MOST_CHUNK_BYTES = 2 ** 32 - 1

/** The first byte of a chunk's payload. */
export const HEAD = 0x48
export const ENTRIES = 0x45
export const TRAILER = 0x54

/** Bits of an entry's second part: what of it follows. */
export const HAS_DEADLINE = 1
export const HAS_IDLE = 2
export const HAS_LIMIT = 4

/** What is said of a snapshot as a whole. */
export interface SnapshotHead {
  /** The store's epoch: versions of another one mean nothing. */
  readonly epoch: string
  /** The last version that was given, to whatever entry. */
  readonly lastVersion: number
  /** When the cut was made, by the calendar: epoch milliseconds. */
  readonly cutAt: number
  /** The greatest fence that a lease was given; left out where none was. */
  readonly lastFence?: number
}

/** An entry as a snapshot has it. */
export interface SnapshotEntry {
  readonly key: string
  /** As `copyIn` makes it. */
  readonly value: unknown
  readonly version: number
  /** How long it had left at the cut; `Infinity`: without end. */
  readonly remainingMs: number
  /** Sliding expiry: how long a use prolongs its life; 0: not at all. */
  readonly idleMs: number
  /** How long it had left at most, whatever its uses; `Infinity`: without end. */
  readonly limitMs: number
}

/**
 * What is wrong with a snapshot: `torn` is one that ends too early, `damaged` one that was changed, `foreign` no snapshot at all, `format` one of
 * another version; `unreadable` is sound, but has a value that this host or this version does not know.
 */
export type SnapshotProblem = "torn" | "damaged" | "foreign" | "format" | "unreadable"

const SAID: Readonly<Record<SnapshotProblem, string>> = {
  torn: "ends before its end: it was not written completely, or cut short",
  damaged: "was changed since it was written: a checksum does not fit",
  foreign: "is none: it does not begin as one",
  format: "is of another format",
  unreadable: "has a value that cannot be read here",
}

/** Invalid, of field `snapshot`; `details` has the `problem`, `at` (bytes from the beginning), and what else is known. */
export function refusedSnapshot(
  problem: SnapshotProblem,
  at: number,
  more: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): Invalid {
  const details = { field: "snapshot", problem, at, ...more }
  return new Invalid(`snapshot ${SAID[problem]} (at byte ${at})`, cause === undefined ? { details } : { details, cause })
}

/** What is left to an entry now, by the calendar: `remainingMs` or `limitMs` less the time since the cut; 0 or less: its time is over. */
export function leftSince(cutAt: number, remainingMs: number, systemTime: number): number {
  return remainingMs - Math.max(0, systemTime - cutAt)
}
