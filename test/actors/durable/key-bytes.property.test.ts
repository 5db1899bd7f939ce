/** Keys as bytes: they come back, and are in the order in which JavaScript has them. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BEHIND_ALL, keyBytes, keyOf, MOST_BYTES_A_UNIT, rangeOf } from "../../../actors/durable/key-bytes.ts"

/** Texts of any code units, halves of letters among them, and those whose order UTF-8 would change. */
const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfeff, 0xfffd, 0xffff),
)
const key = fc.oneof(
  fc.array(unit, { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ maxLength: 6 }),
)

const comparedBytes = (one: Uint8Array, other: Uint8Array): number => Buffer.compare(one, other)
const comparedTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

describe("the bytes of a key", () => {
  it("are those of UTF-8, but for letters of two halves", () => {
    for (const text of ["", "user:123", "é", "\u0800", "\uffff", "\0"]) expect(Buffer.from(keyBytes(text))).toEqual(Buffer.from(text))
    expect([...keyBytes("\u{1f600}")]).toEqual([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])
  })

  it("give the key again, a mark of byte order at its beginning too", () => {
    fc.assert(fc.property(key, (text) => void expect(keyOf(keyBytes(text))).toBe(text)))
    expect(keyOf(keyBytes("\ufeffa"))).toBe("\ufeffa")
  })

  it("are in the order of the keys", () => {
    fc.assert(
      fc.property(key, key, (one, other) => void expect(comparedBytes(keyBytes(one), keyBytes(other))).toBe(comparedTexts(one, other))),
    )
  })

  it("are no more than there is room for, and before what is behind all", () => {
    fc.assert(
      fc.property(key, (text) => {
        expect(keyBytes(text).length).toBeLessThanOrEqual(text.length * MOST_BYTES_A_UNIT)
        expect(comparedBytes(keyBytes(text), BEHIND_ALL)).toBe(-1)
      }),
    )
  })
})

describe("a range", () => {
  it("holds what begins with the prefix and is behind the key, and nothing else", () => {
    const close = fc
      .tuple(key, key)
      .chain(([one, other]) =>
        fc.tuple(
          fc.constantFrom(one, one + other),
          fc.constant(one),
          fc.option(fc.constantFrom(one, other, one + other), { nil: undefined }),
        ),
      )
    fc.assert(
      fc.property(close, ([text, prefix, after]) => {
        const { from, to } = rangeOf(prefix, after)
        const isWithin = comparedBytes(from, keyBytes(text)) <= 0 && comparedBytes(keyBytes(text), to) < 0
        expect(isWithin).toBe(text.startsWith(prefix) && (after === undefined || text > after))
      }),
    )
  })
})
