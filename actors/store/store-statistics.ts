/** What a store tells of itself. */

import type { StoreState } from "./store-state.ts"

/** What a store has seen since its present incarnation's table was made. */
export interface StoreStatistics {
  /** Entries held, expired ones that were not removed yet among them. */
  readonly entries: number
  /** What they weigh together, where the store is limited by weight; else 0. */
  readonly bytes: number
  /** Values that were looked for and found. */
  readonly hits: number
  /** Keys that were looked for and not found. */
  readonly misses: number
  /** Hits among all that was looked for, from 0 to 1; `undefined`: nothing was. */
  readonly hitRatio: number | undefined
  /** Values that were kept. */
  readonly sets: number
  /** Keys that were deleted. */
  readonly deletes: number
  /** Entries removed as their time was over. */
  readonly expired: number
  /** Entries removed to make room for others. */
  readonly evicted: number
  /** Values turned away, as the store was full. */
  readonly refused: number
  /**
   * How long ago the entry was written that has not been written for longest, in ms; `undefined`: there is none. Too much by an eighth at most, or by
   * 8 ms. Reading, `touch` and `persist` write nothing; what a snapshot brings back is as old as the life that it begins.
   * A durable store does not know.
   */
  readonly oldestEntryMs: number | undefined
  /**
   * How late what has expired is removed, in ms: the worst of what was removed since the last sweep began, and of what waits to be. It is seen by nobody
   * meanwhile, and takes room. Some 50 ms are usual; a store that cannot keep up has more. `undefined`: a durable store.
   */
  readonly expiryLagMs: number | undefined
  /** When the cut of the last snapshot was made that is in its place, in ms since 1970; `undefined`: there is none, or no place for one. */
  readonly lastSnapshotAt: number | undefined
  /** Entries in that snapshot. */
  readonly lastSnapshotEntries: number | undefined
}

/** What sort of store it is, and what it can do. */
export interface StoreInfo {
  /** What it is acquired by. */
  readonly id: string
  /** Where the entries are kept. */
  readonly backend: string
  /** What a reader may count on: `linearizable`, it sees all that was acknowledged before it asked. */
  readonly consistency: "linearizable"
  /** What is there after a restart of the program: `none`; what the last snapshot held; all that was acknowledged. */
  readonly durability: "none" | "snapshot" | "commit" | "interval"
  /** What else it can do. */
  readonly capabilities: StoreCapabilities
}

/** What a store can do beside the five operations. */
export interface StoreCapabilities {
  /** It has more than one partition, by which its keys are spread. */
  readonly partitioned: boolean
  /** It lets entries go when it is full. */
  readonly evicts: boolean
  /** `transaction` takes several keys: of one partition, where there are more. */
  readonly transactions: boolean
  /** `watch` is there. */
  readonly watch: boolean
  /** `lease` is there. */
  readonly leases: boolean
}

export function statisticsOf({ table, snapshots, now }: StoreState): StoreStatistics {
  const last = { lastSnapshotAt: snapshots?.lastAt, lastSnapshotEntries: snapshots?.lastEntries }
  const moment = now()
  const oldestAt = table.ages.oldestAt()
  const oldestEntryMs = oldestAt === undefined ? undefined : moment - oldestAt
  const ages = { oldestEntryMs, expiryLagMs: table.lag.at(moment) }
  return { entries: table.size, bytes: table.weight, ...table.counters, hitRatio: hitRatioOf(table.counters), ...ages, ...last }
}

/** Hits among all that was looked for; `undefined`: nothing was. */
export function hitRatioOf({ hits, misses }: Pick<StoreStatistics, "hits" | "misses">): number | undefined {
  return hits + misses === 0 ? undefined : hits / (hits + misses)
}

/** Those that add up. */
const ADDED = ["entries", "bytes", "hits", "misses", "sets", "deletes", "expired", "evicted", "refused"] as const

/** Those of which the whole has the worst. */
const WORST = ["oldestEntryMs", "expiryLagMs"] as const

/** Of a store with partitions: of all of them together. It keeps no snapshot of its own. */
export function statisticsOfAll(all: readonly StoreStatistics[]): StoreStatistics {
  const added = joined(ADDED, (name) => all.reduce((sum, one) => sum + one[name], 0))
  const worst = joined(WORST, (name) => worstOf(all.map((one) => one[name])))
  return { ...added, hitRatio: hitRatioOf(added), ...worst, lastSnapshotAt: undefined, lastSnapshotEntries: undefined }
}

function joined<Name extends string, Figure>(names: readonly Name[], join: (name: Name) => Figure): Record<Name, Figure> {
  return Object.fromEntries(names.map((name) => [name, join(name)])) as Record<Name, Figure>
}

function worstOf(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
