/** What a store is told by its owner, read once and checked. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import type { Eviction } from "./eviction.ts"
import { AdaptiveEviction } from "./eviction-adaptive.ts"
import { LruEviction } from "./eviction-lru.ts"
import { StoreEpochs } from "./store-epoch.ts"
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
}

export interface StoreSettings {
  readonly maxEntries: number
  readonly maxWeight: number | undefined
  readonly weigh: Weigh
  readonly whenFull: WhenFull
  readonly ordered: boolean
  readonly epochs: StoreEpochs
}

const DEFAULT_MAX_ENTRIES = 10_000

export const STORE_OPTION_NAMES = ["maxEntries", "maxBytes", "weigh", "whenFull", "ordered"] as const

const WHEN_FULL: readonly WhenFull[] = ["reject", "lru", "adaptive", "soonest"]

/** Throws `Invalid`, naming the field. */
export function settingsOf<Value>(options: StoreOptions<Value> | undefined, defaultWhenFull: WhenFull): StoreSettings {
  const said = checkOptions(options, STORE_OPTION_NAMES)
  const { maxEntries = DEFAULT_MAX_ENTRIES, maxBytes, weigh, whenFull = defaultWhenFull, ordered = false } = said
  if (!Number.isInteger(maxEntries) || maxEntries < 0)
    throw invalid("maxEntries", `must be a whole number from 0; got ${shown(maxEntries)}`)
  if (maxBytes !== undefined && !(typeof maxBytes === "number" && maxBytes > 0)) {
    throw invalid("maxBytes", `must be a number above 0; got ${shown(maxBytes)}`)
  }
  if (weigh !== undefined && typeof weigh !== "function") throw invalid("weigh", `must be a function; got ${shown(weigh)}`)
  if (weigh !== undefined && maxBytes === undefined) throw invalid("weigh", "weighs for maxBytes, which is not given")
  if (!WHEN_FULL.includes(whenFull)) throw invalid("whenFull", `must be one of ${WHEN_FULL.join(", ")}; got ${shown(whenFull)}`)
  if (typeof ordered !== "boolean") throw invalid("ordered", `must be true or false; got ${shown(ordered)}`)
  const weighing = weigh === undefined ? estimate : weighBy(weigh)
  return {
    maxEntries,
    maxWeight: maxBytes,
    weigh: maxBytes === undefined ? weightless : weighing,
    whenFull,
    ordered,
    epochs: new StoreEpochs(),
  }
}

/** Of a store that is limited by weight alone: how many entries an adaptive one begins to learn with. */
const UNKNOWN_ENTRIES = 10_000

/** Whom a full store lets go. */
export function evictionFor({ whenFull, maxEntries }: StoreSettings): Eviction | "soonest" | undefined {
  if (whenFull === "lru") return new LruEviction(maxEntries === 0 ? undefined : maxEntries)
  if (whenFull === "adaptive") return new AdaptiveEviction(maxEntries === 0 ? UNKNOWN_ENTRIES : maxEntries)
  return whenFull === "soonest" ? whenFull : undefined
}
