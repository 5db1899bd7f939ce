/** `getOrSet` in a store with partitions: each key's loads are in its own, and loads that ask for each other are found across them. */

import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { keysOf } from "../../support/partitioned-counters.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const PARTITIONS = 3
const KEYS = keysOf(PARTITIONS)
const [K0, K1, K2] = KEYS as [string, string, string]

const openPartitioned = () => openStore({ store: { partitions: PARTITIONS } })

describe("getOrSet in a store with partitions", () => {
  it("loads each key once for all who ask, by whatever mailbox", async () => {
    const { cache, runtime } = await openPartitioned()
    const other = await runtime.acquire("app:cache")
    const loaded: string[] = []
    const load = async ({ key }: { readonly key: string }): Promise<string> => `value ${loaded.push(key)}`
    const boxes: readonly StoreMailbox[] = [cache, other, cache]
    const values = await Promise.all(KEYS.flatMap((key) => boxes.map((box) => box.getOrSet(key, load))))
    expect(loaded).toEqual(KEYS)
    expect(values).toEqual([1, 2, 3].flatMap((n) => [`value ${n}`, `value ${n}`, `value ${n}`]))
    expect(await cache.getMany(KEYS)).toEqual(["value 1", "value 2", "value 3"])
  })

  it("may ask for a key of another partition; for one that waits for its own it is refused", async () => {
    const { cache } = await openPartitioned()
    expect(await cache.getOrSet(K0, () => cache.getOrSet(K1, () => "found"))).toBe("found")
    await cache.deleteMany(KEYS)
    const refused = cache.getOrSet(K0, () => cache.getOrSet(K1, () => cache.getOrSet(K2, () => cache.getOrSet(K0, () => 1))))
    expect(await refusalOf(refused)).toMatchObject({ kind: "CONFLICT", details: { field: "key", key: K0 } })
  })

  it("is outrun by what is deleted by one message for many partitions, and by what is written so", async () => {
    const { cache, time } = await openPartitioned()
    const gates = KEYS.map(() => Promise.withResolvers<string>())
    const asked = KEYS.map((key, n) => cache.getOrSet(key, () => (gates[n] as { promise: Promise<string> }).promise))
    await time.settle()
    await cache.deleteMany([K0, K1])
    await cache.setMany([[K2, "written"]])
    for (const gate of gates) gate.resolve("loaded")
    expect(await Promise.all(asked)).toEqual(["loaded", "loaded", "written"])
    expect(await cache.getMany(KEYS)).toEqual([undefined, undefined, "written"])
  })
})
