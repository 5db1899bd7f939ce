import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import type { Pid, Policy, Runtime } from "../../../actors/index.ts"
import { partitionIndex } from "../../../src/service/partition.ts"
import { keysOf } from "../../support/partitioned-counters.ts"
import { readAll } from "../../support/read-all.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStageOptions } from "../../support/store-stage.ts"

const PARTITIONS = 3
/** One of each partition, in order. */
const KEYS = keysOf(PARTITIONS)
const [K0, K1, K2] = KEYS as [string, string, string]
const NAMES = Array.from({ length: 100 }, (_, n) => `key:${String(n).padStart(3, "0")}`)

const openPartitioned = (options: StoreStageOptions = {}) => openStore({ ...options, store: { partitions: PARTITIONS, ...options.store } })

/** Whose partitions are not started again once they are stopped. */
const openMortal = () => openPartitioned({ child: { restart: "transient" } })

async function terminate(runtime: Runtime, index: number): Promise<void> {
  await runtime.stopProcess(runtime.whereis(`app:cache#${index}`) as Pid)
}

/** All but this key. */
const allBut = (key: string): readonly Policy[] => [
  { effect: "allow", actions: "store.*", resources: "app:cache" },
  { effect: "deny", actions: "store.*", resources: "app:cache", conditions: [{ field: "attributes.key", operator: "eq", value: key }] },
]

/** How many messages a call posts. */
async function posted(runtime: Runtime, call: () => Promise<unknown>): Promise<number> {
  const before = runtime.statistics().accepted
  await call()
  return runtime.statistics().accepted - before
}

describe("many keys of several partitions", () => {
  it("are answered in the order in which they were given", async () => {
    const { cache } = await openPartitioned()
    expect(await cache.setMany(NAMES.map((name, n) => [name, n]))).toEqual(NAMES.map(() => true))
    const asked = [...NAMES.toReversed(), "none", NAMES[5] as string]
    expect(await cache.getMany(asked)).toEqual([...NAMES.keys()].toReversed().concat([undefined, 5] as number[]))
    expect(await cache.deleteMany([...NAMES.slice(0, 50), "none", NAMES[0] as string])).toEqual([
      ...NAMES.slice(0, 50).map(() => true),
      false,
      false,
    ])
    expect(await cache.count()).toBe(50)
    expect([await cache.getMany([]), await cache.setMany([]), await cache.deleteMany([])]).toEqual([[], [], []])
  })

  it("have the last value that was given, each what was said of it, and an answer for each", async () => {
    const { cache, runtime } = await openPartitioned()
    const other = await runtime.acquire("app:cache")
    const given: [string, number, { ttl?: number; bound?: boolean }?][] = [
      [K0, 1],
      [K1, 1, { ttl: 5 }],
      [K2, 1, { bound: true }],
      [K0, 2],
    ]
    expect(await other.setMany(given as never, { ttl: 60 })).toEqual([true, true, true, true])
    expect(await cache.getMany(KEYS)).toEqual([2, 1, 1])
    expect(await Promise.all(KEYS.map((key) => cache.ttl(key)))).toEqual([60, 5, 60])
    await other.release()
    expect(await cache.getMany(KEYS)).toEqual([2, 1, undefined])
  })

  it("are asked for by one message for each partition that has some of them", async () => {
    const { cache, runtime } = await openPartitioned()
    await runtime.sys.suspend("app:cache#2")
    expect(
      await posted(runtime, () =>
        cache.setMany([
          [K0, 1],
          [K1, 1],
        ]),
      ),
    ).toBe(2)
    expect(await cache.getMany([K1, K0, K1])).toEqual([1, 1, 1])
    await runtime.sys.resume("app:cache#2")
    expect(await posted(runtime, () => cache.getMany(NAMES))).toBe(PARTITIONS)
  })

  it("are 100 000 at once, if need be", async () => {
    const { cache } = await openPartitioned({ store: { maxEntries: 0 } })
    const names = Array.from({ length: 100_000 }, (_, n) => `k${n}`)
    expect((await cache.setMany(names.map((name, n) => [name, n]))).length).toBe(names.length)
    expect(await cache.getMany(names)).toEqual([...names.keys()])
    expect(await cache.clear()).toBe(names.length)
    expect(await cache.count()).toBe(0)
  })

  it("are refused as a whole where one of them is wrong, by its place among all of them", async () => {
    const { cache } = await openPartitioned()
    await cache.set(K1, 1)
    for (const call of [cache.getMany([K0, K1, "\ud800"]), cache.deleteMany([K0, K1, "\ud800"]), cache.getMany([K0, K1, ""])]) {
      expect((await refusalOf(call)).details).toMatchObject({ field: "keys[2]" })
    }
    expect(
      (
        await refusalOf(
          cache.setMany([
            [K0, 1],
            [K1, () => {}],
          ]),
        )
      ).details.field,
    ).toBe("entries[1].value")
    expect(
      (
        await refusalOf(
          cache.setMany(
            [
              [K0, 1],
              [K1, 2],
            ],
            {},
            { timeoutMs: -1 },
          ),
        )
      ).details.field,
    ).toBe("timeoutMs")
    expect(await cache.getMany(KEYS)).toEqual([undefined, 1, undefined])
  })

  it("are refused as a whole, and nobody is asked anything, where one of them is not permitted", async () => {
    const { cache, runtime } = await openPartitioned()
    await cache.set(K2, 1)
    runtime.security.setPolicies(allBut(K0))
    for (const keys of [KEYS, KEYS.toReversed()]) {
      for (const call of [() => cache.getMany(keys), () => cache.deleteMany(keys), () => cache.setMany(keys.map((key) => [key, 2]))]) {
        const { accepted } = runtime.statistics()
        expect((await refusalOf(call())).details).toMatchObject({ key: K0, resource: "app:cache" })
        expect(runtime.statistics().accepted).toBe(accepted)
      }
    }
    expect(await cache.get(K2)).toBe(1)
    expect(
      await cache.setMany([
        [K1, 2],
        [K2, 2],
      ]),
    ).toEqual([true, true])
  })

  it("are refused once the mailbox is given back", async () => {
    const { cache } = await openPartitioned()
    await cache.release()
    for (const call of [
      cache.getMany(KEYS),
      cache.setMany([
        [K0, 1],
        [K1, 1],
      ]),
      cache.list(),
      cache.count(),
      cache.clear(),
    ]) {
      expect((await refusalOf(call)).message).toBe("store released")
    }
  })
})

describe("a partition that fails", () => {
  it("fails its own keys alone, and the error tells what has become of all of them", async () => {
    const { cache, runtime } = await openMortal()
    await cache.setMany(KEYS.map((key, n) => [key, n]))
    await terminate(runtime, 1)
    const { kind, retryable, details, message, cause } = await refusalOf(cache.getMany([K2, K1, K1, K0]))
    expect([kind, retryable]).toEqual([(cause as { kind?: string }).kind, (cause as { retryable?: boolean }).retryable])
    expect(kind).toBe("UNAVAILABLE")
    expect(details).toMatchObject({ partitions: ["app:cache#1"], keys: [K1, K1] })
    expect(details.results).toEqual([2, undefined, undefined, 0])
    expect(message).toContain("2 of 4 keys")
    expect((await refusalOf(cache.setMany(KEYS.map((key) => [key, 7])))).details).toMatchObject({ keys: [K1] })
    expect((await refusalOf(cache.deleteMany([K0, K1]))).details.results).toEqual([true, undefined])
    expect([await cache.get(K0), await cache.get(K2)]).toEqual([undefined, 7])
  })

  it("is told with all others that fail, and the keys of all of them in order", async () => {
    const { cache, runtime } = await openMortal()
    await cache.set(K1, 1)
    await terminate(runtime, 2)
    await terminate(runtime, 0)
    const { message, details } = await refusalOf(cache.getMany([K2, K0, K1, K2]))
    expect(details).toMatchObject({ partitions: ["app:cache#2", "app:cache#0"], keys: [K2, K0, K2] })
    expect(details.results).toEqual([undefined, undefined, 1, undefined])
    expect(message).toContain("3 of 4 keys have failed, those of 2 of 3 partitions")
  })

  it("is no part of what needs nothing of it", async () => {
    const { cache, runtime } = await openMortal()
    await terminate(runtime, 1)
    await cache.setMany([
      [K0, 1],
      [K2, 1],
    ])
    expect(await cache.getMany([K0, K2])).toEqual([1, 1])
    expect(await cache.transaction([K0], (tx) => tx.get(K0))).toBe(1)
  })

  it("is told without the values of the others, to whoever prints the error", async () => {
    const { cache, runtime } = await openMortal()
    await cache.setMany(KEYS.map((key) => [key, "a secret"]))
    await terminate(runtime, 1)
    const error = await refusalOf(cache.getMany(KEYS))
    expect(error.details.results).toContain("a secret")
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error.details)).not.toContain("a secret")
  })

  it("has what is about all of its store fail, and nothing done", async () => {
    const { cache, runtime } = await openMortal()
    await cache.setMany(KEYS.map((key) => [key, 1]))
    await terminate(runtime, 1)
    for (const call of [cache.list(), cache.count(), cache.clear(), cache.statistics(), readAll(cache.keys())]) {
      expect((await refusalOf(call)).kind).toBe("UNAVAILABLE")
    }
    expect(await cache.getMany([K0, K2])).toEqual([1, 1])
  })

  it("is waited for while it is restarted", async () => {
    const { cache, crash } = await openPartitioned()
    await cache.setMany(KEYS.map((key) => [key, 1]))
    await crash("app:cache#1")
    expect(await cache.getMany(KEYS)).toEqual([1, undefined, 1])
    expect(await readAll(cache.keys())).toEqual([K0, K2].toSorted())
  })
})

describe("keys of several partitions in order", () => {
  it("are listed as those of any store, page by page", async () => {
    const { cache } = await openPartitioned()
    await cache.setMany(NAMES.map((name) => [name, 1]))
    await cache.set("other", 1, 60)
    const { items, cursor, hasMore } = await cache.list({ prefix: "key:", limit: 10 })
    expect(items.map(({ key }) => key)).toEqual(NAMES.slice(0, 10))
    expect([cursor, hasMore]).toEqual([NAMES[9], true])
    expect(Object.isFrozen(items)).toBe(true)
    const rest = await cache.list({ prefix: "key:", after: cursor, limit: 1_000 })
    expect(rest.items.map(({ key }) => key)).toEqual(NAMES.slice(10))
    expect(rest.hasMore).toBe(false)
    expect(await cache.list({ after: "other" })).toEqual({ items: [], cursor: "other", hasMore: false })
    const [other] = (await cache.list({ prefix: "o" })).items
    expect(other).toEqual({ key: "other", version: (await cache.entry("other"))?.version, expiresAt: expect.any(Number) })
  })

  it("say whether there is more to the last key", async () => {
    const { cache } = await openPartitioned()
    await cache.setMany(NAMES.map((name) => [name, 1]))
    for (const limit of [99, 100, 101]) expect((await cache.list({ limit })).hasMore).toBe(limit < 100)
    for (let limit = 1; limit < 20; limit += 1) {
      const { items, hasMore } = await cache.list({ limit, after: "key:049" })
      expect(items.map(({ key }) => key)).toEqual(NAMES.slice(50, 50 + limit))
      expect(hasMore).toBe(true)
    }
  })

  it("are walked through, with values or without, counted, and cleared by their prefix", async () => {
    const { cache } = await openPartitioned({ store: { ordered: true } })
    await cache.setMany([...NAMES.map((name, n): [string, number] => [name, n]), ["other", -1]])
    expect(await readAll(cache.keys("key:"))).toEqual(NAMES)
    expect((await readAll(cache.entries({ prefix: "key:", after: "key:089" }))).map(({ key, value }) => [key, value])).toEqual(
      NAMES.slice(90).map((name, n) => [name, 90 + n]),
    )
    expect([await cache.count(), await cache.count("key:0"), await cache.count("none")]).toEqual([101, 100, 0])
    expect([await cache.clear("key:"), await cache.count()]).toEqual([100, 1])
  })

  it("are not cleared where one of them must not be deleted", async () => {
    const { cache, runtime } = await openPartitioned({ policies: allBut(K1) })
    await cache.setMany([
      [K0, 1],
      [K2, 1],
    ])
    expect(await cache.clear()).toBe(2)
    runtime.security.setPolicies([{ effect: "allow", actions: "store.*", resources: "app:cache" }])
    await cache.setMany(KEYS.map((key) => [key, 1]))
    runtime.security.setPolicies(allBut(K1))
    expect((await refusalOf(cache.clear())).details).toMatchObject({ key: K1, action: "store.key.delete" })
    expect(await cache.count()).toBe(3)
  })

  it("cost about what the page holds: an even share of each partition, and what one of them has more in a second round", async () => {
    const { cache, runtime } = await openPartitioned()
    const crowded = crowd(200)
    await cache.setMany(NAMES.map((name) => [name, 1]))
    expect(await posted(runtime, () => cache.list({ limit: 50 }))).toBe(PARTITIONS)
    await cache.setMany(crowded.map((name) => [name, 1]))
    expect(await posted(runtime, () => cache.list({ prefix: "crowd:", limit: 100 }))).toBe(PARTITIONS + 1)
    const { items, hasMore } = await cache.list({ prefix: "crowd:", limit: 100 })
    expect([items.map(({ key }) => key), hasMore]).toEqual([crowded.slice(0, 100), true])
    // The others have enough for a page, but what stands before it is not told yet.
    expect((await cache.list({ limit: 100 })).items.map(({ key }) => key)).toEqual(crowded.slice(0, 100))
  })
})

/** So many keys in order, all of the first partition. */
function crowd(count: number): readonly string[] {
  return Array.from({ length: count * PARTITIONS * 2 }, (_, n) => `crowd:${String(n).padStart(5, "0")}`)
    .filter((key) => partitionIndex(key, PARTITIONS) === 0)
    .slice(0, count)
}
