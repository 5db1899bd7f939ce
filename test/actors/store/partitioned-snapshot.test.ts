/** A store with partitions that are kept in snapshots: each in one of its own. */

import { describe, expect, it } from "vitest"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"
import { keysOf } from "../../support/partitioned-counters.ts"
import { openStore, type StoreStage, type StoreStageOptions } from "../../support/store-stage.ts"

const PARTITIONS = 3
const EVERY_MS = 1_000
/** One of each partition, in order. */
const KEYS = keysOf(PARTITIONS)
const [K0, K1, K2] = KEYS as [string, string, string]

const live = (to: MemorySnapshot, options: StoreStageOptions = {}): Promise<StoreStage> =>
  openStore({
    child: { backoff: { initialMs: 0 } },
    ...options,
    store: { partitions: PARTITIONS, snapshot: { to, everyMs: EVERY_MS }, ...options.store },
  })

describe("a store with partitions that is kept in snapshots", () => {
  it("says so, and does all that every store does", async () => {
    const { cache } = await live(new MemorySnapshot())
    expect(await cache.info()).toMatchObject({ durability: "snapshot", capabilities: { partitioned: true } })
    expect(await cache.setMany(KEYS.map((key) => [key, key]))).toEqual([true, true, true])
    expect((await cache.list()).items.map(({ key }) => key)).toEqual(KEYS.toSorted())
    expect((await cache.lease(K1)).isHeld).toBe(true)
  })

  it("has its next life begin with what all partitions had when it was stopped", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    await cache.setMany(
      KEYS.map((key, n) => [key, n]),
      { ttl: 60 },
    )
    await runtime.stop()
    expect([...place.parts.keys()]).toEqual(["0 of 3", "1 of 3", "2 of 3"])
    expect(place.kept).toBeUndefined()
    const again = await live(place)
    expect(await again.cache.getMany(KEYS)).toEqual([0, 1, 2])
    expect(await again.cache.count()).toBe(3)
  })

  it("has a partition that crashes begin with its own, and the others go on", async () => {
    const place = new MemorySnapshot()
    const { cache, time, crash } = await live(place)
    await cache.setMany(KEYS.map((key) => [key, "kept"]))
    await time.advance(2 * EVERY_MS)
    await cache.setMany(KEYS.map((key) => [key, "not yet"]))
    await crash("app:cache#1")
    await time.settle()
    expect(await cache.getMany(KEYS)).toEqual(["not yet", "kept", "not yet"])
  })

  it("begins empty with another number of partitions, and again with what it had with the first", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    await cache.setMany(KEYS.map((key) => [key, 1]))
    await runtime.stop()
    const other = await live(place, { store: { partitions: 2 } })
    expect(await other.cache.count()).toBe(0)
    await other.cache.set(K0, 2)
    await other.runtime.stop()
    expect(await (await live(place)).cache.getMany([K0, K1, K2])).toEqual([1, 1, 1])
  })
})
