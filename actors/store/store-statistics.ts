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

export function statisticsOf({ table }: StoreState): StoreStatistics {
  return { entries: table.size, bytes: table.weight, ...table.counters }
}
