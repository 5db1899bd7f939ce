/** Promises of values: they come back as what they were, nobody can change them, and what cannot be kept is refused. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

/** A value of each sort that a store keeps. Made anew for each store, as some could be changed. */
export function sortsOfValues(): readonly (readonly [sort: string, value: unknown])[] {
  const shared = { deep: [1] }
  const cyclic: { self?: unknown; list: unknown[] } = { list: [] }
  cyclic.self = cyclic
  cyclic.list.push(cyclic)
  const used = /a/g
  used.lastIndex = 3
  return [
    ...primitives,
    ["a record", { a: 1, b: "x", c: null, d: undefined, e: -0, f: Number.NaN, g: 1n, "": 1 }],
    ["an empty record", {}],
    ["a record without a prototype", Object.assign(Object.create(null), { a: 1 })],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":[1]},"constructor":1}')],
    ["a list", [1, "a", { b: [2] }, undefined, []]],
    ["a list with holes", Object.assign([1], { 2: 3 })],
    ["parts that are one", { one: shared, other: shared }],
    ["a cycle", cyclic],
    [
      "a Map",
      new Map<unknown, unknown>([
        ["a", { b: new Map([[1, new Date(5)]]) }],
        [{ key: 1 }, [2]],
      ]),
    ],
    ["a Set", new Set<unknown>([1, { a: [1] }, new Set([2])])],
    ["a Date", new Date(1_000)],
    ["no valid Date", new Date(Number.NaN)],
    ["a pattern", /a+(?<name>b)/dgimsy],
    ["a pattern that was used", used],
    ["boxed primitives", [Object(1), Object(-0), Object("text"), Object(true), Object(1n)]],
    ["an ArrayBuffer", new Uint8Array([1, 2]).buffer],
    ["a DataView", new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    ["typed arrays", [new Uint8Array([1]), new Float64Array([1.5, Number.NaN]), new BigInt64Array([1n]), new Uint8ClampedArray(3)]],
    ["a large typed array", new Uint8Array(5000).fill(7)],
    ["an Error", new Error("no", { cause: { code: [1] } })],
    ["an Error with a code", Object.assign(new RangeError("no"), { code: "ENOENT", info: { path: ["a"] } })],
    ["a long list", Array.from({ length: 5000 }, (_, place) => ({ place }))],
    ["a deep record", nested(2000)],
  ]
}

const primitives: readonly (readonly [string, unknown])[] = [
  ["text", "text"],
  ["empty text", ""],
  ["text with half of a surrogate pair", "a\ud800b"],
  ["long text", "x".repeat(100_000)],
  ["a number", 1.5],
  ["0", 0],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["the largest number", Number.MAX_VALUE],
  ["true", true],
  ["false", false],
  ["null", null],
  ["a bigint", -(2n ** 80n)],
]

function nested(levels: number): unknown {
  let value: unknown = "bottom"
  for (let level = 0; level < levels; level += 1) value = { below: value }
  return value
}

class Point {
  x = 1
}

const UNDER_A_SYMBOL = "a property under a symbol"

/** What a copy would not be the same as. */
const REFUSED: readonly (readonly [sort: string, make: () => unknown])[] = [
  ["undefined", () => undefined],
  ["a function", () => () => 1],
  ["a symbol", () => Symbol("s")],
  ["an instance of a class", () => new Point()],
  ["an instance of a class of a built-in's sort", () => new (class Own extends Map {})()],
  ["a promise", () => Promise.resolve(1)],
  ["a WeakMap", () => new WeakMap()],
  ["memory that is shared", () => new SharedArrayBuffer(8)],
  [UNDER_A_SYMBOL, () => ({ [Symbol("s")]: 1 })],
]

export const values: readonly Clause[] = [
  clause("values: come back as what they were, of each sort that is kept", [], async ({ store }) => {
    for (const [sort, value] of sortsOfValues()) {
      same(await store.set("a", value), true, `set of ${sort}`)
      same(await store.get("a"), value, sort)
    }
  }),

  clause("values: are the same after all operations that write one", ["put", "update", "setMany", "getMany", "take"], async ({ store }) => {
    for (const [sort, value] of sortsOfValues()) {
      same((await store.put("a", value)).value, value, `${sort}, by put`)
      same((await store.update("b", () => value))?.value, value, `${sort}, by update`)
      await store.setMany([["c", value]])
      same(await store.getMany(["a", "b", "c"]), [value, value, value], `${sort}, by getMany`)
      same(await store.take("c"), value, `${sort}, by take`)
    }
  }),

  clause("values: are copied in: what their writer changes afterwards is not changed in the store", [], async ({ store }) => {
    const user = { name: "Alice", tags: ["a"], seen: new Map([["x", 1]]) }
    const setting = store.set("a", user)
    user.name = "Mallory"
    user.tags.push("b")
    user.seen.set("y", 2)
    await setting
    user.name = "Eve"
    same(await store.get("a"), { name: "Alice", tags: ["a"], seen: new Map([["x", 1]]) }, "get")
  }),

  clause("values: no reader can change what another one gets", [], async ({ store }) => {
    await store.set("plain", { list: [{ a: 1 }] })
    await store.set("map", { map: new Map([["a", { n: 1 }]]), date: new Date(5), bytes: new Uint8Array([1]) })
    const plain = (await store.get("plain")) as { list: { a: number }[] }
    holds(Object.isFrozen(plain) && Object.isFrozen(plain.list) && Object.isFrozen(plain.list[0]), "records and lists should be frozen")
    const { map, date, bytes } = (await store.get("map")) as { map: Map<string, unknown>; date: Date; bytes: Uint8Array }
    map.clear()
    date.setTime(7)
    bytes[0] = 9
    same(await store.get("map"), { map: new Map([["a", { n: 1 }]]), date: new Date(5), bytes: new Uint8Array([1]) }, "get afterwards")
  }),

  clause("values: what is read can be written as it is", [], async ({ store }) => {
    for (const [sort, value] of sortsOfValues()) {
      await store.set("a", value)
      await store.set("b", await store.get("a"))
      same(await store.get("b"), value, sort)
    }
  }),

  clause("values: what would not come back as it was is Invalid, names its place, and changes nothing", [], async ({ store }) => {
    await store.set("a", "before", 60)
    for (const [sort, make] of REFUSED) {
      await refused(store.set("a", make()), "INVALID", sort === UNDER_A_SYMBOL ? "value[Symbol(s)]" : "value")
      if (sort === "undefined") continue
      await refused(store.set("a", { list: [make()] }), "INVALID")
      await refused(store.set("b", new Map([["x", make()]])), "INVALID")
    }
    same([await store.get("a"), await store.has("b")], ["before", false], "what is there")
  }),

  clause("values: one whose look throws is Invalid, and the store lives on", [], async ({ store }) => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile = {
      get name(): string {
        throw new Error("mine")
      },
    }
    for (const value of [proxy, hostile, [hostile]]) await refused(store.set("a", value), "INVALID")
    same(await store.set("a", 1), true, "set afterwards")
  }),
]
