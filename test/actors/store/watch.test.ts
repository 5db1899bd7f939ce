import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import {
  actor,
  Canceled,
  child,
  type Frozen,
  isWatchNotice,
  PermissionDenied,
  type Policy,
  RateLimited,
  refuse,
  StoreMailbox,
  type StoreWatch,
  start,
  stopWhenIdle,
  store,
  supervisor,
  Unavailable,
  type WatchEvent,
} from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStage } from "../../support/store-stage.ts"

const allow = (actions: string | readonly string[]): Policy => ({ effect: "allow", actions, resources: "app:cache" })

/** What has been told so far, and how it ended, of a watch that is read as it comes. */
function reading(watch: StoreWatch<unknown>) {
  const events: WatchEvent[] = []
  const story = { events, end: undefined as unknown, isOver: false }
  const read = async (): Promise<void> => {
    try {
      for await (const event of watch) events.push(event)
    } catch (error) {
      story.end = error
    }
    story.isOver = true
  }
  void read()
  return story
}

const short = ({ type, key, value, cause }: WatchEvent): string =>
  [type, key, value === undefined ? undefined : JSON.stringify(value), cause].filter((part) => part !== undefined).join(" ")

async function next(watch: StoreWatch<unknown>): Promise<WatchEvent> {
  const { value, done } = await watch.next()
  if (done === true || value === undefined) throw new Error("the watch has ended")
  return value
}

describe("watch", () => {
  it("tells what is written, deleted and expires under a key, with version and cause", async () => {
    const { cache, time } = await openStore()
    const story = reading(cache.watch({ key: "a" }))
    await cache.set("a", { n: 1 }, 1)
    await cache.put("a", { n: 2 }, { ttl: 1 })
    await cache.set("b", "another key")
    await time.advance(2000)
    await cache.update("a", () => ({ n: 3 }))
    await cache.take("a")
    await time.settle()
    expect(story.events.map(short)).toEqual([
      'set a {"n":1} set',
      'set a {"n":2} put',
      "expire a ttl",
      'set a {"n":3} update',
      "delete a take",
    ])
    const versions = story.events.map(({ version }) => version)
    expect(versions.toSorted()).toEqual(versions)
    expect(new Set(versions).size).toBe(5)
  })

  it("tells the same cause of what is written with others, whatever is said of its lifetime", async () => {
    const { cache, time } = await openStore()
    const story = reading(cache.watch({ prefix: "" }))
    await cache.setMany([
      ["a", 1],
      ["b", 2, 60],
      ["c", 3, { ttl: 60, idle: 30 }],
    ])
    await cache.setMany([["b", 4]], { keepTtl: true, jitter: 0.5 })
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 1 set", "set b 2 set", "set c 3 set", "set b 4 set"])
  })

  it("tells the version that the entry has", async () => {
    const { cache } = await openStore()
    const watch = cache.watch({ key: "a" })
    const { version } = await cache.put("a", 1)
    expect((await next(watch)).version).toBe(version)
    expect(watch.version).toBe(version)
  })

  it("tells versions that rise as text", async () => {
    const { cache, time } = await openStore()
    const story = reading(cache.watch({ key: "a" }))
    for (let value = 0; value < 40; value += 1) await cache.set("a", value)
    await time.settle()
    const versions = story.events.map(({ version }) => version)
    expect(versions).toEqual(versions.toSorted())
    expect(versions).toHaveLength(40)
  })

  it("tells of all keys with a prefix, of several lengths, and of all with the empty one", async () => {
    const { cache, time } = await openStore()
    const stories = ["", "user:", "user:1", "post:"].map((prefix) => reading(cache.watch({ prefix })))
    for (const key of ["user:1", "user:2", "user", "user:11", "post:1"]) await cache.set(key, 1)
    await time.settle()
    expect(stories.map(({ events }) => events.map(({ key }) => key))).toEqual([
      ["user:1", "user:2", "user", "user:11", "post:1"],
      ["user:1", "user:2", "user:11"],
      ["user:1", "user:11"],
      ["post:1"],
    ])
  })

  it("tells what goes to make room, and what goes with its last holder", async () => {
    const { cache, runtime, time } = await openStore({ store: { maxEntries: 1, whenFull: "soonest" } })
    const other = await runtime.acquire("app:cache")
    const story = reading(cache.watch({ prefix: "" }))
    await cache.set("a", 1, 10)
    await other.set("b", 2, { ttl: 10, bound: true })
    await other.release()
    await time.advance(100)
    expect(story.events.map(short)).toEqual(["set a 1 set", "evict a capacity", "set b 2 set", "delete b detached"])
  })

  it("tells at its moment what is over, and what goes with its holder, though it began later", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await other.set("a", 1, 1)
    await cache.set("b", 2, { idle: 2 })
    await other.set("c", 3, { bound: true })
    await time.advance(500)
    const story = reading(cache.watch({ prefix: "" }))
    await other.release()
    await time.settle()
    expect(story.events.map(short)).toEqual(["delete c detached"])
    await time.advance(500)
    expect(story.events.map(short).slice(1)).toEqual(["expire a ttl"])
    await time.advance(1000)
    expect(story.events.map(short).slice(2)).toEqual(["expire b idle"])
    await cache.set("d", 4, 1)
    await time.advance(1000)
    expect(story.events.map(short).slice(3)).toEqual(["set d 4 set", "expire d ttl"])
  })

  it("tells of a write posted behind it by the same mailbox, and of none before", async () => {
    const { cache, time } = await openStore()
    void cache.set("a", 0)
    const watch = cache.watch({ key: "a" })
    void cache.set("a", 1)
    await time.settle()
    expect(short(await next(watch))).toBe("set a 1 set")
  })

  it("shows values as get does: frozen, or a copy for each", async () => {
    const { cache } = await openStore()
    const watches = [cache.watch({ key: "a" }), cache.watch({ key: "a" })]
    await cache.set("a", { list: [new Map([[1, 2]])] })
    const [one, other] = (await Promise.all(watches.map(next))) as Frozen<{ type: "set"; value: { list: Map<number, number>[] } }>[]
    expect(one?.value).toEqual({ list: [new Map([[1, 2]])] })
    expect(one?.value.list[0]).not.toBe(other?.value.list[0])
  })

  it("gives each of several who ask at once another event, in the order of asking", async () => {
    const { cache } = await openStore()
    const watch = cache.watch({ key: "a" })
    const asked = [watch.next(), watch.next(), watch.next()]
    for (const value of [1, 2, 3]) await cache.set("a", value)
    expect((await Promise.all(asked)).map(({ value }) => value?.value)).toEqual([1, 2, 3])
  })

  it("waits while the store is suspended", async () => {
    const { cache, runtime, time } = await openStore()
    await runtime.sys.suspend("app:cache")
    const story = reading(cache.watch({ key: "a" }))
    const set = cache.set("a", 1, undefined, { timeoutMs: Number.POSITIVE_INFINITY })
    await time.advance(60_000)
    expect(story).toMatchObject({ events: [], isOver: false })
    await runtime.sys.resume("app:cache")
    await set
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 1 set"])
  })

  it("is read in its reader's async context, whoever writes", async () => {
    const { cache } = await openStore()
    const context = new AsyncLocalStorage<string>()
    const watch = cache.watch({ key: "a" })
    const seen: unknown[] = []
    const read = context.run("reader", async () => {
      for await (const { value } of watch) {
        seen.push(context.getStore())
        if (value === 2) break
      }
    })
    await context.run("writer", () => cache.set("a", 1))
    await context.run("another", () => cache.set("a", 2))
    await read
    expect(seen).toEqual(["reader", "reader"])
  })

  it("does not tell of readings, and of new lifetimes alone", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { ttl: 10, idle: 5 })
    const story = reading(cache.watch({ key: "a" }))
    await cache.get("a")
    await cache.touch("a", 50)
    await cache.persist("a")
    await time.settle()
    expect(story.events).toEqual([])
  })

  it("refuses what it cannot mean, at once", async () => {
    const { cache } = await openStore()
    const fieldOf = (options: object): unknown => refusalBy(() => cache.watch(options as never)).details.field
    expect(fieldOf({})).toBe("key")
    expect(fieldOf({ key: "\ud800" })).toBe("key")
    expect(fieldOf({ prefix: "\ud800" })).toBe("prefix")
    expect(fieldOf({ key: "a", prefix: "a" })).toBe("prefix")
    expect(fieldOf({ key: "a", from: 5 })).toBe("from")
    expect(fieldOf({ key: "a", room: 0 })).toBe("room")
    expect(fieldOf({ key: "a", signal: {} })).toBe("signal")
    expect(fieldOf({ key: "a", initial: 1 })).toBe("initial")
  })
})

describe("watch with initial", () => {
  it("tells what is there, then what happens, each once", async () => {
    const { cache, time } = await openStore()
    for (const index of Array.from({ length: 3000 }, (_, at) => at)) await cache.set(`k${index}`, index)
    const watch = cache.watch({ prefix: "k", initial: true })
    const story = reading(watch)
    await cache.set("k0", "new")
    await cache.set("k2999", "new")
    await cache.delete("k5")
    await cache.set("k3000", "new")
    await time.settle()
    const last = new Map<string, unknown>()
    for (const { type, key, value } of story.events) {
      if (type === "delete") last.delete(key)
      else last.set(key as string, value)
    }
    expect(last.size).toBe(3000)
    expect([last.get("k0"), last.get("k2999"), last.get("k3000"), last.has("k5")]).toEqual(["new", "new", "new", false])
    const versions = story.events.map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(watch.version).toBe((await cache.put("z", 1)).version.replace(/.$/, (digit) => (Number.parseInt(digit, 36) - 1).toString(36)))
  })

  it("waits for its reader, however much is there", async () => {
    const { cache, time } = await openStore()
    for (const index of Array.from({ length: 100 }, (_, at) => at)) await cache.set(`k${index}`, index)
    const watch = cache.watch({ prefix: "k", initial: true, room: 4 })
    await time.settle()
    const seen = new Set<unknown>()
    for (let left = 100; left > 0; left -= 1) {
      const { type, key } = await next(watch)
      expect(type).toBe("set")
      seen.add(key)
    }
    expect(seen.size).toBe(100)
    await cache.set("k0", "more")
    expect(short(await next(watch))).toBe('set k0 "more" set')
  })

  it("tells of one key what it has, or nothing, and skips what is dead", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1)
    await cache.set("dead", 1, 1)
    await time.advance(1000)
    const stories = ["a", "b", "dead"].map((key) => reading(cache.watch({ key, initial: true })))
    const all = reading(cache.watch({ prefix: "", initial: true }))
    await time.settle()
    expect(stories.map(({ events }) => events.map(short))).toEqual([["set a 1 initial"], [], []])
    expect(all.events.map(short)).toEqual(["set a 1 initial"])
  })

  it("says by its version when all was told that is there", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    const entry = await cache.put("b", 2)
    const watch = cache.watch({ prefix: "", initial: true })
    await next(watch)
    await next(watch)
    expect(watch.version).toBeUndefined()
    await cache.set("c", 3)
    await next(watch)
    expect(watch.version).not.toBe(entry.version)
    const again = cache.watch({ prefix: "", from: watch.version })
    await cache.set("d", 4)
    expect(short(await next(again))).toBe("set d 4 set")
  })
})

describe("watch from a version", () => {
  it("tells what has happened since, and goes on", async () => {
    const { cache } = await openStore({ store: { history: 10 } })
    const { version } = await cache.put("a", 1)
    await cache.set("a", 2)
    await cache.set("b", 2)
    await cache.delete("a")
    const watch = cache.watch({ key: "a", from: version })
    await cache.set("a", 3)
    expect([await next(watch), await next(watch), await next(watch)].map(short)).toEqual(["set a 2 set", "delete a delete", "set a 3 set"])
  })

  it("keeps a history from the first watch on", async () => {
    const { cache } = await openStore()
    const before = await cache.put("a", 0)
    await cache.put("a", 1)
    cache.watch({ key: "other" }).close()
    const { version } = await cache.put("a", 2)
    await cache.put("a", 3)
    expect(short(await next(cache.watch({ key: "a", from: version })))).toBe("set a 3 put")
    expect(short(await next(cache.watch({ key: "a", from: before.version })))).toBe("gap history")
  })

  it("says gap where that is not kept any more, and with initial what is there instead", async () => {
    const { cache } = await openStore({ store: { history: 2 } })
    const { version } = await cache.put("a", 1)
    for (const value of [2, 3, 4]) await cache.set("a", value)
    const plain = cache.watch({ key: "a", from: version })
    expect(short(await next(plain))).toBe("gap history")
    const whole = cache.watch({ key: "a", from: version, initial: true })
    expect([await next(whole), await next(whole)].map(short)).toEqual(["gap history", "set a 4 initial"])
    await cache.set("a", 5)
    expect([await next(plain), await next(whole)].map(short)).toEqual(["set a 5 set", "set a 5 set"])
  })

  it("replays more than may wait", async () => {
    const { cache } = await openStore({ store: { history: 50 } })
    const { version } = await cache.put("a", 0)
    for (let value = 1; value <= 50; value += 1) await cache.set("a", value)
    const watch = cache.watch({ key: "a", from: version, room: 1 })
    for (let value = 1; value <= 50; value += 1) expect(await next(watch)).toMatchObject({ value })
  })

  it("is a reset, where the store has begun anew since", async () => {
    const { cache, crash } = await openStore({ store: { history: 10 } })
    const { version } = await cache.put("a", 1)
    await crash()
    await cache.set("a", 2)
    const watch = cache.watch({ key: "a", from: version, initial: true })
    expect([await next(watch), await next(watch)].map(short)).toEqual(["reset restart", "set a 2 initial"])
  })

  it("refuses what no store has told", async () => {
    const { cache } = await openStore()
    const { version } = await cache.put("a", 1)
    for (const from of ["nonsense", "-", `${version}zz`, "a-1.5", "a--1"]) {
      const error = await refusalOf(cache.watch({ key: "a", from }).next())
      expect(error).toMatchObject({ kind: "INVALID", details: { field: "from" } })
    }
  })
})

describe("those who ask a watch for what is next", () => {
  it("get it in the order of asking, who asks once others have theirs, too", async () => {
    const { cache } = await openStore()
    const watch = cache.watch({ prefix: "" })
    const [first, second, third] = [next(watch), next(watch), next(watch)]
    await cache.set("a", 1)
    expect(short(await first)).toBe("set a 1 set")
    const last = next(watch)
    for (const key of ["b", "c", "d"]) await cache.set(key, 1)
    expect((await Promise.all([second, third, last])).map(short)).toEqual(["set b 1 set", "set c 1 set", "set d 1 set"])
    await cache.set("e", 1)
    expect(short(await next(watch))).toBe("set e 1 set")
  })
})

describe("a slow watch", () => {
  it("is told what fits, one gap, and what comes then", async () => {
    const { cache, time } = await openStore()
    const watch = cache.watch({ key: "a", room: 3 })
    for (let value = 1; value <= 10; value += 1) await cache.set("a", value)
    expect([await next(watch), await next(watch), await next(watch), await next(watch)].map(short)).toEqual([
      "set a 1 set",
      "set a 2 set",
      "set a 3 set",
      "gap slow",
    ])
    const story = reading(watch)
    await cache.set("a", 11)
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 11 set"])
  })

  it("is none that waits: what comes at once, before it can read, is told, however little room there is", async () => {
    const { cache, time } = await openStore()
    const story = reading(cache.watch({ prefix: "", room: 2 }))
    await time.settle()
    const keys = Array.from({ length: 3000 }, (_, index) => `k${index}`)
    await cache.setMany(keys.map((key) => [key, 1]))
    await time.settle()
    await Promise.all(keys.map((key) => cache.set(key, 2)))
    await time.settle()
    await cache.transaction(keys.slice(0, 100), (tx) => keys.slice(0, 100).map((key) => tx.set(key, 3)).length)
    await time.settle()
    await cache.deleteMany(keys)
    await time.settle()
    expect(story.events.filter(({ type }) => type !== "set" && type !== "delete")).toEqual([])
    expect(story.events).toHaveLength(9100)
  })

  it("is one that has had its turn, and has not read what came before: that has room of its own until all of it was read", async () => {
    const { cache, time } = await openStore()
    const watch = cache.watch({ prefix: "", room: 2 })
    const first = watch.next()
    await time.settle()
    await cache.setMany(["a", "b", "c", "d", "e"].map((key) => [key, 1]))
    expect(short((await first).value as WatchEvent)).toBe("set a 1 set")
    // Room for two more than came at once.
    for (const value of [2, 3, 4, 5]) await cache.set("f", value)
    for (const key of ["b", "c", "d", "e"]) expect(short(await next(watch))).toBe(`set ${key} 1 set`)
    for (const value of [2, 3, 4]) expect(short(await next(watch))).toBe(`set f ${value} set`)
    expect(short(await next(watch))).toBe("gap slow")
    const late = watch.next()
    await cache.set("g", 1)
    expect(short((await late).value as WatchEvent)).toBe("set g 1 set")
    for (const value of [2, 3, 4]) await cache.set("g", value)
    expect([await next(watch), await next(watch), await next(watch)].map(short)).toEqual(["set g 2 set", "set g 3 set", "gap slow"])
  })

  it("is none that reads as quickly as others write", async () => {
    const { cache, time } = await openStore()
    const story = reading(cache.watch({ prefix: "", room: 100 }))
    for (let value = 0; value < 5000; value += 1) await cache.set("a", value)
    await time.settle()
    expect(story.events.map(({ value }) => value)).toEqual(Array.from({ length: 5000 }, (_, value) => value))
  })

  it("has its gap from the version on that the gap says", async () => {
    const { cache } = await openStore()
    const watch = cache.watch({ key: "a", room: 1 })
    for (const value of [1, 2, 3]) await cache.set("a", value)
    await next(watch)
    await cache.set("a", 4)
    const { version } = await next(watch)
    expect(version).toBe((await cache.entry("a"))?.version)
    expect(watch.version).toBe(version)
  })

  it("with initial is told after the gap what is there", async () => {
    const { cache } = await openStore()
    await cache.set("a", 0)
    const watch = cache.watch({ prefix: "", room: 2, initial: true })
    for (let value = 1; value <= 10; value += 1) await cache.set("a", value)
    const told: string[] = []
    while (!told.includes("set a 10 initial")) {
      told.push(short(await next(watch)))
      if (told.at(-1) === "gap slow") expect(watch.version).toBeUndefined()
    }
    expect(told.filter((one) => one.startsWith("gap"))).toEqual(["gap slow"])
    await cache.set("b", 1)
    expect(short(await next(watch))).toBe("set b 1 set")
  })
})

describe("a restart of the store", () => {
  it("is a reset, after which the watch goes on", async () => {
    const { cache, crash, time } = await openStore()
    const story = reading(cache.watch({ key: "a" }))
    await cache.set("a", 1)
    await crash()
    await cache.set("a", 2)
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 1 set", "reset restart", "set a 2 set"])
    const [, reset, after] = story.events
    expect((reset?.version ?? "") < (after?.version ?? "")).toBe(true)
  })

  it("is heard of by one that nobody reads, too", async () => {
    const { cache, crash } = await openStore()
    const watch = cache.watch({ key: "a", initial: true })
    await cache.set("a", 1)
    await crash()
    await cache.set("a", 2)
    expect([await next(watch), await next(watch), await next(watch)].map(short)).toEqual(["set a 1 set", "reset restart", "set a 2 set"])
  })

  it("is one reset, however often it happens before that is read", async () => {
    const { cache, crash, time } = await openStore()
    const watch = cache.watch({ key: "a", room: 1 })
    for (let left = 3; left > 0; left -= 1) {
      await crash()
      await time.advance(5000)
    }
    const story = reading(watch)
    await time.settle()
    await cache.set("a", 1)
    await time.settle()
    expect(story.events.map(short)).toEqual(["reset restart", "set a 1 set"])
  })

  it("is nothing to a watch of a store whose state is retained", async () => {
    const { cache, crash, time } = await openStore({ child: { state: "retain" } })
    const story = reading(cache.watch({ prefix: "", initial: true }))
    await cache.set("a", 1)
    const { version } = await cache.put("a", 2)
    await crash()
    await cache.set("a", 3)
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 1 set", "set a 2 put", "set a 3 set"])
    expect(short(await next(cache.watch({ key: "a", from: version })))).toBe("set a 3 set")
    await crash()
    await time.advance(5000)
    await cache.set("a", 4)
    await time.settle()
    expect(story.events.map(short).at(-1)).toBe("set a 4 set")
  })

  it("in the midst of what is there goes on, where the state is retained, and begins anew, where it is not", async () => {
    for (const state of ["retain", "reset"] as const) {
      const { cache, crash, time } = await openStore({ child: { state } })
      for (let index = 0; index < 20; index += 1) await cache.set(`k${index}`, index)
      const watch = cache.watch({ prefix: "", initial: true, room: 4 })
      await next(watch)
      await crash()
      const story = reading(watch)
      await time.settle()
      const told = story.events.map(short)
      if (state === "retain") expect(told).toHaveLength(19)
      else expect(told.at(-1)).toBe("reset restart")
    }
  })

  it("by request, and with siblings, after a drain, is one", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const tree = supervisor({
      strategy: "one_for_all",
      children: { "app:cache": child(store(), { shutdown: { drain: 100 } }), "app:beside": store() },
    })
    await using runtime = await start({ "app:tree": tree }, { host: time, log: () => {} })
    const cache = await runtime.acquire("app:cache")
    const story = reading(cache.watch({ key: "a" }))
    await cache.set("a", 1)
    const beside = runtime.whereis("app:beside")
    if (beside !== undefined) runtime.exit(beside, { error: new Error("crash") })
    await time.advance(1000)
    await cache.set("a", 2)
    const supervising = await runtime.acquire("app:tree")
    await supervising.terminateChild("app:cache", { drain: true })
    await time.settle()
    expect(story.events.map(short)).toEqual(["set a 1 set", "reset restart", "set a 2 set"])
    expect(story.end).toBeInstanceOf(Unavailable)
  })

  it("after a kill is one, too", async () => {
    const { cache, runtime, time } = await openStore()
    const story = reading(cache.watch({ key: "a" }))
    await time.settle()
    const pid = runtime.whereis("app:cache")
    if (pid !== undefined) runtime.exit(pid, "kill")
    await time.settle()
    await cache.set("a", 1)
    await time.settle()
    expect(story.events.map(short)).toEqual(["reset restart", "set a 1 set"])
  })
})

describe("the end of a watch", () => {
  const ended = async (stage: StoreStage, end: (watch: StoreWatch<unknown>) => unknown) => {
    const watch = stage.cache.watch({ key: "a" })
    const story = reading(watch)
    await stage.cache.set("a", 1)
    await stage.time.settle()
    await end(watch)
    await stage.time.settle()
    return { story, watch }
  }

  it("comes with close, with nothing more told", async () => {
    const stage = await openStore()
    const { story, watch } = await ended(stage, (one) => one.close())
    await stage.cache.set("a", 2)
    await stage.time.settle()
    expect(story).toMatchObject({ isOver: true, end: undefined })
    expect(story.events).toHaveLength(1)
    expect(watch.isActive).toBe(false)
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  it("comes with the loop", async () => {
    const { cache } = await openStore()
    const watch = cache.watch({ key: "a" })
    await cache.set("a", 1)
    await cache.set("a", 2)
    for await (const { value } of watch) {
      expect(value).toBe(1)
      break
    }
    expect(watch.isActive).toBe(false)
    expect((await watch.next()).done).toBe(true)
  })

  it("comes with its signal, as Canceled, once", async () => {
    const stage = await openStore()
    const controller = new AbortController()
    const watch = stage.cache.watch({ key: "a", signal: controller.signal })
    const story = reading(watch)
    await stage.time.settle()
    controller.abort("enough")
    await stage.time.settle()
    expect(story.end).toBeInstanceOf(Canceled)
    expect((story.end as Canceled).cause).toBe("enough")
    expect((await watch.next()).done).toBe(true)
    const late = stage.cache.watch({ key: "a", signal: controller.signal })
    expect(await refusalOf(late.next())).toBeInstanceOf(Canceled)
  })

  it("comes with the mailbox, behind what was told before", async () => {
    const { runtime, time, cache } = await openStore()
    const other = await runtime.acquire("app:cache")
    const watch = other.watch({ key: "a" })
    await cache.set("a", 1)
    await other.release()
    await cache.set("a", 2)
    await time.settle()
    expect(short(await next(watch))).toBe("set a 1 set")
    expect((await watch.next()).done).toBe(true)
  })

  it("is said of one that a mailbox begins which was given back, as of all else that it is asked for", async () => {
    const { runtime, cache } = await openStore()
    const other = await runtime.acquire("app:cache")
    const over = other.release()
    expect(await refusalOf(other.watch({ key: "a" }).next())).toMatchObject({ kind: "INVALID", message: "store released" })
    await over
    const late = other.watch({ prefix: "", initial: true })
    expect(await refusalOf(late.next())).toMatchObject({ kind: "INVALID", message: "store released" })
    expect(await late.next()).toMatchObject({ done: true })
    const notices: unknown[] = []
    const observer = actor(async (self) => {
      other.watch({ key: "a" }).sendTo(self)
      notices.push((await self.receive(isWatchNotice)).error)
    })
    await runtime.whenEnded(runtime.spawn(observer))
    expect(notices).toMatchObject([{ kind: "INVALID" }])
    expect(await cache.has("a")).toBe(false)
  })

  it("does not come with a release that is refused", async () => {
    const { cache, time } = await openStore({ child: { onDetach: refuse } })
    const story = reading(cache.watch({ key: "a" }))
    await cache.set("a", 1)
    expect(await cache.release()).toBe(false)
    await cache.set("a", 2)
    await time.settle()
    expect(story.events).toHaveLength(2)
  })

  it("comes with its caller", async () => {
    const { runtime, cache, time } = await openStore()
    const stories: ReturnType<typeof reading>[] = []
    const watcher = runtime.spawn(
      actor(async (self) => {
        const own = await self.acquire("app:cache", { as: StoreMailbox })
        stories.push(reading(own.watch({ key: "a" })))
        await self.receive()
      }),
    )
    await time.settle()
    await cache.set("a", 1)
    runtime.exit(watcher, "kill")
    await time.settle()
    await cache.set("a", 2)
    await time.settle()
    expect(stories[0]).toMatchObject({ isOver: true, end: undefined })
    expect(stories[0]?.events).toHaveLength(1)
  })

  it("comes with the store, as Unavailable", async () => {
    const stage = await openStore()
    const { story } = await ended(stage, () => stage.runtime.stop())
    expect(story.end).toBeInstanceOf(Unavailable)
    expect(story.events).toHaveLength(1)
  })

  it("comes with a stop that drains, at once, as nobody waits for an answer", async () => {
    const stage = await openStore()
    const { story } = await ended(stage, () => stage.runtime.stop({ drain: true }))
    expect(story.end).toBeInstanceOf(Unavailable)
  })

  it("comes where the store is given up", async () => {
    const stage = await openStore({ child: { restart: "temporary" } })
    const { story } = await ended(stage, () => stage.crash())
    expect(story.end).toBeInstanceOf(Unavailable)
  })

  it("comes with a restart at which the inbox is full, as RateLimited", async () => {
    const time = virtualTime({ unseenMs: 0 })
    await using runtime = await start({ "app:cache": child(store(), { inbox: { capacity: 1 } }) }, { host: time, log: () => {} })
    const cache = await runtime.acquire("app:cache")
    const story = reading(cache.watch({ key: "a" }))
    await runtime.sys.suspend("app:cache")
    cache.get("a").catch(() => {})
    const pid = runtime.whereis("app:cache")
    if (pid !== undefined) runtime.exit(pid, "kill")
    await time.settle()
    expect(story.end).toBeInstanceOf(RateLimited)
    expect(story.end).toMatchObject({ retryable: true })
  })

  it("comes where the policies allow it no longer, and nothing is told from then on", async () => {
    const stage = await openStore({ policies: [allow("store.*")] })
    const watch = stage.cache.watch({ key: "a" })
    await stage.cache.set("a", 1)
    await stage.cache.set("a", 2)
    expect(short(await next(watch))).toBe("set a 1 set")
    stage.runtime.security.setPolicies([allow(["store.get", "store.key.set"])])
    expect(await refusalOf(watch.next())).toBeInstanceOf(PermissionDenied)
    expect((await watch.next()).done).toBe(true)
    expect(await refusalOf(stage.cache.watch({ key: "a" }).next())).toBeInstanceOf(PermissionDenied)
  })

  it("does not keep a store up that stops when it is idle", async () => {
    const { runtime, cache, time } = await openStore({ child: { onDetach: stopWhenIdle() } })
    const story = reading(cache.watch({ key: "a" }))
    await time.settle()
    await cache.release()
    await time.settle()
    expect(story.isOver).toBe(true)
    expect(runtime.whereis("app:cache")).toBeUndefined()
  })

  it("leaves nothing behind: no timer, and no cost to those who write", async () => {
    const { cache, time, runtime } = await openStore({ store: { history: 0 } })
    const story = reading(cache.watch({ prefix: "", initial: true }))
    await time.settle()
    expect(time.armedTimers).toBe(0)
    const stopped = runtime.stop()
    await time.advance(10_000)
    await stopped
    expect(story.isOver).toBe(true)
    expect(time.armedTimers).toBe(0)
  })
})

describe("permission", () => {
  it("is by key or prefix", async () => {
    const { runtime } = await openStore({ policies: [allow("store.get")] })
    runtime.security.setPolicies([
      allow("store.get"),
      (request) =>
        request.action === "store.key.watch" && (request.attributes.key === "a" || request.attributes.prefix === "user:")
          ? "allow"
          : "undefined",
    ])
    const cache = await runtime.acquire("app:cache")
    for (const options of [{ key: "b" }, { prefix: "" }, { prefix: "user" }, { prefix: "a" }])
      expect(await refusalOf(cache.watch(options).next())).toBeInstanceOf(PermissionDenied)
    for (const options of [{ key: "a" }, { prefix: "user:" }]) {
      const watch = cache.watch(options)
      const asked = watch.next()
      watch.close()
      expect((await asked).done).toBe(true)
    }
  })
})

describe("sendTo", () => {
  it("sends what happens as messages to the process, and the end", async () => {
    const { runtime, cache, time } = await openStore()
    const told: string[] = []
    runtime.spawn(
      actor(async (self) => {
        const own = await self.acquire("app:cache", { as: StoreMailbox })
        const watch = own.watch({ key: "a" }).sendTo(self)
        for (;;) {
          const notice = await self.receive(isWatchNotice)
          expect(notice.watch).toBe(watch)
          told.push(notice.event === undefined ? `end ${String(notice.error)}` : short(notice.event))
          if (notice.event === undefined) return
          if (notice.event.value === 2) watch.close()
        }
      }),
    )
    await time.settle()
    await cache.set("a", 1)
    await cache.set("a", 2)
    await time.settle()
    expect(told).toEqual(["set a 1 set", "set a 2 set", "end undefined"])
  })

  it("tells one gap where the inbox is full, once there is room and something happens", async () => {
    const { runtime, cache, time } = await openStore()
    const told: string[] = []
    let read = (): void => {}
    const isRead = new Promise<void>((resolve) => {
      read = resolve
    })
    runtime.spawn(
      actor(async (self) => {
        const own = await self.acquire("app:cache", { as: StoreMailbox })
        own.watch({ key: "a" }).sendTo(self)
        await isRead
        for (;;) {
          const { event } = await self.receive(isWatchNotice)
          if (event !== undefined) told.push(short(event))
        }
      }),
      undefined,
      { inbox: { capacity: 2 } },
    )
    await time.settle()
    for (let value = 1; value <= 5; value += 1) await cache.set("a", value)
    await time.settle()
    read()
    await time.settle()
    expect(told).toEqual(["set a 1 set", "set a 2 set"])
    await cache.set("a", 6)
    await time.settle()
    await cache.set("a", 7)
    await time.settle()
    expect(told).toEqual(["set a 1 set", "set a 2 set", "gap slow", "set a 7 set"])
  })

  it("ends with the process", async () => {
    const { runtime, cache, time } = await openStore()
    const watch = cache.watch({ key: "a" })
    const pid = runtime.spawn(
      actor(async (self) => {
        watch.sendTo(self)
        await self.receive(() => false)
      }),
    )
    await time.settle()
    runtime.exit(pid, "kill")
    await time.settle()
    await cache.set("a", 1)
    await time.settle()
    expect(watch.isActive).toBe(false)
  })

  it("refuses what is no self, and a second one; what is sent is given to nobody else", async () => {
    const { runtime, cache, time } = await openStore()
    const watch = cache.watch({ key: "a" })
    expect(refusalBy(() => watch.sendTo({} as never)).details.field).toBe("self")
    runtime.spawn(
      actor(async (self) => {
        watch.sendTo(self)
        expect(refusalBy(() => watch.sendTo(self)).details.field).toBe("watch")
        await self.receive()
      }),
    )
    await time.settle()
    expect((await refusalOf(watch.next())).details.field).toBe("watch")
  })
})
