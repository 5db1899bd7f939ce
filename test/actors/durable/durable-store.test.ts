import { describe, expect, it, onTestFinished } from "vitest"
import { durableStore } from "../../../actors/durable.ts"
import { type StoreMailbox, start, Unavailable } from "../../../actors/index.ts"
import { type DurableStage, type DurableStageOptions, durableHouse, openDurable } from "../../support/durable-stage.ts"
import { latch } from "../../support/latch.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { refusalOf } from "../../support/refusal.ts"

const numbers = (store: StoreMailbox): StoreMailbox<number> => store as StoreMailbox<number>

interface OnMemory extends DurableStage {
  readonly database: MemoryDatabase
}

async function onMemory(options: DurableStageOptions = {}, database = new MemoryDatabase()): Promise<OnMemory> {
  return { ...(await openDurable({ ...options, store: { ...options.store, database } })), database }
}

const full = () => new Unavailable("the disk is full", { retryable: true })

describe("what was acknowledged", () => {
  it("is there after a restart, on SQLite: values of all sorts, versions, what is left of their time", async () => {
    const house = await durableHouse()
    const value = { list: [1, undefined], map: new Map([["a", new Date(5)]]), bytes: new Uint8Array([1, 2]), big: 5n }
    const first = await house.open({ systemTime: 1_000_000 })
    await first.store.set("a", value, 60)
    const entry = await first.store.entry("a")
    await first.runtime.stop()
    const second = await house.open({ systemTime: 1_020_000 })
    expect(await second.store.get("a")).toEqual(value)
    expect(await second.store.entry("a")).toEqual(entry)
    expect(await second.store.ttl("a")).toBe(40)
    await second.store.put("a", 1, { ifVersion: (entry as { version: string }).version })
    const next = (await second.store.entry("a"))?.version as string
    expect(next > (entry as { version: string }).version).toBe(true)
    await second.time.advance(60_000)
    expect(await second.store.get("a")).toBe(1)
  })

  it("is on disk before the answer, and not answered before", async () => {
    const { store, database } = await onMemory()
    const gate = latch()
    database.gate = gate.promise
    const answered: unknown[] = []
    const works = [
      store.set("a", 1),
      numbers(store).increment("n"),
      store.setMany([["b", 1]]),
      store.transaction(["c"], (tx) => tx.set("c", 1)),
    ]
    for (const work of works) work.then((answer) => answered.push(answer))
    const reading = store.get("a").then((value) => answered.push(["read", value, database.rows.has("a")]))
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toEqual([])
    gate.open()
    await Promise.all([...works, reading])
    expect(answered).toHaveLength(5)
    expect(answered).toContainEqual(["read", 1, true])
  })

  it("shares a commit with what was asked for in the same moment, where nothing of it has to be read first", async () => {
    const { store, database } = await onMemory()
    await Promise.all(Array.from({ length: 100 }, (_, n) => store.set(`k${n}`, n)))
    expect(database.commits.map(({ length }) => length)).toEqual([100])
  })

  it("is written as one, by a transaction or a batch", async () => {
    const { store, database } = await onMemory()
    await store.setMany([
      ["a", 1],
      ["b", 2],
    ])
    await store.transaction(["a", "b", "c"], (tx) => {
      tx.delete("a")
      tx.set("c", tx.get("b"))
    })
    expect(database.commits.map((changes) => changes.map(({ type, key }) => `${type} ${key}`))).toEqual([
      ["put a", "put b"],
      ["remove a", "put c"],
    ])
  })
})

describe("operations on one key", () => {
  it("are done in the order they were asked for, though the entry has to be read first", async () => {
    const { store, database } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("n", 5)
    await store.set("other", 1)
    const reads = database.reads
    const works = [numbers(store).increment("n"), store.get("n"), store.set("n", 50), store.get("n"), store.delete("n"), store.has("n")]
    const [counted, ...rest] = await Promise.all(works)
    expect(counted).toMatchObject({ value: 6 })
    expect(rest).toEqual([6, true, 50, true, false])
    expect(database.reads - reads).toBe(1)
  })

  it("loses no increment of a thousand, in few commits", async () => {
    const { store, database } = await onMemory()
    const counted = await Promise.all(Array.from({ length: 1000 }, () => numbers(store).increment("n")))
    expect(new Set(counted.map(({ value }) => value)).size).toBe(1000)
    expect(database.commits.length).toBeLessThan(10)
  })

  it("holds more than fits in memory, and reads many by one message", async () => {
    const { store, database } = await onMemory({ store: { maxHotEntries: 10 } })
    const entries = Array.from({ length: 300 }, (_, n) => [`k${n}`, n] as const)
    await store.setMany(entries)
    const reads = database.reads
    expect(await store.getMany(entries.map(([key]) => key))).toEqual(entries.map(([, n]) => n))
    expect(database.reads - reads).toBe(1)
  })
})

describe("a commit that fails", () => {
  it("fails what was in it and what was decided on the strength of it, and nothing else; nothing has changed", async () => {
    const { store, database } = await onMemory()
    await store.set("n", 1)
    const gate = latch()
    database.gate = gate.promise
    database.failing = full()
    const first = refusalOf(numbers(store).increment("n"))
    // It is under way: what comes now goes into the next commit.
    await new Promise((resolve) => setImmediate(resolve))
    const second = refusalOf(numbers(store).increment("n"))
    const other = store.set("other", 1)
    const blind = store.set("m", 1)
    const read = store.get("n")
    await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    expect(await first).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
    database.failing = undefined
    expect(await second).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
    expect([await other, await blind, await read]).toEqual([true, true, 1])
    expect(await numbers(store).increment("n")).toMatchObject({ value: 2 })
  })

  it("tells who was refused by what never came to be that the commit failed", async () => {
    const { store, database } = await onMemory()
    database.failing = full()
    const works = [store.put("a", 1), store.put("a", 2, { onlyIfAbsent: true }), store.delete("a")]
    expect((await Promise.all(works.map((work) => refusalOf(work)))).map(({ kind }) => kind)).toEqual([
      "UNAVAILABLE",
      "UNAVAILABLE",
      "UNAVAILABLE",
    ])
    database.failing = undefined
    expect(await store.get("a")).toBeUndefined()
  })

  it("and may be on disk all the same is looked for there, by readers and by what is decided next", async () => {
    const { store, database } = await onMemory()
    await store.set("n", 1)
    Object.assign(database, { failing: full(), isDoneThough: true })
    await refusalOf(numbers(store).increment("n"))
    database.failing = undefined
    expect(await store.get("n")).toBe(2)
    expect(await numbers(store).increment("n")).toMatchObject({ value: 3 })
  })

  it("of a database that answers nothing any more ends the incarnation, and the next one opens it anew", async () => {
    const { store, database, runtime } = await onMemory()
    await store.set("a", 1)
    const pid = runtime.whereis("app:entries")
    const ended = pid === undefined ? undefined : runtime.whenEnded(pid)
    database.isLost = true
    expect(await refusalOf(store.set("b", 1))).toMatchObject({ kind: "UNAVAILABLE" })
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    expect(await store.get("a")).toBe(1)
    expect(await store.set("b", 2)).toBe(true)
  })
})

describe("time", () => {
  it("does not run back: a calendar that was set back revives nothing, and no entry lives longer by it", async () => {
    const database = new MemoryDatabase()
    const first = await onMemory({ systemTime: 1_000_000 }, database)
    await first.store.set("a", 1, 10)
    await first.store.set("b", 1, 100)
    await first.time.advance(20_000)
    await first.runtime.stop()
    const second = await onMemory({ systemTime: 500_000 }, database)
    expect(await second.store.get("a")).toBeUndefined()
    expect(await second.store.ttl("b")).toBe(80)
    second.time.setSystemTime(1000)
    await second.store.set("c", 1, 5)
    await second.time.advance(5000)
    expect(await second.store.getMany(["b", "c"])).toEqual([1, undefined])
    expect(await second.store.count()).toBe(1)
  })

  it("is over for what nobody sees any more: it is removed at intervals", async () => {
    const { store, time, database } = await onMemory({ store: { cleanupIntervalMs: 5000 } })
    await store.set("a", 1, 3)
    await store.set("b", 1)
    await time.advance(3000)
    expect(await store.get("a")).toBeUndefined()
    expect(database.rows.has("a")).toBe(true)
    await time.advance(2000)
    await new Promise((resolve) => setImmediate(resolve))
    expect([...database.rows.keys()]).toEqual(["b"])
    expect(await store.statistics()).toMatchObject({ entries: 1, expired: 1 })
  })

  it("is told of where it cannot be removed, once an interval, and removed at the next", async () => {
    const { store, time, database, events } = await onMemory({ store: { cleanupIntervalMs: 5000 } })
    const told = () => events.flatMap((event) => (event.type === "reported" ? [[event.level, event.message, event.error]] : []))
    await store.set("a", 1, 3)
    const { removeExpired } = database
    database.removeExpired = async () => {
      throw full()
    }
    // Somebody watches: it is tried each second.
    void store.watch({ key: "b" }).next()
    await time.advance(5000)
    const message = "what is over could not be removed; it is tried again in 5000 ms"
    expect(told()).toEqual([["error", message, expect.objectContaining({ message: "the disk is full" })]])
    database.removeExpired = removeExpired
    await time.advance(5000)
    await new Promise((resolve) => setImmediate(resolve))
    expect([told().length, database.rows.has("a")]).toEqual([1, false])
  })

  it("moves on disk, too, for what slides, and is not waited for", async () => {
    const database = new MemoryDatabase()
    const first = await onMemory({ store: { maxHotEntries: 1 } }, database)
    await first.store.set("a", 1, { idle: 10 })
    await first.time.advance(9000)
    expect(await first.store.get("a")).toBe(1)
    await first.store.set("other", 1)
    await first.time.advance(9000)
    expect(await first.store.get("a")).toBe(1)
    const { version } = (await first.store.entry("a")) ?? {}
    await first.runtime.stop()
    const second = await onMemory({ systemTime: 18_000 }, database)
    expect(await second.store.ttl("a")).toBe(10)
    expect((await second.store.entry("a"))?.version).toBe(version)
  })
})

describe("an entry that slides", () => {
  it("does not come back from disk with an older end, while the new one is still to be written", async () => {
    const { store, time, database } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("a", 1, { idle: 10 })
    await store.set("other", 1)
    await time.advance(9000)
    const gate = latch()
    database.gate = gate.promise
    expect(await store.get("a")).toBe(1)
    expect(await store.get("other")).toBe(1)
    await time.advance(5000)
    expect(await store.get("a")).toBe(1)
    gate.open()
    await store.list()
    expect(database.rows.get("a")?.expiresAt).toBe(24_000)
  })
})

describe("an entry that is bound", () => {
  it("is in memory alone, hides what was there, and is listed and counted with the rest", async () => {
    const { store, database } = await onMemory()
    await store.setMany([
      ["a", 1],
      ["b", 1],
      ["d", 1],
    ])
    await store.set("b", 2, { bound: true })
    await store.set("c", 3, { bound: true })
    expect([...database.rows.keys()]).toEqual(["a", "d"])
    expect(await store.getMany(["b", "c"])).toEqual([2, 3])
    expect((await store.list({ limit: 3 })).items.map(({ key }) => key)).toEqual(["a", "b", "c"])
    expect(await store.list({ limit: 3, after: "a" })).toMatchObject({ hasMore: false, cursor: "d" })
    expect(await store.count()).toBe(4)
    expect(await store.clear("c")).toBe(1)
    await store.release()
  })

  it("goes with its mailbox, though it is still to be written then, and is not there after a restart", async () => {
    const { store, database, runtime, crash } = await onMemory()
    const other = await runtime.acquire("app:entries")
    await other.set("a", 1, { bound: true })
    const gate = latch()
    database.gate = gate.promise
    const writing = other.set("b", 1, { bound: true })
    const released = other.release()
    gate.open()
    expect([await writing, await released]).toEqual([true, true])
    expect(await store.getMany(["a", "b"])).toEqual([undefined, undefined])
    await store.set("c", 1, { bound: true })
    await crash()
    expect(await store.has("c")).toBe(false)
  })
})

describe("durability by an interval", () => {
  it("answers at once, is on disk within it, and at a stop", async () => {
    const { store, time, database, runtime } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    expect(await store.set("a", 1)).toBe(true)
    expect(await numbers(store).increment("n")).toMatchObject({ value: 1 })
    expect(await store.getMany(["a", "n"])).toEqual([1, 1])
    expect(database.commits).toEqual([])
    await time.advance(100)
    expect([...database.rows.keys()]).toEqual(["a", "n"])
    await store.set("b", 1)
    expect(await store.info()).toMatchObject({ durability: "interval", backend: "database" })
    await runtime.stop()
    expect(database.rows.has("b")).toBe(true)
  })

  it("loses nothing that was acknowledged where something cannot be read, as long as the database answers", async () => {
    const { store, database, runtime } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    const pid = runtime.whereis("app:entries")
    await store.set("a", 1)
    const { read } = database
    database.read = async () => {
      database.read = read
      throw new Unavailable("it is locked", { retryable: true })
    }
    expect(await refusalOf(store.get("b"))).toMatchObject({ kind: "UNAVAILABLE" })
    await new Promise((resolve) => setImmediate(resolve))
    expect([await store.get("a"), await store.get("b"), runtime.whereis("app:entries") === pid]).toEqual([1, undefined, true])
  })

  it("tries again what a full disk has refused", async () => {
    const { store, time, database } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    database.failing = full()
    await store.set("a", 1)
    await time.advance(100)
    expect([await store.get("a"), database.rows.size]).toEqual([1, 0])
    database.failing = undefined
    await time.advance(100)
    expect(database.rows.size).toBe(1)
  })

  it("tells of each time that what was acknowledged could not be written, as no caller hears of it", async () => {
    const { store, time, database, events, log } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    const told = () => events.flatMap((event) => (event.type === "reported" ? [[event.level, event.message, event.error]] : []))
    database.failing = full()
    await store.set("a", 1)
    await time.advance(200)
    const message = "what was acknowledged could not be written; it is tried again in 100 ms"
    const each = ["error", message, expect.objectContaining({ message: "the disk is full" })]
    expect(told()).toEqual([each, each])
    expect(log.filter((line) => line.message.includes(message))).toHaveLength(2)
    database.failing = undefined
    await time.advance(200)
    expect(told()).toHaveLength(2)
  })
})

describe("a database", () => {
  it("is one store's at a time", async () => {
    const definition = durableStore({ database: new MemoryDatabase() })
    const runtime = await start({ "app:one": definition })
    onTestFinished(() => runtime.stop())
    await expect(start({ "app:two": definition })).rejects.toMatchObject({ kind: expect.any(String) })
    expect(await (await runtime.acquire("app:one")).set("a", 1)).toBe(true)
  })

  it.each([
    [
      "waited for, for as long as it takes, where the backoff is one of seconds",
      { initialMs: 2500, maxMs: 4000 },
      ["kept", "asked meanwhile"],
    ],
    ["given up by the usual backoff, with its store", {}, ["UNAVAILABLE", "UNAVAILABLE"]],
  ])("that is away is %s", async (_, backoff, given) => {
    const { store, time, database } = await onMemory({ child: { backoff } })
    await store.set("a", "kept")
    const { open } = database
    const away = new Unavailable("it cannot be reached", { retryable: true })
    database.open = async () => {
      throw away
    }
    database.isLost = true
    expect(await refusalOf(store.get("b"))).toMatchObject({ kind: "UNAVAILABLE" })
    await time.advance(58_000)
    const asked = store.put("c", "asked meanwhile").then(
      ({ value }) => value,
      ({ kind }) => kind,
    )
    database.open = open
    await time.advance(4900)
    const kept = await store.get("a").catch(({ kind }) => kind)
    expect([kept, await asked]).toEqual(given)
  })

  it("is let go of at a crash, whatever waits for it, and opened again", async () => {
    const { store, database, crash } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.setMany([
      ["a", 1],
      ["b", 1],
    ])
    const works = [store.get("a"), numbers(store).increment("a"), store.set("b", 2), store.transaction(["a", "b"], (tx) => tx.get("a"))]
    const settled = Promise.allSettled(works)
    await crash()
    await settled
    expect(database.isOpen).toBe(true)
    expect(await store.set("a", 5)).toBe(true)
  })

  it("of an incarnation that was killed is taken over by the next one", async () => {
    const { store, runtime } = await onMemory()
    await store.set("a", 1)
    const pid = runtime.whereis("app:entries")
    if (pid === undefined) throw new Error("the store does not run")
    const ended = runtime.whenEnded(pid)
    runtime.exit(pid, "kill")
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    expect(await store.get("a")).toBe(1)
  })
})

describe("a bound entry whose holder leaves", () => {
  it("is gone to whoever decides after that, though what else they need was asked for before", async () => {
    const { store, runtime } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.setMany([
      ["cold", 1],
      ["hot", 1],
    ])
    const holder = await runtime.acquire("app:entries")
    await holder.set("a", 1, { bound: true })
    // The cold one is read first; meanwhile the holder goes.
    const deleted = store.deleteMany(["a", "cold"])
    const released = holder.release()
    expect([await deleted, await released]).toEqual([[false, true], true])
  })
})
