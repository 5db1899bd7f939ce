/** Every store there is keeps the contract of stores. */

import { describe, it } from "vitest"
import { cache, store } from "../../actors/index.ts"
import { stageStore, storeContract } from "../../actors/testing.ts"
import { MemorySnapshot } from "../support/memory-snapshot.ts"

/** Places of snapshots that outlive an application, by the text that names its store. */
const places = new Map<string, MemorySnapshot>()

function placeOf(name: string): MemorySnapshot {
  const place = places.get(name) ?? new MemorySnapshot()
  places.set(name, place)
  return place
}

describe("a store that is restored", () => {
  const restored = { child: { state: "restore" }, isLasting: true } as const
  storeContract(
    it,
    stageStore(({ maxEntries = 0, place }) => store({ maxEntries, snapshot: { to: placeOf(place) } }), restored),
  )
})

const KEPT = { child: { state: "retain" } } as const

describe("the store", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => store({ maxEntries })),
  )
})

describe("a store whose state is retained, and that has its order from the start", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, ordered: true }), KEPT),
  )
})

describe("a store with a limit of weight", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, maxBytes: 1e9 })),
  )
})

describe("a store with partitions", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, partitions: 3 })),
  )
})

describe("the cache", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => cache({ maxEntries })),
  )
})

describe.each(["lru", "soonest"] as const)("a store that lets go by %s", (whenFull) => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, whenFull }), KEPT),
  )
})

describe("a cache with partitions", () => {
  storeContract(
    it,
    stageStore(({ maxEntries = 0 }) => cache({ maxEntries, partitions: 3 }), KEPT),
  )
})
