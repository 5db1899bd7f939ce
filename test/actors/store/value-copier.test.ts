import { isDeepStrictEqual } from "node:util"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { carried } from "../../support/carried-values.ts"
import { refusalBy } from "../../support/refusal.ts"

class Rows extends Array<number> {}
class Recent extends Map<string, number> {}
class Tags extends Set<string> {}
class Pixels extends Uint8Array {}
class Day extends Date {}
class HttpError extends Error {
  readonly status = 404
}

const hang = <T extends object>(value: T, name: PropertyKey, enumerable = true): T =>
  Object.defineProperty(value, name, { value: 1, enumerable, writable: true, configurable: true })
const detached = new ArrayBuffer(8)
structuredClone(detached, { transfer: [detached] })
const shared = { deep: [1] }

/** What is refused, and the place that is named. */
const refused: readonly (readonly [name: string, value: unknown, field: string])[] = [
  ["a list of a subclass", Rows.of(1), "value"],
  ["a Map of a subclass", new Recent(), "value"],
  ["a Set of a subclass", { tags: new Tags() }, "value.tags"],
  ["a typed array of a subclass", [new Pixels(1)], "value[0]"],
  ["a Date of a subclass", new Day(), "value"],
  ["an Error of a subclass", new HttpError("no"), "value"],
  ["a prototype of one's own", Object.create({ inherited: 1 }), "value"],
  ["a Map whose prototype was exchanged", Object.setPrototypeOf(new Map(), {}), "value"],
  ["a Date that poses as a record", Object.setPrototypeOf(new Date(0), Object.prototype), "value"],
  ["a record that poses as a Date", Object.create(Date.prototype), "value"],
  ["a record that poses as a Map", Object.create(Map.prototype), "value"],
  ["a record that poses as an Error", Object.create(Error.prototype), "value"],
  ["a symbol key", { a: { [Symbol("s")]: 1 } }, "value.a[Symbol(s)]"],
  ["a symbol on a list", hang([1], Symbol("s")), "value[Symbol(s)]"],
  ["a hidden property of a list", hang([1], "total", false), "value.total"],
  ["a hidden item of a list", hang([1, 2], 0, false), "value.0"],
  ["a list of a template's texts", ((texts: TemplateStringsArray, ..._: unknown[]) => texts)`a${1}b`, "value.raw"],
  ["a hidden property", { a: hang({}, "b", false) }, "value.a.b"],
  ["a property of a Map", hang(new Map(), "limit"), "value.limit"],
  ["a property of a Set", hang(new Set(), "limit"), "value.limit"],
  ["a property of a Date", hang(new Date(0), "zone"), "value.zone"],
  ["a property of a pattern", hang(/a/, "label"), "value.label"],
  ["a lastIndex that is no number", Object.assign(/a/, { lastIndex: {} }), "value.lastIndex"],
  ["a property of a boxed primitive", hang(Object("text"), "label"), "value.label"],
  ["a letter that a boxed text has not", hang(Object("text"), "7"), "value.7"],
  ["a property of a typed array", hang(new Uint8Array(2), "label"), "value.label"],
  ["a hidden property of a typed array", hang(new Uint8Array(2), "label", false), "value.label"],
  ["numbers that pose as a Buffer", Object.setPrototypeOf(new Float64Array([1.5]), Buffer.prototype), "value"],
  ["a property of a Blob", hang(new Blob(["a"]), "label"), "value.label"],
  ["a property of a Buffer", { body: hang(Buffer.from("a"), "label") }, "value.body.label"],
  ["a symbol on a large Buffer", hang(Buffer.alloc(5000), Symbol("s")), "value[Symbol(s)]"],
  ["a property of an ArrayBuffer", hang(new ArrayBuffer(1), "label"), "value.label"],
  ["a symbol on an Error", hang(new Error("no"), Symbol("s")), "value[Symbol(s)]"],
  ["a function on an Error", Object.assign(new Error("no"), { retry: () => {} }), "value.retry"],
  ["memory that was given away", detached, "value"],
  ["a boxed symbol", Object(Symbol("s")), "value"],
  ["arguments", new Function("return arguments")(1), "value"],
  ["a proxy of a Map", new Proxy(new Map(), {}), "value"],
  ["a namespace", Math, "value"],
]

/** Sorts of objects whose prototype can be exchanged for a record's: the language shows no difference then, or next to none. */
const impostors: readonly (readonly [name: string, make: () => object])[] = [
  ["a Map", () => new Map([[1, 2]])],
  ["a Set", () => new Set([1])],
  ["a WeakMap", () => new WeakMap()],
  ["a WeakRef", () => new WeakRef({})],
  ["a promise", () => Promise.resolve(1)],
  ["a generator", () => (function* () {})()],
  ["an iterator", () => [1].values()],
  ["a URL", () => new URL("http://localhost/")],
  ["headers", () => new Headers({ a: "1" })],
  ["a format", () => new Intl.NumberFormat("en")],
  ["a boxed BigInt", () => Object(1n)],
  ["an ArrayBuffer", () => new ArrayBuffer(1)],
  ["a DataView", () => new DataView(new ArrayBuffer(1))],
  ["a typed array", () => new Uint8Array(2)],
  ["an empty typed array", () => new Uint8Array(0)],
  ["a Date", () => new Date(0)],
  ["an Error", () => new Error("no")],
  ["a list", () => [1]],
  ["arguments", () => new Function("return arguments")(1)],
  ["another realm's Map", () => runInNewContext("new Map([[1, 2]])")],
]

function expectSame(got: unknown, value: unknown): void {
  expect(isDeepStrictEqual(got, value)).toBe(true)
  if (typeof value !== "object" || value === null) return
  expect(got).not.toBe(value)
  expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(value))
  expect(Reflect.ownKeys(got as object)).toEqual(Reflect.ownKeys(value))
}

describe("a value", () => {
  it.each(carried)("comes back as what it was: %s", (_, value) => {
    for (const [whole, part] of [
      [value, (got: unknown) => got],
      [{ part: [value] }, (got: unknown) => (got as { part: readonly unknown[] }).part[0]],
      [new Map([["part", value]]), (got: unknown) => (got as Map<string, unknown>).get("part")],
    ] as const) {
      const stored = copyIn(whole)
      expectSame(part(shareOut(stored)), value)
      expectSame(part(shareOut(stored)), value)
    }
  })

  it.skipIf(!("SuppressedError" in globalThis))("that is a SuppressedError comes back as what it was, where the host has them", () => {
    const value = new SuppressedError(new Error("of the end"), new RangeError("before it"), "two")
    expectSame(shareOut(copyIn(value)), value)
  })

  it.each(refused)("is refused where a copy would not be what it was, with the place: %s", (_, value, field) => {
    expect(refusalBy(() => copyIn(value))).toMatchObject({ kind: "INVALID", details: { field } })
    expect(refusalBy(() => copyIn({ part: [value] })).details.field).toBe(field.replace("value", "value.part[0]"))
  })

  it.each(impostors)("that poses as a record is refused, and its content is not lost: %s", (_, make) => {
    const others = Array.from({ length: 100 }, () => ({}))
    for (const prototype of [null, Object.prototype]) {
      const posing = (): object => Object.setPrototypeOf(make(), prototype)
      expect(refusalBy(() => copyIn(posing())).details.field).toBe("value")
      expect(refusalBy(() => copyIn({ part: [posing()] })).details.field).toBe("value.part[0]")
      expect(refusalBy(() => copyIn(new Map([["a", posing()]]))).details.field).toBe("value.values()")
      expect(refusalBy(() => copyIn([...others, { posing: posing() }])).kind).toBe("INVALID")
    }
  })

  it("that is a proxy of an empty record comes back as one, as any record does that a proxy shows", () => {
    const proxies = Array.from({ length: 100 }, () => new Proxy({}, {}))
    expect(copyIn({ proxies, empty: {} })).toEqual({ proxies: proxies.map(() => ({})), empty: {} })
  })

  it.each([1, 20])("keeps what its parts share, beside %i others", (count) => {
    const others = Array.from({ length: count }, (_, n) => ({ n }))
    for (const part of [shared, new Date(5), new Map([[1, 2]]), Buffer.from("a")]) {
      const stored = copyIn({ one: part, others, other: part, more: others, at: new Date(0) })
      for (const _ of [1, 2]) {
        const got = shareOut(stored) as { one: unknown; other: unknown; others: readonly unknown[]; more: readonly unknown[] }
        expect(got.one).toBe(got.other)
        expect(got.more).toBe(got.others)
        expect(got.others).toEqual(others)
        expect(new Set(got.others).size).toBe(count)
      }
    }
  })

  it.each([3, 100, 101, 1020, 1021, 5000])("of %i names comes back with all of them, in their order, whatever they are called", (count) => {
    const names = ["__proto__", "constructor", "toString", ...Array.from({ length: count - 3 }, (_, n) => `name ${n}`)]
    const record = Object.fromEntries(names.map((name, n) => [name, n % 3 === 0 ? { n } : n]))
    for (const value of [record, Object.setPrototypeOf({ ...record }, null), Object.fromEntries(names.map((_, n) => [n * 7, n]))]) {
      expectSame(copyIn(value), value)
      const { got } = shareOut(copyIn({ got: value, at: new Date(0) })) as { got: unknown }
      expectSame(got, value)
      expect(Object.isFrozen(copyIn(value))).toBe(true)
    }
  })

  it.each([3, 101, 1021])("of %i names is refused for one that is hidden, or was changed while it was read", (count) => {
    const record = Object.fromEntries(Array.from({ length: count }, (_, n) => [`name ${n}`, n]))
    for (const value of [record, Object.setPrototypeOf({ ...record }, null)]) {
      expect(refusalBy(() => copyIn(hang({ ...value }, "b", false))).details.field).toBe("value.b")
      const hidden = Object.create(Object.getPrototypeOf(value), {
        ...Object.getOwnPropertyDescriptors(value),
        b: { value: 1, enumerable: false },
      })
      expect(refusalBy(() => copyIn(hidden)).details.field).toBe("value.b")
    }
    const reads: PropertyKey[] = []
    const get = (target: object, key: PropertyKey): unknown => {
      reads.push(key)
      return Reflect.get(target, key)
    }
    expect(copyIn(new Proxy(record, { get }))).toEqual(record)
    const own = reads.filter((key) => typeof key === "string" && key.startsWith("name"))
    expect(own).toEqual(Object.keys(record))
  })

  it("that is an error leaves the depth of stacks as it was, and takes no stack of the store's", () => {
    const { stackTraceLimit } = Error
    const error = new TypeError("no", { cause: new AggregateError([new Error("one")], "many") })
    const got = shareOut(copyIn(error)) as Error
    expect([got.stack, Error.stackTraceLimit]).toEqual([error.stack, stackTraceLimit])
    expectSame(got, error)
  })

  it("is searched for what hangs on its many small parts, as far as that costs less than the copy", () => {
    const many = (make: () => object): object[] => Array.from({ length: 3000 }, make)
    for (const make of [() => new Date(0), () => Buffer.from("ab"), () => new Uint8Array(4), () => /a/, () => new ArrayBuffer(1)]) {
      expect(refusalBy(() => copyIn([...many(make), hang(make(), "label")])).details.field).toBe("value[3000].label")
    }
    for (const make of [() => new Map(), () => new Set(), () => Buffer.from("ab")]) {
      expect(refusalBy(() => copyIn([...many(make), hang(make(), Symbol("s"))])).details.field).toBe("value[3000][Symbol(s)]")
    }
  })

  it("of a host's blobs comes back with the same content, as often as it is read", async () => {
    const blob = new Blob(["abc"], { type: "text/plain" })
    const stored = copyIn({ blob, slice: blob.slice(1), file: new File(["d"], "d.txt", { lastModified: 5, type: "text/html" }) })
    for (const _ of [1, 2]) {
      const got = shareOut(stored) as { readonly blob: Blob; readonly slice: Blob; readonly file: File }
      expect([await got.blob.text(), got.blob.type, await got.slice.text(), await got.file.text()]).toEqual([
        "abc",
        "text/plain",
        "bc",
        "d",
      ])
      expect([got.file.name, got.file.lastModified, got.file.type]).toEqual(["d.txt", 5, "text/html"])
      expect(got.blob).not.toBe(blob)
    }
  })

  it("of bytes has memory of its own, and exactly as much as it shows", () => {
    const secret = Buffer.from("correct horse battery staple")
    for (const view of [Buffer.from("ok"), secret.subarray(0, 7), new Uint16Array(new ArrayBuffer(64), 8, 3)]) {
      const copy = shareOut(copyIn(view)) as Uint8Array
      expect(copy.buffer.byteLength).toBe(view.byteLength)
      expect(copy).toStrictEqual(view)
    }
  })

  it("of another realm is taken where it is plain, and comes back as this realm's", () => {
    const sources = [
      "({ id: 1, tags: ['a'], none: undefined })",
      "[{ a: [1] }, Object.create(null)]",
      "new Map([['a', { b: new Set([1]) }]])",
      "({ at: new Date(5), like: /a/gi, bytes: new Uint8Array([1, 2]), error: new TypeError('no') })",
    ]
    for (const source of sources) {
      const here: unknown = new Function(`return ${source}`)()
      const got = shareOut(copyIn(runInNewContext(source)))
      expect(got).toEqual(here)
      expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(here))
    }
    expect(refusalBy(() => copyIn(runInNewContext("new (class Own {})"))).details.field).toBe("value")
    expect(refusalBy(() => copyIn(runInNewContext("new (class extends Map {})"))).details.field).toBe("value")
  })

  it("has each of its accessors read once", () => {
    const reads: string[] = []
    const reading = (name: string, holder: object, key: PropertyKey): unknown =>
      Object.defineProperty(holder, key, {
        enumerable: true,
        get: () => {
          reads.push(name)
          return reads.length
        },
      })
    copyIn({
      record: reading("record", {}, "a"),
      list: reading("item", [], 0),
      named: reading("name", [1], "a"),
      deep: new Map([[1, reading("map", {}, "a")]]),
    })
    expect(reads.toSorted()).toEqual(["item", "map", "name", "record"])
  })

  it("whose proxy counts its readings is read once a part", () => {
    const reads: PropertyKey[] = []
    const handler: ProxyHandler<object> = {
      get: (target, key, receiver) => {
        reads.push(key)
        return Reflect.get(target, key, receiver)
      },
    }
    copyIn(new Proxy({ a: 1, b: [2] }, handler))
    expect(reads.filter((key) => key === "a" || key === "b")).toEqual(["a", "b"])
  })

  it("names the place of what is deep in it, in a bounded text", () => {
    let value: unknown = () => {}
    for (let level = 0; level < 100_000; level += 1) value = { ["n".repeat(50)]: value }
    const { message, details } = refusalBy(() => copyIn(value))
    expect(details.field?.startsWith("value.nnn")).toBe(true)
    expect(message.length).toBeLessThan(1200)
  })
})
