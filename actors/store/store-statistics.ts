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

export function statisticsOf({ table, snapshots }: StoreState): StoreStatistics {
  const last = { lastSnapshotAt: snapshots?.lastAt, lastSnapshotEntries: snapshots?.lastEntries }
  return { entries: table.size, bytes: table.weight, ...table.counters, ...last }
}

/** Those that each partition has. A store with partitions keeps no snapshot. */
type Counted = Exclude<keyof StoreStatistics, "lastSnapshotAt" | "lastSnapshotEntries">

/** What is made of the same figure of several partitions. */
type Joined = (figures: readonly number[]) => number

const sum: Joined = (figures) => figures.reduce((all, one) => all + one, 0)

const JOINED: Readonly<Record<Counted, Joined>> = {
  entries: sum,
  bytes: sum,
  hits: sum,
  misses: sum,
  sets: sum,
  deletes: sum,
  expired: sum,
  evicted: sum,
  refused: sum,
}

/** Of a store with partitions: of all of them together. */
export function statisticsOfAll(all: readonly StoreStatistics[]): StoreStatistics {
  const names = Object.keys(JOINED) as Counted[]
  const joined = names.map((name) => [name, JOINED[name](all.map((one) => one[name]))])
  const counted = Object.fromEntries(joined) as Record<Counted, number>
  return { ...counted, lastSnapshotAt: undefined, lastSnapshotEntries: undefined }
}
