/** What a store is told of its snapshots: where they are kept, and how often they are taken. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import type { SnapshotPlace } from "./snapshot.ts"
import { type SnapshotLine, snapshotLineOf } from "./snapshot-line.ts"

/**
 * Where a store keeps what its next life is to begin with. Not in it: bound entries and leases, whose holders are gone by then; values with a Blob
 * or a File in them; in what order entries were used.
 *
 * Order   a snapshot is the store as it was at one moment, taken in slices between which others are served. Versions after a restart are greater than all before.
 * Units   remaining TTLs are counted by the calendar over the time in between; one that was set back gives nothing more than there was at the cut.
 * Errors  one that cannot be taken, or read, is reported (`reported`, and the log); a start fails, and is tried again, where the place fails to be read.
 * Cost    at a stop the last one is waited for, within the child's shutdown limit (5000 ms by default, enough for about a million sessions); after that, by `brutal_kill`
 *         and after a crash the one before it counts.
 */
export interface SnapshotOptions {
  /** The place: `fileSnapshot(path)` of `pigeonhole/durable`, or one of your own. One store a place; each partition of a store has one of its own there. */
  readonly to: SnapshotPlace
  /**
   * Milliseconds from a change to the snapshot that has it, with all changes meanwhile: what a crash may lose. More than 0; `Infinity`: taken at a
   * stop alone. While nothing changes, none is taken. Default 60 000.
   */
  readonly everyMs?: number
}

export interface SnapshotSettings {
  readonly place: SnapshotPlace
  readonly everyMs: number
  /** Of all incarnations. */
  readonly line: SnapshotLine
}

const DEFAULT_EVERY_MS = 60_000

const OPTION_NAMES = ["to", "everyMs"] as const

/** Throws `Invalid`, naming the field. */
export function snapshotSettingsOf(options: SnapshotOptions): SnapshotSettings {
  const { to, everyMs = DEFAULT_EVERY_MS } = checkOptions(options, OPTION_NAMES, "snapshot.")
  if (typeof everyMs !== "number" || !(everyMs > 0)) throw invalid("snapshot.everyMs", `must be more than 0 ms; got ${shown(everyMs)}`)
  return placed(to, everyMs)
}

/** Where one partition of so many keeps its snapshots. Throws `Invalid`, where it cannot. */
export function snapshotPartOf({ place, everyMs }: SnapshotSettings, partition: number, partitions: number): SnapshotSettings {
  return placed(partPlace(place, partition, partitions), everyMs)
}

function placed(to: unknown, everyMs: number): SnapshotSettings {
  const place = placeOf(to)
  const identity = memberIn(to, "identity")
  const name = memberIn(identity, "name")
  const line = snapshotLineOf(Object(identity ?? to), typeof name === "string" ? name : "the place of the snapshot")
  return { place, everyMs, line }
}

function partPlace(place: SnapshotPlace, partition: number, partitions: number): unknown {
  if (place.part === undefined)
    throw invalid("snapshot.to", "must have a place for each partition of the store: its part gives one, and there is no such function")
  try {
    return place.part(partition, partitions)
  } catch (cause) {
    throw invalid("snapshot.to", `has thrown for partition ${partition}`, cause)
  }
}

type Member = "read" | "write" | "setAside" | "part" | "claim" | "leave"

/** It is looked at once; what its functions do is its maker's matter. */
function placeOf(to: unknown): SnapshotPlace {
  const place = {
    read: functionOf(to, "read"),
    write: functionOf(to, "write"),
    setAside: functionOf(to, "setAside"),
    part: functionOf(to, "part"),
    claim: functionOf(to, "claim"),
    leave: functionOf(to, "leave"),
  }
  if (place.read === undefined || place.write === undefined || place.setAside === undefined) {
    throw invalid(
      "snapshot.to",
      `must be a place for a snapshot: fileSnapshot(path), or what has read, write and setAside; got ${shown(to)}`,
    )
  }
  return place as SnapshotPlace
}

function functionOf(to: unknown, name: Member): ((...given: unknown[]) => unknown) | undefined {
  const member = memberIn(to, name)
  return typeof member === "function" ? (...given) => Reflect.apply(member, to, given) : undefined
}

function memberIn(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined
  }
}
