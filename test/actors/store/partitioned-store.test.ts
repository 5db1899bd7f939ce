import { describe, expect, it } from "vitest"
import { cache as cacheOf, type Policy, StoreMailbox, store } from "../../../actors/index.ts"
import { partitionIndex } from "../../../src/service/partition.ts"
import { keysOf } from "../../support/partitioned-counters.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStageOptions } from "../../support/store-stage.ts"

const PARTITIONS = 3
/** One of each partition, in order. */
const KEYS = keysOf(PARTITIONS)
const [K0, K1, K2] = KEYS as [string, string, string]

const MINE_ALONE: readonly Policy[] = [
  { effect: "allow", actions: ["store.get", "store.statistics", "store.key.list"], resources: "app:cache" },
  {
    effect: "allow",
    actions: "store.key.*",
    resources: "app:cache",
    conditions: [{ field: "attributes.key", operator: "matches", value: "^mine" }],
  },
]

const openPartitioned = (options: StoreStageOptions = {}) => openStore({ ...options, store: { partitions: PARTITIONS, ...options.store } })

const all = (cache: StoreMailbox, keys: readonly string[]): Promise<unknown[]> => Promise.all(keys.map((key) => cache.get(key)))

describe("a store with partitions", () => {
  it("is one id with one mailbox, the same as of any store, over so many processes", async () => {
    const { cache, runtime } = await openPartitioned()
    expect(cache).toBeInstanceOf(StoreMailbox)
    expect(String(cache)).toBe("StoreMailbox(app:cache)")
    expect(runtime.tree().children[0]?.children.map(({ id }) => id)).toEqual(["app:cache#0", "app:cache#1", "app:cache#2"])
    expect(await cache.info()).toMatchObject({ id: "app:cache", capabilities: { partitioned: true } })
  })

  it("says that it is not partitioned where all keys are in one process", async () => {
    const [one, none] = [await openStore({ store: { partitions: 1 } }), await openStore()]
    expect(one.runtime.tree().children[0]?.children.map(({ id }) => id)).toEqual(["app:cache#0"])
    for (const { cache } of [one, none]) expect((await cache.info()).capabilities.partitioned).toBe(false)
    expect(await one.cache.set("k", 1)).toBe(true)
  })

  it("keeps each key in the partition that its hash picks", async () => {
    const { cache, runtime } = await openPartitioned()
    for (const key of KEYS) await cache.set(key, key)
    for (const [index, key] of KEYS.entries()) {
      const part = await runtime.acquire("app:cache", { as: StoreMailbox, key })
      expect(part.id).toBe(`app:cache#${index}`)
      expect(await all(part, KEYS)).toEqual(KEYS.map((each) => (each === key ? key : undefined)))
    }
  })

  it("does under one key what every store does", async () => {
    const { cache, time } = await openPartitioned()
    const numbers = cache as StoreMailbox<number>
    for (const key of KEYS) {
      expect(await cache.set(key, 1, 60)).toBe(true)
      expect([await cache.get(key), await cache.has(key), await cache.ttl(key)]).toEqual([1, true, 60])
      const { version } = await cache.put(key, 2, { keepTtl: true })
      expect(await cache.entry(key)).toEqual({ key, value: 2, version, expiresAt: time.systemTime() + 60_000 })
      expect((await numbers.increment(key)).value).toBe(3)
      expect((await cache.update(key, (value) => [value]))?.value).toEqual([3])
      expect([await cache.touch(key, 5), await cache.ttl(key)]).toEqual([true, 5])
      expect([await cache.persist(key), await cache.ttl(key)]).toEqual([true, Number.POSITIVE_INFINITY])
      expect([await cache.take(key), await cache.delete(key), await cache.get(key)]).toEqual([[3], false, undefined])
    }
  })

  it("has versions that none of its partitions uses again", async () => {
    const { cache, crash } = await openPartitioned()
    const versions: string[] = []
    const write = async (): Promise<void> => {
      for (const key of KEYS) versions.push((await cache.put(key, 1)).version)
    }
    await write()
    await write()
    await crash("app:cache#1")
    await write()
    expect(new Set(versions).size).toBe(versions.length)
  })

  it("tells of all partitions together what it has seen", async () => {
    const { cache } = await openPartitioned()
    for (const key of KEYS) await cache.set(key, 1)
    await all(cache, [K0, K1, "none"])
    await cache.delete(K2)
    expect(await cache.statistics()).toMatchObject({ entries: 2, sets: 3, hits: 2, misses: 1, deletes: 1, expired: 0 })
  })

  it("refuses what is wrong as every store does", async () => {
    const { cache } = await openPartitioned()
    expect((await refusalOf(cache.get(""))).details.field).toBe("key")
    expect((await refusalOf(cache.get("\ud800"))).details.field).toBe("key")
    expect((await refusalOf(cache.set(K0, () => {}))).details.field).toBe("value")
    expect((await refusalOf(cache.get(K0, { timeoutMs: -1 }))).details.field).toBe("timeoutMs")
    expect((await refusalOf(cache.statistics({ timeoutMs: -1 }))).details.field).toBe("timeoutMs")
    expect((await refusalOf(cache.statistics({ timeout: 1 } as never))).details.field).toBe("timeout")
  })

  it("reads what is said to all of its partitions once", async () => {
    const { cache } = await openPartitioned()
    const reads: number[] = []
    const options = {
      get timeoutMs() {
        reads.push(1)
        return 100
      },
    }
    await cache.statistics(options)
    expect(reads).toEqual([1])
  })
})

describe("partitions of a store", () => {
  it("crash alone: the others serve, and what is for the one waits until it is back", async () => {
    const { cache, runtime, time, crash } = await openPartitioned()
    for (const key of KEYS) await cache.set(key, 1)
    await crash("app:cache#1")
    expect(await all(cache, KEYS)).toEqual([1, undefined, 1])
    await runtime.sys.suspend("app:cache#1")
    const served: unknown[] = []
    const waiting = cache.set(K1, 2).then((answer) => served.push(answer))
    expect(await all(cache, [K0, K2])).toEqual([1, 1])
    expect(served).toEqual([])
    await runtime.sys.resume("app:cache#1")
    await time.settle()
    await waiting
    expect(await cache.get(K1)).toBe(2)
  })

  it("keep what they have where their state is retained", async () => {
    const { cache, crash } = await openPartitioned({ child: { state: "retain" } })
    for (const key of KEYS) await cache.set(key, 1)
    await crash("app:cache#1")
    expect(await all(cache, KEYS)).toEqual([1, 1, 1])
  })

  it("let go of what is bound to a mailbox that is given back", async () => {
    const { cache, runtime } = await openPartitioned()
    const other = await runtime.acquire("app:cache")
    for (const key of KEYS) await other.set(key, 1, { bound: true })
    await cache.set(K1, 2)
    expect(await other.release()).toBe(true)
    expect(await all(cache, KEYS)).toEqual([undefined, 2, undefined])
    expect((await refusalOf(other.get(K0))).message).toBe("store released")
    expect((await refusalOf(other.statistics())).message).toBe("store released")
  })

  it("are judged by what is said of the id, each by the key", async () => {
    const { cache, runtime } = await openPartitioned({ policies: MINE_ALONE })
    const [mine = "", yours = ""] = ["mine 1", "yours 1"]
    expect([await cache.set(mine, 1), await cache.get(mine)]).toEqual([true, 1])
    const { kind, details } = await refusalOf(cache.get(yours))
    expect(kind).toBe("PERMISSION_DENIED")
    expect(details).toMatchObject({ action: "store.key.get", key: yours })
    expect((await refusalOf(cache.transaction([yours], () => {}))).kind).toBe("PERMISSION_DENIED")
    runtime.security.setPolicies([{ effect: "allow", actions: "store.key.*", resources: "app:cache" }])
    expect((await refusalOf(cache.statistics())).kind).toBe("PERMISSION_DENIED")
  })

  it("have an even share each of what the store may hold", async () => {
    const keys = Array.from({ length: 1_000 }, (_, n) => `key ${n}`)
    const { cache } = await openPartitioned({ store: { maxEntries: 10 } })
    await Promise.all(keys.map((key) => cache.set(key, 1).catch(() => {})))
    expect((await cache.statistics()).entries).toBe(PARTITIONS * 4)
    const weighed = await openPartitioned({ store: { maxBytes: 30, weigh: () => 2 } })
    await Promise.all(keys.map((key) => weighed.cache.set(key, 1).catch(() => {})))
    expect((await weighed.cache.statistics()).bytes).toBe(30)
    const heavy = await refusalOf((await openPartitioned({ store: { maxBytes: 30, weigh: () => 11 } })).cache.set(K0, 1))
    expect(heavy.details).toMatchObject({ field: "value", maxBytes: 10 })
    expect(heavy.message).toBe("the entry weighs 11, and all of the key's partition may weigh 10")
    const full = await openPartitioned({ store: { maxEntries: 1 } })
    await full.cache.setMany(KEYS.map((key) => [key, 1]))
    const another = keys.find((key) => partitionIndex(key, PARTITIONS) === 0) as string
    expect((await refusalOf(full.cache.set(another, 1))).message).toBe("the key's partition is full (1 entries): no room for a new key")
    const unlimited = await openPartitioned({ store: { maxEntries: 0 } })
    await Promise.all(keys.map((key) => unlimited.cache.set(key, 1)))
    expect((await unlimited.cache.statistics()).entries).toBe(keys.length)
  })
})

describe("a transaction in a store with partitions", () => {
  it("is of keys of one partition", async () => {
    const { cache } = await openPartitioned()
    await cache.transaction([K1, K1], (tx) => tx.set(K1, 1))
    expect(await cache.get(K1)).toBe(1)
  })

  it("takes keys of one hash tag, whatever else they are called", async () => {
    const { cache } = await openPartitioned()
    const keys = Array.from({ length: 20 }, (_, index) => `${"x".repeat(index)}{order:7}:${index}`)
    await cache.transaction(keys, (tx) => {
      for (const key of keys) tx.set(key, key)
    })
    expect(await cache.getMany(keys)).toEqual(keys)
  })

  it("is refused across partitions, and told by two keys why: nothing has changed, and nothing is called", async () => {
    const { cache } = await openPartitioned()
    const calls: unknown[] = []
    const { kind, message, details } = await refusalOf(cache.transaction([K1, K0, K2], (tx) => calls.push(tx)))
    expect(kind).toBe("INVALID")
    expect(message).toContain(JSON.stringify(K1))
    expect(message).toContain(JSON.stringify(K0))
    expect(details).toEqual({ field: "keys", keys: [K1, K0] })
    expect(calls).toEqual([])
    expect((await cache.statistics()).entries).toBe(0)
  })
})

describe("partitions", () => {
  it("are so many, or it is Invalid", () => {
    for (const define of [store, cacheOf]) {
      for (const partitions of [0, -1, 1.5, Number.NaN, 65_537, "2", null, {}]) {
        const { kind, details } = refusalBy(() => define({ partitions: partitions as number }))
        expect([kind, details.field]).toEqual(["INVALID", "partitions"])
      }
    }
  })
})
