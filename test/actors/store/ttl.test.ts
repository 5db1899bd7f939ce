import { describe, expect, it, onTestFinished, vi } from "vitest"
import { type Host, type ServerSelf, type SetOptions, type StoreMailbox, server, start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const YEAR = 365 * 24 * 3600
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const unseen = {
  get [Symbol.toStringTag](): string {
    throw new Error("not to be looked at")
  },
}

describe("a TTL", () => {
  const none: readonly (readonly [name: string, ttl: number | SetOptions | undefined])[] = [
    ["absent", undefined],
    ["0", 0],
    ["-0", -0],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["absent from the options", {}],
    ["0 in the options", { ttl: 0 }],
    ["Infinity in the options", { ttl: Number.POSITIVE_INFINITY }],
  ]
  it.each(none)("that is %s is no expiry, and arms no timer", async (_, ttl) => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, ttl)
    await time.settle()
    expect(time.armedTimers).toBe(0)
    await time.advance(100 * YEAR * 1000)
    expect(await cache.get("k")).toBe(1)
  })

  const bad: readonly (readonly [name: string, ttl: unknown])[] = [
    ["negative", -1],
    ["barely negative", -Number.MIN_VALUE],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["NaN", Number.NaN],
    ["a string", "60"],
    ["null", null],
    ["a bigint", 60n],
    ["a boolean", true],
    ["an array", [60]],
    ["a Date", new Date(0)],
    ["a proxy that was revoked", revoked.proxy],
    ["an object that throws when it is looked at", unseen],
    ["NaN in the options", { ttl: Number.NaN }],
    ["null in the options", { ttl: null }],
    ["a string in the options", { ttl: "60" }],
  ]
  it.each(bad)("that is %s is Invalid, and writes nothing", async (_, ttl) => {
    const { runtime, cache } = await openStore()
    await cache.set("old", "old")
    const accepted = runtime.statistics().accepted
    for (const key of ["old", "new"]) {
      const error = await refusalOf(cache.set(key, "new", ttl as number))
      expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "ttl" } })
      expect(error.message).toMatch(/^ttl must be a number of seconds from 0/)
    }
    expect(runtime.statistics().accepted).toBe(accepted)
    expect(await cache.get("old")).toBe("old")
    expect(await cache.has("new")).toBe(false)
  })

  const rounded: readonly (readonly [ttl: number, ms: number])[] = [
    [0.001, 1],
    [0.0001, 1],
    [1e-12, 1],
    [Number.MIN_VALUE, 1],
    [0.0011, 2],
    [1.1, 1100],
    [0.07, 70],
    [0.29, 290],
    [1.001, 1001],
    [2.3, 2300],
    [2.007, 2007],
    [4.001, 4001],
    [1.0005, 1001],
    [4.35, 4350],
    [3600, 3_600_000],
  ]
  it.each(rounded)("of %d s is %d ms: up to the millisecond, never to 0", async (ttl, ms) => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, ttl)
    await time.advance(ms - 1)
    expect(await cache.has("k")).toBe(true)
    await time.advance(1)
    expect(await cache.has("k")).toBe(false)
  })

  it.each([25 * 24 * 3600, YEAR, 80 * YEAR])("of %d s works, though host timers overflow long before", async (ttl) => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, ttl)
    await time.advance(ttl * 1000 - 1)
    expect(await cache.get("k")).toBe(1)
    await time.advance(1)
    expect(await cache.get("k")).toBeUndefined()
  })

  it("ends with its entry: now >= deadline is dead, for every operation, swept or not", async () => {
    for (const look of ["get", "has", "delete"] as const) {
      const { cache, time } = await openStore()
      await cache.set("k", "value", 1)
      await time.advance(999)
      expect(await cache.get("k")).toBe("value")
      await time.advance(1)
      expect(await cache.statistics()).toMatchObject({ entries: 1, expired: 0 })
      expect(await cache[look]("k")).toBe(look === "get" ? undefined : false)
      expect(await cache.statistics()).toMatchObject({ entries: 0, expired: 1, deletes: 0 })
    }
  })

  it("counts from the set's handling, on the store's own clock", async () => {
    const { cache, time } = await openStore()
    await time.advance(12_345)
    await cache.set("k", 1, 1)
    await time.advance(999)
    expect(await cache.has("k")).toBe(true)
    await time.advance(1)
    expect(await cache.has("k")).toBe(false)
  })
})

describe("a TTL that ends later than can be counted", () => {
  it.each([2 ** 53 / 1000 + 1, 1e306, Number.MAX_VALUE])(
    "of %d s is Invalid, as one is that no clock reading could be added to",
    async (ttl) => {
      const { cache, time } = await openStore()
      expect(await refusalOf(cache.set("k", 1, ttl))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
      await time.advance(10_000)
      expect(await refusalOf(cache.set("k", 1, (2 ** 53 - 1000) / 1000))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
      expect(await cache.has("k")).toBe(false)
    },
  )

  it("is taken up to there", async () => {
    const { cache } = await openStore()
    expect(await cache.set("k", 1, 2 ** 52 / 1000)).toBe(true)
    expect(await cache.get("k")).toBe(1)
  })
})

describe("the options of a set", () => {
  it("are read once", async () => {
    const { cache, time } = await openStore()
    const reads: string[] = []
    const options = {
      get ttl(): number {
        reads.push("ttl")
        return reads.length === 1 ? 1 : 1000
      },
    }
    await cache.set("k", 1, options)
    expect(reads).toEqual(["ttl"])
    await time.advance(1000)
    expect(await cache.has("k")).toBe(false)
  })
})

describe("a slow message before it, in the same turn", () => {
  /** A store whose clock goes on by 40 ms whenever a Map of records is copied out. */
  async function slowStore() {
    const time = virtualTime()
    let late = 0
    const host: Host = Object.create(time, { now: { value: () => time.now() + late } })
    const runtime = await start({ "app:cache": store() }, { host, log: () => {} })
    onTestFinished(() => runtime.stop())
    const cache = await runtime.acquire("app:cache")
    const { forEach } = Map.prototype
    await cache.set("slow", new Map([["a", { b: 1 }]]))
    const spy = vi.spyOn(Map.prototype, "forEach").mockImplementation(function (this: Map<unknown, unknown>, ...args) {
      late += 40
      return forEach.apply(this, args)
    })
    onTestFinished(() => spy.mockRestore())
    return cache
  }

  it("takes nothing from a TTL: it counts from when its set is handled", async () => {
    const cache = await slowStore()
    await Promise.all([cache.has("k"), cache.set("first", 1, 10), cache.get("slow"), cache.set("k", 1, 0.03)])
    expect(await cache.get("k")).toBe(1)
  })

  it("shows nothing that was due before it was read", async () => {
    const cache = await slowStore()
    const [, , , value] = await Promise.all([cache.set("k", 1, 0.03), cache.get("k"), cache.get("slow"), cache.get("k")])
    expect(value).toBeUndefined()
  })
})

describe("messages that only look, in the same turn", () => {
  /** A store, and whoever asks it, on a clock that says how often it was read. */
  async function countedStore() {
    const time = virtualTime()
    const clock = { readings: 0, late: 0 }
    const now = (): number => {
      clock.readings += 1
      return time.now() + clock.late
    }
    const host: Host = Object.create(time, { now: { value: now } })
    const asker = server({
      init: (_: undefined, self: ServerSelf): Promise<StoreMailbox> => self.acquire("app:cache"),
      call: {
        slowly: (cache: StoreMailbox, _: undefined): Promise<unknown> => {
          clock.late += 40
          return cache.get("k")
        },
      },
    })
    const runtime = await start({ "app:cache": store(), "app:asker": asker }, { host, log: () => {} })
    onTestFinished(() => runtime.stop())
    return { cache: await runtime.acquire("app:cache"), asker: await runtime.acquire("app:asker"), clock }
  }

  it("share a reading of the clock", async () => {
    const { cache, clock } = await countedStore()
    await cache.set("k", 1, 60)
    clock.readings = 0
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? cache.get("k") : cache.has("k"))))
    expect(new Set(answers)).toEqual(new Set([1, true]))
    expect(clock.readings).toBeLessThan(30)
  })

  it("share none with who comes behind a function of a caller's", async () => {
    const { cache, clock } = await countedStore()
    const slow = (): number => {
      clock.late += 40
      return 1
    }
    const asked = [cache.has("k"), cache.set("k", 1, 0.03), cache.get("k"), cache.update("other", slow), cache.get("k")]
    expect(await Promise.all(asked)).toMatchObject([false, true, 1, { value: 1 }, undefined])
  })

  it("share none with the next turn, be it in the same drain", async () => {
    const { cache, asker, clock } = await countedStore()
    await cache.set("k", 1, 0.03)
    const asked = [cache.get("k"), cache.get("k"), cache.get("k"), asker.call.slowly()]
    expect(await Promise.all(asked)).toEqual([1, 1, 1, undefined])
    expect(clock.late).toBe(40)
  })
})

describe("overwriting", () => {
  it("replaces a long TTL by a short one", async () => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, 100)
    await cache.set("k", 2, 1)
    await time.advance(1000)
    expect(await cache.get("k")).toBeUndefined()
  })

  it("replaces a short TTL by a long one", async () => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, 1)
    await time.advance(500)
    await cache.set("k", 2, 2)
    await time.advance(1999)
    expect(await cache.get("k")).toBe(2)
    await time.advance(1)
    expect(await cache.get("k")).toBeUndefined()
  })

  it("without a TTL takes the old one away", async () => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, 1)
    await cache.set("k", 2)
    await time.advance(1_000_000)
    expect(await cache.get("k")).toBe(2)
    expect(time.armedTimers).toBe(0)
  })

  it("brings a dead key back, with the new TTL alone", async () => {
    const { cache, time } = await openStore()
    await cache.set("k", 1, 1)
    await time.advance(1000)
    await cache.set("k", 2, 5)
    await time.advance(4999)
    expect(await cache.get("k")).toBe(2)
    await time.advance(1)
    expect(await cache.get("k")).toBeUndefined()
  })
})

describe("timers", () => {
  it("are one for the whole store, however many keys expire", async () => {
    const { cache, time } = await openStore()
    for (let i = 1; i <= 100; i += 1) await cache.set(`k${i}`, i, i)
    await time.settle()
    expect(time.armedTimers).toBe(1)
  })

  it("are none once everything has expired", async () => {
    const { cache, time } = await openStore()
    for (let i = 1; i <= 100; i += 1) await cache.set(`k${i}`, i, i)
    await time.advance(101_000)
    expect(time.armedTimers).toBe(0)
    expect(await cache.statistics()).toMatchObject({ entries: 0, expired: 100 })
  })

  it("are none after the runtime has stopped", async () => {
    const { runtime, cache, time } = await openStore()
    await cache.set("k", 1, 1)
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})
