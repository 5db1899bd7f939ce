import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { ListRequest, PrefixRequest } from "../../../actors/store/batch-requests.ts"
import { countInSlices, listInSlices, matchingInSlices } from "../../../actors/store/order-operations.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"
import { StoreTurns } from "../../support/store-turns.ts"

const MANY = 1000

const padded = (index: number, prefix = "k"): string => `${prefix}${String(index).padStart(5, "0")}`
const numbered = (count: number, prefix = "k"): [string, number][] =>
  Array.from({ length: count }, (_, index) => [padded(index, prefix), index])
const keysOf = (entries: readonly (readonly [string, ...unknown[]])[]): string[] => entries.map(([key]) => key)

async function fill(cache: StoreMailbox, keys: readonly string[]): Promise<void> {
  await cache.setMany(keys.map((key) => [key, 1] as const))
}

async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe("list", () => {
  it("gives keys with version and end in the order of their code units, frozen", async () => {
    const { cache, time } = await openStore()
    time.setSystemTime(1000)
    // A surrogate pair (from U+10000 on) comes before U+FF5E in this order, and behind it in that of code points.
    await fill(cache, ["b", "a", "~", "\uff5e", "\u{1f600}", "B", "aa", "é", "__proto__"])
    await cache.set("ttl", 1, 5)
    const { items, cursor, hasMore } = await cache.list()
    expect(items.map(({ key }) => key)).toEqual(["B", "__proto__", "a", "aa", "b", "ttl", "~", "é", "\u{1f600}", "\uff5e"])
    expect([cursor, hasMore]).toEqual(["\uff5e", false])
    const { value, ...entry } = (await cache.entry("ttl")) ?? {}
    expect(items[5]).toEqual(entry)
    expect([items, items[5], await cache.list()].every(Object.isFrozen)).toBe(true)
  })

  it("goes on behind the cursor, which need not be there any more, nor ever have been", async () => {
    const { cache } = await openStore()
    await fill(cache, ["a", "b", "c", "d"])
    const first = await cache.list({ limit: 2 })
    expect([first.items.map(({ key }) => key), first.cursor, first.hasMore]).toEqual([["a", "b"], "b", true])
    await cache.delete("b")
    const second = await cache.list({ limit: 2, after: first.cursor })
    expect([second.items.map(({ key }) => key), second.cursor, second.hasMore]).toEqual([["c", "d"], "d", false])
    expect(await cache.list({ after: "zz" })).toEqual({ items: [], cursor: "zz", hasMore: false })
    expect((await cache.list({ after: "bb" })).items.map(({ key }) => key)).toEqual(["c", "d"])
  })

  it("keeps to a prefix, whatever comes after what", async () => {
    const { cache } = await openStore()
    await fill(cache, ["user", "user:", "user:1", "user:2", "user;", "users"])
    const list = async (after?: string) => (await cache.list({ prefix: "user:", after })).items.map(({ key }) => key)
    expect([await list(), await list("user:1"), await list("a"), await list("z")]).toEqual([
      ["user:", "user:1", "user:2"],
      ["user:2"],
      ["user:", "user:1", "user:2"],
      [],
    ])
    expect(await cache.list({ prefix: "none" })).toEqual({ items: [], cursor: undefined, hasMore: false })
  })

  it("gives 100 where nothing is said, and more than one turn's worth where it is", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(MANY))
    expect(await cache.list()).toMatchObject({ items: { length: 100 }, hasMore: true })
    expect((await cache.list({ limit: MANY - 1 })).hasMore).toBe(true)
    const { items, hasMore } = await cache.list({ limit: MANY })
    expect([items.map(({ key }) => key), hasMore]).toEqual([keysOf(numbered(MANY)), false])
  })

  it("leaves out what has expired, swept or not, and what no mailbox holds any more", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.setMany(numbered(300), 1)
    await other.setMany(numbered(300, "held"), { bound: true })
    await cache.set("l", 1)
    expect((await cache.list({ limit: 1 })).items).toHaveLength(1)
    await time.advance(1000)
    await other.release()
    expect(await cache.list({ limit: 1 })).toMatchObject({ items: [{ key: "l" }], hasMore: false })
    expect(await cache.count()).toBe(1)
    expect((await cache.statistics()).entries).toBe(1)
  })

  it("counts neither as a reading nor as interest", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { idle: 2 })
    await time.advance(1000)
    await cache.list()
    expect(await cache.statistics()).toMatchObject({ hits: 0, misses: 0 })
    await time.advance(1000)
    expect((await cache.list()).items).toEqual([])
  })

  it("is as it was after a crash whose state is retained, and after one that leaves nothing", async () => {
    for (const state of ["retain", "reset"] as const) {
      for (const ordered of [true, false]) {
        const { cache, crash } = await openStore({ child: { state }, store: { ordered } })
        await fill(cache, ["b", "a"])
        await cache.list()
        await crash()
        await cache.set("c", 1)
        expect((await cache.list()).items.map(({ key }) => key)).toEqual(state === "retain" ? ["a", "b", "c"] : ["c"])
      }
    }
  })

  it("answers all who ask while the order is made", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(MANY))
    const asked = [cache.list({ limit: 1 }), cache.list({ prefix: padded(9), limit: 5 }), cache.count("k00")]
    const set = cache.set("z", 1)
    const [one, other, count] = await Promise.all(asked)
    expect(await set).toBe(true)
    expect([one, other, count]).toMatchObject([{ items: [{ key: padded(0) }] }, { items: [{ key: padded(9) }] }, MANY])
    expect((await cache.list({ after: "k99" })).items.map(({ key }) => key)).toEqual(["z"])
  })
})

describe("the order", () => {
  const request = (limit: number, after?: string): ListRequest => new ListRequest("", after, limit, true)

  it("is made in bounded turns, while others write", () => {
    const store = new StoreTurns()
    for (const [key] of numbered(2000)) store.set(key, 1)
    let slices = 0
    const page = store.run(listInSlices(store.state, request(3)), (slice) => {
      slices = slice
      store.delete(padded(slice))
      store.set(`a${slice}`, 1)
    })
    expect(slices).toBeGreaterThanOrEqual(2000 / 128 - 1)
    expect(page.items).toEqual(["a1", "a10", "a11"])
    // From then on it is there.
    expect(store.run(listInSlices(store.state, request(2, "k")), () => expect.unreachable())).toMatchObject({
      items: [padded(0), padded(slices + 1)],
    })
  })

  it("is there from the start where that is said, and else costs nothing until it is asked for", () => {
    const ordered = new StoreTurns({ ordered: true })
    expect(ordered.state.order.ready?.size).toBe(0)
    for (const [key] of numbered(MANY)) ordered.set(key, 1)
    expect(ordered.run(listInSlices(ordered.state, request(1)), () => expect.unreachable()).items).toEqual([padded(0)])
    const plain = new StoreTurns()
    for (const [key] of numbered(MANY)) plain.set(key, 1)
    expect(plain.run(countInSlices(plain.state, new PrefixRequest("")), () => expect.unreachable())).toBe(MANY)
    expect(plain.run(matchingInSlices(plain.state, new PrefixRequest("k0099"), 0))).toHaveLength(10)
    expect(plain.state.table.index).toBeUndefined()
  })

  it("is made anew where a change was cut short, before a page or in the middle of it", () => {
    const store = new StoreTurns()
    for (const [key] of numbered(MANY)) store.set(key, 1)
    for (const at of [1, 3, 9]) {
      const page = store.run(listInSlices(store.state, request(MANY)), (slice) => {
        if (slice === at) store.state.table.index = undefined
      })
      expect(page).toEqual({ items: keysOf(numbered(MANY)), cursor: padded(MANY - 1), hasMore: false })
      store.state.table.index = undefined
    }
  })

  it("costs a page what the page holds", () => {
    const store = new StoreTurns({ ordered: true })
    for (const [key] of numbered(20_000)) store.set(key, 1)
    let looks = 0
    const { table } = store.state
    const { keyAt } = table
    table.keyAt = (slot) => {
      looks += 1
      return keyAt.call(table, slot)
    }
    store.run(listInSlices(store.state, request(10, padded(9000))))
    // Two searches, and two looks at each of the page.
    expect(looks).toBeLessThan(4 * 20 + 2 * 12)
  })
})

describe("what is gathered in slices", () => {
  it("has what stays exactly once, whatever is written meanwhile", () => {
    for (const isOrdered of [true, false]) {
      const store = new StoreTurns({ ordered: isOrdered })
      for (const [key] of numbered(MANY)) store.set(key, 1)
      const keys = store.run(matchingInSlices(store.state, new PrefixRequest("k"), 0), (slice) => {
        store.delete(padded(slice * 50))
        store.set(padded(slice * 50, "other"), 1)
        store.set(padded(slice * 50 + 1), "again")
      })
      const gone = new Set(Array.from({ length: 20 }, (_, slice) => padded(slice * 50)))
      expect(keys.length).toBe(new Set(keys).size)
      expect(keysOf(numbered(MANY)).filter((key) => !gone.has(key) && !keys.includes(key))).toEqual([])
      expect(keys.filter((key) => !key.startsWith("k"))).toEqual([])
    }
  })

  it("has nothing that is dead", () => {
    for (const ordered of [true, false]) {
      const store = new StoreTurns({ ordered })
      store.set("a", 1, 5)
      store.set("b", 1)
      store.now = 5
      expect(store.run(matchingInSlices(store.state, new PrefixRequest(""), 0))).toEqual(["b"])
    }
  })

  it("is counted without what dies meanwhile", () => {
    const store = new StoreTurns()
    for (const [key, value] of numbered(MANY)) store.set(key, 1, value % 2 === 0 ? 0 : value)
    const count = store.run(countInSlices(store.state, new PrefixRequest("k")), () => {
      store.now += 100
    })
    expect(store.now).toBeGreaterThan(0)
    expect(count).toBe(numbered(MANY).filter(([, value]) => value % 2 === 0 || value > store.now).length)
  })
})

describe("keys", () => {
  it("gives all, or those of a range, in order, page by page; each loop begins anew", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(3000))
    const keys = cache.keys()
    expect(await gathered(keys)).toEqual(keysOf(numbered(3000)))
    expect(await gathered(keys)).toHaveLength(3000)
    expect(await gathered(cache.keys("k0001"))).toEqual(keysOf(numbered(20)).slice(10))
    expect(await gathered(cache.keys({ prefix: "k000", after: padded(97) }))).toEqual([padded(98), padded(99)])
    expect(await gathered(cache.keys("none"))).toEqual([])
  })

  it("has what stays exactly once, whatever is written between the pages", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(3000))
    const seen: string[] = []
    const gone = new Set<string>()
    for await (const key of cache.keys()) {
      seen.push(key)
      if (seen.length % 500 === 0) {
        gone.add(padded(seen.length + 100))
        await cache.delete(padded(seen.length + 100))
        await cache.set(padded(seen.length - 100), "again")
        await cache.set(`${key}+`, "new")
      }
    }
    expect(seen.length).toBe(new Set(seen).size)
    expect(keysOf(numbered(3000)).filter((key) => !gone.has(key) && !seen.includes(key))).toEqual([])
    expect(gone.size).toBeGreaterThan(4)
  })

  it("may be left early, and fails once the mailbox is given back", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(3000))
    const seen: string[] = []
    for await (const key of cache.keys()) if (seen.push(key) === 2) break
    expect(seen).toEqual([padded(0), padded(1)])
    const iterator = cache.keys()[Symbol.asyncIterator]()
    await iterator.next()
    await cache.release()
    expect(await refusalOf(gathered(cache.keys()))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
  })
})

describe("entries", () => {
  it("gives key, value, version and end, in order; each counts as a reading", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(300), 60)
    const entries = await gathered(cache.entries("k"))
    expect(entries.map(({ key, value }) => [key, value])).toEqual(numbered(300))
    expect(entries[7]).toEqual(await cache.entry(padded(7)))
    expect((await cache.statistics()).hits).toBe(301)
  })

  it("leaves out what goes before its page is read", async () => {
    const { cache } = await openStore()
    await fill(cache, ["a", "b"])
    const iterator = cache.entries()[Symbol.asyncIterator]()
    const first = iterator.next()
    expect(await first).toMatchObject({ value: { key: "a" } })
    await cache.set("c", 1)
    await cache.delete("b")
    // Its page was read with that of "a".
    expect(await iterator.next()).toMatchObject({ value: { key: "b" } })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})

describe("clear", () => {
  it("deletes all, or what begins with a prefix, and gives how many", async () => {
    for (const isListed of [true, false]) {
      const { cache } = await openStore()
      await fill(cache, ["user:1", "user:2", "users", "zebra"])
      if (isListed) await cache.list()
      expect(await cache.clear("user:")).toBe(2)
      expect((await cache.list()).items.map(({ key }) => key)).toEqual(["users", "zebra"])
      expect(await cache.clear()).toBe(2)
      expect(await cache.clear()).toBe(0)
      expect(await cache.count()).toBe(0)
    }
  })

  it("of many is done in slices, and counts nothing that had expired", async () => {
    const { cache, time } = await openStore()
    await cache.setMany(numbered(MANY))
    await cache.setMany(numbered(MANY, "short"), 1)
    await time.advance(1000)
    expect(await cache.clear()).toBe(MANY)
  })
})

describe("count", () => {
  it("counts all, or what begins with a prefix, without what is dead", async () => {
    const { cache, time } = await openStore()
    await cache.setMany(numbered(MANY))
    await cache.setMany(numbered(MANY, "short"), 1)
    expect([await cache.count(), await cache.count("k"), await cache.count("short0001"), await cache.count("x")]).toEqual([
      2 * MANY,
      MANY,
      10,
      0,
    ])
    await time.advance(1000)
    expect([await cache.count(), await cache.count("short")]).toEqual([MANY, 0])
  })
})

describe("bad input", () => {
  const half = "\ud800"
  const mistakes: [what: string, field: string, act: (cache: StoreMailbox) => unknown][] = [
    ["list: a prefix that is no text", "prefix", (cache) => cache.list({ prefix: 1 as never })],
    ["list: half of a surrogate pair", "prefix", (cache) => cache.list({ prefix: half })],
    ["list: an empty cursor", "after", (cache) => cache.list({ after: "" })],
    ["list: half of one for a cursor", "after", (cache) => cache.list({ after: half })],
    ["list: a limit of 0", "limit", (cache) => cache.list({ limit: 0 })],
    ["list: a fraction", "limit", (cache) => cache.list({ limit: 1.5 })],
    ["list: too many", "limit", (cache) => cache.list({ limit: 10_001 })],
    ["list: text in place of options", "options", (cache) => cache.list("user:" as never)],
    ["keys: no range", "options", (cache) => cache.keys(5 as never)],
    ["keys: half of a surrogate pair", "prefix", (cache) => cache.keys(half)],
    ["keys: a limit", "limit", (cache) => cache.keys({ limit: 1 } as never)],
    ["entries: a prefix that is no text", "prefix", (cache) => cache.entries({ prefix: {} as never })],
    ["clear: no text", "prefix", (cache) => cache.clear(null as never)],
    ["clear: half of a surrogate pair", "prefix", (cache) => cache.clear(half)],
    ["count: no text", "prefix", (cache) => cache.count({} as never)],
  ]

  it.each(mistakes)("%s is refused", async (what, field, act) => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    const isIterable = /^keys|^entries/.test(what)
    const refused = isIterable ? refusalBy(() => act(cache)) : await refusalOf(act(cache) as Promise<unknown>)
    expect(refused).toMatchObject({ kind: "INVALID", details: { field } })
    expect(await cache.has("a")).toBe(true)
  })
})

describe("permissions", () => {
  const under = (name: string) => ({ field: `attributes.${name}`, operator: "matches", value: "^user:1:" }) as const
  const LIST = { effect: "allow", actions: "store.key.list", resources: "*", conditions: [under("prefix")] } as const
  const keyed = (action: string) => ({ effect: "allow", actions: action, resources: "*", conditions: [under("key")] }) as const
  const ACQUIRE = { effect: "allow", actions: ["store.get", "store.statistics"], resources: "*" } as const

  const acts: [call: string, act: (cache: StoreMailbox, prefix: string) => Promise<unknown>][] = [
    ["list", (cache, prefix) => cache.list({ prefix })],
    ["keys", (cache, prefix) => gathered(cache.keys(prefix))],
    ["entries", (cache, prefix) => gathered(cache.entries(prefix))],
    ["count", (cache, prefix) => cache.count(prefix)],
    ["clear", (cache, prefix) => cache.clear(prefix)],
  ]

  it.each(acts)("%s needs store.key.list on its prefix", async (_call, act) => {
    const { cache } = await openStore({ policies: [ACQUIRE, LIST, keyed("store.key.get"), keyed("store.key.delete")] })
    await act(cache, "user:1:")
    for (const prefix of ["", "user:", "user:2:"]) {
      expect(await refusalOf(act(cache, prefix))).toMatchObject({
        kind: "PERMISSION_DENIED",
        details: { action: "store.key.list", prefix },
      })
    }
  })

  it("entries needs store.key.get on each key, list and keys nothing more", async () => {
    const allKeys = { effect: "allow", actions: ["store.key.list", "store.key.set"], resources: "*" } as const
    const { cache } = await openStore({ policies: [ACQUIRE, allKeys, keyed("store.key.get")] })
    await fill(cache, ["user:1:a", "user:2:a"])
    expect(await gathered(cache.keys())).toHaveLength(2)
    expect(await gathered(cache.entries("user:1:"))).toHaveLength(1)
    expect(await refusalOf(gathered(cache.entries()))).toMatchObject({ details: { action: "store.key.get", key: "user:2:a" } })
    expect((await cache.statistics()).hits).toBe(1)
  })

  it("clear needs store.key.delete on each key: one that is denied denies the whole", async () => {
    const allKeys = { effect: "allow", actions: ["store.key.list", "store.key.set"], resources: "*" } as const
    const { cache } = await openStore({ policies: [ACQUIRE, allKeys, keyed("store.key.delete")] })
    await fill(cache, [...keysOf(numbered(300, "user:1:")), "user:2:a"])
    expect(await refusalOf(cache.clear("user:"))).toMatchObject({ details: { action: "store.key.delete", key: "user:2:a" } })
    expect(await cache.count()).toBe(301)
    expect(await cache.clear("user:1:")).toBe(300)
    // Of nothing there is nothing to judge.
    expect(await cache.clear("nobody")).toBe(0)
  })
})
