import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { compilePattern } from "../../src/security/pattern.ts"
import { PROJECT } from "../house/source.ts"
import { refusalBy } from "../support/refusal.ts"

const SAFE: readonly (readonly [pattern: string, matching: string, other: string])[] = [
  ["a", "bab", "b"],
  ["user", "my user", "usr"],
  ["^user:[0-9]+$", "user:12", "user:"],
  ["^user:\\d{1,10}:cart$", "user:1:cart", "user::cart"],
  ["^(?:app|sys):[a-z]+$", "sys:log", "sis:log"],
  ["^(foo|bar|baz)+$", "foobar", "fooba"],
  ["^[a-z]+(?:-[a-z]+)*$", "a-b-c", "a--b"],
  ["^[a-z0-9]+(?:[._-][a-z0-9]+)*@[a-z0-9]+(?:\\.[a-z0-9]+)+$", "a.b@c.de", "a..b@c.de"],
  ["^\\d{4}-\\d{2}-\\d{2}$", "2024-01-31", "2024-1-31"],
  ["^\\d{1,3}(?:\\.\\d{1,3}){3}$", "10.0.0.1", "10.0.1"],
  ["^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "01234567-89ab-cdef-0123-456789abcdef", "01234567"],
  ["^(?:a|b)*$", "abba", "abc"],
  ["^(a?)*$", "aaa", "ab"],
  ["^a*b*c*$", "aabcc", "ba"],
  ["^a*?b$", "aab", "aa"],
  ["^(?<team>red|blue):", "red:1", "green:1"],
  ["^https?://[^/]+/", "https://x/", "https:/x"],
  ["^.*$", "anything", "two\nlines"],
  ["^.*:end$", "a:b:end", "a:b"],
  ["^\\x41\\u0042\\cJ\\0$", "AB\n\0", "AB"],
  ["^[\\w-]+$", "a-b_c", "a b"],
  ["^[^\\s:]+$", "ab", "a b"],
  ["^[\\]\\-^]+$", "]-^", "a"],
  ["^\\bword\\b", "word up", "words"],
  ["^(?:|a)b$", "ab", "aab"],
  ["^(?:x(?:y|))+$", "xyx", "yx"],
  ["^a{2,}$", "aaa", "a"],
  ["^a{,3}$", "a{,3}", "aaa"],
  ["colou?r", "colour", "colur"],
  ["^[\\w-]{1,255}$", "a".repeat(255), "a".repeat(256)],
  ["^[\\da-f]{128}$", "0f".repeat(64), "0f".repeat(65)],
  ["^user:[\\w.]{1,64}@[\\w-]{1,190}$", "user:a.b@c", "user:a.b@"],
  ["\\.json$", "a.json", "a.jsn"],
]

/** The guide says of each how to write it, so that it is taken; with a text that the second matches, and another. */
const REWRITTEN: readonly (readonly [refused: string, taken: string, matching: string, other: string])[] = [
  ["^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", "^[^\\s@]+@[^\\s@.]+(?:\\.[^\\s@.]+)+$", "ann@mail.example.com", "ann@example"],
  [".*secret.*", "secret", "a secret key", "a key"],
  ["^.*secret.*$", "secret", "a secret key", "a key"],
  ["\\d+$", "\\d$", "room 12", "room"],
  ["\\d+$", "^[^\\d]*\\d+$", "room 12", "12 rooms"],
  ["^(?=.*\\d)[a-z\\d]+$", "^[a-z\\d]+$", "a1", "a-1"],
  ["(?i:^admin)", "^[aA][dD][mM][iI][nN]", "aDMin:1", "user:1"],
  ["^[\\w-]{1,512}$", "^[\\w-]+$", "a-b", "a b"],
  ["^(?:[\\da-f]{64}:){8}$", "^(?:[\\da-f]+:)+$", "0af:1:", "0ag:"],
  ["^(?:\\w(?:[\\w-]{0,61}\\w)?\\.)+[a-z]{2,}$", "^[a-z\\d]+(?:[.-][a-z\\d]+)*\\.[a-z]{2,}$", "my-mail.example.com", "-mail.example.com"],
]

/** Each with the reason its message gives. */
const CATASTROPHIC: readonly (readonly [pattern: string, reason: RegExp])[] = [
  ["(a+)+$", /backtracking/],
  ["^(a+)+$", /repeat within a repeat/],
  ["^(a*)*$", /repeat within a repeat/],
  ["^(a|a)*$", /repeat within a repeat/],
  ["^(a|aa)+$", /repeat within a repeat/],
  ["^(a|b|ab)*$", /repeat within a repeat/],
  ["^([a-z]+)*!$", /repeat within a repeat/],
  ["^(\\w+\\s?)*$", /repeat within a repeat/],
  ["^(\\d+|\\w+)*$", /repeat within a repeat/],
  ["^(.*a){20}$", /backtracking/],
  ["^((ab)*)+$", /repeat within a repeat/],
  ["^(a?a?)*$", /repeat within a repeat/],
  ["^(?:(?:a|b)+c?)*$", /repeat within a repeat/],
  ["^(a+)+?$", /repeat within a repeat/],
  ["a*a*", /backtracking/],
  ["^a*a*$", /two repeats in a row/],
  ["^\\d+\\d+$", /two repeats in a row/],
  ["^.*.*=.*$", /two repeats in a row/],
  ["^a*(b|a)*$", /two repeats in a row/],
  ["^[a-z]*x?[a-z]*$", /two repeats in a row/],
  ["\\s+$", /two repeats in a row/],
  ["[a-z]+@", /two repeats in a row/],
  ["a+$|b", /two repeats in a row/],
  ["^(a?){30}a{30}$", /optional parts/],
  ["^a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaa$", /optional parts/],
  ["^(?:z(?:x*|y*))*$", /match nothing/],
  ["^([a-z](\\.?|-?))*$", /match nothing/],
  ["^(?:x(?:|))*$", /match nothing/],
  ["^(?:|){30}b", /match nothing/],
  [
    "^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    /repeat within a repeat/,
  ],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", /repeat within a repeat/],
  ["^(?:\\x61|\\u0061)*$", /repeat within a repeat/],
  ["^(?:a(?:c?)+)*$", /repeat within a repeat/],
  ["^(?:a(?:(?:c?)+|b))*$", /repeat within a repeat/],
  ["^(?:a(?:(?:c?)+|b{2,}))*$", /repeat within a repeat/],
  ["^(?:a(?:c*d*)+?)*$", /repeat within a repeat/],
  ["^(?:a(?:c?){2,})*$", /repeat within a repeat/],
  ["^(?:a?)+a+$", /backtracking/],
]

const UNSUPPORTED: readonly (readonly [pattern: string, reason: RegExp])[] = [
  ["^(a)\\1$", /backreference/],
  ["^(?<x>a)\\k<x>$", /backreference/],
  ["^(?=a)a$", /look-around/],
  ["^(?!a)b$", /look-around/],
  ["(?<=a)b", /look-around/],
  ["(?<!a)b", /look-around/],
  ["^(?i:a)$", /look-around or flags/],
  ["^(?:[\\141]|a)*$", /octal/],
  ["^\\01$", /octal/],
  ["^(?:\\c1|a)*$", /control/],
  ["^[\\c]+$", /control/],
]

describe("compilePattern", () => {
  it.each(SAFE)("accepts %s", (source, matching, other) => {
    const pattern = compilePattern(source, "field")
    expect([pattern.test(matching), pattern.test(other)]).toEqual([true, false])
  })

  it.each(REWRITTEN)("refuses %s, and accepts what the guide has for it: %s", (refused, taken, matching, other) => {
    expect(refusalBy(() => compilePattern(refused, "field")).kind).toBe("INVALID")
    const guide = readFileSync(join(PROJECT, "docs", "security.md"), "utf8")
    for (const pattern of [refused, taken]) expect(guide).toContain(`\`${pattern}\``)
    expect([matching, other].map((text) => compilePattern(taken, "field").test(text))).toEqual([true, false])
  })

  it.each(CATASTROPHIC)("refuses %s as catastrophic", (source, reason) => {
    const error = refusalBy(() => compilePattern(source, "policies[0].conditions[0].value"))
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "policies[0].conditions[0].value" } })
    expect(error.message).toMatch(reason)
    expect(error.message).toContain(source)
  })

  it.each(UNSUPPORTED)("refuses %s as not supported", (source, reason) => {
    const error = refusalBy(() => compilePattern(source, "field"))
    expect(error).toMatchObject({ kind: "INVALID", details: { field: "field" } })
    expect(error.message).toMatch(reason)
  })

  it.each(["(", ")", "[", "a**", "*", "a{2,1}", "(?<x>a)(?<x>b)", "[b-a]", "\\", "(?<1>a)"])(
    "refuses %s, which is no regular expression",
    (source) => {
      const error = refusalBy(() => compilePattern(source, "field"))
      expect(error).toMatchObject({ kind: "INVALID", details: { field: "field" } })
      expect(error.message).toContain("is not a regular expression")
      expect(error.cause).toBeInstanceOf(SyntaxError)
    },
  )

  it.each(["", undefined, null, 1, /a/, ["a"]])("refuses %s, which is no pattern", (source) => {
    expect(refusalBy(() => compilePattern(source, "field"))).toMatchObject({ kind: "INVALID", details: { field: "field" } })
  })

  it("refuses what is too large to be judged, rather than judging long", () => {
    const large = ["^a{1000}$", `^${"(?:ab|cd)".repeat(80)}$`, "^(?:a{100}){100}$", "^a{1000000000}$"]
    for (const source of large) expect(refusalBy(() => compilePattern(source, "field")).message).toMatch(/too (large|complex)/)
  })

  it("keeps nothing from one test to the next", () => {
    const pattern = compilePattern("^a", "field")
    expect([pattern.test("a"), pattern.test("a"), pattern.lastIndex]).toEqual([true, true, 0])
  })
})
