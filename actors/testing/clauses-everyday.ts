/** Promises of the operations of every day, and of keys. */

import { type Clause, clause } from "./clause.ts"
import { heard, refused, same } from "./sameness.ts"

/** Texts that are keys like any other. */
export const ODD_KEYS: readonly string[] = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "length", "undefined", "null", "0", "-1"],
  ...[" ", "\0", "a\nb", "%00", "a/b", "ключ", "鍵", "🔑", "\uffff", "e\u0301", "\u00e9", "A", "a", "x".repeat(10_000)],
]

/** What is no key. */
const NO_KEYS: readonly unknown[] = ["", undefined, null, 1, 1n, true, Symbol("key"), {}, ["a"], new String("a")]
/** Halves of surrogate pairs: no store could keep their order, nor write them down. */
const ILL_FORMED: readonly string[] = ["\ud800", "a\udc00b", "\udfff\ud800"]

export const everyday: readonly Clause[] = [
  clause("get: gives what was set, and undefined where nothing is", [], async ({ store }) => {
    same(await store.get("a"), undefined, "get of nothing")
    same(await store.set("a", { name: "Alice" }), true, "set")
    same(await store.get("a"), { name: "Alice" }, "get")
    same(await store.get("b"), undefined, "get of another key")
  }),

  clause("set: takes the place of what was there", [], async ({ store }) => {
    await store.set("a", 1)
    same(await store.set("a", "two"), true, "set over a value")
    same(await store.get("a"), "two", "get")
  }),

  clause("has: says whether a value is there, whatever it is", [], async ({ store }) => {
    same(await store.has("a"), false, "has of nothing")
    for (const value of [0, "", false, null]) {
      await store.set("a", value)
      same(await store.has("a"), true, `has of ${String(value)}`)
    }
  }),

  clause("delete: says whether it was there, and then it is not", [], async ({ store }) => {
    await store.set("a", 1)
    same(await store.delete("a"), true, "delete")
    same([await store.get("a"), await store.has("a")], [undefined, false], "get and has after delete")
    same(await store.delete("a"), false, "delete of nothing")
    same(await store.set("a", 2), true, "set after delete")
    same(await store.get("a"), 2, "get")
  }),

  clause("order: what one caller asks for at once under a key is done in the order asked", [], async ({ store }) => {
    const answers = [
      store.set("a", 1),
      store.get("a"),
      store.set("a", 2),
      store.get("a"),
      store.delete("a"),
      store.get("a"),
      store.has("a"),
    ]
    same(await Promise.all(answers), [true, 1, true, 2, true, undefined, false], "the answers")
  }),

  clause("callers: all see the same, at once", [], async ({ store, acquire }) => {
    const other = await acquire()
    await store.set("a", 1)
    same(await other.get("a"), 1, "get by another caller")
    await other.delete("a")
    same(await store.has("a"), false, "has after another's delete")
  }),

  clause(
    "release: a mailbox that was given back is Invalid, and leaves the others and what is stored alone",
    [],
    async ({ store, acquire }) => {
      const other = await acquire()
      await other.set("a", 1)
      same(await other.release(), true, "release")
      await refused(other.get("a"), "INVALID")
      await refused(other.set("a", 2), "INVALID")
      same(await store.get("a"), 1, "get by another caller")
    },
  ),

  clause("keys: any text that is not empty is one, and different texts are different keys", [], async ({ store }) => {
    for (const [place, key] of ODD_KEYS.entries()) same(await store.set(key, place), true, `set of key ${place}`)
    for (const [place, key] of ODD_KEYS.entries()) same([await store.get(key), await store.has(key)], [place, true], `key ${place}`)
    for (const [place, key] of ODD_KEYS.entries()) same([await store.delete(key), await store.get(key)], [true, undefined], `key ${place}`)
  }),

  clause("keys: a name that objects have is not there before it is set", [], async ({ store }) => {
    for (const key of ODD_KEYS) same([await store.get(key), await store.has(key), await store.delete(key)], [undefined, false, false], key)
  }),

  clause("keys: what is none is Invalid, for each operation, and names the key", [], async ({ store }) => {
    for (const key of NO_KEYS as readonly string[]) {
      for (const answer of heard([store.get(key), store.set(key, 1), store.has(key), store.delete(key)]))
        await refused(answer, "INVALID", "key")
    }
  }),

  clause("keys: half of a surrogate pair is in none, for each operation", [], async ({ store }) => {
    for (const key of ILL_FORMED) {
      for (const answer of heard([store.get(key), store.set(key, 1), store.has(key), store.delete(key)]))
        await refused(answer, "INVALID", "key")
    }
  }),

  clause(
    "keys: what is none is Invalid for the other operations, too",
    ["entry", "put", "update", "increment", "take", "ttl", "touch", "persist"],
    async ({ store }) => {
      for (const key of [...NO_KEYS, ...ILL_FORMED] as readonly string[]) {
        const reading = [store.entry(key), store.take(key), store.ttl(key), store.persist(key), store.touch(key)]
        const writing = [store.put(key, 1), store.update(key, () => 1), store.increment(key), store.touch(key, 5)]
        for (const answer of heard([...reading, ...writing])) await refused(answer, "INVALID", "key")
      }
    },
  ),
]
