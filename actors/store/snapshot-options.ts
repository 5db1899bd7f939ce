/** What a store is told of its snapshots: where they are kept, and how often they are taken. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import type { SnapshotPlace } from "./snapshot.ts"
import { SnapshotLine } from "./snapshot-line.ts"

/** Where a store keeps what its next life is to begin with. */
export interface SnapshotOptions {
  /** The place: `fileSnapshot(path)` of `pigeonhole/durable`, or one of your own. One store a place. */
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
  return { place: placeOf(to), everyMs, line: new SnapshotLine() }
}

/** Its functions are looked at once; what they do is its maker's matter. */
function placeOf(to: unknown): SnapshotPlace {
  const [read, write, setAside] = [functionIn(to, "read"), functionIn(to, "write"), functionIn(to, "setAside")]
  if (read === undefined || write === undefined || setAside === undefined) {
    throw invalid(
      "snapshot.to",
      `must be a place for a snapshot: fileSnapshot(path), or what has read, write and setAside; got ${shown(to)}`,
    )
  }
  return {
    read: () => Reflect.apply(read, to, []),
    write: () => Reflect.apply(write, to, []),
    setAside: (problem) => Reflect.apply(setAside, to, [problem]),
  }
}

function functionIn(value: unknown, name: keyof SnapshotPlace): SnapshotPlace[typeof name] | undefined {
  if (typeof value !== "object" || value === null) return undefined
  try {
    const member: unknown = Reflect.get(value, name)
    return typeof member === "function" ? (member as SnapshotPlace[typeof name]) : undefined
  } catch {
    return undefined
  }
}
