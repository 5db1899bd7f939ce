/** Whom the adaptive policy is held against, and itself. */

import { AdaptiveEviction } from "../../../actors/store/eviction-adaptive.ts"
import { EvictingCache } from "./evicting-cache.ts"
import { Lru } from "./lru.ts"
import type { Policy } from "./policy.ts"
import { S3Fifo } from "./s3-fifo.ts"
import { Sieve } from "./sieve.ts"
import { WTinyLfu } from "./w-tiny-lfu.ts"

export const RIVALS = {
  LRU: (capacity: number): Policy => new Lru(capacity),
  "W-TinyLFU 1 %": (capacity: number): Policy => new WTinyLfu(capacity, 0.01),
  "W-TinyLFU 20 %": (capacity: number): Policy => new WTinyLfu(capacity, 0.2),
  SIEVE: (capacity: number): Policy => new Sieve(capacity),
  "S3-FIFO": (capacity: number): Policy => new S3Fifo(capacity),
}

export const RIVAL_NAMES = Object.keys(RIVALS) as (keyof typeof RIVALS)[]

export function adaptive(capacity: number, prefix?: string): Policy {
  return new EvictingCache(capacity, new AdaptiveEviction(capacity), prefix)
}

/** How many of the requests find their key, in percent. */
export function hitRatio(keys: Uint32Array, policy: Policy): number {
  let hits = 0
  for (const key of keys) if (policy.request(key)) hits += 1
  return percent(hits, keys)
}

export function percent(hits: number, keys: Uint32Array): number {
  return (100 * hits) / keys.length
}
