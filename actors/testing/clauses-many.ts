/** Promises of many keys by one message. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

/** More than any store would see to in one turn. */
const MANY = 3_000

const names = (count: number, prefix = "k"): string[] =>
  Array.from({ length: count }, (_, place) => `${prefix}${String(place).padStart(6, "0")}`)

/** What is no list of keys. */
const NO_LISTS: readonly unknown[] = [undefined, null, 1, "ab", {}, () => []]

export const many: readonly Clause[] = [
  clause("getMany: gives the values in the order asked, undefined where nothing is", ["getMany"], async ({ store }) => {
    await store.set("a", 1)
    await store.set("c", { n: 3 })
    same(await store.getMany(["c", "b", "a", "c"]), [{ n: 3 }, undefined, 1, { n: 3 }], "getMany")
    same(await store.getMany(new Set(["a", "b"])), [1, undefined], "getMany of a Set")
    same(await store.getMany([]), [], "getMany of none")
  }),

  clause(
    "setMany: keeps each as set would, with one TTL for all or one of its own",
    ["setMany", "getMany", "ttl", "idle"],
    async ({ store, stage: { time } }) => {
      await store.set("a", "old", 5)
      same(
        await store.setMany(
          [
            ["a", 1],
            ["b", 2, 30],
            ["c", 3, { idle: 10 }],
          ],
          60,
        ),
        [true, true, true],
        "setMany",
      )
      same(await store.getMany(["a", "b", "c"]), [1, 2, 3], "getMany")
      same([await store.ttl("a"), await store.ttl("b"), await store.ttl("c")], [60, 30, 10], "their TTLs")
      await store.setMany(new Map([["a", 4]]))
      same([await store.get("a"), await store.ttl("a")], [4, Number.POSITIVE_INFINITY], "after a setMany without a TTL")
      await time.advance(30_000)
      same(await store.getMany(["a", "b", "c"]), [4, undefined, undefined], "later")
      same(await store.setMany([]), [], "setMany of none")
    },
  ),

  clause(
    "setMany: with keepTtl keeps the end of what is there, and takes the given one for what is new",
    ["setMany", "ttl"],
    async ({ store }) => {
      await store.set("a", 1, 60)
      await store.setMany(
        [
          ["a", 2],
          ["b", 2],
        ],
        { ttl: 5, keepTtl: true },
      )
      same([await store.get("a"), await store.ttl("a"), await store.ttl("b")], [2, 60, 5], "what is there")
    },
  ),

  clause("setMany: of a key that comes twice, the last counts", ["setMany", "ttl"], async ({ store }) => {
    same(
      await store.setMany([
        ["a", 1, 5],
        ["b", 1],
        ["a", 2],
      ]),
      [true, true, true],
      "setMany",
    )
    same([await store.get("a"), await store.ttl("a")], [2, Number.POSITIVE_INFINITY], "what is there")
  }),

  clause(
    "setMany: is looked at as a whole before anything is written, and names the place",
    ["setMany", "getMany", "idle"],
    async ({ store }) => {
      const good = ["a", 1] as const
      const cases: readonly (readonly [entry: unknown, field: string])[] = [
        [["", 1], "entries[1].key"],
        [["b", undefined], "entries[1].value"],
        [["b", 1, -1], "entries[1].ttl"],
        [["b", 1, { idle: "x" }], "entries[1].idle"],
        [["b"], "entries[1]"],
        ["bc", "entries[1]"],
        [{ key: "b", value: 1 }, "entries[1]"],
        [undefined, "entries[1]"],
      ]
      for (const [entry, field] of cases) await refused(store.setMany([good, entry as typeof good]), "INVALID", field)
      for (const list of NO_LISTS) await refused(store.setMany(list as never), "INVALID", "entries")
      await refused(store.setMany([good], { ttl: Number.NaN }), "INVALID", "ttl")
      same(await store.getMany(["a", "b"]), [undefined, undefined], "what is there")
    },
  ),

  clause("deleteMany: says of each whether it was there", ["deleteMany", "getMany"], async ({ store }) => {
    for (const key of ["a", "b", "c"]) await store.set(key, 1)
    same(await store.deleteMany(["a", "x", "b", "a"]), [true, false, true, false], "deleteMany")
    same(await store.getMany(["a", "b", "c"]), [undefined, undefined, 1], "what is left")
    same(await store.deleteMany([]), [], "deleteMany of none")
  }),

  clause("many: what is no list of keys is Invalid, names its place, and changes nothing", ["getMany", "deleteMany"], async ({ store }) => {
    await store.set("a", 1)
    for (const list of NO_LISTS as readonly never[]) {
      await refused(store.getMany(list), "INVALID", "keys")
      await refused(store.deleteMany(list), "INVALID", "keys")
    }
    for (const key of ["", 1, null, "\ud800"] as readonly string[]) {
      await refused(store.getMany(["a", key]), "INVALID", "keys[1]")
      await refused(store.deleteMany(["a", key]), "INVALID", "keys[1]")
    }
    same(await store.get("a"), 1, "get")
  }),

  clause(
    "many: thousands are written, read and deleted by one call each, while others are served",
    ["setMany", "getMany", "deleteMany"],
    async ({ store, acquire }) => {
      const keys = names(MANY)
      const other = await acquire()
      const writing = store.setMany(
        keys.map((key, place) => [key, place] as const),
        60,
      )
      const meanwhile = other.set("other", 1)
      same([(await writing).length, await meanwhile], [MANY, true], "setMany, and a set meanwhile")
      same(await store.getMany(keys), [...keys.keys()], "getMany")
      same((await store.deleteMany(keys)).filter(Boolean).length, MANY, "deleteMany")
      same([await other.get("other"), (await store.getMany(keys)).filter((value) => value !== undefined)], [1, []], "what is left")
    },
  ),

  clause("many: what one caller asks for one after the other is done so", ["setMany", "getMany", "deleteMany"], async ({ store }) => {
    const keys = names(MANY)
    const write = (value: number) => store.setMany(keys.map((key) => [key, value] as const))
    const answers = [write(1), write(2), store.deleteMany(keys), write(3)]
    await Promise.all(answers)
    same(new Set(await store.getMany(keys)), new Set([3]), "what is there")
    holds((await answers[2])?.every(Boolean) === true, "what was written should be there for deleteMany")
  }),

  clause(
    "setMany, deleteMany: who asks after one of thousands has the last word on a key",
    ["setMany", "deleteMany"],
    async ({ store }) => {
      const keys = names(MANY)
      const [first = "", last = ""] = [keys[0], keys.at(-1)]
      const all = (value: string) => keys.map((key) => [key, value] as const)
      const acts: readonly [string, () => Promise<unknown>, unknown][] = [
        ["set", () => store.set(last, "later"), "later"],
        ["delete", () => store.delete(last), undefined],
        ["setMany", () => store.setMany([[last, "later"]]), "later"],
        ["deleteMany", () => store.deleteMany([last]), undefined],
      ]
      for (const before of ["before", undefined]) {
        for (const [what, act, wanted] of acts) {
          await (before === undefined ? store.delete(last) : store.set(last, before))
          const writing = store.setMany(all("batch"))
          await act()
          same((await writing).length, MANY, `setMany, and ${what} behind it`)
          same([await store.get(first), await store.get(last)], ["batch", wanted], `after setMany, and ${what} behind it`)
        }
      }
      await store.setMany(all("before"))
      const removing = store.deleteMany(keys)
      await store.set(last, "later")
      same((await removing).filter(Boolean).length, MANY - 1, "deleteMany, and set behind it")
      same([await store.get(first), await store.get(last)], [undefined, "later"], "after deleteMany, and set behind it")
      const [early, batch, late] = [store.set(last, "early"), store.setMany(all("batch")), store.set(first, "late")]
      await Promise.all([early, batch, late])
      same([await store.get(first), await store.get(last)], ["late", "batch"], "after set, setMany, and set")
      await Promise.all([store.setMany(all("one")), store.setMany(all("other")), store.set(first, "late")])
      same([await store.get(first), await store.get(last)], ["late", "other"], "after two setMany, and set")
    },
  ),
]
