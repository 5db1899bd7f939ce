/** What a store tells of itself in numbers: by request, and on the inspection stream. */

import { describe, expect, it } from "vitest"
import { openStore } from "../../support/store-stage.ts"

describe("StoreMailbox.statistics", () => {
  it("says how old the oldest entry is, none where there is none", async () => {
    const { cache, time } = await openStore()
    expect((await cache.statistics()).oldestEntryMs).toBeUndefined()
    await cache.set("a", 1)
    await time.advance(1000)
    await cache.set("b", 1, 60)
    await time.advance(500)
    expect((await cache.statistics()).oldestEntryMs).toBe(1500)
  })

  it("counts an age from the last writing: what only reads, or gives more time, makes nothing younger", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, 60)
    await time.advance(1000)
    await cache.get("a")
    await cache.touch("a", 90)
    await cache.persist("a")
    expect((await cache.statistics()).oldestEntryMs).toBe(1000)
    await cache.update("a", () => 2)
    expect((await cache.statistics()).oldestEntryMs).toBe(0)
  })

  it.each(["delete", "expire", "evict", "leave"] as const)("forgets the age of what has gone: %s", async (how) => {
    const { cache, time, runtime } = await openStore({ store: { maxEntries: 2, whenFull: "lru" } })
    const other = await runtime.acquire("app:cache")
    if (how === "leave") await other.put("old", 1, { bound: true })
    else await cache.set("old", 1, how === "expire" ? 2 : 0)
    await time.advance(1000)
    await cache.set("young", 1)
    await time.advance(1000)
    if (how === "delete") await cache.delete("old")
    if (how === "leave") await other.release()
    if (how === "evict") await cache.set("new", 1)
    await time.advance(100)
    expect(await cache.statistics()).toMatchObject({ entries: how === "evict" ? 2 : 1, oldestEntryMs: 1100 })
  })

  it("says how late what has expired is removed: what waits for its sweep, and what the last sweep has found", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, 1)
    await time.advance(1000)
    expect((await cache.statistics()).expiryLagMs).toBe(0)
    await time.advance(30)
    expect(await cache.statistics()).toMatchObject({ expiryLagMs: 30, expired: 0 })
    await time.advance(20)
    expect(await cache.statistics()).toMatchObject({ expiryLagMs: 50, expired: 1 })
    await cache.set("b", 1, 1)
    await time.advance(1010)
    await cache.get("b")
    expect(await cache.statistics()).toMatchObject({ expiryLagMs: 50, expired: 2 })
    await cache.set("c", 1, 1)
    await time.advance(900)
    // The sweep that was armed for `b` has begun since, and found nothing.
    expect((await cache.statistics()).expiryLagMs).toBe(0)
  })

  it("tells the share of hits among all that was looked for", async () => {
    const { cache } = await openStore()
    expect((await cache.statistics()).hitRatio).toBeUndefined()
    await cache.set("a", 1)
    await cache.getMany(["a", "b", "c"])
    await cache.get("a")
    expect((await cache.statistics()).hitRatio).toBe(0.5)
  })

  it("adds up over partitions; the age and the lag are those of the worst", async () => {
    const { cache, time } = await openStore({ store: { partitions: 4 } })
    expect(await cache.statistics()).toMatchObject({ hitRatio: undefined, oldestEntryMs: undefined, expiryLagMs: 0 })
    await cache.set("first", 1, 60)
    for (let n = 0; n < 20; n += 1) {
      await time.advance(10)
      await cache.set(`k${n}`, n, 1)
    }
    await cache.getMany(["k0", "k1", "none", "k2"])
    expect(await cache.statistics()).toMatchObject({ entries: 21, sets: 21, hits: 3, misses: 1, hitRatio: 0.75, oldestEntryMs: 200 })
    await time.advance(805)
    expect(await cache.statistics()).toMatchObject({ oldestEntryMs: 1005, expiryLagMs: 0 })
    await time.advance(40)
    expect((await cache.statistics()).expiryLagMs).toBe(35)
  })
})
