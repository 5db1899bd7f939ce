import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  counted,
  cutMiddle,
  listed,
  padded,
  plain,
  plainLine,
  timeText,
  widthOf,
  wrapped,
} from "../../../src/simulation/text/plain-text.ts"

describe("plain", () => {
  it.each<[string, string, string]>([
    ["line ends", "a\r\nb\u2028c\td", "a b c d"],
    ["escape sequences", "\u001b[1;31mred\u001b[0m\u0007", "red"],
    ["marks of direction", "a\u202Eb\u2066c", "abc"],
    ["halves of letters", "a\ud800b", "a\uFFFDb"],
    ["letters of all sorts", "größe 大小 \u{1F389}", "größe 大小 \u{1F389}"],
  ])("makes one line of %s", (_name, text, shown) => {
    expect(plain(text)).toBe(shown)
  })

  it("keeps the beginning and the end of a long text", () => {
    expect(plain(`<${"x".repeat(1_000_000)}>`)).toBe(`<${"x".repeat(199)}…${"x".repeat(199)}>`)
  })

  it("leaves the spaces of a line as they are, where that is wanted", () => {
    expect(plainLine("  └─ a\u001b[0m\tb ")).toBe("  └─ a  b ")
  })

  it("gives no control character, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => void expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)),
    )
  })
})

describe("widths", () => {
  it("count columns, and not letters", () => {
    expect(["abc", "大小", "e\u0301", "\u{1F389}", ""].map(widthOf)).toEqual([3, 4, 1, 2, 0])
    expect(padded("大", 4)).toBe("大  ")
  })

  it("cut the middle out", () => {
    expect(cutMiddle("app:worker-17", 13)).toBe("app:worker-17")
    expect(cutMiddle("app:worker-17", 9)).toBe("app:…r-17")
    expect(cutMiddle("大大大大", 6)).toBe("大…大")
    expect(["abc", "abc", "abc"].map((text, width) => cutMiddle(text, width))).toEqual(["", "…", "a…"])
  })

  it("are kept, whatever is cut", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.nat({ max: 20 }),
        (text, width) => void expect(widthOf(cutMiddle(text, width))).toBeLessThanOrEqual(width),
      ),
    )
  })

  it("are kept by wrapped lines, which hold all that was there", () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "大"), minLength: 1, maxLength: 30 }), { maxLength: 8 })
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 20 }), (list, width) => {
        const lines = wrapped(list.join(" "), width, " [1] ")
        expect(lines.join("").replace("[1]", "").replaceAll(" ", "")).toBe(list.join(""))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it("indent what follows the first line", () => {
    expect(wrapped("one two three", 9, "1. ")).toEqual(["1. one", "   two", "   three"])
    expect(wrapped("", 9, "1. ")).toEqual(["1."])
  })

  it("are none of words that have nothing to be seen", () => {
    expect(wrapped("one two  three ", 7)).toEqual(["one two", "three"])
    expect(wrapped("one two ", 7)).toEqual(["one two"])
  })
})

describe("words", () => {
  it("list and count", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual(["", "a", "a and b", "a, b and c"])
    expect([counted(1, "step"), counted(0, "step"), counted(2, "inbox", "inboxes")]).toEqual(["1 step", "0 steps", "2 inboxes"])
  })

  it.each<[number, string]>([
    [0, "0 ms"],
    [0.25, "0.25 ms"],
    [999, "999 ms"],
    [1500, "1.5 s"],
    [60_000, "1 min"],
    [125_000, "2 min 5 s"],
    [12_000_000, "3 h 20 min"],
    [90_000_000, "1 d 1 h"],
    [Number.POSITIVE_INFINITY, "for ever"],
  ])("say %d ms as %s", (ms, text) => {
    expect(timeText(ms)).toBe(text)
  })
})
