/** Nobody is let go for what is refused, and what is over is not in the way of anybody. */

import { describe, expect, it } from "vitest"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const WEIGHED = { maxBytes: 10, weigh: Number }

describe("a full store that lets go what expires first", () => {
  it("lets nobody go for what is refused, as what has no TTL leaves it too little room", async () => {
    const { cache } = await openStore({ store: { ...WEIGHED, whenFull: "soonest" } })
    await cache.set("stays", 8)
    await cache.set("goes", 2, 60)
    const attempts = [
      () => cache.set("new", 3, 60),
      () => cache.set("new", 3),
      () => cache.set("stays", 9),
      () =>
        cache.setMany([
          ["new", 1, 60],
          ["newer", 2],
        ]),
      () => cache.transaction(["new"], (tx) => tx.set("new", 3)),
    ]
    // What weighs more than the rest, but for what may go, is written.
    expect(await cache.set("goes", 2, 60)).toBe(true)
    for (const [place, attempt] of attempts.entries()) {
      if (place !== 2 && place !== 3) expect(await refusalOf(attempt())).toMatchObject({ kind: "UNAVAILABLE" })
      expect([place, await cache.has("goes")]).toEqual([place, true])
    }
    expect(await cache.set("new", 2, 60)).toBe(true)
    expect([await cache.has("goes"), await cache.statistics()]).toMatchObject([false, { evicted: 1, entries: 2 }])
  })

  it("knows what stays by the TTL that each has now", async () => {
    const { cache } = await openStore({ store: { ...WEIGHED, whenFull: "soonest" } })
    await cache.set("a", 6, 60)
    await cache.set("b", 4, 60)
    await cache.persist("a")
    expect((await refusalOf(cache.set("new", 5, 60))).kind).toBe("UNAVAILABLE")
    expect(await cache.has("b")).toBe(true)
    await cache.touch("a", 30)
    expect(await cache.set("new", 5, 60)).toBe(true)
    expect([await cache.has("a"), await cache.has("b")]).toEqual([false, true])
    await cache.set("b", 4)
    await cache.delete("b")
    await cache.set("c", 1)
    await cache.set("c", 1, { bound: true })
    expect(await cache.set("d", 9, 60)).toBe(true)
    expect(await cache.set("c", 1, 60)).toBe(true)
    expect(await cache.set("e", 10, 60)).toBe(true)
  })
})

describe("a transaction in a store that makes room", () => {
  it.each(["lru", "adaptive", "soonest"] as const)("is not refused for what is held no more, or over: %s", async (whenFull) => {
    const { cache, runtime, time } = await openStore({ store: { maxEntries: 2, whenFull } })
    const write = () => cache.transaction(["a", "b"], (tx) => [tx.set("a", 1, 60), tx.set("b", 1, 60)].length)
    const holder = await runtime.acquire("app:cache")
    await holder.setMany(
      [
        ["c", 1],
        ["d", 1],
      ],
      { bound: true },
    )
    expect((await refusalOf(write())).kind).toBe("UNAVAILABLE")
    await holder.release()
    expect(await write()).toBe(2)
    await cache.setMany(
      [
        ["c", 1, 1],
        ["d", 1, 1],
      ],
      { bound: true },
    )
    await time.advance(1000)
    expect(await write()).toBe(2)
  })
})
