import { describe, expect, it } from "vitest"
import { cache as cacheOf, type StoreMailbox, start, type WhenFull } from "../../../actors/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const EVICTING: readonly WhenFull[] = ["lru", "adaptive", "soonest"]

async function held(cache: StoreMailbox, keys: readonly string[]): Promise<string[]> {
  const found = await Promise.all(keys.map((key) => cache.has(key)))
  return keys.filter((_, index) => found[index])
}

describe.each(EVICTING)("a full store that lets go by %s", (whenFull) => {
  it("takes every new key, and never holds more than it may", async () => {
    const { cache } = await openStore({ store: { maxEntries: 10, whenFull } })
    for (let n = 0; n < 200; n += 1) {
      await cache.set(`k${n}`, n, 100 + n)
      if (n % 3 === 0) await cache.get(`k${n - 2}`)
      expect(await cache.get(`k${n}`)).toBe(n)
    }
    expect(await cache.statistics()).toMatchObject({ entries: 10, evicted: 190, refused: 0, sets: 200 })
  })

  it("overwrites without letting anybody go", async () => {
    const { cache } = await openStore({ store: { maxEntries: 3, whenFull } })
    for (const key of ["a", "b", "c", "a", "b"]) await cache.set(key, 1, 100)
    expect(await cache.statistics()).toMatchObject({ entries: 3, evicted: 0 })
  })

  it("lets expired ones go first, without counting them as let go", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: 3, whenFull } })
    await cache.set("dead", 1, 1)
    for (const key of ["a", "b"]) await cache.set(key, 1, 100)
    for (let n = 0; n < 3; n += 1) await cache.get("dead")
    await time.advance(1000)
    await cache.set("new", 1, 100)
    expect(await held(cache, ["dead", "a", "b", "new"])).toEqual(["a", "b", "new"])
    expect(await cache.statistics()).toMatchObject({ expired: 1, evicted: 0 })
  })

  it("never lets go what is bound, and refuses where nothing else is there", async () => {
    const { cache, runtime } = await openStore({ store: { maxEntries: 2, whenFull } })
    const other = await runtime.acquire("app:cache")
    await other.set("bound", 1, { ttl: 1, bound: true })
    await cache.set("a", 1, 100)
    await cache.set("b", 1, 100)
    expect(await held(cache, ["bound", "a", "b"])).toEqual(["bound", "b"])
    await other.set("b", 1, { ttl: 100, bound: true })
    expect(await refusalOf(cache.set("c", 1, 100))).toMatchObject({ kind: "UNAVAILABLE" })
    // Bound no more, it may go again.
    await other.set("b", 1, 100)
    await cache.set("c", 1, 100)
    expect(await held(cache, ["bound", "b", "c"])).toEqual(["bound", "c"])
  })

  it("makes room by weight, for as many as it takes", async () => {
    const { cache } = await openStore({ store: { maxEntries: 0, maxBytes: 100, weigh: (value) => value as number, whenFull } })
    for (let n = 0; n < 50; n += 1) await cache.set(`k${n}`, 10, 100 + n)
    expect(await cache.statistics()).toMatchObject({ entries: 10, bytes: 100 })
    await cache.set("large", 95, 500)
    expect(await cache.statistics()).toMatchObject({ entries: 1, bytes: 95 })
    expect(await refusalOf(cache.set("huge", 101, 500))).toMatchObject({ kind: "INVALID" })
    expect(await held(cache, ["large"])).toEqual(["large"])
  })

  it("lets nobody go for a transaction that it has no room for at all", async () => {
    const { cache } = await openStore({ store: { maxEntries: 2, whenFull } })
    for (const key of ["a", "b"]) await cache.set(key, 1, 100)
    for (const keys of [
      ["x", "y", "z"],
      ["a", "x", "y"],
    ]) {
      const refused = cache.transaction(keys, (tx) => {
        for (const key of keys) tx.set(key, 2, 100)
      })
      expect(await refusalOf(refused)).toMatchObject({ kind: "UNAVAILABLE" })
      expect([await cache.getMany(["a", "b", ...keys.slice(1)]), (await cache.statistics()).evicted]).toEqual([
        [1, 1, undefined, undefined],
        0,
      ])
    }
    await cache.transaction(["a", "b", "x", "y"], (tx) => {
      for (const key of ["a", "b"]) tx.delete(key)
      for (const key of ["x", "y"]) tx.set(key, 2, 100)
    })
    expect(await cache.getMany(["x", "y"])).toEqual([2, 2])
  })

  it("lets nobody go for what the bound ones leave no room for", async () => {
    const { cache, runtime } = await openStore({
      store: { maxEntries: 0, maxBytes: 100, weigh: (value) => value as number, whenFull },
    })
    const other = await runtime.acquire("app:cache")
    await other.set("bound", 40, { ttl: 100, bound: true })
    await other.set("bound", 60, { ttl: 100, bound: true })
    await cache.set("a", 20, 100)
    await cache.set("b", 10, 100)
    for (const refused of [
      cache.set("new", 50, 100),
      cache.set("a", 50, 100),
      cache.update("a", () => 41, { ttl: 100 }),
      cache.transaction(["a", "new"], (tx) => {
        tx.set("a", 20, 100)
        tx.set("new", 21, 100)
      }),
    ]) {
      expect(await refusalOf(refused)).toMatchObject({ kind: "UNAVAILABLE" })
      expect([await cache.getMany(["a", "b", "new"]), (await cache.statistics()).evicted]).toEqual([[20, 10, undefined], 0])
    }
    await cache.set("new", 40, 100)
    expect(await held(cache, ["bound", "a", "b", "new"])).toEqual(["bound", "new"])
    await other.delete("bound")
    await other.set("now bound", 50, { ttl: 100, bound: true })
    expect(await refusalOf(cache.set("large", 51, 100))).toMatchObject({ kind: "UNAVAILABLE" })
    await other.release()
    await cache.set("large", 100, 100)
    expect(await held(cache, ["now bound", "new", "large"])).toEqual(["large"])
  })

  it("goes on after a crash with what it retains", async () => {
    const { cache, crash } = await openStore({ store: { maxEntries: 3, whenFull }, child: { state: "retain" } })
    for (const [n, key] of ["a", "b", "c"].entries()) await cache.set(key, 1, 100 + n)
    await crash()
    for (const [n, key] of ["d", "e"].entries()) await cache.set(key, 1, 200 + n)
    expect(await cache.statistics()).toMatchObject({ entries: 3 })
    expect(await held(cache, ["e"])).toEqual(["e"])
  })
})

describe("lru", () => {
  it("lets the one go that was not read or written for longest; has is no reading", async () => {
    const { cache } = await openStore({ store: { maxEntries: 3, whenFull: "lru" } })
    for (const key of ["a", "b", "c"]) await cache.set(key, 1)
    await cache.get("a")
    await cache.has("b")
    await cache.set("d", 1)
    expect(await held(cache, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"])
    await cache.entry("c")
    await cache.touch("a")
    await cache.set("e", 1)
    expect(await held(cache, ["a", "c", "d", "e"])).toEqual(["a", "c", "e"])
  })
})

describe("cache", () => {
  it("is a store that lets go by itself, and may be told how", async () => {
    await using runtime = await start(
      { "app:a": cacheOf({ maxEntries: 2 }), "app:b": cacheOf({ maxEntries: 2, whenFull: "reject" }) },
      { log: () => {} },
    )
    const [a, b] = [await runtime.acquire("app:a"), await runtime.acquire("app:b")]
    for (const key of ["x", "y", "z"]) await a.set(key, 1)
    expect((await a.statistics()).entries).toBe(2)
    for (const key of ["x", "y"]) await b.set(key, 1)
    expect(await refusalOf(b.set("z", 1))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("keeps what is asked for again and again through a scan of what is not", async () => {
    await using runtime = await start({ "app:a": cacheOf<number>({ maxEntries: 100 }) }, { log: () => {} })
    const cache = await runtime.acquire("app:a")
    let missed = 0
    const look = async (key: string): Promise<void> => {
      if ((await cache.get(key)) !== undefined) return
      if (key.startsWith("hot")) missed += 1
      await cache.set(key, 1)
    }
    for (let round = 0; round < 10; round += 1) for (let n = 0; n < 50; n += 1) await look(`hot${n}`)
    missed = 0
    // Of four requests three are for what is asked for once: by recency alone, none of the others would be found.
    for (let n = 0; n < 4000; n += 1) await look(n % 4 === 0 ? `hot${(n / 4) % 50}` : `scan${n}`)
    expect(missed).toBeLessThan(200)
  })
})
