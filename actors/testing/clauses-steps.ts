/** Promises of what reads and writes in one step. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

class Mine extends Error {}

/** What would be waited for, if it could be. */
const THEN = "then"
const thenable: object = { [THEN]: () => {} }

const thrower = (): never => {
  throw new Mine("mine")
}

/** Throws unless it is refused with the very error that a function of the caller's has thrown. */
async function throwsMine(answer: Promise<unknown>): Promise<void> {
  const outcome: unknown = await answer.catch((error: unknown) => error)
  holds(outcome instanceof Mine, "what the function throws should reach its caller as it is")
}

export const steps: readonly Clause[] = [
  clause("update: writes what its function makes of the value, and gives the entry", ["update", "entry"], async ({ store }) => {
    await store.set("a", { n: 1 })
    const made = await store.update("a", (value) => ({ n: (value as { n: number }).n + 1 }))
    same(made?.value, { n: 2 }, "what update gives")
    same(await store.entry("a"), made, "entry")
  }),

  clause("update: gets undefined where nothing is, and deletes where it gives that", ["update"], async ({ store }) => {
    const seen: unknown[] = []
    same(await store.update("a", (value, key) => void seen.push(value, key)), undefined, "update of nothing to nothing")
    same(seen, [undefined, "a"], "what it was given")
    await store.set("a", 1)
    same(await store.update("a", () => undefined), undefined, "update to nothing")
    same(await store.has("a"), false, "has")
  }),

  clause("update: keeps the lifetime, unless told otherwise", ["update", "ttl"], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 60)
    await time.advance(20_000)
    await store.update("a", () => 2)
    same(await store.ttl("a"), 40, "ttl after update")
    await store.update("a", () => 3, { ttl: 60 })
    same(await store.ttl("a"), 60, "ttl after update with one")
    await store.update("a", () => 4, { ttl: 5, keepTtl: true })
    same(await store.ttl("a"), 60, "ttl after update with keepTtl")
    await store.update("b", () => 1, { ttl: 5, keepTtl: true })
    same(await store.ttl("b"), 5, "ttl of a new entry")
  }),

  clause("update: nobody comes between, however many are at it", ["update"], async ({ store, acquire }) => {
    const other = await acquire()
    const add = (value: unknown): number => ((value as number | undefined) ?? 0) + 1
    await Promise.all(Array.from({ length: 200 }, (_, place) => (place % 2 === 0 ? store : other).update("a", add)))
    same(await store.get("a"), 200, "get")
  }),

  clause("update: what it throws reaches its caller, and nothing has changed", ["update", "entry"], async ({ store }) => {
    await store.set("a", { list: [1] }, 60)
    const before = await store.entry("a")
    await throwsMine(store.update("a", thrower))
    await refused(
      store.update("a", () => () => {}),
      "INVALID",
      "value",
    )
    await refused(
      store.update("a", async () => 1),
      "INVALID",
      "update",
    )
    await refused(
      store.update("a", () => thenable),
      "INVALID",
      "update",
    )
    const grow = (value: unknown): unknown => (value as { list: number[] }).list.push(2)
    const outcome: unknown = await store.update("a", grow).catch((error: unknown) => error)
    holds(outcome instanceof TypeError, "a value should be readonly")
    same(await store.entry("a"), before, "the entry")
    await throwsMine(store.update("b", thrower))
    same(await store.has("b"), false, "has of what was not there")
  }),

  clause("update: what is no function or no option is Invalid", ["update"], async ({ store }) => {
    for (const update of [undefined, null, 1, {}]) await refused(store.update("a", update as never), "INVALID", "update")
    await refused(
      store.update("a", () => 1, { ttl: -1 }),
      "INVALID",
      "ttl",
    )
    await refused(
      store.update("a", () => 1, { onlyIfAbsent: true } as object),
      "INVALID",
      "onlyIfAbsent",
    )
    same(await store.has("a"), false, "has")
  }),

  clause("increment: counts from 0, by 1 or what is said, and gives the entry", ["increment", "entry"], async ({ store }) => {
    same((await store.increment("a")).value, 1, "the first")
    same((await store.increment("a", 2.5)).value, 3.5, "by 2.5")
    const made = await store.increment("a", -4)
    same(made.value, -0.5, "by -4")
    same(await store.entry("a"), made, "entry")
  }),

  clause("increment: counts no further than whole numbers are told apart", ["increment"], async ({ store }) => {
    await store.set("a", Number.MAX_SAFE_INTEGER)
    await refused(store.increment("a"), "INVALID")
    same(await store.get("a"), Number.MAX_SAFE_INTEGER, "the value")
    same((await store.increment("a", -1)).value, Number.MAX_SAFE_INTEGER - 1, "by -1")
  }),

  clause(
    "increment: keeps the lifetime; a hit is counted until its window ends",
    ["increment", "ttl"],
    async ({ store, stage: { time } }) => {
      const hit = () => store.increment("a", 1, { ttl: 60, keepTtl: true })
      const { expiresAt } = await hit()
      await time.advance(20_000)
      const second = await hit()
      same([second.value, second.expiresAt, await store.ttl("a")], [2, expiresAt, 40], "the second hit")
      await time.advance(40_000)
      same((await hit()).value, 1, "the first hit of the next window")
      await store.increment("a")
      same(await store.ttl("a"), 60, "the TTL after one that says none")
    },
  ),

  clause("increment: loses none of many at once", ["increment"], async ({ store, acquire }) => {
    const other = await acquire()
    const entries = await Promise.all(Array.from({ length: 200 }, (_, place) => (place % 2 === 0 ? store : other).increment("a")))
    same(new Set(entries.map(({ value }) => value)).size, 200, "how many different counts were given")
    same(await store.get("a"), 200, "get")
  }),

  clause("increment: what cannot be counted is Invalid, and changes nothing", ["increment", "entry"], async ({ store }) => {
    for (const value of ["1", 1n, null, [1], Number.NaN]) {
      await store.set("a", value)
      const before = await store.entry("a")
      await refused(store.increment("a"), "INVALID", "value")
      same(await store.entry("a"), before, "the entry")
    }
    await store.set("a", Number.MAX_VALUE)
    await refused(store.increment("a", Number.MAX_VALUE), "INVALID", "value")
    for (const by of [Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null, {}])
      await refused(store.increment("b", by as number), "INVALID", "by")
    same([await store.get("a"), await store.has("b")], [Number.MAX_VALUE, false], "what is there")
  }),

  clause("take: gives the value to one, and deletes it", ["take"], async ({ store, acquire }) => {
    const other = await acquire()
    await store.set("a", 1)
    same(
      (await Promise.all([store.take("a"), other.take("a"), store.take("a")])).sort(),
      [1, undefined, undefined],
      "what three were given",
    )
    same(await store.has("a"), false, "has")
  }),

  clause(
    "transaction: reads and writes its keys as one step, and gives what its function gives",
    ["transaction", "whole"],
    async ({ store }) => {
      await store.set("a", 100)
      await store.set("b", 0)
      const move = () =>
        store.transaction(["a", "b", "c"], (tx) => {
          const [a, b] = [tx.get("a") as number, tx.get("b") as number]
          tx.set("a", a - 1)
          tx.set("b", b + 1)
          if (!tx.has("c")) tx.set("c", "new")
          return (tx.get("a") as number) + (tx.get("b") as number)
        })
      same(
        await Promise.all(Array.from({ length: 50 }, move)),
        Array.from({ length: 50 }, () => 100),
        "the sums",
      )
      same([await store.get("a"), await store.get("b"), await store.get("c")], [50, 50, "new"], "what is there")
    },
  ),

  clause("transaction: sees what it has done itself", ["transaction"], async ({ store }) => {
    await store.set("a", 1)
    const seen = await store.transaction(["a"], (tx) => {
      const seen: unknown[] = [tx.has("a"), tx.delete("a"), tx.has("a"), tx.get("a"), tx.delete("a")]
      tx.set("a", { n: 1 })
      return [...seen, tx.get("a"), tx.has("a")]
    })
    same(seen, [true, true, false, undefined, false, { n: 1 }, true], "what it saw")
    same(await store.get("a"), { n: 1 }, "get")
  }),

  clause(
    "transaction: changes nothing where its function throws or gives a promise",
    ["transaction", "entry", "whole"],
    async ({ store }) => {
      await store.set("a", 1, 60)
      const before = await store.entry("a")
      await throwsMine(store.transaction(["a", "b"], (tx) => [tx.set("a", 2), tx.set("b", 2), thrower()]))
      await refused(
        store.transaction(["a", "b"], async (tx) => tx.set("a", 2)),
        "INVALID",
        "work",
      )
      await refused(
        store.transaction(["a", "b"], (tx) => [tx.delete("a"), tx.set("b", () => {})]),
        "INVALID",
        "value",
      )
      same(await store.entry("a"), before, "the entry")
      same(await store.has("b"), false, "has of the other key")
    },
  ),

  clause("transaction: a key that it has not named is Invalid, and so are names that are none", ["transaction"], async ({ store }) => {
    for (const use of [
      (key: string) => store.transaction(["a"], (tx) => tx.get(key)),
      (key: string) => store.transaction(["a"], (tx) => tx.set(key, 1)),
    ]) {
      await refused(use("b"), "INVALID", "key")
    }
    for (const keys of [undefined, "a", 1, [1], [""], ["a", "\ud800"], []])
      await refused(
        store.transaction(keys as never, () => 1),
        "INVALID",
      )
    for (const work of [undefined, 1, {}]) await refused(store.transaction(["a"], work as never), "INVALID", "work")
    same([await store.has("a"), await store.has("b")], [false, false], "what is there")
  }),

  clause("transaction: what is kept of it is of no use afterwards", ["transaction"], async ({ store }) => {
    const tx = await store.transaction(["a"], (kept) => kept)
    for (const use of [() => tx.get("a"), () => tx.has("a"), () => tx.set("a", 1), () => tx.delete("a")]) {
      await refused(Promise.resolve().then(use), "INVALID")
    }
    same(await store.has("a"), false, "has")
  }),

  clause("transaction: a TTL that is none is Invalid there as it is in set", ["transaction"], async ({ store }) => {
    for (const ttl of [-1, Number.NaN, "60", null, [], new Date(0), true]) {
      await refused(
        store.transaction(["a"], (tx) => tx.set("a", 1, ttl as number)),
        "INVALID",
        "ttl",
      )
    }
    same(await store.has("a"), false, "has")
  }),
]
