/** Promises of lifetimes: TTLs, idle times, and what tells or changes when an entry ends. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

/** What is no number of seconds. */
const NO_TTLS: readonly unknown[] = [
  -1,
  -0.001,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  "60",
  null,
  60n,
  true,
  [],
  new Date(0),
  () => 1,
  1e300,
]

export const lifetimes: readonly Clause[] = [
  clause("ttl: an entry is there until its time is over, and not a moment longer", [], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 60)
    await time.advance(59_999)
    same([await store.get("a"), await store.has("a")], [1, true], "a millisecond before")
    await time.advance(1)
    same([await store.get("a"), await store.has("a"), await store.delete("a")], [undefined, false, false], "at its end")
  }),

  clause("ttl: 0, Infinity and none are no end", [], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 0)
    await store.set("b", 2, Number.POSITIVE_INFINITY)
    await store.set("c", 3)
    await time.advance(1e12)
    same([await store.get("a"), await store.get("b"), await store.get("c")], [1, 2, 3], "after thirty years")
  }),

  clause("ttl: fractions count, rounded up to the millisecond", [], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 0.0001)
    await store.set("b", 2, 1.0005)
    same(await store.get("a"), 1, "at once")
    await time.advance(1)
    same(await store.get("a"), undefined, "after a millisecond")
    await time.advance(999)
    same(await store.get("b"), 2, "after 1000 ms")
    await time.advance(1)
    same(await store.get("b"), undefined, "after 1001 ms")
  }),

  clause("ttl: a set replaces it, and takes it away where it says none", [], async ({ store, stage: { time } }) => {
    for (const key of ["longer", "shorter", "none"]) await store.set(key, 1, 60)
    await store.set("longer", 2, 120)
    await store.set("shorter", 2, 1)
    await store.set("none", 2)
    await time.advance(1_000)
    same(await store.get("shorter"), undefined, "the shorter one")
    await time.advance(118_999)
    same(await store.get("longer"), 2, "the longer one")
    await time.advance(1)
    same([await store.get("longer"), await store.get("none")], [undefined, 2], "in the end")
  }),

  clause("ttl: what is none is Invalid, and nothing is written", [], async ({ store }) => {
    await store.set("a", "before")
    for (const ttl of NO_TTLS as readonly number[]) await refused(store.set("a", "after", ttl), "INVALID", "ttl")
    same(await store.get("a"), "before", "get")
  }),

  clause(
    "ttl: what is over is not there for any operation, swept or not",
    ["entry", "ttl", "take", "touch", "persist", "getMany", "deleteMany"],
    async ({ store, stage: { time } }) => {
      const isOver = async (operation: string, answer: () => Promise<unknown>, expected: unknown): Promise<void> => {
        await store.set("a", 1, 1)
        await time.advance(1_000)
        same(await answer(), expected, operation)
      }
      await isOver("entry", () => store.entry("a"), undefined)
      await isOver("ttl", () => store.ttl("a"), undefined)
      await isOver("take", () => store.take("a"), undefined)
      await isOver("touch", () => store.touch("a", 60), false)
      await isOver("touch without a TTL", () => store.touch("a"), false)
      await isOver("persist", () => store.persist("a"), false)
      await isOver("getMany", () => store.getMany(["a"]), [undefined])
      await isOver("deleteMany", () => store.deleteMany(["a"]), [false])
      same(await store.get("a"), undefined, "get afterwards")
    },
  ),

  clause(
    "ttl: what is over is not there for a condition, an update or a count",
    ["put", "update", "increment", "count", "list"],
    async ({ store, stage: { time } }) => {
      for (const key of ["a", "b", "c", "d"]) await store.set(key, 5, 1)
      await time.advance(1_000)
      same([await store.count(), (await store.list()).items], [0, []], "count and list")
      const seen: unknown[] = []
      same((await store.put("a", 1, { onlyIfAbsent: true })).value, 1, "put of what is over")
      same((await store.update("b", (value) => seen.push(value)))?.value, 1, "update")
      same(seen, [undefined], "what update saw")
      same((await store.increment("c", 2)).value, 2, "increment")
      await refused(store.put("d", 1, { ifVersion: "x" }), "NOT_FOUND")
    },
  ),

  clause(
    "ttl: tells the seconds left; Infinity where there is no end, undefined where there is nothing",
    ["ttl"],
    async ({ store, stage: { time } }) => {
      await store.set("a", 1, 60)
      await store.set("b", 1)
      await time.advance(1_500)
      same([await store.ttl("a"), await store.ttl("b"), await store.ttl("c")], [58.5, Number.POSITIVE_INFINITY, undefined], "ttl")
    },
  ),

  clause("expiresAt: is the end by the calendar, and undefined where there is none", ["entry"], async ({ store, stage: { time } }) => {
    time.setSystemTime(1_700_000_000_000)
    await store.set("a", 1, 60)
    await store.set("b", 1)
    same((await store.entry("a"))?.expiresAt, 1_700_000_060_000, "expiresAt")
    await time.advance(30_000)
    same((await store.entry("a"))?.expiresAt, 1_700_000_060_000, "expiresAt later")
    same((await store.entry("b"))?.expiresAt, undefined, "expiresAt of one without an end")
  }),

  clause("calendar: set forward it ends nothing, set back it revives nothing", [], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 60)
    await store.set("b", 1, 5)
    time.setSystemTime(time.systemTime() + 1e9)
    same(await store.get("a"), 1, "get after the calendar was set forward")
    await time.advance(5_000)
    time.setSystemTime(0)
    same(await store.get("b"), undefined, "get after the calendar was set back")
    await time.advance(55_000)
    same(await store.get("a"), undefined, "get at the end")
  }),

  clause(
    "touch: gives another TTL from now on, and leaves value and version",
    ["touch", "entry", "ttl"],
    async ({ store, stage: { time } }) => {
      await store.set("a", 1, 60)
      const before = await store.entry("a")
      await time.advance(50_000)
      same(await store.touch("a", 60), true, "touch")
      same(await store.ttl("a"), 60, "ttl")
      const after = await store.entry("a")
      same([after?.value, after?.version], [before?.value, before?.version], "value and version")
      same(await store.touch("a", 0), true, "touch with 0")
      same(await store.ttl("a"), Number.POSITIVE_INFINITY, "ttl then")
      same(await store.touch("nothing", 60), false, "touch of nothing")
      same(await store.has("nothing"), false, "has of nothing")
    },
  ),

  clause("touch: has the four conditions of Redis; no end counts as later than all", ["touch", "ttl"], async ({ store }) => {
    const never = Number.POSITIVE_INFINITY
    const cases: readonly (readonly ["nx" | "xx" | "gt" | "lt", present: number, wanted: number, isTouched: boolean])[] = [
      ...([
        ["nx", never, 5, true],
        ["nx", 9, 5, false],
        ["xx", never, 5, false],
        ["xx", 9, 5, true],
      ] as const),
      ...([
        ["gt", 9, 10, true],
        ["gt", 9, 9, false],
        ["gt", 9, 8, false],
        ["gt", never, 5, false],
        ["gt", 9, 0, true],
      ] as const),
      ...([
        ["lt", 9, 8, true],
        ["lt", 9, 9, false],
        ["lt", 9, 10, false],
        ["lt", never, 5, true],
        ["lt", 9, 0, false],
      ] as const),
      ...([
        ["gt", never, 0, false],
        ["lt", never, 0, false],
      ] as const),
    ]
    for (const [when, present, wanted, isTouched] of cases) {
      await store.set("a", 1, present)
      const what = `touch from ${present} to ${wanted} if ${when}`
      same(await store.touch("a", wanted, { when }), isTouched, what)
      same(await store.ttl("a"), isTouched ? wanted || never : present, `the TTL after ${what}`)
    }
  }),

  clause("touch: what is no TTL or no condition is Invalid", ["touch", "ttl"], async ({ store }) => {
    await store.set("a", 1, 60)
    for (const ttl of NO_TTLS as readonly number[]) await refused(store.touch("a", ttl), "INVALID", "ttl")
    await refused(store.touch("a", 5, { when: "eq" as "nx" }), "INVALID", "when")
    await refused(store.touch("a", undefined, { when: "nx" }), "INVALID", "when")
    same(await store.ttl("a"), 60, "ttl afterwards")
  }),

  clause("persist: takes the end away", ["persist", "ttl", "idle"], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 60)
    await store.set("b", 1, { idle: 60 })
    same([await store.persist("a"), await store.persist("b")], [true, true], "persist")
    same([await store.persist("a"), await store.persist("c")], [false, false], "persist of what has no end, and of nothing")
    await time.advance(120_000)
    same([await store.get("a"), await store.ttl("a"), await store.get("b")], [1, Number.POSITIVE_INFINITY, 1], "later")
  }),

  clause(
    "idle: an entry lives on after each reading, and no longer",
    ["ttl", "entry", "touch", "idle"],
    async ({ store, stage: { time } }) => {
      const readings = [() => store.get("a"), () => store.entry("a"), () => store.touch("a")]
      await store.set("a", 1, { idle: 10 })
      for (const read of readings) {
        await time.advance(9_999)
        holds(Boolean(await read()), "it should be there a millisecond before")
      }
      await time.advance(5_000)
      same([await store.has("a"), await store.ttl("a")], [true, 5], "has and ttl, which are no readings")
      await time.advance(5_000)
      same(await store.get("a"), undefined, "get after its idle time")
    },
  ),

  clause(
    "idle: an update or a count reads, too, and the TTL beside it stays the limit",
    ["update", "increment", "ttl", "idle"],
    async ({ store, stage: { time } }) => {
      await store.set("a", 1, { idle: 10, ttl: 25 })
      await time.advance(8_000)
      await store.update("a", () => 2)
      same(await store.ttl("a"), 10, "ttl after an update")
      await time.advance(8_000)
      await store.increment("a")
      same(await store.ttl("a"), 9, "ttl after a count")
      await time.advance(9_000)
      same(await store.get("a"), undefined, "get after 25 s")
    },
  ),

  clause("idle: a TTL beside it is the limit, however often it is read", ["idle"], async ({ store, stage: { time } }) => {
    await store.set("a", 1, { idle: 10, ttl: 25 })
    for (let second = 5; second < 25; second += 5) {
      await time.advance(5_000)
      same(await store.get("a"), 1, `get after ${second} s`)
    }
    await time.advance(5_000)
    same(await store.get("a"), undefined, "get after 25 s")
  }),

  clause(
    "idle: reading many, and in a transaction, is a reading",
    ["getMany", "transaction", "ttl", "idle"],
    async ({ store, stage: { time } }) => {
      await store.set("a", 1, { idle: 10 })
      for (const read of [() => store.getMany(["a"]), () => store.transaction(["a"], (tx) => tx.get("a"))]) {
        await time.advance(9_000)
        await read()
        same(await store.ttl("a"), 10, "ttl after a reading")
      }
    },
  ),

  clause(
    "ttl, idle, jitter: each operation that writes takes them as set does",
    ["put", "update", "increment", "setMany", "transaction", "ttl", "idle", "jitter"],
    async ({ store, stage: { time } }) => {
      const writers: Readonly<Record<string, (key: string, options: object) => Promise<unknown>>> = {
        put: (key, options) => store.put(key, 1, options),
        update: (key, options) => store.update(key, () => 1, options),
        increment: (key, options) => store.increment(key, 1, options),
        setMany: (key, options) => store.setMany([[key, 1]], options),
        "setMany, each": (key, options) => store.setMany([[key, 1, options]]),
        transaction: (key, options) => store.transaction([key], (tx) => tx.set(key, 1, options)),
      }
      for (const [name, write] of Object.entries(writers)) {
        await write("a", { ttl: 60 })
        await write("a", { ttl: 30 })
        same(await store.ttl("a"), 30, `ttl after ${name} with one`)
        await write("a", { idle: 10, ttl: 15 })
        await time.advance(8_000)
        same(await store.ttl("a"), 2, `ttl after ${name} with both`)
        await store.get("a")
        same(await store.ttl("a"), 7, `ttl after ${name} with both, and a reading`)
        const ends = new Set<number | undefined>()
        for (let place = 0; place < 20; place += 1) {
          await write("b", { ttl: 100, jitter: 0.5 })
          ends.add(await store.ttl("b"))
        }
        holds(ends.size > 1, `what ${name} writes with jitter should not end together`)
        for (const end of ends) holds(end !== undefined && end >= 50 && end <= 100, `${name}: ${end} s should be in the second half`)
        await store.delete("a")
      }
    },
  ),

  clause("idle: what cannot be one is Invalid", ["idle"], async ({ store }) => {
    for (const idle of NO_TTLS as readonly number[]) await refused(store.set("a", 1, { idle }), "INVALID", "idle")
    same(await store.has("a"), false, "has")
  }),

  clause("jitter: shortens by up to that share, and never lengthens", ["ttl", "jitter"], async ({ store }) => {
    const left: number[] = []
    for (let place = 0; place < 50; place += 1) {
      await store.set(`${place}`, 1, { ttl: 100, jitter: 0.2 })
      left.push((await store.ttl(`${place}`)) ?? 0)
    }
    holds(
      left.every((seconds) => seconds >= 80 && seconds <= 100),
      "all should end within the last fifth of their TTL",
    )
    holds(new Set(left).size > 25, "they should not end together")
    for (const jitter of [-0.1, 1.1, Number.NaN, "1" as never]) await refused(store.set("a", 1, { ttl: 1, jitter }), "INVALID", "jitter")
  }),
]
