/** Watches of a durable store: what is its own beside the store in memory, whose rules the contract of stores holds it to. */

import { describe, expect, it } from "vitest"
import { type StoreMailbox, type StoreWatch, Unavailable, type WatchEvent, type WatchOptions } from "../../../actors/index.ts"
import { type DurableStageOptions, durableHouse, openDurable } from "../../support/durable-stage.ts"
import { latch } from "../../support/latch.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { refusalOf } from "../../support/refusal.ts"

async function onMemory(options: DurableStageOptions = {}, database = new MemoryDatabase()) {
  return { ...(await openDurable({ ...options, store: { ...options.store, database } })), database }
}

const numbers = (store: StoreMailbox): StoreMailbox<number> => store as StoreMailbox<number>

/** All that goes on by itself has come to where it waits for something. */
const quiet = async (): Promise<void> => {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

const full = () => new Unavailable("the disk is full", { retryable: true })

const short = ({ type, key, value, cause }: WatchEvent): string =>
  [type, key, value === undefined ? undefined : JSON.stringify(value), cause].filter((part) => part !== undefined).join(" ")

/** What has been told so far, as it comes. */
function reading(watch: StoreWatch<unknown>) {
  const events: WatchEvent[] = []
  const read = async (): Promise<void> => {
    for await (const event of watch) events.push(event)
  }
  // Its end is another test's matter.
  read().catch(() => {})
  return { events, told: () => events.map(short), end: () => watch.close() }
}

const watching = (store: StoreMailbox, options: WatchOptions = { prefix: "" }) => reading(store.watch(options))

describe("a watch of a durable store", () => {
  it("is told after the commit that holds it, with the version of the entry and the cause, and in the order of the versions", async () => {
    const { store, database } = await onMemory()
    const { events, told } = watching(store)
    await quiet()
    const gate = latch()
    database.gate = gate.promise
    const works = [store.set("a", 1), store.set("b", { n: 2 }), numbers(store).increment("a"), store.take("b")]
    await quiet()
    expect(told()).toEqual([])
    gate.open()
    await Promise.all(works)
    const entry = await store.entry("a")
    await store.setMany([["c", 1]])
    await store.transaction(["c", "d"], (tx) => [tx.delete("c"), tx.set("d", 1)].length)
    await store.update("d", () => undefined)
    await store.set("e", 1)
    await store.clear("e")
    await quiet()
    expect(told()).toEqual([
      // Under one key in the order of asking; those of others are read first.
      ...["set a 1 set", "set a 2 increment", 'set b {"n":2} set', "delete b take", "set c 1 set"],
      ...["set d 1 transaction", "delete c transaction", "delete d update", "set e 1 set", "delete e clear"],
    ])
    expect(events[1]?.version).toBe(entry?.version)
    const versions = events.map(({ version }) => version)
    expect(versions).toEqual([...new Set(versions)].sort())
  })

  it("has been told by the time that a write is acknowledged", async () => {
    const { store } = await onMemory()
    const watch = store.watch({ key: "a" })
    await store.set("a", 1)
    const order: string[] = []
    const next = watch.next().then(() => order.push("told"))
    await store.set("a", 2).then(() => order.push("acknowledged"))
    await next
    expect(order[0]).toBe("told")
  })

  it("is told nothing of what a commit that fails has held, but a gap, as nobody knows", async () => {
    const { store, database } = await onMemory()
    await store.set("a", 1)
    const { told } = watching(store, { key: "a", initial: true })
    await quiet()
    Object.assign(database, { failing: full(), isDoneThough: true })
    await store.set("a", 2).catch(() => {})
    database.failing = undefined
    await quiet()
    await store.set("a", 3)
    await quiet()
    expect(told()).toEqual(["set a 1 initial", "gap missed", "set a 2 initial", "set a 3 set"])
  })

  it("is told nothing of what its mailbox has posted before, though that had to be read first, and all that comes behind it", async () => {
    const { store } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("n", 1)
    await store.set("other", 1)
    const before = [numbers(store).increment("n"), store.set("m", 1)]
    const { told } = watching(store)
    const after = [numbers(store).increment("n"), store.set("m", 2)]
    await Promise.all([...before, ...after])
    await quiet()
    expect(told().sort()).toEqual(["set m 2 set", "set n 3 increment"])
  })
})

describe("what is there when a watch begins", () => {
  it("comes from disk in the order of the keys, with the bound ones in between, page by page as it is read", async () => {
    const { store, database } = await onMemory({ store: { maxHotEntries: 10 } })
    const keys = Array.from({ length: 1000 }, (_, n) => `k${String(n).padStart(4, "0")}`)
    await store.setMany(keys.map((key, n) => [key, n]))
    await store.set("k0500+", "held", { bound: true })
    await store.setMany([
      ["a", 1],
      ["z", 1],
    ])
    database.reads = 0
    const watch = store.watch({ prefix: "k", initial: true, room: 40 })
    const seen: unknown[] = []
    for await (const { key, cause } of watch) {
      expect(cause).toBe("initial")
      if (seen.push(key) === 1001) break
    }
    expect(seen).toEqual([...keys, "k0500+"].sort())
    expect(database.reads).toBeLessThan(110)
  })

  it("is told once, whatever is written and removed meanwhile: of what was told already, and of what is written, the change; of the rest, how it is then", async () => {
    const { store } = await onMemory()
    const keys = Array.from({ length: 40 }, (_, n) => `k${String(n).padStart(2, "0")}`)
    await store.setMany(keys.map((key) => [key, 0]))
    // Half of the room is told before it is read from.
    const watch = store.watch({ prefix: "k", initial: true, room: 40 })
    await quiet()
    await store.setMany([
      ["k00", 1],
      ["k39", 1],
      ["k00+", 1],
      ["k39+", 1],
    ])
    await store.deleteMany(["k01", "k38"])
    // One that goes, and one that comes and goes, where it is not told yet.
    await store.delete("k39")
    await store.set("k38+", 1)
    await store.delete("k38+")
    const { told } = reading(watch)
    await quiet()
    await store.set("k38", 2)
    await quiet()
    expect(told()).toEqual([
      ...keys.slice(0, 20).map((key) => `set ${key} 0 initial`),
      ...["set k00 1 set", "set k39 1 set", "set k00+ 1 set", "set k39+ 1 set", "delete k01 delete"],
      ...["delete k39 delete", "set k38+ 1 set", "delete k38+ delete"],
      ...keys.slice(20, 38).map((key) => `set ${key} 0 initial`),
      "set k38 2 set",
    ])
  })

  it("is one entry for a key, on SQLite too, of what was written by a program before", async () => {
    const house = await durableHouse()
    const first = await house.open()
    await first.store.set("a", { n: 1 })
    const entry = await first.store.entry("a")
    await first.runtime.stop()
    const { store } = await house.open()
    const watch = store.watch({ key: "a", initial: true })
    expect((await watch.next()).value).toMatchObject({ type: "set", value: { n: 1 }, version: entry?.version, cause: "initial" })
    await store.delete("a")
    expect((await watch.next()).value).toMatchObject({ type: "delete", key: "a" })
  })

  it("lives as long as it says in memory, where its end has moved with its use", async () => {
    const { store, time, database } = await onMemory()
    await store.set("a", 1, { idle: 10 })
    await time.advance(9000)
    const gate = latch()
    database.gate = gate.promise
    await store.get("a")
    await time.advance(5000)
    const { told } = watching(store, { prefix: "", initial: true })
    gate.open()
    await quiet()
    expect(told()).toEqual(["set a 1 initial"])
  })
})

describe("an entry whose time is over", () => {
  it("is told to have expired within 100 ms, where it was written while somebody watched", async () => {
    const { store, time } = await onMemory()
    const { told } = watching(store)
    await store.set("a", 1, 5)
    await store.put("b", 1, { ttl: 60, idle: 3 })
    await store.set("held", 1, { bound: true, ttl: 7 })
    await time.advance(2999)
    await quiet()
    expect(told()).toHaveLength(3)
    for (const [ms, event] of [
      [101, "expire b idle"],
      [2000, "expire a ttl"],
      [2000, "expire held ttl"],
    ] as const) {
      await time.advance(ms)
      await quiet()
      expect(told().at(-1)).toBe(event)
    }
    expect(told()).toHaveLength(6)
  })

  it("is told within some more than a second, where it was there before, and once", async () => {
    const { store, time, database } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("a", 1, 5)
    await store.set("b", 1)
    const { told } = watching(store)
    await time.advance(5000)
    for (let step = 0; step < 12; step += 1) {
      await time.advance(100)
      await quiet()
    }
    expect(told()).toEqual(["expire a ttl"])
    expect([...database.rows.keys()]).toEqual(["b"])
    expect(await store.statistics()).toMatchObject({ expired: 1, deletes: 0 })
  })

  it("is told before what is written in its place, and once, whoever comes first", async () => {
    for (const write of [
      (store: StoreMailbox) => store.set("a", 2),
      (store: StoreMailbox) => store.put("a", 2),
      (store: StoreMailbox) => store.setMany([["a", 2]]),
      (store: StoreMailbox) => store.transaction(["a"], (tx) => tx.set("a", 2)),
      (store: StoreMailbox) => store.getOrSet("a", () => 2),
    ]) {
      // Between two searches for what is over, and right behind one.
      for (const [maxHotEntries, afterMs] of [1, 100].flatMap((most) => [5600, 6100].map((ms) => [most, ms] as const))) {
        const { store, time, database } = await onMemory({ store: { maxHotEntries } })
        await store.set("a", 1, 5.5)
        await store.set("other", 1)
        const { told } = watching(store, { key: "a" })
        await quiet()
        const gate = latch()
        database.gate = gate.promise
        await time.advance(afterMs)
        const written = write(store)
        await time.advance(2000)
        gate.open()
        await written
        await time.advance(2000)
        await quiet()
        expect(told().map((event) => event.replace(/(set|put|transaction|load)$/, "written"))).toEqual(["expire a ttl", "set a 2 written"])
        expect(await store.get("a")).toBe(2)
      }
    }
  })

  it("is told by who finds that there is nothing to delete, and stays gone", async () => {
    const { store, time } = await onMemory()
    const { told } = watching(store)
    await store.set("a", 1, 5)
    await time.advance(5000)
    expect([await store.delete("a"), await store.take("a"), await store.deleteMany(["a"])]).toEqual([false, undefined, [false]])
    await time.advance(3000)
    await quiet()
    expect(told()).toEqual(["set a 1 set", "expire a ttl"])
  })

  it("has a version of its own, which no later write has, in the next program neither", async () => {
    const database = new MemoryDatabase()
    const first = await onMemory({}, database)
    const { events } = watching(first.store)
    await first.store.set("a", 1, 1)
    await first.time.advance(2000)
    await quiet()
    const [written, expired] = events.map(({ version }) => version) as [string, string]
    expect(expired > written).toBe(true)
    const next = (await first.store.put("a", 2)).version
    expect(next > expired).toBe(true)
    const highest = database.commits.flat().map(({ version }) => version)
    expect(versionIn(expired)).toBeLessThanOrEqual(Math.max(...highest))
    await first.runtime.stop()
    const second = await onMemory({}, database)
    expect((await second.store.put("b", 1)).version > next).toBe(true)
  })

  it("lives on where it was read while its removal was under way", async () => {
    const { store, time, database } = await onMemory()
    const { told } = watching(store)
    await store.set("a", 1, { idle: 5 })
    await store.set("b", 1)
    await time.advance(4999)
    const gate = latch()
    database.gate = gate.promise
    const writing = store.set("b", 2)
    await quiet()
    expect(await store.get("a")).toBe(1)
    await time.advance(1000)
    gate.open()
    await writing
    await time.advance(2000)
    await quiet()
    expect([await store.get("a"), database.rows.has("a")]).toEqual([1, true])
    expect(told()).toEqual(["set a 1 set", "set b 1 set", "set b 2 set"])
  })
})

const versionIn = (version: string): number => Number.parseInt(version.split("-").at(-1) as string, 36)

describe("a bound entry", () => {
  it("is told to be gone with its last holder, and with its time, behind a commit; and not twice", async () => {
    const { store, runtime, database } = await onMemory()
    const [one, other] = [await runtime.acquire("app:entries"), await runtime.acquire("app:entries")]
    const { told } = watching(store)
    await one.set("a", 1, { bound: true })
    await other.set("a", 2, { bound: true })
    await one.set("b", 1, { bound: true })
    await one.release()
    await quiet()
    expect(told()).toEqual(["set a 1 set", "set a 2 set", "set b 1 set", "delete b detached"])
    const gate = latch()
    database.gate = gate.promise
    await other.release()
    await quiet()
    expect(told()).toHaveLength(4)
    gate.open()
    await quiet()
    expect(told().slice(4)).toEqual(["delete a detached"])
  })

  it("that was replaced by who came before its holder left is not told to be gone; one that was written for a holder that has left is", async () => {
    const { store, runtime, database } = await onMemory()
    const other = await runtime.acquire("app:entries")
    const { told } = watching(store)
    await other.set("a", 1, { bound: true })
    await other.set("b", 1, { bound: true })
    await other.set("c", 1, { bound: true })
    const gate = latch()
    database.gate = gate.promise
    const works = [store.set("a", 2), store.update("b", () => 2), store.touch("c", 50)]
    await quiet()
    await other.release()
    await quiet()
    gate.open()
    await Promise.all(works)
    await quiet()
    const entries = ["a 1", "b 1", "c 1"].map((entry) => `set ${entry} set`)
    expect(told().slice(0, 4)).toEqual([...entries, "set a 2 set"])
    expect(told().slice(4).sort()).toEqual(["delete b detached", "delete c detached"])
    expect(await store.getMany(["a", "b", "c"])).toEqual([2, undefined, undefined])
  })

  it("is told to be gone before what is written in its place afterwards", async () => {
    const { store, runtime } = await onMemory()
    const other = await runtime.acquire("app:entries")
    const { told } = watching(store)
    await other.set("a", 1, { bound: true })
    const released = other.release()
    await Promise.all([released, store.set("a", 2)])
    await quiet()
    expect(told()).toEqual(["set a 1 set", "delete a detached", "set a 2 set"])
    expect(await store.get("a")).toBe(2)
  })
})

describe("a watch that goes on from a version", () => {
  it("is told what has happened since, as far as that is kept", async () => {
    const { store, time } = await onMemory({ store: { history: 3 } })
    const versions: string[] = []
    for (const key of ["a", "b", "c"]) versions.push((await store.put(key, 1, { ttl: 2 })).version)
    await time.advance(1000)
    const [first = "", second = "", third = ""] = versions
    const told = async (from: string) => {
      const { told, end } = watching(store, { prefix: "", from })
      await quiet()
      end()
      return told()
    }
    expect(await told(first)).toEqual(["set b 1 put", "set c 1 put"])
    expect(await told(third)).toEqual([])
    await store.delete("a")
    await time.advance(1100)
    await quiet()
    expect((await told(third)).sort()).toEqual(["delete a delete", "expire b ttl", "expire c ttl"])
    expect(await told(second)).toEqual(["gap history"])
  })

  it("is a gap, where nobody was told: before the first watch, and before a restart", async () => {
    const database = new MemoryDatabase()
    const first = await onMemory({}, database)
    const { version } = await first.store.put("a", 1)
    await first.store.set("a", 2)
    const early = watching(first.store, { key: "a", from: version })
    await quiet()
    await first.runtime.stop()
    const { store } = await onMemory({}, database)
    const late = watching(store, { key: "a", from: version, initial: true })
    await quiet()
    expect([early.told(), late.told()]).toEqual([["gap history"], ["gap history", "set a 2 initial"]])
  })

  it("is a gap, where something has gone by itself since, and nobody was told", async () => {
    for (const options of [{ ttl: 1 }, { bound: true }]) {
      const { store, runtime } = await onMemory({ store: { cleanupIntervalMs: 2000 } })
      const other = await runtime.acquire("app:entries")
      await other.set("a", 1, options)
      const { version } = await store.put("b", 1)
      const early = watching(store, { prefix: "", from: version })
      await quiet()
      expect(early.told()).toEqual([])
      early.end()
    }
    for (const options of [{ ttl: 1 }, { bound: true }]) {
      const { store, time, runtime } = await onMemory({ store: { cleanupIntervalMs: 2000 } })
      const other = await runtime.acquire("app:entries")
      await other.set("a", 1, options)
      const { version } = await store.put("b", 1)
      await other.release()
      await time.advance(3000)
      await quiet()
      const { told } = watching(store, { prefix: "", from: version })
      await quiet()
      expect(told()).toEqual(["gap history"])
    }
  })

  it("is refused, where no store has told it, and a reset, where another database has", async () => {
    const { store } = await onMemory()
    const { version } = await store.put("a", 1)
    const later = `${version.slice(0, -3)}zzz`
    for (const from of ["x", "memory-1", later]) {
      expect((await refusalOf(store.watch({ key: "a", from }).next())).kind).toBe("INVALID")
    }
    const { told } = watching(store, { key: "a", from: version.replace("memory", "another") })
    await quiet()
    expect(told()).toEqual(["reset restart"])
  })
})

describe("a crash of the store", () => {
  it("is a reset, after which what is there is told again, and what happens then; nothing twice", async () => {
    const { store, crash } = await onMemory()
    await store.set("a", 1)
    const { told } = watching(store, { prefix: "", initial: true })
    await quiet()
    await crash()
    await quiet()
    await store.set("b", 1)
    await quiet()
    expect(told()).toEqual(["set a 1 initial", "reset restart", "set a 1 initial", "set b 1 set"])
  })
})

describe("with durability by an interval", () => {
  it("an event leaves with its commit, and what was acknowledged before the watch is not told", async () => {
    const { store, time } = await onMemory({ store: { durability: "interval", commitIntervalMs: 100 } })
    await store.set("a", 1)
    const { told } = watching(store)
    const initial = watching(store, { prefix: "", initial: true })
    await store.set("a", 2)
    await store.set("b", 2)
    expect(told()).toEqual([])
    await time.advance(100)
    await quiet()
    expect(told()).toEqual(["set a 2 set", "set b 2 set"])
    // To who wants to know what is there it was there, and is told as it comes to be on disk; nothing is told twice.
    expect(initial.events.map(({ key, value }) => `${key} ${value}`)).toEqual(["a 1", "a 2", "b 2"])
    const versions = initial.events.map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
  })
})

describe("a store that is watched", () => {
  it("writes nothing while nothing happens, and looks for what is over no more often than it says once nobody watches", async () => {
    const { store, time, database } = await onMemory()
    let searches = 0
    const { removeExpired } = database
    database.removeExpired = (...asked) => {
      searches += 1
      return removeExpired.apply(database, asked)
    }
    const { end } = watching(store)
    await quiet()
    for (let second = 0; second < 10; second += 1) {
      await time.advance(1000)
      await quiet()
    }
    expect([searches >= 9, database.commits.length]).toEqual([true, 0])
    end()
    await store.release()
  })
})

describe("a page that cannot be read", () => {
  it("is a gap, after which it is read again; and no end of the store, where the database answers", async () => {
    const { store, database, runtime } = await onMemory({ store: { maxHotEntries: 1 } })
    await store.set("a", 1)
    await store.set("b", 1)
    const pid = runtime.whereis("app:entries")
    const { page } = database
    let failures = 2
    database.page = async (query) => {
      failures -= 1
      if (failures >= 0) throw full()
      return page.call(database, query)
    }
    const { told } = watching(store, { prefix: "", initial: true })
    await quiet()
    await quiet()
    expect(told().filter((event) => event !== "gap missed")).toEqual(["set a 1 initial", "set b 1 initial"])
    expect(told()[0]).toBe("gap missed")
    expect([runtime.whereis("app:entries") === pid, failures]).toEqual([true, -1])
  })
})

describe("a watch that begins while what is over is removed", () => {
  it("is told of it, or of a gap, where nobody had asked for that in time", async () => {
    const { store, time, database } = await onMemory({ store: { cleanupIntervalMs: 2000 } })
    await store.set("a", 1, 1)
    await time.advance(1500)
    const gate = latch()
    database.gate = gate.promise
    const writing = store.set("b", 1)
    await time.advance(600)
    const { told } = watching(store)
    await quiet()
    gate.open()
    await writing
    await quiet()
    expect([told(), database.rows.has("a")]).toEqual([["gap missed"], false])
  })
})
