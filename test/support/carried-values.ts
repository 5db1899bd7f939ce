/** Values that a store can hold, of all sorts: examples by name, and generators. */

import fc from "fast-check"
import { sortsOfValues } from "../../actors/testing/clauses-values.ts"

/** Sorts that this host and the encoders know beside those of the contract. */
const OTHERS: readonly (readonly [name: string, value: unknown])[] = [
  ["one that was frozen", Object.freeze({ a: Object.freeze([1]) })],
  ["a null-prototype record with __proto__", Object.assign(Object.create(null), { a: 1, __proto__: 2 })],
  ["a huge sparse list", Object.assign([], { 4294967294: "far" })],
  ["a list with names", "abc".match(/b/)],
  ["a resizable ArrayBuffer", new ArrayBuffer(2, { maxByteLength: 8 })],
  ["a Buffer", Buffer.from("hello")],
  ["Buffers in a record", { body: Buffer.alloc(5000, "x"), list: [Buffer.from([1])] }],
  ["an Error without a stack", Object.assign(new TypeError("no"), { stack: undefined })],
  ["an AggregateError", new AggregateError([new Error("one"), new RangeError("two")], "many")],
]

/** A value of each sort that a store can hold and that holds others, but for the host's blobs: those of the contract, but for a deep one, and more. */
export const carried: readonly (readonly [name: string, value: unknown])[] = [
  ...sortsOfValues().filter(([name, value]) => typeof value === "object" && value !== null && name !== "a deep record"),
  ...OTHERS,
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
