/** Every store there is keeps the contract of stores. */

import { describe } from "vitest"
import { cache, store } from "../../actors/index.ts"
import { stageStore } from "../../actors/testing.ts"
import { keepsContract } from "../support/kept-contract.ts"
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
  keepsContract(
    stageStore(({ maxEntries = 0, place }) => store({ maxEntries, snapshot: { to: placeOf(place) } }), restored),
    ["evicts", "kept"],
  )
})

const KEPT = { child: { state: "retain" } } as const

describe("the store", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => store({ maxEntries })),
    ["evicts", "kept", "reopen"],
  )
})

describe("a store whose state is retained, and that has its order from the start", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, ordered: true }), KEPT),
    ["evicts", "reopen"],
  )
})

describe("a store with a limit of weight", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, maxBytes: 1e9 })),
    ["evicts", "kept", "reopen"],
  )
})

describe("a store with partitions", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, partitions: 3 })),
    ["evicts", "kept", "reopen", "whole"],
  )
})

describe("the cache", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => cache({ maxEntries })),
    ["kept", "refuses", "reopen"],
  )
})

describe.each(["lru", "soonest"] as const)("a store that lets go by %s", (whenFull) => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => store({ maxEntries, whenFull }), KEPT),
    ["refuses", "reopen"],
  )
})

describe("a cache with partitions", () => {
  keepsContract(
    stageStore(({ maxEntries = 0 }) => cache({ maxEntries, partitions: 3 }), KEPT),
    ["refuses", "reopen", "whole"],
  )
})
