/** Promises of keys in order. */

import { type Clause, clause } from "./clause.ts"
import { ODD_KEYS } from "./clauses-everyday.ts"
import { heard, holds, refused, same } from "./sameness.ts"

/** In the order of their UTF-16 code units, which is neither that of code points nor of any language. */
const inOrder = (keys: readonly string[]): string[] => [...keys].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const numbered = (place: number): string => `k${String(place).padStart(4, "0")}`

export const order: readonly Clause[] = [
  clause("list: gives keys, versions and ends in the order of their UTF-16 code units", ["list", "entry"], async ({ store }) => {
    const keys = [...ODD_KEYS, "a", "B", "ä", "\u{10000}", "\ue000", "aa", "ab"]
    for (const key of keys) await store.set(key, 1, 60)
    const { items, hasMore } = await store.list()
    same(
      items.map(({ key }) => key),
      inOrder([...new Set(keys)]),
      "the keys",
    )
    same(hasMore, false, "hasMore")
    for (const { key, version, expiresAt } of items) {
      const entry = await store.entry(key)
      same([version, expiresAt], [entry?.version, entry?.expiresAt], `what is listed of ${key.slice(0, 20)}`)
    }
  }),

  clause("list: takes a prefix, a limit, and what it comes after", ["list"], async ({ store }) => {
    for (const key of ["a", "b:1", "b:2", "b:3", "b", "c"]) await store.set(key, 1)
    const first = await store.list({ prefix: "b:", limit: 2 })
    same([first.items.map(({ key }) => key), first.hasMore], [["b:1", "b:2"], true], "the first page")
    const second = await store.list({ prefix: "b:", limit: 2, after: first.cursor })
    same([second.items.map(({ key }) => key), second.hasMore], [["b:3"], false], "the second")
    const last = await store.list({ prefix: "b:", after: second.cursor })
    same([last.items, last.hasMore], [[], false], "behind the last")
    same(
      (await store.list({ after: "b" })).items.map(({ key }) => key),
      ["b:1", "b:2", "b:3", "c"],
      "after a key",
    )
    same(
      (await store.list({ after: "bb" })).items.map(({ key }) => key),
      ["c"],
      "after a key that is not there",
    )
    same((await store.list({ prefix: "x" })).items, [], "a prefix that nobody has")
  }),

  clause(
    "list: nothing is there twice, and what stays is there once, whatever is written meanwhile",
    ["list", "setMany", "deleteMany"],
    async ({ store }) => {
      const keys = Array.from({ length: 400 }, (_, place) => numbered(place))
      await store.setMany(keys.map((key) => [key, 1] as const))
      const seen: string[] = []
      let cursor: string | undefined
      for (let page = 0, hasMore = true; hasMore; page += 1) {
        holds(page < keys.length, "a list that is asked on from its cursor should come to its end")
        const listed = await store.list({ limit: 7, after: cursor })
        seen.push(...listed.items.map(({ key }) => key))
        cursor = listed.cursor
        hasMore = listed.hasMore
        // What is before the cursor, at it and behind it comes, goes and is written again; every fifth stays.
        await store.deleteMany(keys.filter((_, place) => place % 5 !== 0 && place % 3 === page % 3))
        await store.setMany(keys.filter((_, place) => place % 2 === page % 2).map((key) => [`${key}x`, page] as const))
        await store.setMany(keys.filter((_, place) => place % 5 === 0).map((key) => [key, page] as const))
      }
      same(new Set(seen).size, seen.length, "how often keys were seen")
      same(seen, inOrder(seen), "the order")
      const staying = keys.filter((_, place) => place % 5 === 0)
      same(
        staying.filter((key) => !seen.includes(key)),
        [],
        "what stayed, and was not seen",
      )
    },
  ),

  clause("list: what is deleted or over is not there", ["list", "count"], async ({ store, stage: { time } }) => {
    await store.set("a", 1, 1)
    await store.set("b", 1)
    await store.set("c", 1)
    await store.list()
    await store.delete("c")
    await time.advance(1_000)
    same(
      (await store.list()).items.map(({ key }) => key),
      ["b"],
      "list",
    )
    same(await store.count(), 1, "count")
    await store.set("a", 2)
    same(
      (await store.list()).items.map(({ key }) => key),
      ["a", "b"],
      "list after it was set again",
    )
  }),

  clause("list: what is none of its options is Invalid", ["list", "count", "clear", "keys", "entries"], async ({ store }) => {
    await store.set("a", 1)
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9, "5"])
      await refused(store.list({ limit: limit as number }), "INVALID", "limit")
    for (const prefix of [1, null, {}, "\ud800"] as readonly string[]) {
      for (const answer of heard([store.list({ prefix }), store.count(prefix), store.clear(prefix)])) await refused(answer, "INVALID")
      for (const walk of [() => store.keys({ prefix }), () => store.entries({ prefix })])
        await refused(
          Promise.resolve().then((): unknown => walk()),
          "INVALID",
          "prefix",
        )
    }
    for (const after of ["", 1, null, "\udc00"] as readonly string[]) await refused(store.list({ after }), "INVALID", "after")
    await refused(store.list({ before: "a" } as object), "INVALID", "before")
    same(await store.get("a"), 1, "get")
  }),

  clause(
    "keys and entries: give all in order, page by page, and begin anew with each loop",
    ["keys", "entries", "setMany"],
    async ({ store }) => {
      const names = Array.from({ length: 2500 }, (_, place) => numbered(place))
      await store.setMany(names.map((key, place) => [key, place] as const))
      await store.set("other", 1)
      const keys = store.keys("k")
      same(await all(keys), names, "keys")
      same((await all(keys)).length, names.length, "keys once more")
      same(await all(store.keys({ prefix: "k", after: numbered(2497) })), [numbered(2498), numbered(2499)], "keys after one")
      const entries = await all(store.entries({ prefix: "k" }))
      same(
        entries.map(({ key }) => key),
        names,
        "the keys of entries",
      )
      same(
        entries.map(({ value }) => value),
        [...names.keys()],
        "the values of entries",
      )
      for await (const key of store.keys()) {
        same(key, numbered(0), "the first of a loop that is left")
        break
      }
    },
  ),

  clause("count: counts all, or those with a prefix", ["count"], async ({ store }) => {
    same(await store.count(), 0, "count of nothing")
    for (const key of ["a", "b:1", "b:2", "b"]) await store.set(key, 1)
    same([await store.count(), await store.count("b"), await store.count("b:"), await store.count("x")], [4, 3, 2, 0], "count")
  }),

  clause(
    "clear: deletes all, or those with a prefix, and says how many there were",
    ["clear", "count"],
    async ({ store, stage: { time } }) => {
      for (const key of ["a", "b:1", "b:2", "b", "__proto__"]) await store.set(key, 1)
      await store.set("b:3", 1, 1)
      await time.advance(1_000)
      same([await store.clear("b:"), await store.count()], [2, 3], "clear of some")
      same([await store.clear(), await store.count(), await store.clear()], [3, 0, 0], "clear of all")
      await store.set("a", 2)
      same(await store.get("a"), 2, "get of what was set afterwards")
    },
  ),

  clause("clear: of thousands, while others are served", ["clear", "count", "setMany"], async ({ store, acquire }) => {
    const other = await acquire()
    await store.setMany(Array.from({ length: 3000 }, (_, place) => [`a${place}`, 1] as const))
    const clearing = store.clear("a")
    same(await other.set("b", 1), true, "a set meanwhile")
    same([await clearing, await store.count()], [3000, 1], "clear, and count then")
    holds(await other.has("b"), "what has another prefix should be there")
  }),

  clause(
    "clear: what is written after it is asked for stays, and what was asked for before it goes",
    ["clear", "count", "setMany"],
    async ({ store }) => {
      for (const size of [2, 3000]) {
        await store.setMany(Array.from({ length: size }, (_, place) => [`a${place}`, 1] as const))
        const [last, beside] = [`a${size - 1}`, `a${size}`]
        const [gone] = await Promise.all([store.clear("a"), store.set(last, "later"), store.set(beside, "new")])
        same([await store.get(last), await store.get(beside), await store.get("a0")], ["later", "new", undefined], "after clear, and set")
        holds(gone === size - 1, `clear should say that ${size - 1} are gone; it says ${gone}`)
        await Promise.all([store.clear("a"), store.setMany([[last, 3]])])
        same([await store.get(last), await store.count()], [3, 1], "after clear, and setMany")
        const batch = Array.from({ length: size }, (_, place) => [`a${place}`, 2] as const)
        await Promise.all([store.setMany(batch), store.clear("a")])
        same(await store.count(), 0, "count after setMany, and clear")
        await Promise.all([store.setMany(batch), store.clear("a"), store.set(last, "later"), store.set(beside, "new")])
        same([await store.get(last), await store.get(beside), await store.count()], ["later", "new", 2], "after setMany, clear, and set")
      }
    },
  ),
]
