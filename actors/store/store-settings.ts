/** What a store is told by its owner, read once and checked. */

import { checkOptions, invalid, type SchemaOutput, type StandardSchema, shown } from "../../src/index.ts"
import type { Eviction } from "./eviction.ts"
import { AdaptiveEviction } from "./eviction-adaptive.ts"
import { LruEviction } from "./eviction-lru.ts"
import { Fences } from "./fences.ts"
import { type SnapshotOptions, type SnapshotSettings, snapshotSettingsOf } from "./snapshot-options.ts"
import { StoreEpochs } from "./store-epoch.ts"
import { type TakeIn, takeInBy } from "./stored-value.ts"
import { estimate, type Weigh, weighBy, weightless } from "./weight.ts"

/** What a full store does for a new entry: refuse it, or let another one go. */
export type WhenFull = "reject" | "lru" | "adaptive" | "soonest"

/** What a store is limited to, and what it does then. */
export interface StoreOptions<Value = unknown> {
  /** Keys it may hold; 0 is no limit. Default 10 000. */
  readonly maxEntries?: number
  /** What its entries may weigh together: bytes by an estimate, or whatever `weigh` counts. Default: no limit. One that alone weighs more is refused. */
  readonly maxBytes?: number
  /** What an entry weighs, for `maxBytes`: a number from 0. Called with the value as readers get it, where it is written. Default: an estimate of the bytes on the heap. */
  readonly weigh?: (value: Value, key: string) => number
  /**
   * What a full store does for a new entry. Expired ones go first, always; bound ones never. `reject` (the default of `store`): refuses it with
   * `Unavailable`; overwriting still works. `lru`: lets the least recently used one go. `adaptive` (the default of `cache`): the one that is
   * least likely to be asked for again, by what was asked for lately. `soonest`: the one that expires first.
   */
  readonly whenFull?: WhenFull
  /** Keep the order of the keys from the start on, and not only from the first `list`. Default `false`. */
  readonly ordered?: boolean
  /**
   * Where the store's snapshots are kept, with which its next life begins: after a crash, a stop, another start of the program (`state: "restore"`, which
   * is the default then). Default: none; it begins empty. Each partition has a place of its own (`SnapshotPlace.part`).
   */
  readonly snapshot?: SnapshotOptions
  /**
   * Spreads the keys over so many processes, from 1 to 65 536, by a hash of the key: a crash costs those of one, and the others serve. Its id and its mailbox are
   * those of any store. Each process has an even share of `maxEntries` (rounded up) and of `maxBytes`: a full one refuses, or lets go, though another has
   * room, and a value may weigh no more than the share. Default: one process, and no partitions.
   *
   * What is about many keys is asked of each partition that has some, once the policies let all of it pass. Where a partition fails, the call fails with
   * its error, whose `details` tell what became of the rest, which stands: `keys`, those that have failed; `results`, the others' answers, in the
   * place of each; `partitions`. What is about all keys (`list`, `count`, `clear`, `statistics`) needs all partitions. A `transaction` takes keys of one
   * partition: those with the same hash tag are, as in Redis Cluster. Of `{order:7}:lines` what stands between the first `{` and the first `}` behind it
   * picks the partition; where nothing does, all of the key. Versions rise under each key, and none is used twice in the whole store; those of two keys say nothing of which was written first.
   */
  readonly partitions?: number
  /**
   * Past changes that are kept, the values written among them, for a watch that goes on `from` a version: a whole number from 0. Where it is said, from the
   * start on; else 1024, from the first watch on.
   */
  readonly history?: number
}

/** A store whose values a schema makes of what is given to it. */
export interface SchemaStoreOptions<Schema> extends StoreOptions<SchemaOutput<Schema>> {
  /**
   * What a value has to be: any Standard Schema. Whatever is written (by `set`, `put`, `setMany`, by what `update`, a load or a transaction gives, by
   * `increment`) is decoded before it is kept, and what does not fit is `Invalid`, naming the place (`value.user.name`); so is what the schema
   * makes of it, where that is no plain data. What a snapshot or a database has kept is what this schema has once made, and is not decoded again.
   */
  readonly value: Schema & StandardSchema<unknown, unknown>
}

/** As each of its partitions is told them, where it has some. */
export interface StoreSettings {
  readonly maxEntries: number
  readonly maxWeight: number | undefined
  readonly weigh: Weigh
  readonly takeIn: TakeIn
  readonly whenFull: WhenFull
  readonly ordered: boolean
  /** `undefined`: it is one process, and has none. */
  readonly partitions: number | undefined
  /** `undefined`: not said. */
  readonly history: number | undefined
  readonly fences: Fences
  readonly epochs: StoreEpochs
  readonly snapshot: SnapshotSettings | undefined
}

const DEFAULT_MAX_ENTRIES = 10_000
const MOST_PARTITIONS = 65_536
/** Changes kept from the first watch on, where nothing is said. */
export const DEFAULT_HISTORY = 1024
/** It is looked through in one turn. */
const MOST_HISTORY = 1_000_000

export const STORE_OPTION_NAMES = [
  "maxEntries",
  "maxBytes",
  "weigh",
  "whenFull",
  "ordered",
  "partitions",
  "history",
  "snapshot",
  "value",
] as const

const WHEN_FULL: readonly WhenFull[] = ["reject", "lru", "adaptive", "soonest"]

/** Where it is said, it is read as a schema. */
export interface Valued {
  readonly value?: unknown
}

/** Throws `Invalid`, naming the field. */
export function settingsOf<Value>(options: (StoreOptions<Value> & Valued) | undefined, defaultWhenFull: WhenFull): StoreSettings {
  const said = checkOptions(options, STORE_OPTION_NAMES)
  const { maxEntries = DEFAULT_MAX_ENTRIES, maxBytes, weigh, whenFull = defaultWhenFull } = said
  const { ordered = false, partitions, history, snapshot, value } = said
  if (!Number.isInteger(maxEntries) || maxEntries < 0)
    throw invalid("maxEntries", `must be a whole number from 0; got ${shown(maxEntries)}`)
  if (maxBytes !== undefined && !(typeof maxBytes === "number" && maxBytes > 0)) {
    throw invalid("maxBytes", `must be a number above 0; got ${shown(maxBytes)}`)
  }
  if (weigh !== undefined && typeof weigh !== "function") throw invalid("weigh", `must be a function; got ${shown(weigh)}`)
  if (weigh !== undefined && maxBytes === undefined) throw invalid("weigh", "weighs for maxBytes, which is not given")
  if (!WHEN_FULL.includes(whenFull)) throw invalid("whenFull", `must be one of ${WHEN_FULL.join(", ")}; got ${shown(whenFull)}`)
  if (typeof ordered !== "boolean") throw invalid("ordered", `must be true or false; got ${shown(ordered)}`)
  checkPartitions(partitions)
  const weighing = weigh === undefined ? estimate : weighBy(weigh)
  return {
    maxEntries: Math.ceil(maxEntries / (partitions ?? 1)),
    maxWeight: maxBytes === undefined ? undefined : maxBytes / (partitions ?? 1),
    weigh: maxBytes === undefined ? weightless : weighing,
    takeIn: takeInBy(value),
    whenFull,
    ordered,
    partitions,
    history: historyOf(history),
    fences: new Fences(),
    epochs: new StoreEpochs(),
    snapshot: snapshot === undefined ? undefined : snapshotSettingsOf(snapshot),
  }
}

function checkPartitions(partitions: unknown): void {
  if (partitions === undefined) return
  if (typeof partitions === "number" && Number.isInteger(partitions) && partitions >= 1 && partitions <= MOST_PARTITIONS) return
  throw invalid("partitions", `must be a whole number from 1 to ${MOST_PARTITIONS}; got ${shown(partitions)}`)
}

/** Of a store that is limited by weight alone: how many entries an adaptive one begins to learn with. */
const UNKNOWN_ENTRIES = 10_000

/** Whom a full store lets go. */
export function evictionFor({ whenFull, maxEntries }: StoreSettings): Eviction | "soonest" | undefined {
  if (whenFull === "lru") return new LruEviction(maxEntries === 0 ? undefined : maxEntries)
  if (whenFull === "adaptive") return new AdaptiveEviction(maxEntries === 0 ? UNKNOWN_ENTRIES : maxEntries)
  return whenFull === "soonest" ? whenFull : undefined
}

/** Throws `Invalid`, naming the field. */
export function historyOf(history: number | undefined): number | undefined {
  if (history === undefined || (Number.isInteger(history) && history >= 0 && history <= MOST_HISTORY)) return history
  throw invalid("history", `must be a whole number from 0 to ${MOST_HISTORY}; got ${shown(history)}`)
}
