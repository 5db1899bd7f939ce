/** Values that a durable store loads: what is its own beside the store in memory, whose rules the contract of stores holds it to. */

import { describe, expect, it } from "vitest"
import { type LoadContext, type StoreMailbox, Unavailable } from "../../../actors/index.ts"
import { type DurableStageOptions, durableHouse, openDurable } from "../../support/durable-stage.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { refusalOf } from "../../support/refusal.ts"

async function onMemory(options: DurableStageOptions = {}, database = new MemoryDatabase()) {
  return { ...(await openDurable({ ...options, store: { ...options.store, database } })), database }
}

/** Loads that wait until the test lets them go, in the order in which they were called. */
function held() {
  const calls: (Latch<unknown> & { readonly context: LoadContext<unknown> })[] = []
  const load = (context: LoadContext<unknown>): Promise<unknown> => {
    const one = latch<unknown>()
    calls.push({ ...one, context })
    return one.promise
  }
  return { load, calls }
}

/** All that goes on by itself has come to where it waits for something. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

const full = () => new Unavailable("the disk is full", { retryable: true })

describe("getOrSet of a durable store", () => {
  it("gives what is on disk, and loads nothing then", async () => {
    const { store, database } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("a", { n: 1 })
    await store.set("other", 1)
    const { load, calls } = held()
    const reads = database.reads
    expect(await store.getOrSet("a", load)).toEqual({ n: 1 })
    expect([calls.length, database.reads - reads]).toEqual([0, 1])
    expect(await store.statistics()).toMatchObject({ hits: 1, misses: 0 })
  })

  it("answers all who wait after the commit that holds what was loaded, and loads once for them", async () => {
    const { store, database, runtime } = await onMemory()
    const mailboxes = [store, await runtime.acquire("app:entries")]
    const { load, calls } = held()
    const answers: unknown[] = []
    const asked = Array.from({ length: 50 }, (_, n) => (mailboxes[n % 2] as StoreMailbox).getOrSet("a", load, { ttl: 10 }))
    for (const one of asked) void one.then((value) => answers.push([value, database.rows.has("a")]))
    await quiet()
    const gate = latch()
    database.gate = gate.promise
    calls[0]?.open("v")
    await quiet()
    expect([calls.length, answers]).toEqual([1, []])
    gate.open()
    await Promise.all(asked)
    expect(answers).toEqual(Array.from({ length: 50 }, () => ["v", true]))
    expect(await store.ttl("a")).toBe(10)
  })

  it("has a write win that is still on its way to the disk when the load ends", async () => {
    const { store, database } = await onMemory()
    const { load, calls } = held()
    const asked = store.getOrSet("a", load)
    await quiet()
    const gate = latch()
    database.gate = gate.promise
    const written = store.set("a", "written")
    await quiet()
    calls[0]?.open("loaded")
    await quiet()
    gate.open()
    expect([await asked, await written, await store.get("a")]).toEqual(["written", true, "written"])
  })

  it("keeps what was loaded where the write that would have won has failed", async () => {
    const { store, database } = await onMemory()
    const { load, calls } = held()
    const asked = store.getOrSet("a", load)
    await quiet()
    const gate = latch()
    Object.assign(database, { gate: gate.promise, failing: full() })
    const written = refusalOf(store.set("a", "written"))
    await quiet()
    calls[0]?.open("loaded")
    gate.open()
    expect(await written).toMatchObject({ kind: "UNAVAILABLE" })
    database.failing = undefined
    expect([await asked, await store.get("a")]).toEqual(["loaded", "loaded"])
  })

  it("gives what was loaded to who had asked before a delete, and keeps nothing, though the delete is still on its way", async () => {
    const { store, database } = await onMemory()
    for (const remove of [
      () => store.delete("a"),
      () => store.take("a"),
      () => store.deleteMany(["a"]),
      () => store.transaction(["a"], (tx) => tx.delete("a")),
      () => store.update("a", () => undefined),
      () => store.clear(),
    ]) {
      const { load, calls } = held()
      const asked = store.getOrSet("a", load)
      await quiet()
      await remove()
      calls[0]?.open("loaded")
      expect([await asked, await store.has("a"), database.rows.size]).toEqual(["loaded", false, 0])
    }
  })

  it("gives what was loaded where it cannot be written, and loads it again for the next", async () => {
    const { store, database } = await onMemory()
    database.failing = full()
    expect(await store.getOrSet("a", () => 1)).toBe(1)
    database.failing = undefined
    expect([await store.has("a"), await store.getOrSet("a", () => 2), await store.get("a")]).toEqual([false, 2, 2])
  })

  it("asks nobody else to load while what was loaded is on its way to the disk, whoever gives up", async () => {
    const { store, database, runtime } = await onMemory()
    const hasty = new AbortController()
    const { load, calls } = held()
    const other = await runtime.acquire("app:entries")
    const asked = [store.getOrSet("a", load), other.getOrSet("a", load)]
    const given = refusalOf(store.getOrSet("a", load, { signal: hasty.signal }))
    await quiet()
    const gate = latch()
    database.gate = gate.promise
    calls[0]?.open("v")
    await quiet()
    hasty.abort()
    expect(await given).toMatchObject({ kind: "CANCELED" })
    await quiet()
    gate.open()
    expect([await Promise.all(asked), calls.length, calls[0]?.context.signal.aborted]).toEqual([["v", "v"], 1, false])
  })

  it("gives an old value for staleFor, though it was removed from disk and from memory, until it is written or deleted", async () => {
    const { store, time, database } = await onMemory({ store: { maxHotEntries: 2, cleanupIntervalMs: 1000 } })
    const options = { ttl: 10, staleFor: 60 }
    const { load, calls } = held()
    for (const key of ["a", "b", "c"]) await store.getOrSet(key, () => `old ${key}`, options)
    await time.advance(12_000)
    await quiet()
    expect(database.rows.size).toBe(0)
    expect([await store.getOrSet("c", load, options), await store.get("c")]).toEqual(["old c", undefined])
    await quiet()
    expect([calls[0]?.context.key, calls[0]?.context.stale]).toEqual(["c", "old c"])
    calls[0]?.open("new c")
    await quiet()
    expect(await store.getOrSet("c", load, options)).toBe("new c")
    await store.delete("b")
    expect(await store.getOrSet("b", () => "new b", options)).toBe("new b")
  })

  it("gives no old value of what went with its holder, and one of what was over while it was held", async () => {
    const { store, time, runtime } = await onMemory()
    const holder = await runtime.acquire("app:entries")
    for (const key of ["a", "b"]) {
      await holder.set(key, 1, { bound: true, ttl: key === "a" ? 10 : 5 })
      await store.getOrSet(key, () => 2, { staleFor: 60 })
    }
    await time.advance(5000)
    expect(await store.getOrSet("b", () => 2, { staleFor: 60 })).toBe(1)
    await holder.release()
    await time.advance(6000)
    expect(await store.getOrSet("a", () => 2, { staleFor: 60 })).toBe(2)
  })

  it("counts staleFor from an end that was moved meanwhile", async () => {
    const { store, time } = await onMemory()
    await store.getOrSet("a", () => 1, { ttl: 10, staleFor: 10 })
    await store.touch("a", 100)
    await time.advance(105_000)
    expect(await store.getOrSet("a", () => 2, { staleFor: 10 })).toBe(1)
    await store.set("b", 1, { idle: 10 })
    await store.getOrSet("b", () => 2, { staleFor: 10 })
    await time.advance(9000)
    await store.get("b")
    await time.advance(19_000)
    expect(await store.getOrSet("b", () => 2, { staleFor: 10 })).toBe(1)
    await time.advance(1000)
    expect(await store.getOrSet("b", () => 3)).toBe(2)
  })

  it("loads nothing for a mailbox that is given back while the disk is read, and gives it what is there", async () => {
    const { store, database, runtime } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("there", 1)
    await store.set("other", 1)
    const gate = latch()
    const read = database.read.bind(database)
    database.read = (keys) => gate.promise.then(() => read(keys))
    const { load, calls } = held()
    const leaving = await runtime.acquire("app:entries")
    const [found, missed] = [leaving.getOrSet("there", load), refusalOf(leaving.getOrSet("absent", load))]
    await quiet()
    expect(await leaving.release()).toBe(true)
    gate.open()
    expect([await found, await missed]).toMatchObject([1, { kind: "CANCELED", details: { key: "absent" } }])
    const asked = store.getOrSet("absent", load)
    await quiet()
    calls[0]?.open("v")
    expect([await asked, calls.length, await store.get("absent")]).toEqual(["v", 1, "v"])
  })

  it("aborts a load of an incarnation before this one whose mailbox is given back while the disk is read", async () => {
    const { database, runtime, crash } = await onMemory()
    const { load, calls } = held()
    const leaving = await runtime.acquire("app:entries")
    const asked = refusalOf(leaving.getOrSet("a", load))
    await quiet()
    const gate = latch()
    const read = database.read.bind(database)
    database.read = (keys) => gate.promise.then(() => read(keys))
    await crash()
    await leaving.release()
    gate.open()
    expect([await asked, calls.length, calls[0]?.context.signal.aborted]).toMatchObject([{ kind: "CANCELED" }, 1, true])
  })

  it("has its loads outlive a crash of the store: what is loaded reaches who loads it, and is kept", async () => {
    const { store, crash } = await onMemory()
    const { load, calls } = held()
    const asked = store.getOrSet("a", load)
    await quiet()
    await crash()
    calls[0]?.open("v")
    expect([await asked, calls.length, await store.get("a")]).toEqual(["v", 1, "v"])
  })

  it("is told to its callers once it is decided, where the durability is an interval's", async () => {
    const { store, time, database } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    const { load, calls } = held()
    expect(await store.getOrSet("a", () => 1)).toBe(1)
    const asked = store.getOrSet("b", load)
    await quiet()
    await store.set("b", "written")
    expect([await asked, database.rows.size]).toEqual(["written", 0])
    calls[0]?.open("loaded")
    await time.advance(100)
    await quiet()
    expect([...database.rows.keys()]).toEqual(["a", "b"])
    expect(await store.get("b")).toBe("written")
  })

  it("keeps on SQLite what was loaded, for the next program", async () => {
    const house = await durableHouse()
    const first = await house.open()
    expect(await first.store.getOrSet("a", async () => new Map([["n", 1]]))).toEqual(new Map([["n", 1]]))
    await first.runtime.stop()
    const second = await house.open()
    expect(await second.store.getOrSet("a", () => 2)).toEqual(new Map([["n", 1]]))
  })
})
