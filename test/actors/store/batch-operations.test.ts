import { describe, expect, it } from "vitest"
import { type ManyEntry, type StoreMailbox, server, store } from "../../../actors/index.ts"
import { readEntries, readKeys } from "../../../actors/store/batch-input.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { MOST_ITEMS } from "../../../actors/store/read-list.ts"
import { setInSlices } from "../../../actors/store/set-many.ts"
import { bootApp } from "../../support/app.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"
import { StoreTurns } from "../../support/store-turns.ts"

/** More than is done in one turn. */
const MANY = 1000

const numbered = (count: number, prefix = "k"): [string, number][] =>
  Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index])
const keysOf = (entries: readonly (readonly [string, ...unknown[]])[]): string[] => entries.map(([key]) => key)

/** What is answered first of what is asked for at once. */
async function inOrderOfAnswers(asked: Readonly<Record<string, Promise<unknown>>>): Promise<string[]> {
  const order: string[] = []
  await Promise.all(Object.entries(asked).map(([name, answer]) => answer.then(() => order.push(name))))
  return order
}

describe("getMany", () => {
  it("gives the values in the order of the keys, undefined where there is none, the same key as often as it is asked for", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    await cache.set("b", new Map([[1, 2]]))
    expect(await cache.getMany(["b", "x", "a", "a", "__proto__"])).toEqual([new Map([[1, 2]]), undefined, 1, 1, undefined])
    expect(await cache.getMany(new Set(["a"]))).toEqual([1])
    expect(await cache.getMany([])).toEqual([])
  })

  it("counts each as a reading: hits, misses, and what slides lives on", async () => {
    const { cache, time } = await openStore()
    await cache.set("a", 1, { idle: 2 })
    for (let second = 0; second < 5; second += 1) {
      await time.advance(1000)
      expect(await cache.getMany(["a", "x"])).toEqual([1, undefined])
    }
    expect(await cache.statistics()).toMatchObject({ hits: 5, misses: 5 })
    await time.advance(2000)
    expect(await cache.getMany(["a"])).toEqual([undefined])
  })

  it("gives each reader a copy of its own of what nobody can freeze", async () => {
    const { cache } = await openStore()
    await cache.set("a", new Map([[1, 1]]))
    const [one, other] = (await cache.getMany(["a", "a"])) as [Map<number, number>, Map<number, number>]
    one.clear()
    expect([other.size, (await cache.get("a")) as Map<number, number>]).toEqual([1, new Map([[1, 1]])])
  })

  it("of many is read in slices, between which others are served", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(MANY))
    const work = cache.getMany(keysOf(numbered(MANY)))
    expect(await inOrderOfAnswers({ work, one: cache.get("k1"), other: cache.get("k2") })).toEqual(["one", "other", "work"])
    expect(await work).toEqual(numbered(MANY).map(([, value]) => value))
  })

  it("whose asker has given up is left", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(MANY))
    const controller = new AbortController()
    const reading = cache.getMany(keysOf(numbered(MANY)), { signal: controller.signal })
    // Behind what was done of it so far, and before the rest.
    await cache.update("k1", (value) => {
      controller.abort()
      return value
    })
    expect((await refusalOf(reading)).kind).toBe("CANCELED")
    expect((await cache.statistics()).hits).toBeLessThan(MANY / 2)
    expect(await cache.getMany(keysOf(numbered(MANY)))).toHaveLength(MANY)
  })
})

describe("setMany", () => {
  it("tells who says among the options what a request takes in its last argument where that is", async () => {
    const { cache } = await openStore()
    const misplaced = { timeoutMs: 5 } as object
    const asked = [cache.setMany([["a", 1]], misplaced), cache.set("a", 1, misplaced), cache.update("a", () => 1, misplaced)]
    for (const refused of asked) {
      const message = expect.stringMatching(/^timeoutMs is unknown; there are ttl, .*; a request takes it in its last argument$/)
      expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", message })
    }
    expect(await cache.setMany([["a", 1]], {}, { timeoutMs: 5 })).toEqual([true])
  })

  it("keeps copies of all by one message, and answers true for each", async () => {
    const { cache, runtime } = await openStore()
    const value = { n: 1 }
    const { accepted } = runtime.statistics()
    expect(
      await cache.setMany(
        new Map<string, unknown>([
          ["a", value],
          ["b", [2]],
        ]),
      ),
    ).toEqual([true, true])
    expect(runtime.statistics().accepted).toBe(accepted + 1)
    value.n = 2
    expect(await cache.getMany(["a", "b"])).toEqual([{ n: 1 }, [2]])
    expect(await cache.setMany([])).toEqual([])
  })

  it("writes 100 000 at once with the inbox as it is", async () => {
    const { cache } = await openStore({ store: { maxEntries: 0 } })
    const entries = numbered(100_000)
    const answer = await cache.setMany(entries, 60)
    expect([answer.length, answer.every((one) => one)]).toEqual([100_000, true])
    expect(await cache.getMany(keysOf(entries))).toEqual(entries.map(([, value]) => value))
    expect((await cache.deleteMany(keysOf(entries))).every((one) => one)).toBe(true)
    expect((await cache.statistics()).entries).toBe(0)
  })

  it("takes a TTL or options for all, before which stands what an entry says of itself", async () => {
    const { cache, time } = await openStore()
    await cache.setMany(
      [
        ["a", 1],
        ["b", 1, 5],
        ["c", 1, { idle: 3 }],
        ["d", 1, { ttl: undefined }],
        ["e", 1, undefined],
      ],
      { ttl: 10, bound: false },
    )
    expect(await Promise.all(["a", "b", "c", "d", "e"].map((key) => cache.ttl(key)))).toEqual([10, 5, 3, 10, 10])
    await cache.setMany(
      [
        ["a", 2],
        ["f", 2],
      ],
      { ttl: 50, keepTtl: true },
    )
    await time.advance(1000)
    expect([await cache.ttl("a"), await cache.ttl("f")]).toEqual([9, 49])
    await cache.setMany([["a", 3]], 20)
    expect(await cache.ttl("a")).toBe(20)
    await cache.setMany([["a", 3]])
    expect(await cache.ttl("a")).toBe(Number.POSITIVE_INFINITY)
  })

  it("shortens each lifetime by a share of its own", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(50), { ttl: 100, jitter: 0.5 })
    const left = new Set<number>()
    for (const [key] of numbered(50)) left.add((await cache.ttl(key)) ?? -1)
    expect(left.size).toBeGreaterThan(25)
    expect(Math.min(...left)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...left)).toBeLessThanOrEqual(100)
  })

  it("binds to this mailbox what is said to be", async () => {
    const { cache, runtime } = await openStore()
    const other = await runtime.acquire("app:cache")
    await other.setMany(
      [
        ["a", 1],
        ["b", 1, { bound: false }],
        ["c", 1, 5],
      ],
      { bound: true },
    )
    await other.release()
    expect(await cache.getMany(["a", "b", "c"])).toEqual([undefined, 1, undefined])
  })

  it("of a key that comes twice, keeps the last, with what that says, and answers each", async () => {
    const { cache } = await openStore({ store: { maxEntries: 2 } })
    expect(
      await cache.setMany([
        ["a", 1, 5],
        ["b", 2],
        ["a", 3, 7],
      ]),
    ).toEqual([true, true, true])
    expect([await cache.get("a"), await cache.ttl("a"), (await cache.statistics()).sets]).toEqual([3, 7, 2])
  })

  const mistakes: [what: string, entries: unknown, options: unknown, field: string][] = [
    ["no iterable", {}, undefined, "entries"],
    ["text", "ab", undefined, "entries"],
    ["nothing", undefined, undefined, "entries"],
    ["an item that is no list", [["a", 1], "ab"], undefined, "entries[1]"],
    ["an item without a value", [["a"]], undefined, "entries[0]"],
    ["an item of four", [["a", 1, 2, 3]], undefined, "entries[0]"],
    [
      "an empty key",
      [
        ["a", 1],
        ["", 1],
      ],
      undefined,
      "entries[1].key",
    ],
    [
      "half of a surrogate pair",
      [
        ["a", 1],
        ["\ud800", 1],
      ],
      undefined,
      "entries[1].key",
    ],
    [
      "a value that cannot be stored",
      [
        ["a", 1],
        ["b", { f: () => {} }],
      ],
      undefined,
      "entries[1].value.f",
    ],
    ["undefined", [["a", undefined]], undefined, "entries[0].value"],
    [
      "a TTL that is none",
      [
        ["a", 1],
        ["b", 1, -1],
      ],
      undefined,
      "entries[1].ttl",
    ],
    ["a Date for a TTL", [["a", 1, new Date(0)]], undefined, "entries[0].ttl"],
    ["null for a TTL", [["a", 1, null]], undefined, "entries[0].ttl"],
    ["an option that is unknown", [["a", 1, { tttl: 1 }]], undefined, "entries[0].tttl"],
    ["an option that is wrong", [["a", 1, { jitter: 2 }]], undefined, "entries[0].jitter"],
    ["a binding that is none", [["a", 1, { bound: 1 }]], undefined, "entries[0].bound"],
    ["options for all that are wrong", [["a", 1]], { ttl: -1 }, "ttl"],
    ["options for all that are unknown", [["a", 1]], { onlyIfAbsent: true }, "onlyIfAbsent"],
    [
      "a TTL whose end cannot be counted",
      [
        ["a", 1],
        ["b", 1, 2 ** 44],
      ],
      undefined,
      "entries[1].ttl",
    ],
  ]

  it.each(mistakes)("refuses %s, and has written nothing", async (_what, entries, options, field) => {
    const { cache } = await openStore()
    expect(await refusalOf(cache.setMany(entries as never, options as never))).toMatchObject({ kind: "INVALID", details: { field } })
    expect((await cache.statistics()).sets).toBe(0)
  })

  it("refuses an end that cannot be counted any more, and has written nothing", async () => {
    const { cache, time } = await openStore()
    await time.advance(10_000)
    const seconds = Number.MAX_SAFE_INTEGER / 1000
    const entries: ManyEntry<unknown>[] = [
      ["a", 1],
      ["b", 1, Math.floor(seconds)],
    ]
    expect(await refusalOf(cache.setMany(entries))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
    expect(await cache.has("a")).toBe(false)
  })

  it("refuses what throws as it is read, and whatever has no end", async () => {
    const { cache } = await openStore()
    let closed = 0
    function* endless(): Generator<[string, number]> {
      try {
        for (let n = 0; ; n += 1) yield ["same", n]
      } finally {
        closed += 1
      }
    }
    const throwing = {
      [Symbol.iterator]() {
        throw new Error("boom")
      },
    }
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    for (const entries of [throwing, proxy, endless()]) {
      expect(await refusalOf(cache.setMany(entries as never))).toMatchObject({ kind: "INVALID", details: { field: "entries" } })
    }
    expect(await refusalOf(cache.setMany([proxy] as never))).toMatchObject({ kind: "INVALID", details: { field: "entries[0]" } })
    expect(closed).toBe(1)
  })

  it("reads each part once, of an item that answers otherwise the second time", async () => {
    const { cache } = await openStore()
    const reads: number[] = []
    const item = Object.defineProperty(["", 1], 0, { get: () => `key ${reads.push(1)}` })
    await cache.setMany([item] as never)
    expect([reads.length, await cache.get("key 1")]).toEqual([1, 1])
  })

  it("with no room for all writes none, though there would be for some, and counts them as refused", async () => {
    for (const size of [5, MANY]) {
      const { cache } = await openStore({ store: { maxEntries: size } })
      await cache.set("k0", "before")
      await cache.set("other", "before")
      const refused = await refusalOf(cache.setMany(numbered(size)))
      expect(refused).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
      expect(await cache.statistics()).toMatchObject({ entries: 2, sets: 2, refused: size })
      expect(await cache.get("k0")).toBe("before")
      // All of the room was given back.
      await cache.delete("other")
      expect(await cache.setMany(numbered(size))).toHaveLength(size)
    }
  })

  it("gives what gets lighter by it to the rest, whichever comes first, and no more than that", async () => {
    const batch: readonly [string, number][] = [
      ["a", 10],
      ["b", 80],
      ["c", 10],
    ]
    for (const entries of [batch, batch.toReversed()]) {
      const { cache } = await openStore({ store: { maxBytes: 100, weigh: Number } })
      await cache.set("a", 60)
      expect(await refusalOf(cache.setMany([...entries, ["d", 1]]))).toMatchObject({ kind: "UNAVAILABLE" })
      expect(await cache.get("a")).toBe(60)
      expect(await cache.setMany(entries)).toEqual([true, true, true])
      expect(await cache.getMany(["a", "b", "c", "d"])).toEqual([10, 80, 10, undefined])
      expect(await refusalOf(cache.set("d", 1))).toMatchObject({ kind: "UNAVAILABLE" })
    }
  })

  it("with no room for the weight of all writes none; what it takes the place of counts", async () => {
    const weigh = (value: unknown): number => Number(value)
    const { cache } = await openStore({ store: { maxBytes: 10, weigh } })
    await cache.set("a", 4)
    expect(
      await refusalOf(
        cache.setMany([
          ["a", 5],
          ["b", 6],
        ]),
      ),
    ).toMatchObject({ kind: "UNAVAILABLE" })
    expect(
      await refusalOf(
        cache.setMany([
          ["b", 1],
          ["c", 11],
        ]),
      ),
    ).toMatchObject({ kind: "INVALID", details: { field: "value", key: "c" } })
    expect(await cache.statistics()).toMatchObject({ entries: 1, bytes: 4 })
    expect(
      await cache.setMany([
        ["a", 5],
        ["b", 5],
      ]),
    ).toEqual([true, true])
    expect(await cache.statistics()).toMatchObject({ entries: 2, bytes: 10 })
  })

  it("removes what has expired for the room it needs", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: MANY } })
    await cache.setMany(numbered(MANY, "old"), 1)
    await time.advance(1000)
    expect(await cache.setMany(numbered(MANY))).toHaveLength(MANY)
  })

  it("in a store that makes room lets others go, and its own first ones where it is too many", async () => {
    const { cache } = await openStore({ store: { maxEntries: 3, whenFull: "soonest" } })
    await cache.set("old", 1, 1)
    expect(await cache.setMany(numbered(5).map(([key, value]) => [key, value, 10 + value] as const))).toHaveLength(5)
    expect(await cache.getMany(["old", ...keysOf(numbered(5))])).toEqual([undefined, undefined, undefined, 2, 3, 4])
    // One that is too heavy for any store of the kind is refused before the others are written.
    const weighing = await openStore({ store: { maxBytes: 5, weigh: Number, whenFull: "soonest" } })
    await weighing.cache.set("a", 1, 60)
    expect(
      await refusalOf(
        weighing.cache.setMany([
          ["b", 5],
          ["c", 6],
        ]),
      ),
    ).toMatchObject({ kind: "INVALID", details: { key: "c" } })
    expect(await weighing.cache.get("a")).toBe(1)
    // What is held is let go by nothing: there some may be kept, and others not.
    await cache.setMany(numbered(3, "held"), { bound: true })
    expect(await refusalOf(cache.setMany([["x", 1]]))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("is written whole and in order before the next one is begun", async () => {
    const { cache } = await openStore()
    const [first, second] = [cache.setMany(numbered(MANY)), cache.setMany(numbered(MANY).map(([key]) => [key, "second"] as const))]
    await Promise.all([first, second])
    expect(new Set(await cache.getMany(keysOf(numbered(MANY))))).toEqual(new Set(["second"]))
  })

  it("is written to the end though nobody waits any more, and gives back its room", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: MANY } })
    const controller = new AbortController()
    const work = cache.setMany(numbered(MANY), undefined, { signal: controller.signal })
    await cache.update("none of them", () => controller.abort())
    expect((await refusalOf(work)).kind).toBe("CANCELED")
    await time.settle()
    expect((await cache.statistics()).entries).toBe(MANY)
    await cache.delete("k0")
    expect(await cache.set("other", 1)).toBe(true)
  })

  it.each(["retain", "reset"] as const)("that a crash cuts short fails, and what it kept is given back (%s)", async (state) => {
    const { cache, crash } = await openStore({ child: { state }, store: { maxEntries: MANY } })
    const work = refusalOf(cache.setMany(numbered(MANY)))
    await crash()
    expect((await work).kind).toBe("UNAVAILABLE")
    expect(await cache.count()).toBe(0)
    expect(await cache.setMany(numbered(MANY, "new"))).toHaveLength(MANY)
  })

  it("counts all TTLs from when it is begun, however long it takes", () => {
    const turns = new StoreTurns()
    const request = new SetManyRequest(readEntries(numbered(MANY), 10, { id: 1, weigh: () => 0 }))
    turns.run(setInSlices(turns.state, request, 0), () => {
      turns.now += 7
    })
    const { table } = turns.state
    const deadlines = new Set(numbered(MANY).map(([key]) => table.lifetimeAt(table.find(key, turns.state.now)).deadline))
    expect(deadlines).toEqual(new Set([10_000]))
  })

  it("counts TTLs from when it is begun, and what is over goes by itself", async () => {
    const { cache, time } = await openStore()
    await cache.setMany(numbered(MANY), 1)
    await time.advance(999)
    expect(await cache.count()).toBe(MANY)
    await time.advance(1)
    expect(await cache.count()).toBe(0)
    await time.advance(1000)
    expect(time.armedTimers).toBe(0)
    // Nobody need ask for them to go.
    await cache.setMany(numbered(MANY), 1)
    await time.advance(2000)
    expect((await cache.statistics()).entries).toBe(0)
  })
})

describe("deleteMany", () => {
  it("tells of each key whether it was there", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(3))
    expect(await cache.deleteMany(["k2", "x", "k0", "k2"])).toEqual([true, false, true, false])
    expect(await cache.count()).toBe(1)
    expect(await cache.deleteMany([])).toEqual([])
  })

  it("of few stands behind what is still to be written, too", async () => {
    const { cache } = await openStore()
    const written = cache.setMany(numbered(MANY))
    expect(await cache.deleteMany(["k999"])).toEqual([true])
    await written
    expect(await cache.count()).toBe(MANY - 1)
  })

  it("of many is done in slices, between which others are served", async () => {
    const { cache } = await openStore()
    await cache.setMany(numbered(MANY))
    const work = cache.deleteMany(keysOf(numbered(MANY)))
    expect(await inOrderOfAnswers({ work, set: cache.set("x", 1), get: cache.get("x") })).toEqual(["set", "get", "work"])
    expect([(await work).length, await cache.count()]).toEqual([MANY, 1])
  })
})

describe.each<[call: "getMany" | "deleteMany", act: (cache: StoreMailbox, keys: never) => Promise<unknown>]>([
  ["getMany", (cache, keys) => cache.getMany(keys)],
  ["deleteMany", (cache, keys) => cache.deleteMany(keys)],
])("%s", (_call, act) => {
  const mistakes: [what: string, keys: unknown, field: string][] = [
    ["text", "abc", "keys"],
    ["nothing", undefined, "keys"],
    ["a number", 5, "keys"],
    ["an object", {}, "keys"],
    ["an empty key", ["a", ""], "keys[1]"],
    ["a number for a key", ["a", "b", 1], "keys[2]"],
    ["half of a surrogate pair", ["a", "\ud800"], "keys[1]"],
  ]

  it.each(mistakes)("refuses %s, and has changed nothing", async (_what, keys, field) => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    expect(await refusalOf(act(cache, keys as never))).toMatchObject({ kind: "INVALID", details: { field } })
    expect(await cache.has("a")).toBe(true)
  })

  it("takes as many keys as one message may have, and no more", () => {
    const keys = new Array<string>(MOST_ITEMS).fill("a")
    expect(readKeys(keys)).toHaveLength(MOST_ITEMS)
    expect(() => readKeys([...keys, "a"])).toThrow("keys must have at most 1000000 items")
  })

  it("refuses more keys than one message may have", async () => {
    const { cache } = await openStore()
    const keys = {
      *[Symbol.iterator]() {
        for (;;) yield "a"
      },
    }
    expect(await refusalOf(act(cache, keys as never))).toMatchObject({ kind: "INVALID", details: { field: "keys" } })
  })

  it("fails once the mailbox is given back, of no keys too", async () => {
    const { cache } = await openStore()
    await cache.release()
    for (const keys of [[], ["a"]])
      expect(await refusalOf(act(cache, keys as never))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
  })
})

describe("permissions", () => {
  const own = { field: "attributes.key", operator: "matches", value: "^user:1:" } as const
  const acts: [call: string, action: string, act: (cache: StoreMailbox, keys: readonly string[]) => Promise<unknown>][] = [
    ["getMany", "store.key.get", (cache, keys) => cache.getMany(keys)],
    ["setMany", "store.key.set", (cache, keys) => cache.setMany(keys.map((key) => [key, 1] as const))],
    ["deleteMany", "store.key.delete", (cache, keys) => cache.deleteMany(keys)],
  ]

  it.each(acts)("%s needs %s on each key: one that is denied denies the whole", async (_call, action, act) => {
    const { cache, events } = await openStore({
      policies: [
        { effect: "allow", actions: ["store.get", "store.statistics"], resources: "*" },
        { effect: "allow", actions: action, resources: "*", conditions: [own] },
      ],
    })
    const mine = Array.from({ length: MANY }, (_, index) => `user:1:${index}`)
    expect(await act(cache, mine)).toHaveLength(MANY)
    const { sets, deletes, hits, misses } = await cache.statistics()
    const refused = await refusalOf(act(cache, [...mine, "user:2:0", ...mine]))
    expect(refused).toMatchObject({ kind: "PERMISSION_DENIED", details: { action, key: "user:2:0" } })
    expect(await cache.statistics()).toMatchObject({ sets, deletes, hits, misses })
    expect(events.filter(({ type }) => type === "denied")).toHaveLength(1)
    expect(await act(cache, [])).toEqual([])
  })
})

describe("what is done in slices", () => {
  it("is done to the end for a mailbox that is given back meanwhile; what that alone holds is gone then", async () => {
    const { cache, runtime } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.set("k5", 1, { bound: true })
    const work = other.setMany(numbered(MANY), { bound: true })
    const next = other.setMany(numbered(MANY, "next"), { bound: true })
    const released = other.release()
    expect([(await work).length, (await next).length, await released]).toEqual([MANY, MANY, true])
    expect([await cache.get("k5"), await cache.count()]).toEqual([5, 1])
    expect((await cache.statistics()).entries).toBe(1)
  })

  it("is refused where too many wait for theirs", async () => {
    const { cache } = await openStore()
    const reading = keysOf(numbered(129))
    const works = Array.from({ length: 10_010 }, () =>
      cache.getMany(reading).then(
        () => "read",
        (error) => error.kind,
      ),
    )
    const told = await Promise.all(works)
    expect(told.filter((one) => one === "RATE_LIMITED").length).toBeGreaterThan(0)
    expect(told.filter((one) => one === "read").length).toBeGreaterThanOrEqual(10_000)
  }, 60_000)
})

describe("another service that holds a mailbox", () => {
  it("and ends while it waits leaves no rejection that nobody hears", async () => {
    const asking = server({
      init: async (_none: undefined, self) => ({ cache: (await self.acquire("app:cache")) as StoreMailbox }),
      cast: { ask: ({ cache }) => void [cache.clear("x"), cache.getMany(["a"]), cache.keys()[Symbol.asyncIterator]().next()] },
    })
    const { runtime, time } = await bootApp({ "app:cache": store(), "app:asking": asking })
    const mailbox = await runtime.acquire("app:asking")
    await runtime.sys.suspend("app:cache")
    mailbox.cast.ask()
    await time.settle()
    const stopped = runtime.stop()
    await time.advance(60_000)
    await stopped
    // Where it is unhandled, the host says so in a turn of its own, and the test runner with it.
    await new Promise((resolve) => setImmediate(resolve))
  })
})
