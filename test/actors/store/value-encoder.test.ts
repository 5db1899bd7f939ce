import { isDeepStrictEqual } from "node:util"
import { describe, expect, it } from "vitest"
import { ByteWriter } from "../../../actors/store/byte-writer.ts"
import { inLittleEndian } from "../../../actors/store/memory-codec.ts"
import { copyIn, shareOut, Unfreezable } from "../../../actors/store/stored-value.ts"
import { decodedValue } from "../../../actors/store/value-decoder.ts"
import { encodedValue, encodeValue } from "../../../actors/store/value-encoder.ts"
import { carried } from "../../support/carried-values.ts"
import { refusalBy } from "../../support/refusal.ts"

/** What a reader gets of a value that was stored, written down and read again. */
const readAgain = (value: unknown): unknown => shareOut(decodedValue(encodedValue(copyIn(value))))

function expectSame(got: unknown, value: unknown): void {
  expect(isDeepStrictEqual(got, value)).toBe(true)
  if (typeof value !== "object" || value === null) return
  expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(value))
  expect(Reflect.ownKeys(got as object)).toEqual(Reflect.ownKeys(value))
}

const texts: readonly (readonly [name: string, text: string])[] = [
  ["no letter", ""],
  ["ASCII", "plain"],
  ["all of Latin-1", String.fromCharCode(...Array.from({ length: 256 }, (_, unit) => unit))],
  ["the controls of Latin-1", "\u0080\u0085\u009f\u00ff"],
  ["63 letters", "ü".repeat(63)],
  ["64 letters", "ü".repeat(64)],
  ["more than a byte's worth", "日本語"],
  ["astral letters", "a😀b".repeat(50)],
  ["a byte order mark", "\ufeffa"],
  ["one at the beginning of many", `\ufeff${"a".repeat(100)}`],
  ["a lone surrogate", "a\ud800"],
  ["halves in the wrong order", "\udc00\ud800".repeat(5000)],
  ["a long one", "ab".repeat(100_000)],
  ["a long one of three bytes a letter", "語".repeat(10_000)],
]

const numbers = [
  ...[0, -0, 1, -1, 127, 128, -128, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53],
  ...[0.1, -0.5, Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
]

describe("a value that was written down", () => {
  it.each(carried)("comes back as what it was: %s", (_, value) => {
    expectSame(readAgain(value), value)
    expectSame((readAgain({ part: [value] }) as { part: readonly unknown[] }).part[0], value)
    expectSame((readAgain(new Map([["part", value]])) as Map<string, unknown>).get("part"), value)
  })

  it.each(texts)("comes back as what it was: a text of %s", (_, text) => {
    expect(readAgain(text)).toBe(text)
    expect(readAgain({ [text]: text })).toStrictEqual({ [text]: text })
    expect(readAgain(Object.assign([], { [`a${text}`]: 1 }))).toStrictEqual(Object.assign([], { [`a${text}`]: 1 }))
  })

  it("comes back as what it was: numbers", () => {
    const large = 10n ** 400n
    for (const number of [...numbers, 0n, -1n, large, -large]) expect(readAgain(number)).toBe(number)
    expect(readAgain(numbers)).toStrictEqual(numbers)
  })

  it("comes back as what it was: views of all sorts, small and large", () => {
    for (const length of [0, 1, 3, 100]) {
      const halves = Array.from({ length }, (_, at) => at / 7)
      const wholes = Array.from({ length }, (_, at) => (at * -77) | 0)
      const large = Array.from({ length }, (_, at) => BigInt(at) * -(2n ** 40n))
      const floats = [Float32Array, Float64Array].map((View) => View.from(halves))
      const bytes = [Int8Array, Uint8Array, Uint8ClampedArray].map((View) => View.from(wholes))
      const words = [Int16Array, Uint16Array, Int32Array, Uint32Array].map((View) => View.from(wholes))
      const bigs = [BigInt64Array, BigUint64Array].map((View) => View.from(large))
      for (const view of [...floats, ...bytes, ...words, ...bigs]) {
        const got = readAgain(view) as Uint8Array
        expectSame(got, view)
        expect(got.buffer.byteLength).toBe(view.byteLength)
      }
    }
  })

  it("is frozen where it can be, and is shared out as the one that was stored", () => {
    const stored = decodedValue(encodedValue(copyIn({ list: [{ a: 1 }] }))) as { list: readonly object[] }
    for (const part of [stored, stored.list, stored.list[0]]) expect(Object.isFrozen(part)).toBe(true)
    expect(shareOut(stored)).toBe(stored)
    const shared = new Date(0)
    for (const value of [{ at: shared }, { at: shared, also: shared }]) {
      const before = copyIn(value) as Unfreezable
      const after = decodedValue(encodedValue(before)) as Unfreezable
      expect(after).toBeInstanceOf(Unfreezable)
      expect(after.isTree).toBe(before.isTree)
    }
  })

  it.each([3, 20])("keeps what its parts share, beside %i others, and in cycles", (count) => {
    const others = Array.from({ length: count }, (_, n) => ({ n }))
    for (const part of [{ a: 1 }, new Date(5), new Map([[1, 2]]), Buffer.from("a"), /a/, Object(1), new Error("no")]) {
      const value: Record<string, unknown> = { one: part, others, other: part, more: others }
      value.self = value
      const got = readAgain(value) as Record<string, readonly unknown[]>
      expect(got.one).toBe(got.other)
      expect(got.more).toBe(got.others)
      expect(got.self).toBe(got)
      expect(new Set(got.others).size).toBe(count)
    }
  })

  it("may have a hundred thousand levels", () => {
    let value: unknown = "deep"
    for (let level = 0; level < 100_000; level += 1) value = [{ a: value }, new Map([["a", value]]), value][level % 3]
    let got = readAgain(value)
    for (let level = 99_999; level >= 0; level -= 1) {
      if (level % 3 === 0) got = (got as { a: unknown }).a
      else if (level % 3 === 1) got = (got as Map<string, unknown>).get("a")
    }
    expect(got).toBe("deep")
  })

  it("may have a cause under causes, and its errors take no stack of the store's", () => {
    const error = new TypeError("no", { cause: new AggregateError([new Error("one")], "many", { cause: new RangeError("why") }) })
    const got = readAgain(error) as Error
    expect(got.stack).toBe(error.stack)
    expect(((got.cause as Error).cause as Error).stack).toBe(((error.cause as Error).cause as Error).stack)
    expectSame(readAgain(Object.assign(new Error("no"), { stack: undefined })), Object.assign(new Error("no"), { stack: undefined }))
    const bare = new Error("no")
    Reflect.deleteProperty(bare, "stack")
    expect(Object.hasOwn(readAgain(bare) as Error, "stack")).toBe(false)
  })

  it("of many names comes back with all of them, in their order", () => {
    for (const count of [100, 1020, 1021, 5000]) {
      const names = ["__proto__", "constructor", "toString", ...Array.from({ length: count }, (_, n) => `name ${n}`)]
      expectSame(readAgain(Object.fromEntries(names.map((name, n) => [name, n]))), Object.fromEntries(names.map((name, n) => [name, n])))
    }
  })

  it("has another's bytes in none of its own: what is read is apart from what it was read of", () => {
    const bytes = encodedValue(copyIn({ a: new Uint8Array([1, 2]), b: new Uint8Array(100), c: new Float64Array(20) }))
    const stored = decodedValue(bytes)
    bytes.fill(0xff)
    expect(shareOut(stored)).toStrictEqual({ a: new Uint8Array([1, 2]), b: new Uint8Array(100), c: new Float64Array(20) })
  })
})

describe("encodeValue", () => {
  it("refuses a Blob, with its place, and has written nothing then", () => {
    const writer = new ByteWriter()
    writer.byte(7)
    const stored = copyIn({ list: [1, { file: new Blob(["a"]) }] })
    expect(refusalBy(() => encodeValue(stored, writer))).toMatchObject({ kind: "INVALID", details: { field: "value.list[1].file" } })
    expect([...writer.written()]).toEqual([7])
    expect(refusalBy(() => encodedValue(copyIn(new Map([["a", new File([], "a")]])))).details.field).toBe("value.values()")
  })
})

describe("encodedValue", () => {
  it("gives memory that is nobody else's, after a value that was refused too, and after one that was large", () => {
    const [one, other] = [encodedValue("one"), encodedValue("other")]
    expect(refusalBy(() => encodedValue(copyIn([1, new Blob(["a"])]))).kind).toBe("INVALID")
    expect(encodedValue("x".repeat(1_000_000)).length).toBe(1_000_005)
    expect(encodedValue(0)).toEqual(Uint8Array.of(1, 0x80))
    expect([one, other].map((bytes) => decodedValue(bytes))).toEqual(["one", "other"])
    expect(one.buffer.byteLength).toBe(one.length)
  })
})

describe("decodedValue", () => {
  const hostile: readonly (readonly [name: string, bytes: readonly number[]])[] = [
    ["nothing", []],
    ["another format", [2, 0]],
    ["no value", [1]],
    ["more than one", [1, 0, 0]],
    ["an unknown sort", [1, 0x3f]],
    ["a list of 2^50 items", [1, 0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]],
    ["a record of 2^28 properties", [1, 0x12, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a Map of 2^28 entries", [1, 0x14, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a text of 2^28 bytes", [1, 0x07, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a text of 2^28 units", [1, 0x08, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a text that is no UTF-8", [1, 0x07, 1, 0xff]],
    ["memory of 2^28 bytes", [1, 0x23, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a view of 2^28 bytes", [1, 0x26, 0x4a, ...Buffer.from("Uint8Array"), 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a view of half a number", [1, 0x26, 0x4c, ...Buffer.from("Float64Array"), 3, 1, 2, 3]],
    ["a view of an unknown sort", [1, 0x26, 0x44, ...Buffer.from("Evil"), 0]],
    ["memory that may grow to 2^53 - 1 bytes", [1, 0x24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]],
    ["memory that is larger than it may be", [1, 0x24, 0, 1, 7]],
    ["a list that is too long for the language", [1, 0x11, 0x80, 0x80, 0x80, 0x80, 0x10, 0]],
    ["an item beyond its list", [1, 0x11, 2, 1, 0x41, 0x35, 0]],
    ["a list that names its length", [1, 0x11, 2, 1, 0x46, ...Buffer.from("length"), 0x85]],
    ["a number of no digits", [1, 0x06, 0, 0x40]],
    ["a number of other digits", [1, 0x06, 0, 0x42, 0x2d, 0x31]],
    ["a reference to nothing", [1, 0x09, 0]],
    ["a box of nothing", [1, 0x22, 0]],
    ["a box of a list", [1, 0x22, 0x10, 0]],
    ["an error of an unknown class", [1, 0x16, 0x44, ...Buffer.from("Evil"), 0, 0]],
    ["a pattern that is none", [1, 0x21, 0x41, 0x28, 0x40, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["a count without end", [1, 0x10, ...Array.from({ length: 20 }, () => 0x80)]],
    ["a name that is none", [1, 0x12, 1, 0, 0]],
  ]

  it.each(hostile)("refuses %s", (_, bytes) => {
    expect(refusalBy(() => decodedValue(Uint8Array.from(bytes)))).toMatchObject({ kind: "INVALID", details: { field: "bytes" } })
  })

  it("sets no room aside for the holes of a list of a few bytes", () => {
    const before = process.memoryUsage().rss
    const lists = Array.from(
      { length: 20 },
      () => decodedValue(Uint8Array.from([1, 0x11, 0x80, 0x80, 0x80, 0x0f, 0])) as readonly unknown[],
    )
    expect(lists.map(({ length }) => length)).toEqual(lists.map(() => 31_457_280))
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })

  it("refuses each beginning of a value, whatever is in it", () => {
    for (const [, value] of carried) {
      const bytes = encodedValue(copyIn(value))
      const ends = Array.from({ length: Math.min(bytes.length, 300) }, (_, end) => end)
      for (const end of ends) expect(refusalBy(() => decodedValue(bytes.subarray(0, end))).kind).toBe("INVALID")
    }
  })
})

describe("numbers of several bytes", () => {
  it("are turned round where the host's are big-endian, and only there", () => {
    expect([...inLittleEndian(Uint8Array.from([1, 2, 3, 4]), 2, false)]).toEqual([2, 1, 4, 3])
    expect([...inLittleEndian(Uint8Array.from([1, 2, 3, 4]), 4, false)]).toEqual([4, 3, 2, 1])
    expect([...inLittleEndian(Uint8Array.from([1, 2, 3, 4]), 4, true)]).toEqual([1, 2, 3, 4])
  })
})
