/** Values that a store can hold, of all sorts: examples by name, and generators. */

import fc from "fast-check"

const used = /a/g
used.lastIndex = 3
const shared = { deep: [1] }
const cyclic: { self?: unknown; set: Set<unknown> } = { set: new Set() }
cyclic.self = cyclic
cyclic.set.add(cyclic)
const holed = Object.assign([1], { 2: 3 })

/** A value of each sort that a store can hold, but for the host's blobs. */
export const carried: readonly (readonly [name: string, value: unknown])[] = [
  ["a record", { a: 1, b: "x", c: null, d: undefined, e: -0, f: Number.NaN, g: 1n }],
  ["a record without a prototype", Object.assign(Object.create(null), { a: 1, __proto__: 2 })],
  ["an own __proto__", JSON.parse('{"__proto__":{"a":[1]}}')],
  ["one that was frozen", Object.freeze({ a: Object.freeze([1]) })],
  ["a list", [1, "a", { b: [2] }, undefined]],
  ["holes", holed],
  ["a huge sparse list", Object.assign([], { 4294967294: "far" })],
  ["a list with names", "abc".match(/b/)],
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
  ["a resizable ArrayBuffer", new ArrayBuffer(2, { maxByteLength: 8 })],
  ["a DataView", new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
  ["typed arrays", [new Uint8Array([1]), new Float64Array([1.5, Number.NaN]), new BigInt64Array([1n]), new Uint8ClampedArray(3)]],
  ["a large typed array", new Uint8Array(5000).fill(7)],
  ["a Buffer", Buffer.from("hello")],
  ["Buffers in a record", { body: Buffer.alloc(5000, "x"), list: [Buffer.from([1])] }],
  ["an Error", new Error("no", { cause: { code: [1] } })],
  ["an Error with a code", Object.assign(new Error("no"), { code: "ENOENT", info: { path: ["a"] } })],
  ["an Error without a stack", Object.assign(new TypeError("no"), { stack: undefined })],
  ["an AggregateError", new AggregateError([new Error("one"), new RangeError("two")], "many")],
]

/** What can be frozen. */
export const plain = fc.object({
  maxDepth: 5,
  key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "0", "length")),
  values: [
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN),
    fc.array(fc.integer(), { maxLength: 3 }),
  ],
})

/** What cannot be frozen, among other things. */
export const exotic = fc.object({ maxDepth: 3, withMap: true, withSet: true, withDate: true, withTypedArray: true, withSparseArray: true })

/** A value that holds no others. */
export const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, -0, Number.NaN, 1n, "text", true),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 5 }),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  fc.float64Array({ maxLength: 3 }).map((floats) => floats.buffer),
  fc.string().map((text): unknown => Object(text)),
  fc.nat().map((lastIndex): unknown => Object.assign(/a+/gu, { lastIndex })),
  fc.string().map((message) => Object.assign(new RangeError(message), { code: message.length })),
)
/** Values of all sorts that hold others, to the bottom of which there are `part`s. */
export const holding = (part: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      part,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.sparseArray(tie("value"), { maxLength: 6 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: false }),
      fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)),
      tie("value").map((cause) => new Error("no", { cause })),
    ),
  })).value
