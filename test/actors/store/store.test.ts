import { afterEach, describe, expect, it, vi } from "vitest"
import { Mailbox, NotFound, PermissionDenied, type Policy, StoreMailbox, server, start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const allow = (actions: string | readonly string[]): Policy => ({ effect: "allow", actions, resources: "app:cache" })

describe("acquire", () => {
  it("gives a mailbox of the store", async () => {
    const { cache } = await openStore()
    expect(cache).toBeInstanceOf(StoreMailbox)
    expect(cache.id).toBe("app:cache")
    expect(cache.isReleased).toBe(false)
  })

  it("refuses an empty id as Invalid, not retryable", async () => {
    const { runtime } = await openStore()
    expect(await refusalOf(runtime.acquire("", { as: Mailbox }))).toMatchObject({
      kind: "INVALID",
      retryable: false,
      details: { field: "id" },
    })
  })

  it("refuses an unknown id as NotFound, not retryable", async () => {
    const { runtime } = await openStore()
    const error = await refusalOf(runtime.acquire("app:elsewhere", { as: Mailbox }))
    expect(error).toBeInstanceOf(NotFound)
    expect(error).toMatchObject({ kind: "NOT_FOUND", retryable: false, details: { field: "id", id: "app:elsewhere" } })
    expect(error.message).toBe("there is no service app:elsewhere")
  })

  it("refuses who may not store.get as PermissionDenied, not retryable, and attaches nobody", async () => {
    const { runtime, events } = await openStore({ policies: [allow("store.get")] })
    runtime.security.setPolicies([allow("store.key.*")])
    const error = await refusalOf(runtime.as({ id: "user:eve" }).acquire("app:cache"))
    expect(error).toBeInstanceOf(PermissionDenied)
    expect(error).toMatchObject({ kind: "PERMISSION_DENIED", retryable: false })
    // Not by which action: that would tell what is there.
    expect(error.details).toEqual({ principal: "user:eve", resource: "app:cache" })
    expect(events.filter(({ type }) => type === "attached")).toHaveLength(1)
    expect(events.filter(({ type }) => type === "denied")).toMatchObject([{ action: "store.get", resource: "app:cache" }])
  })

  it("refuses a service that is no store, where a store is asked for, as Invalid", async () => {
    const counter = server({ init: () => ({ count: 0 }), call: { value: (state) => state.count } })
    await using runtime = await start({ "app:counter": counter }, { host: virtualTime(), log: () => {} })
    const error = await refusalOf(runtime.acquire("app:counter", { as: StoreMailbox }))
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "id", id: "app:counter" } })
    expect(error.message).toContain("StoreMailbox")
  })
})

describe("get", () => {
  it("gives what was set", async () => {
    const { cache } = await openStore()
    await cache.set("user:1", { name: "Alice" })
    expect(await cache.get("user:1")).toEqual({ name: "Alice" })
  })

  it("gives undefined, and no error, for a key that was never set", async () => {
    const { cache } = await openStore()
    expect(await cache.get("absent")).toBeUndefined()
  })

  it("finds no key that an object inherits", async () => {
    const { cache } = await openStore()
    for (const key of ["constructor", "__proto__", "toString"]) {
      expect(await cache.get(key)).toBeUndefined()
      expect(await cache.has(key)).toBe(false)
      await cache.set(key, key)
      expect(await cache.get(key)).toBe(key)
    }
  })
})

describe("set", () => {
  it("answers true, for a new key and for an old one", async () => {
    const { cache } = await openStore()
    expect(await cache.set("k", 1)).toBe(true)
    expect(await cache.set("k", 2)).toBe(true)
    expect(await cache.get("k")).toBe(2)
  })

  it("keeps falsy values apart from absence", async () => {
    const { cache } = await openStore()
    for (const value of [null, 0, "", false, Number.NaN, 0n]) {
      await cache.set("k", value)
      expect(await cache.get("k")).toBe(value)
      expect(await cache.has("k")).toBe(true)
    }
  })
})

describe("has", () => {
  it("says whether there is a value", async () => {
    const { cache } = await openStore()
    await cache.set("k", 1)
    expect(await cache.has("k")).toBe(true)
    expect(await cache.has("other")).toBe(false)
  })

  it("does not read: it counts neither as a hit nor as a miss", async () => {
    const { cache } = await openStore()
    await cache.set("k", 1)
    await cache.has("k")
    await cache.has("other")
    expect(await cache.statistics()).toMatchObject({ hits: 0, misses: 0 })
  })
})

describe("delete", () => {
  it("answers true where there was a value, and then it is gone", async () => {
    const { cache } = await openStore()
    await cache.set("k", 1)
    expect(await cache.delete("k")).toBe(true)
    expect(await cache.get("k")).toBeUndefined()
  })

  it("answers false where there was none", async () => {
    const { cache } = await openStore()
    expect(await cache.delete("k")).toBe(false)
    await cache.set("k", 1)
    await cache.delete("k")
    expect(await cache.delete("k")).toBe(false)
  })
})

describe("a key", () => {
  const bad: readonly (readonly [name: string, key: unknown])[] = [
    ["an empty one", ""],
    ["undefined", undefined],
    ["null", null],
    ["a number", 1],
    ["an object", {}],
    ["an array", ["k"]],
  ]

  it.each(bad)("that is %s is Invalid for every operation, and nothing is posted", async (_, key) => {
    const { runtime, cache } = await openStore()
    const accepted = runtime.statistics().accepted
    const unchecked = key as string
    for (const call of [cache.get(unchecked), cache.set(unchecked, 1), cache.has(unchecked), cache.delete(unchecked)]) {
      const error = await refusalOf(call)
      expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "key" } })
      expect(error.message).toMatch(/^key must be a non-empty string/)
    }
    expect(runtime.statistics().accepted).toBe(accepted)
    expect(await cache.statistics()).toMatchObject({ entries: 0, sets: 0, misses: 0 })
  })

  it("may be any non-empty text that is well-formed", async () => {
    const { cache } = await openStore()
    const keys = [" ", "\0", "a b", "😀", "\ud83d\ude00", "\uffff", "x".repeat(10_000)]
    for (const key of keys) await cache.set(key, key)
    for (const key of keys) expect(await cache.get(key)).toBe(key)
    expect(await cache.statistics()).toMatchObject({ entries: new Set(keys).size })
  })

  it("is Invalid with half of a surrogate pair: no store on disk could keep it, or its order", async () => {
    const { cache } = await openStore()
    for (const key of ["\ud800", "a\udc00", "\ude00\ud83d"]) {
      for (const call of [cache.get(key), cache.set(key, 1), cache.has(key), cache.delete(key), cache.entry(key), cache.take(key)]) {
        expect(await refusalOf(call)).toMatchObject({ kind: "INVALID", details: { field: "key" } })
      }
    }
    expect(await cache.statistics()).toMatchObject({ sets: 0, misses: 0 })
  })
})

describe("release", () => {
  it("answers true, and true again when repeated", async () => {
    const { cache } = await openStore()
    expect(await cache.release()).toBe(true)
    expect(await cache.release()).toBe(true)
    expect(cache.isReleased).toBe(true)
  })

  it("makes every later operation fail as Invalid, store released, and post nothing", async () => {
    const { runtime, cache } = await openStore()
    await cache.set("k", 1)
    await cache.release()
    const accepted = runtime.statistics().accepted
    for (const call of [cache.get("k"), cache.set("k", 2), cache.has("k"), cache.delete("k"), cache.statistics()]) {
      const error = await refusalOf(call)
      expect(error).toMatchObject({ kind: "INVALID", retryable: false, message: "store released" })
    }
    expect(runtime.statistics().accepted).toBe(accepted)
    const other = await runtime.acquire("app:cache")
    expect(await other.get("k")).toBe(1)
  })

  it("lets what was posted before complete first", async () => {
    const { runtime, cache } = await openStore()
    const writes = [cache.set("a", 1), cache.set("b", 2)]
    expect(await cache.release()).toBe(true)
    expect(await Promise.all(writes)).toEqual([true, true])
    const other = await runtime.acquire("app:cache")
    expect(await other.statistics()).toMatchObject({ entries: 2 })
  })

  it("happens on leaving an await using block", async () => {
    const { runtime } = await openStore()
    const { held } = await (async () => {
      await using held = await runtime.acquire("app:cache")
      await held.set("k", 1)
      return { held }
    })()
    expect(held.isReleased).toBe(true)
  })
})

describe("the actions of the store", () => {
  it("are these, each needed for its operation alone", async () => {
    const { runtime, cache } = await openStore()
    const operations: Readonly<Record<string, () => Promise<unknown>>> = {
      "store.key.get": () => cache.get("k"),
      "store.key.set": () => cache.set("k", 1),
      "store.key.has": () => cache.has("k"),
      "store.key.delete": () => cache.delete("k"),
      "store.statistics": () => cache.statistics(),
    }
    for (const allowed of Object.keys(operations)) {
      runtime.security.setPolicies([allow(allowed)])
      for (const [action, operate] of Object.entries(operations)) {
        if (action === allowed) await operate()
        else expect((await refusalOf(operate())).details).toMatchObject({ action, resource: "app:cache", principal: "anonymous" })
      }
    }
  })

  it("carry the key as their attribute", async () => {
    const { runtime, cache } = await openStore()
    runtime.security.setPolicies([
      { effect: "allow", actions: "store.key.*", resources: "*", conditions: [{ field: "attributes.key", operator: "eq", value: "mine" }] },
    ])
    await cache.set("mine", 1)
    expect([await cache.get("mine"), await cache.has("mine"), await cache.delete("mine")]).toEqual([1, true, true])
    for (const call of [cache.get("yours"), cache.set("yours", 1), cache.has("yours"), cache.delete("yours")]) {
      expect((await refusalOf(call)).details).toMatchObject({ key: "yours" })
    }
  })
})

describe("a denied operation", () => {
  it("is PermissionDenied, takes no room, reaches no store, and is told to inspectors", async () => {
    const { runtime, cache, events } = await openStore({ principal: "user:eve" })
    await cache.set("k", 1)
    runtime.security.setPolicies([allow(["store.get", "store.statistics"])])
    const { accepted, refused } = runtime.statistics()
    const error = await refusalOf(cache.set("k", 2))
    expect(error).toMatchObject({ kind: "PERMISSION_DENIED", retryable: false, _tag: "PermissionDenied" })
    expect(error.message).toBe("user:eve may not store.key.set on app:cache: no policy allows it")
    expect(runtime.statistics()).toMatchObject({ accepted, refused: refused + 1 })
    expect(events.filter(({ type }) => type === "denied")).toEqual([
      {
        type: "denied",
        principal: "user:eve",
        action: "store.key.set",
        resource: "app:cache",
        attributes: { key: "k" },
        policy: undefined,
      },
    ])
    expect(await cache.statistics()).toMatchObject({ sets: 1 })
  })
})

describe("a raw message", () => {
  it("told to the store's process is refused and reported as a dead letter", async () => {
    const { runtime, cache, events, time } = await openStore()
    const pid = runtime.whereis("app:cache")
    if (pid === undefined) throw new Error("the store does not run")
    const { accepted } = runtime.statistics()
    const raw = { key: "k", value: 1, ttlMs: Number.POSITIVE_INFINITY, owner: 0 }
    expect(runtime.tell(pid, raw)).toBe(false)
    await time.settle()
    expect(events.filter(({ type }) => type === "dead_letter")).toEqual([
      { type: "dead_letter", target: "app:cache", message: { sort: "an Object" }, cause: "denied" },
    ])
    expect(runtime.statistics().accepted).toBe(accepted)
    expect(await cache.statistics()).toMatchObject({ entries: 0, sets: 0 })
  })

  it("asked of the store's process is PermissionDenied and reported as a dead letter", async () => {
    const { runtime, cache, events } = await openStore()
    await cache.set("k", "secret")
    const pid = runtime.whereis("app:cache")
    if (pid === undefined) throw new Error("the store does not run")
    const error = await refusalOf(runtime.ask(pid, "k"))
    expect(error).toMatchObject({ kind: "PERMISSION_DENIED", retryable: false })
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([
      { target: "app:cache", message: { sort: "a string" }, cause: "denied" },
    ])
  })
})

describe("maxEntries", () => {
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null, 10n])("%s is Invalid", (maxEntries) => {
    const error = refusalBy(() => store({ maxEntries: maxEntries as number }))
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "maxEntries" } })
  })

  it("refuses a new key of a full store as Unavailable, retryable, and changes nothing", async () => {
    const { cache } = await openStore({ store: { maxEntries: 2 } })
    await cache.set("a", 1)
    await cache.set("b", 2)
    const before = await cache.statistics()
    const error = await refusalOf(cache.set("c", 3))
    expect(error).toMatchObject({ kind: "UNAVAILABLE", retryable: true, details: { field: "key", key: "c", maxEntries: 2 } })
    expect(error.message).toBe("the store is full (2 entries): no room for a new key")
    expect(await cache.statistics()).toEqual({ ...before, refused: 1 })
    expect(await cache.has("c")).toBe(false)
  })

  it("never refuses to overwrite", async () => {
    const { cache } = await openStore({ store: { maxEntries: 1 } })
    await cache.set("a", 1)
    expect(await cache.set("a", 2, 10)).toBe(true)
    expect(await cache.get("a")).toBe(2)
  })

  it("makes room by what has expired, before any sweep", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: 2 } })
    await cache.set("a", 1, 1)
    await cache.set("b", 2)
    await time.advance(1000)
    expect(await cache.statistics()).toMatchObject({ entries: 2 })
    expect(await cache.set("c", 3)).toBe(true)
    expect(await cache.statistics()).toMatchObject({ entries: 2, expired: 1, refused: 0 })
    expect(await cache.get("b")).toBe(2)
  })

  it("makes room by what a released mailbox had bound", async () => {
    const { runtime, cache } = await openStore({ store: { maxEntries: 1 } })
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    await leaving.release()
    expect(await cache.set("b", 2)).toBe(true)
    expect(await cache.get("a")).toBeUndefined()
  })

  it("makes room by a deletion", async () => {
    const { cache } = await openStore({ store: { maxEntries: 1 } })
    await cache.set("a", 1)
    await cache.delete("a")
    expect(await cache.set("b", 2)).toBe(true)
  })

  it("of 0 is no limit, and the default is 10 000", async () => {
    const unlimited = await openStore({ store: { maxEntries: 0 } })
    const limited = await openStore()
    for (let i = 0; i < 10_000; i += 1) {
      await unlimited.cache.set(`k${i}`, i)
      await limited.cache.set(`k${i}`, i)
    }
    expect(await unlimited.cache.set("one more", 1)).toBe(true)
    expect(await refusalOf(limited.cache.set("one more", 1))).toMatchObject({ kind: "UNAVAILABLE", details: { maxEntries: 10_000 } })
  })
})

describe("statistics", () => {
  it("counts what the store has seen, each thing once", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: 3 } })
    await cache.set("a", 1)
    await cache.set("a", 2)
    await cache.set("b", 1, 1)
    await cache.set("c", 1)
    await refusalOf(cache.set("d", 1))
    await cache.get("a")
    await cache.get("absent")
    await cache.delete("c")
    await cache.delete("c")
    await time.advance(1000)
    await cache.get("b")
    expect(await cache.statistics()).toEqual({
      ...{ entries: 1, bytes: 0, hits: 1, misses: 2, sets: 4 },
      ...{ deletes: 1, expired: 1, evicted: 0, refused: 1 },
      ...{ hitRatio: 1 / 3, oldestEntryMs: 1000, expiryLagMs: 0 },
    })
  })

  it("does not count as expired what left with its mailbox", async () => {
    const { runtime, cache, time } = await openStore()
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    await leaving.release()
    await time.advance(1000)
    expect(await cache.statistics()).toMatchObject({ entries: 0, expired: 0, deletes: 0 })
  })
})

describe("an entry bound to its mailbox", () => {
  it("is gone at once when that mailbox is released, for every reader", async () => {
    const { runtime, cache } = await openStore()
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    expect(await cache.get("a")).toBe(1)
    await leaving.release()
    expect(await cache.get("a")).toBeUndefined()
    expect(await cache.has("a")).toBe(false)
    expect(await cache.delete("a")).toBe(false)
  })

  it("stays when another mailbox is released", async () => {
    const { runtime, cache } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.set("a", 1, { bound: true })
    await other.set("b", 1, { bound: true })
    await other.release()
    expect(await cache.get("a")).toBe(1)
    expect(await cache.get("b")).toBeUndefined()
  })

  it("is unbound by an overwrite that does not bind, whoever writes it", async () => {
    const { runtime, cache } = await openStore()
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    await leaving.set("b", 1, { bound: true })
    await leaving.set("a", 2)
    await cache.set("b", 2)
    await leaving.release()
    expect([await cache.get("a"), await cache.get("b")]).toEqual([2, 2])
  })

  it("goes over to the mailbox that binds it last", async () => {
    const { runtime, cache } = await openStore()
    const first = await runtime.acquire("app:cache")
    const second = await runtime.acquire("app:cache")
    await first.set("a", 1, { bound: true })
    await second.set("a", 2, { bound: true })
    await first.release()
    expect(await cache.get("a")).toBe(2)
    await second.release()
    expect(await cache.get("a")).toBeUndefined()
  })

  it("that the key gets after its release is another entry", async () => {
    const { runtime, cache, time } = await openStore()
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    await leaving.release()
    await cache.set("a", 2)
    await time.advance(1000)
    expect(await cache.get("a")).toBe(2)
  })

  it("expires by its TTL all the same", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { bound: true, ttl: 1 })
    await time.advance(999)
    expect(await cache.get("a")).toBe(1)
    await time.advance(1)
    expect(await cache.get("a")).toBeUndefined()
  })

  it("goes on a release that falls in the time of a restart, where the table is retained", async () => {
    const { runtime, cache, crash } = await openStore({ child: { state: "retain" } })
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("a", 1, { bound: true })
    const crashed = crash()
    await leaving.release()
    await crashed
    expect(await cache.get("a")).toBeUndefined()
  })

  it.each([1, "yes", null, {}])("needs true or false: %s is Invalid and writes nothing", async (bound) => {
    const { cache } = await openStore()
    const error = await refusalOf(cache.set("a", 1, { bound: bound as boolean }))
    expect(error).toMatchObject({ kind: "INVALID", details: { field: "bound" } })
    expect(await cache.statistics()).toMatchObject({ entries: 0 })
  })
})

describe("removal", () => {
  it("of very many dead entries goes on until none is left, without another timer", async () => {
    const { cache, time } = await openStore()
    for (let i = 0; i < 3000; i += 1) await cache.set(`k${i}`, i, 1)
    await time.advance(1049)
    expect((await cache.statistics()).entries).toBe(3000)
    await time.advance(1)
    expect((await cache.statistics()).entries).toBe(0)
  })

  it("does not outrun who watches with the usual room: each is told once", async () => {
    const { cache, time } = await openStore()
    const watch = cache.watch({ prefix: "" })
    for (let i = 0; i < 3000; i += 1) {
      await cache.set(`k${i}`, i, 1)
      await watch.next()
    }
    const told: string[] = []
    const reading = (async () => {
      for await (const { type, key } of watch) told.push(`${type} ${key}`)
    })()
    await time.advance(1100)
    watch.close()
    await reading
    expect(told.toSorted()).toEqual(Array.from({ length: 3000 }, (_, i) => `expire k${i}`).toSorted())
  })

  it("gives the room back without being asked", async () => {
    const { runtime, cache, time } = await openStore()
    const leaving = await runtime.acquire("app:cache")
    await leaving.set("bound", 1, { bound: true })
    await cache.set("expiring", 1, 2)
    await leaving.release()
    await time.advance(50)
    expect(await cache.statistics()).toMatchObject({ entries: 1 })
    await time.advance(2000)
    expect(await cache.statistics()).toMatchObject({ entries: 0, expired: 1 })
  })
})

describe("a crash", () => {
  it("empties the store by default, and the mailbox goes on", async () => {
    const { cache, crash } = await openStore()
    await cache.set("k", 1)
    await crash()
    expect(await cache.get("k")).toBeUndefined()
    expect(await cache.statistics()).toMatchObject({ sets: 0, misses: 1 })
  })

  it("leaves the entries, their TTLs and their sweeping to the next incarnation where the child retains", async () => {
    const { cache, time, crash } = await openStore({ child: { state: "retain" } })
    await cache.set("k", 1)
    await cache.set("short", 1, 1)
    await time.advance(400)
    await crash()
    expect([await cache.get("k"), await cache.get("short")]).toEqual([1, 1])
    await time.advance(600)
    expect([await cache.get("k"), await cache.has("short")]).toEqual([1, false])
    await cache.set("other", 1, 1)
    await crash()
    await time.advance(1050)
    expect(await cache.statistics()).toMatchObject({ entries: 1, expired: 2 })
  })
})

describe("a store in somebody's tests", () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it("starts under a fake clock, though it is the first of the program", async () => {
    vi.resetModules()
    const fresh = await import("../../../actors/index.ts")
    vi.useFakeTimers()
    const runtime = await fresh.start({ "app:cache": fresh.store<Date>() }, { log: () => {} })
    const cache = await runtime.acquire("app:cache")
    expect(await cache.set("at", new Date(7))).toBe(true)
    expect(await cache.get("at")).toEqual(new Date(7))
    await runtime.stop()
  })

  it("starts and takes dates where it was loaded under a fake clock", async () => {
    vi.resetModules()
    const real = new Date(6)
    vi.useFakeTimers()
    const fresh = await import("../../../actors/index.ts")
    const runtime = await fresh.start({ "app:cache": fresh.store<Date>() }, { log: () => {} })
    const cache = await runtime.acquire("app:cache")
    for (const date of [real, new Date(7)]) {
      expect(await cache.set("at", date)).toBe(true)
      expect((await cache.get("at"))?.getTime()).toBe(date.getTime())
    }
  })

  it("takes dates of a fake clock, and gives them as dates, after its time too", async () => {
    const before = new Date(1)
    vi.useFakeTimers()
    const during = [new Date(2), new Date()]
    const { cache } = await openStore()
    for (const date of [before, ...during]) {
      await cache.set("at", { date, all: new Map([[1, date]]) })
      const { date: got, all } = (await cache.get("at")) as { date: Date; all: Map<number, Date> }
      expect([got.getTime(), all.get(1)?.getTime()]).toEqual([date.getTime(), date.getTime()])
      expect(got).toBeInstanceOf(Date)
    }
    vi.useRealTimers()
    await cache.set("at", during)
    expect(Object.getPrototypeOf(((await cache.get("at")) as Date[])[0])).toBe(Date.prototype)
    await expect(cache.set("at", Object.assign(during[0] as Date, { zone: "UTC" }))).rejects.toMatchObject({ kind: "INVALID" })
  })

  it.each([undefined, () => undefined, () => Reflect.ownKeys(1 as never)])(
    "takes empty records whatever stands in the place of structuredClone",
    async (fake) => {
      const { cache } = await openStore()
      vi.stubGlobal("structuredClone", fake)
      const value = { one: {}, many: Array.from({ length: 9 }, () => ({})) }
      expect(await cache.set("k", value)).toBe(true)
      expect(await cache.get("k")).toEqual(value)
      await expect(cache.set("k", Object.setPrototypeOf(new Map(), Object.prototype))).rejects.toMatchObject({ kind: "INVALID" })
    },
  )
})
