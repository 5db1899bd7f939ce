/** One incarnation of a durable store, as its parts see it: what watches, what cleans, what loads. */

import type { ServerSelf } from "../../src/index.ts"
import type { LoadHome } from "../store/load-home.ts"
import type { Calendar } from "./calendar.ts"
import type { CommitQueue } from "./commit-queue.ts"
import type { DatabaseProbe } from "./database-probe.ts"
import type { DurableSettings } from "./durable-settings.ts"
import type { DurableStaleValues } from "./durable-stale-values.ts"
import type { Row } from "./entry-row.ts"
import type { Decided } from "./key-line.ts"
import type { KeyLines } from "./key-lines.ts"
import type { RowMemory } from "./row-memory.ts"
import type { Slides } from "./slides.ts"
import type { Tenancy } from "./tenancy.ts"
import type { VersionCount } from "./version-count.ts"

export interface DurableIncarnation {
  readonly self: ServerSelf
  readonly settings: DurableSettings
  readonly isInterval: boolean
  readonly now: () => number
  readonly calendar: Calendar
  readonly database: Tenancy
  readonly memory: RowMemory
  readonly queue: CommitQueue
  readonly lines: KeyLines
  readonly slides: Slides
  readonly versions: VersionCount
  readonly counters: { expired: number }
  /** The row, where its time is not over. */
  alive(row: Row | undefined): Row | undefined
}

/** As it is cleaned. */
export interface CleanedIncarnation extends DurableIncarnation {
  readonly watched: CleaningFollower
  /** Something failed that is done again, and that nobody asked for. */
  tell(what: string, everyMs: number, error: unknown): void
}

/** Who is told of what was removed, as its time was over. */
export interface CleaningFollower {
  readonly isFollowed: boolean
  /** It was removed from disk. */
  removedFromDisk(key: string, cause: string, version: number): void
  /** Something was not told. */
  missed(): void
}

/** As it is watched. */
export interface ToldIncarnation extends DurableIncarnation {
  /** What its versions begin with. */
  readonly epoch: string
  readonly cleaning: {
    hurry(): void
    removeBefore<Result>(work: (now: number) => Promise<Result>): Promise<Result>
  }
  /** Has what was decided written, where there is room. */
  addIfRoom(decided: Decided): boolean
  /** Does it when others have been served. */
  soon(work: () => void): void
  readonly probe: DatabaseProbe
}

/** Where its loads are at home. */
export interface DurableLoadPlace extends LoadHome {
  readonly stale: DurableStaleValues
  /** It is not on disk yet. */
  decided(decided: Decided): void
  /** Readers see it. */
  told(decided: Decided): void
}
