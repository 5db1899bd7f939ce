import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import { type StoreEntry, type StoreMailbox, server, store } from "../../../actors/index.ts"
import { bootApp } from "../../support/app.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

const numbers = (cache: StoreMailbox): StoreMailbox<number> => cache as StoreMailbox<number>

describe("entry", () => {
  it("gives key, value, version and the end of its time by the calendar; undefined for what is not there", async () => {
    const { cache, time } = await openStore()
    time.setSystemTime(1_000_000)
    await cache.set("a", { n: 1 }, 60)
    await time.advance(10_000)
    expect(await cache.entry("a")).toEqual({ key: "a", value: { n: 1 }, version: expect.any(String), expiresAt: 1_060_000 })
    await cache.set("b", 1)
    expect((await cache.entry("b"))?.expiresAt).toBeUndefined()
    expect(await cache.entry("absent")).toBeUndefined()
    await time.advance(50_000)
    expect(await cache.entry("a")).toBeUndefined()
  })

  it("counts as a reading: found or missed", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    await cache.entry("a")
    await cache.entry("absent")
    expect(await cache.statistics()).toMatchObject({ hits: 1, misses: 1 })
  })

  it("cannot be changed, nor can what nobody can freeze be changed in the store by it", async () => {
    const { cache } = await openStore()
    await cache.set("a", new Map([[1, { deep: true }]]))
    const entry = (await cache.entry("a")) as StoreEntry<Map<number, unknown>>
    expect(Object.isFrozen(entry)).toBe(true)
    ;(entry.value as Map<number, unknown>).clear()
    expect(await cache.get("a")).toEqual(new Map([[1, { deep: true }]]))
  })
})

describe("versions", () => {
  it("rise with each write of whatever key, and are not those of a delete, nor used again after a restart", async () => {
    for (const state of ["reset", "retain"] as const) {
      const { cache, crash } = await openStore({ child: { state } })
      const seen: string[] = []
      const note = async (key: string): Promise<void> => void seen.push((await cache.entry(key))?.version ?? "none")
      for (const key of ["a", "b", "a"]) {
        await cache.set(key, 1)
        await note(key)
      }
      await cache.delete("a")
      await cache.set("a", 1)
      await note("a")
      await crash()
      await cache.set("a", 1)
      await note("a")
      await numbers(cache).increment("a")
      await note("a")
      expect(seen).toEqual([...new Set(seen)].sort((one, other) => one.length - other.length || (one < other ? -1 : 1)))
    }
  })

  it("stay where only the lifetime changes", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1, 60)
    const version = (await cache.entry("a"))?.version
    await cache.touch("a", 120)
    await cache.persist("a")
    expect((await cache.entry("a"))?.version).toBe(version)
  })

  it("rise though the calendar is set back before a restart", async () => {
    const { cache, crash, time } = await openStore()
    time.setSystemTime(5_000_000)
    await crash()
    await cache.set("a", 1)
    const before = (await cache.entry("a"))?.version as string
    time.setSystemTime(1000)
    await crash()
    await time.advance(60_000)
    await cache.set("a", 1)
    expect(((await cache.entry("a"))?.version as string) > before).toBe(true)
  })
})

describe("put", () => {
  it("gives the new entry", async () => {
    const { cache } = await openStore()
    const entry = await cache.put("a", { n: 1 }, { ttl: 5 })
    expect(entry).toEqual(await cache.entry("a"))
    expect(entry).toMatchObject({ key: "a", value: { n: 1 }, expiresAt: 5000 })
  })

  it("with onlyIfAbsent writes where nothing is, be it expired, and else is AlreadyExists", async () => {
    const { cache, time } = await openStore()
    await cache.put("a", 1, { onlyIfAbsent: true, ttl: 1 })
    const refused = await refusalOf(cache.put("a", 2, { onlyIfAbsent: true }))
    expect(refused).toMatchObject({ kind: "ALREADY_EXISTS", retryable: false, details: { key: "a" } })
    expect(await cache.get("a")).toBe(1)
    await time.advance(1000)
    expect(await cache.put("a", 3, { onlyIfAbsent: true })).toMatchObject({ value: 3 })
  })

  it("with ifVersion writes over that very version, and else is Conflict, or NotFound where there is none", async () => {
    const { cache } = await openStore()
    const { version } = await cache.put("a", 1)
    const next = await cache.put("a", 2, { ifVersion: version })
    expect(await refusalOf(cache.put("a", 3, { ifVersion: version }))).toMatchObject({
      kind: "CONFLICT",
      retryable: false,
      details: { field: "ifVersion", version: next.version },
    })
    expect(await cache.get("a")).toBe(2)
    await cache.delete("a")
    expect(await refusalOf(cache.put("a", 3, { ifVersion: next.version }))).toMatchObject({ kind: "NOT_FOUND" })
    expect(await cache.has("a")).toBe(false)
  })

  it("whose condition fails changes neither value, TTL, version nor binding", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await other.set("a", 1, { ttl: 10, bound: true })
    const before = await cache.entry("a")
    await refusalOf(cache.put("a", 2, { onlyIfAbsent: true, ttl: 99, bound: true }))
    await refusalOf(cache.put("a", 2, { ifVersion: "no such", ttl: 99 }))
    expect(await cache.entry("a")).toEqual(before)
    await other.release()
    expect(await cache.has("a")).toBe(false)
    await time.advance(1)
  })

  it("with keepTtl keeps what there is of a lifetime, and takes the given one where there is none", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, 10)
    await time.advance(4000)
    await cache.put("a", 2, { keepTtl: true })
    expect(await cache.ttl("a")).toBe(6)
    await cache.put("a", 3)
    expect(await cache.ttl("a")).toBe(Number.POSITIVE_INFINITY)
    expect((await cache.put("new", 1, { ttl: 7, keepTtl: true })).expiresAt).toBe(11_000)
    await time.advance(1000)
    expect((await cache.put("new", 2, { ttl: 7, keepTtl: true })).expiresAt).toBe(11_000)
  })

  it.each([
    ["onlyIfAbsent", { onlyIfAbsent: 1 }],
    ["ifVersion", { ifVersion: 1 }],
    ["ifVersion", { ifVersion: "" }],
    ["ifVersion", { ifVersion: "v", onlyIfAbsent: true }],
    ["keepTtl", { keepTtl: "yes" }],
    ["ttl", { ttl: -1 }],
    ["idle", { idle: Number.NaN }],
    ["jitter", { jitter: 2 }],
    ["bound", { bound: null }],
    ["tttl", { tttl: 1 }],
  ])("refuses %s where it is wrong, and writes nothing", async (field, options) => {
    const { cache } = await openStore()
    expect(await refusalOf(cache.put("a", 1, options as never))).toMatchObject({ kind: "INVALID", details: { field } })
    expect(await cache.statistics()).toMatchObject({ sets: 0, entries: 0 })
  })
})

describe("update", () => {
  it("writes what the function makes of the value, in one step, and keeps the lifetime", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", { n: 1 }, 10)
    await time.advance(1000)
    const both = await Promise.all([
      cache.update("a", (value) => ({ n: (value as { n: number }).n + 1 })),
      cache.update("a", (value) => ({ n: (value as { n: number }).n + 1 })),
    ])
    expect(both.map((entry) => entry?.value)).toEqual([{ n: 2 }, { n: 3 }])
    expect(await cache.ttl("a")).toBe(9)
  })

  it("gets undefined for what is not there, and deletes where it gives undefined", async () => {
    const { cache } = await openStore()
    expect(await cache.update("a", (value, key) => [value === undefined, key])).toMatchObject({ value: [true, "a"] })
    expect(await cache.update("a", () => undefined)).toBeUndefined()
    expect([await cache.has("a"), await cache.update("a", () => undefined)]).toEqual([false, undefined])
    expect(await cache.statistics()).toMatchObject({ deletes: 1 })
  })

  it("cannot change the value but by what it gives", async () => {
    const { cache } = await openStore()
    await cache.set("a", { list: [1] })
    const change = (value: unknown): unknown => {
      ;(value as { list: number[] }).list.push(2)
      return value
    }
    await expect(cache.update("a", change)).rejects.toThrow(TypeError)
    await cache.set("m", new Map([[1, 1]]))
    await cache.update("m", (value) => {
      const copy = value as Map<number, number>
      copy.set(2, 2)
      return { other: true }
    })
    expect([await cache.get("a"), await cache.get("m")]).toEqual([{ list: [1] }, { other: true }])
  })

  it("that throws changes nothing, and its very error reaches its caller; the store lives on", async () => {
    const { cache, runtime, events } = await openStore()
    const pid = runtime.whereis("app:cache")
    await cache.set("a", 1, 10)
    const before = await cache.entry("a")
    const boom = new Error("boom")
    for (const thrown of [boom, "text", undefined, new RangeError("mine")]) {
      const update = (): never => {
        throw thrown
      }
      expect(
        await cache.update("a", update).then(
          () => "done",
          (error) => [error],
        ),
      ).toEqual([thrown])
    }
    expect(await cache.entry("a")).toEqual(before)
    expect(events.filter(({ type }) => type === "crash_report")).toEqual([])
    expect(runtime.whereis("app:cache")).toBe(pid)
  })

  it("that gives a promise, or what cannot be stored, is Invalid and changes nothing", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    const rejecting = (): never => Promise.reject(new Error("late")) as never
    for (const update of [async () => 2, rejecting, () => () => 1, () => Symbol("s"), () => new (class Own {})()]) {
      expect(await refusalOf(cache.update("a", update as never))).toMatchObject({ kind: "INVALID" })
    }
    expect(await cache.get("a")).toBe(1)
    expect(await refusalOf(cache.update("a", "no function" as never))).toMatchObject({ kind: "INVALID", details: { field: "update" } })
  })

  it("runs in the async context of its caller, served at once or in its turn", async () => {
    const { cache } = await openStore()
    const storage = new AsyncLocalStorage<string>()
    const seen = (): string => storage.getStore() ?? "nobody"
    const ask = (who: string): Promise<unknown> => storage.run(who, () => cache.update(who, seen).then((entry) => entry?.value))
    expect(await Promise.all([ask("a"), ask("b"), cache.update("c", seen).then((entry) => entry?.value)])).toEqual(["a", "b", "nobody"])
    expect(await ask("d")).toBe("d")
  })

  it("may not ask the store itself, which could answer only afterwards", async () => {
    const { cache } = await openStore()
    const inner: Promise<unknown>[] = []
    await cache.update("a", () => {
      inner.push(refusalOf(cache.get("a")))
      return "written"
    })
    expect(await inner[0]).toMatchObject({ kind: "CONFLICT" })
    expect(await cache.get("a")).toBe("written")
  })
})

describe("increment", () => {
  it("counts from 0, by 1 or by what it is told, and keeps the lifetime", async () => {
    const { cache, time } = await openStore()
    const hits = numbers(cache)
    expect(await hits.increment("a")).toMatchObject({ value: 1, expiresAt: undefined })
    expect(await hits.increment("a", 2.5, { ttl: 10 })).toMatchObject({ value: 3.5, expiresAt: 10_000 })
    await time.advance(4000)
    expect(await hits.increment("a", -4)).toMatchObject({ value: -0.5, expiresAt: 10_000 })
    expect(await hits.increment("a", 1, { ttl: 60, keepTtl: true })).toMatchObject({ value: 0.5, expiresAt: 10_000 })
    expect(await hits.increment("b", 1, { ttl: 60, keepTtl: true })).toMatchObject({ value: 1, expiresAt: 64_000 })
  })

  it("loses none of a thousand at once", async () => {
    const { cache } = await openStore()
    await Promise.all(Array.from({ length: 1000 }, () => numbers(cache).increment("a")))
    expect(await cache.get("a")).toBe(1000)
  })

  it("refuses what cannot be counted, and changes nothing", async () => {
    const { cache } = await openStore()
    await cache.set("text", "5")
    await cache.set("most", Number.MAX_VALUE)
    expect(await refusalOf(numbers(cache).increment("text"))).toMatchObject({ kind: "INVALID", details: { field: "value" } })
    expect(await refusalOf(numbers(cache).increment("most", Number.MAX_VALUE))).toMatchObject({ kind: "INVALID" })
    for (const by of [Number.NaN, Number.POSITIVE_INFINITY, "1", null]) {
      expect(await refusalOf(numbers(cache).increment("a", by as never))).toMatchObject({ kind: "INVALID", details: { field: "by" } })
    }
    expect([await cache.get("text"), await cache.get("most"), await cache.has("a")]).toEqual(["5", Number.MAX_VALUE, false])
  })

  it("counts no further than whole numbers are told apart: a count would stand still there, or skip some", async () => {
    const { cache } = await openStore()
    await cache.set("up", Number.MAX_SAFE_INTEGER)
    await cache.set("down", Number.MIN_SAFE_INTEGER)
    await cache.set("part", Number.MAX_SAFE_INTEGER / 4)
    expect(await refusalOf(numbers(cache).increment("up"))).toMatchObject({ kind: "INVALID", details: { field: "value", key: "up" } })
    expect(await refusalOf(numbers(cache).increment("down", -1))).toMatchObject({ kind: "INVALID" })
    expect(await refusalOf(numbers(cache).increment("new", 2 ** 53))).toMatchObject({ kind: "INVALID" })
    expect([await cache.get("up"), await cache.has("new")]).toEqual([Number.MAX_SAFE_INTEGER, false])
    expect((await numbers(cache).increment("up", -1)).value).toBe(Number.MAX_SAFE_INTEGER - 1)
    expect((await numbers(cache).increment("part", 0.5)).value).toBe(Number.MAX_SAFE_INTEGER / 4 + 0.5)
  })
})

describe("take", () => {
  it("gives the value to one, and deletes it", async () => {
    const { cache } = await openStore()
    await cache.set("a", { n: 1 })
    expect(await Promise.all([cache.take("a"), cache.take("a")])).toEqual([{ n: 1 }, undefined])
    expect(await cache.statistics()).toMatchObject({ deletes: 1, entries: 0 })
  })
})

describe("ttl, touch and persist", () => {
  it("tell and change when an entry ends, in seconds", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, 10)
    await time.advance(2500)
    expect(await cache.ttl("a")).toBe(7.5)
    expect(await cache.touch("a", 20)).toBe(true)
    expect(await cache.ttl("a")).toBe(20)
    expect([await cache.persist("a"), await cache.persist("a"), await cache.ttl("a")]).toEqual([true, false, Number.POSITIVE_INFINITY])
    expect(await cache.touch("a", 1)).toBe(true)
    await time.advance(1000)
    expect([await cache.ttl("a"), await cache.touch("a", 5), await cache.persist("a")]).toEqual([undefined, false, false])
  })

  it("touch takes a TTL as set does: 0 and Infinity mean no end", async () => {
    const { cache } = await openStore()
    for (const none of [0, Number.POSITIVE_INFINITY]) {
      await cache.set("a", 1, 10)
      expect([await cache.touch("a", none), await cache.ttl("a")]).toEqual([true, Number.POSITIVE_INFINITY])
    }
    await cache.set("a", 1, 10)
    expect([await cache.touch("a"), await cache.ttl("a")]).toEqual([true, 10])
    for (const wrong of [-1, Number.NaN, "1", null, 2 ** 53]) {
      expect(await refusalOf(cache.touch("a", wrong as never))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
    }
  })

  it.each<[when: "nx" | "xx" | "gt" | "lt", present: number, wanted: number, done: boolean]>([
    ["nx", 0, 5, true],
    ["nx", 10, 5, false],
    ["xx", 0, 5, false],
    ["xx", 10, 5, true],
    ["gt", 10, 20, true],
    ["gt", 10, 10, false],
    ["gt", 10, 5, false],
    ["gt", 10, 0, true],
    ["gt", 0, 5, false],
    ["lt", 10, 5, true],
    ["lt", 10, 10, false],
    ["lt", 10, 20, false],
    ["lt", 0, 5, true],
    ["lt", 10, 0, false],
  ])("touch when %s, from %d to %d: %s", async (when, present, wanted, done) => {
    const { cache } = await openStore()
    await cache.set("a", 1, present)
    expect(await cache.touch("a", wanted, { when })).toBe(done)
    const end = done ? wanted : present
    expect(await cache.ttl("a")).toBe(end === 0 ? Number.POSITIVE_INFINITY : end)
  })

  it("touch refuses a condition that is none, or without a TTL", async () => {
    const { cache } = await openStore()
    expect(await refusalOf(cache.touch("a", 1, { when: "eq" as never }))).toMatchObject({ details: { field: "when" } })
    expect(await refusalOf(cache.touch("a", undefined, { when: "nx" }))).toMatchObject({ details: { field: "when" } })
  })
})

describe("idle", () => {
  it("lets an entry live on after each reading, and no longer", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { idle: 10 })
    for (let n = 0; n < 5; n += 1) {
      await time.advance(9999)
      expect(await cache.get("a")).toBe(1)
    }
    await time.advance(10_000)
    expect(await cache.get("a")).toBeUndefined()
  })

  it("has the TTL beside it as a limit", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { idle: 10, ttl: 25 })
    for (let n = 0; n < 2; n += 1) {
      await time.advance(9000)
      expect(await cache.get("a")).toBe(1)
    }
    expect(await cache.ttl("a")).toBe(7)
    await time.advance(6999)
    expect(await cache.get("a")).toBe(1)
    await time.advance(1)
    expect(await cache.get("a")).toBeUndefined()
  })

  it("slides by get, entry and touch, and not by has, ttl or a failed put", async () => {
    const { cache, time } = await openStore()
    const slides: [string, () => Promise<unknown>, boolean][] = [
      ["get", () => cache.get("k"), true],
      ["entry", () => cache.entry("k"), true],
      ["touch", () => cache.touch("k"), true],
      ["has", () => cache.has("k"), false],
      ["ttl", () => cache.ttl("k"), false],
      ["put", () => refusalOf(cache.put("k", 1, { onlyIfAbsent: true })), false],
    ]
    for (const [name, act, isSliding] of slides) {
      await cache.set("k", 1, { idle: 10 })
      await time.advance(6000)
      await act()
      expect([name, await cache.ttl("k")]).toEqual([name, isSliding ? 10 : 4])
    }
  })

  it("goes with the write that does not say it, and stays with keepTtl", async () => {
    const { cache } = await openStore()
    await cache.put("a", 1, { idle: 10 })
    await cache.put("a", 2, { keepTtl: true })
    expect(await cache.ttl("a")).toBe(10)
    await cache.set("a", 3)
    expect(await cache.ttl("a")).toBe(Number.POSITIVE_INFINITY)
  })
})

describe("jitter", () => {
  it("shortens by up to that share, so that what is written together does not end together", async () => {
    const { cache } = await openStore()
    const ends = new Set<number>()
    for (let n = 0; n < 50; n += 1) {
      await cache.set(`k${n}`, 1, { ttl: 100, jitter: 0.2 })
      ends.add((await cache.ttl(`k${n}`)) as number)
    }
    expect(ends.size).toBeGreaterThan(40)
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(80)
    expect(Math.max(...ends)).toBeLessThanOrEqual(100)
    await cache.set("whole", 1, { ttl: 0.001, jitter: 1 })
    expect(await cache.ttl("whole")).toBe(0.001)
  })
})

describe("an entry that is bound", () => {
  it("goes with the last of several that hold it", async () => {
    const { runtime, cache } = await openStore()
    const [one, two] = [await runtime.acquire("app:cache"), await runtime.acquire("app:cache")]
    await one.set("a", 1, { bound: true })
    await two.put("a", 2, { bound: true })
    await one.release()
    expect(await cache.get("a")).toBe(2)
    await two.release()
    expect(await cache.get("a")).toBeUndefined()
  })

  it("is held on by update, increment and touch, and let go by a write that does not bind it", async () => {
    const { runtime, cache } = await openStore()
    const one = await runtime.acquire("app:cache")
    for (const key of ["kept", "freed"]) await one.set(key, 1, { bound: true })
    await numbers(cache).increment("kept")
    await cache.update("kept", (value) => (value as number) + 1)
    await cache.touch("kept", 100)
    await cache.set("freed", 2)
    await one.release()
    expect([await cache.get("kept"), await cache.get("freed")]).toEqual([undefined, 2])
  })
})

describe("a store limited by weight", () => {
  const weigh = (value: unknown): number => (value as string).length

  it("refuses what there is no room for, and what alone is too heavy", async () => {
    const { cache } = await openStore({ store: { maxBytes: 10, weigh } })
    await cache.set("a", "12345")
    await cache.set("b", "12345")
    expect(await refusalOf(cache.set("c", "1"))).toMatchObject({ kind: "UNAVAILABLE", retryable: true, details: { maxBytes: 10 } })
    expect(await refusalOf(cache.set("a", "123456"))).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await refusalOf(cache.set("a", "12345678901"))).toMatchObject({ kind: "INVALID", details: { field: "value", weight: 11 } })
    expect(await cache.statistics()).toMatchObject({ bytes: 10, entries: 2 })
    await cache.set("a", "1")
    await cache.set("c", "1234")
    await cache.delete("b")
    expect(await cache.statistics()).toMatchObject({ bytes: 5, entries: 2 })
  })

  it("gives the room of what has expired first", async () => {
    const { cache, time } = await openStore({ store: { maxBytes: 10, weigh, whenFull: "soonest" } })
    await cache.set("dead", "12345", 1)
    await cache.set("alive", "12345", 100)
    await time.advance(1000)
    await cache.set("new", "12345", 200)
    expect([await cache.has("alive"), await cache.has("new"), (await cache.statistics()).evicted]).toEqual([true, true, 0])
  })

  it("that lets the soonest go does so for as many as it takes, never for one that alone is too heavy", async () => {
    const { cache } = await openStore({ store: { maxBytes: 10, weigh, whenFull: "soonest" } })
    for (const [n, key] of ["a", "b", "c"].entries()) await cache.set(key, "123", 10 + n)
    await refusalOf(cache.set("huge", "12345678901", 5))
    expect((await cache.statistics()).entries).toBe(3)
    await cache.set("d", "1234567", 100)
    expect([await cache.has("a"), await cache.has("b"), await cache.has("c")]).toEqual([false, false, true])
    // What has no end is let go by nothing.
    await cache.set("c", "123")
    expect(await refusalOf(cache.set("e", "12345678"))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("refuses where weigh throws or gives no number, and lives on", async () => {
    for (const wrong of [
      () => Number.NaN,
      () => -1,
      () => "1",
      () => Promise.resolve(1),
      () => {
        throw new Error("boom")
      },
    ]) {
      const { cache } = await openStore({ store: { maxBytes: 10, weigh: wrong as never } })
      for (const call of [cache.set("a", "x"), cache.put("a", "x"), cache.update("a", () => "x")]) {
        expect(await refusalOf(call)).toMatchObject({ kind: "INVALID", details: { field: "weigh" } })
      }
      expect((await cache.statistics()).entries).toBe(0)
    }
  })

  it("estimates, where nobody says how to weigh: more for what is larger", async () => {
    const { cache } = await openStore({ store: { maxBytes: 1e6 } })
    const weights: number[] = []
    for (const value of [
      1,
      "short",
      "ж".repeat(100),
      { a: 1, b: "x".repeat(1000) },
      [1, 2, new Map([["k", "x".repeat(3000)]])],
      new Uint8Array(9000),
    ]) {
      await cache.set("a", value)
      weights.push((await cache.statistics()).bytes)
    }
    expect(weights).toEqual([...weights].sort((one, other) => one - other))
    expect(new Set(weights).size).toBe(weights.length)
    expect(weights[0]).toBeGreaterThan(50)
  })

  it.each([
    ["maxBytes", { maxBytes: 0 }],
    ["maxBytes", { maxBytes: "1" }],
    ["weigh", { maxBytes: 1, weigh: 1 }],
    ["weigh", { weigh }],
    ["whenFull", { whenFull: "fifo" }],
    ["ordered", { ordered: 1 }],
  ])("refuses %s where it is wrong", (field, options) => {
    expect(() => store(options as never)).toThrow(expect.objectContaining({ kind: "INVALID", details: { field } }))
  })
})

describe("permissions", () => {
  const needs: [call: string, actions: readonly string[], act: (cache: StoreMailbox) => Promise<unknown>][] = [
    ["entry", ["store.key.get"], (cache) => cache.entry("k")],
    ["put", ["store.key.set"], (cache) => cache.put("k", 1)],
    ["update", ["store.key.get", "store.key.set"], (cache) => cache.update("k", () => 1)],
    ["increment", ["store.key.get", "store.key.set"], (cache) => numbers(cache).increment("k")],
    ["take", ["store.key.get", "store.key.delete"], (cache) => cache.take("k")],
    ["ttl", ["store.key.has"], (cache) => cache.ttl("k")],
    ["touch", ["store.key.set"], (cache) => cache.touch("k", 1)],
    ["persist", ["store.key.set"], (cache) => cache.persist("k")],
    ["info", ["store.info"], (cache) => cache.info()],
    ["statistics", ["store.statistics"], (cache) => cache.statistics()],
  ]

  it.each(needs)("%s needs %j, each of them, on its key", async (_call, actions, act) => {
    for (const left of [undefined, ...actions]) {
      const allowed = actions.filter((action) => action !== left)
      const { cache } = await openStore({
        policies: [{ effect: "allow", actions: ["store.get", ...allowed], resources: "*" }],
      })
      const outcome = await act(cache).then(
        () => "done",
        (error) => [error.kind, error.details.action],
      )
      expect(outcome).toEqual(left === undefined ? "done" : ["PERMISSION_DENIED", left])
    }
  })

  it.each(needs.filter(([, [action = ""]]) => action.startsWith("store.key.")))("%s is judged by its key", async (_call, actions, act) => {
    const ofOthers = { field: "attributes.key", operator: "eq", value: "other" } as const
    const { cache } = await openStore({
      policies: [
        { effect: "allow", actions: "store.get", resources: "*" },
        { effect: "allow", actions, resources: "*", conditions: [ofOthers] },
      ],
    })
    expect(await refusalOf(act(cache))).toMatchObject({ kind: "PERMISSION_DENIED", details: { key: "k" } })
  })
})

describe("info", () => {
  it("tells what sort of store it is", async () => {
    const { cache } = await openStore({ store: { whenFull: "soonest" } })
    expect(await cache.info()).toMatchObject({
      id: "app:cache",
      backend: "memory",
      consistency: "linearizable",
      durability: "none",
      capabilities: { evicts: true, partitioned: false },
    })
  })
})

describe("another service that asks a store in its handler", () => {
  it("gets its own error back from update, unobserved ones ending nobody", async () => {
    const asking = server({
      init: async (_none: undefined, self) => ({ cache: (await self.acquire("app:cache")) as StoreMailbox }),
      call: {
        fail: ({ cache }) =>
          cache
            .update("a", () => {
              throw new TypeError("mine")
            })
            .catch((error: unknown) => String(error)),
      },
    })
    const { runtime } = await bootApp({ "app:cache": store(), "app:asking": asking })
    expect(await (await runtime.acquire("app:asking")).call.fail()).toBe("TypeError: mine")
    await runtime.stop()
  })
})
