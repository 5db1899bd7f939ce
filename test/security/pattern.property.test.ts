import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Invalid } from "../../src/index.ts"
import { compilePattern } from "../../src/security/pattern.ts"
import { Budget, MOST_STEPS, parsePattern } from "../../src/security/pattern-syntax.ts"
import { type Expression, matchNaively, sourceOf } from "../models/backtracking-matcher.ts"
import { seeds } from "../support/seeds.ts"

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "ab", "c").map((letters) => ({ type: "letters" as const, letters })) },
  { weight: 1, arbitrary: fc.constantFrom("start", "end", "nothing").map((type) => ({ type: type as "start" | "end" | "nothing" })) },
)
const counts = fc.constantFrom<readonly [number, number]>(
  [0, Number.POSITIVE_INFINITY],
  [1, Number.POSITIVE_INFINITY],
  [0, 1],
  [2, 3],
  [0, 3],
  [2, Number.POSITIVE_INFINITY],
)
/** Alternatives that may all match nothing: no letter tells which was taken. */
const hollow: fc.Arbitrary<Expression> = fc
  .array(fc.tuple(leaf, fc.constantFrom(1, Number.POSITIVE_INFINITY)), { minLength: 2, maxLength: 2 })
  .map((parts) => ({
    type: "choice" as const,
    parts: parts.map(([part, most]) => ({ type: "repeat" as const, part, least: 0, most, isLazy: false })),
  }))
/** Rounds that must be, of what may take nothing: a letter is read by one of them or left to the next. */
const idle: fc.Arbitrary<Expression> = fc
  .tuple(
    leaf,
    fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    fc.constantFrom(1, 2, 3),
    fc.constantFrom(0, 1, Number.POSITIVE_INFINITY),
    fc.boolean(),
  )
  .map(([part, atMost, least, more, isLazy]) => ({
    type: "repeat" as const,
    part: { type: "repeat" as const, part, least: 0, most: atMost, isLazy },
    least,
    most: least + more,
    isLazy,
  }))
const { inner } = fc.letrec<{ inner: Expression }>((tie) => ({
  inner: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    hollow,
    idle,
    fc
      .tuple(fc.constantFrom("sequence" as const, "choice" as const), fc.array(tie("inner"), { minLength: 1, maxLength: 3 }))
      .map(([type, parts]) => ({ type, parts })),
    fc
      .tuple(tie("inner"), counts, fc.boolean())
      .map(([part, [least, most], isLazy]) => ({ type: "repeat" as const, part, least, most, isLazy })),
  ),
}))
const START: Expression = { type: "start" }
const END: Expression = { type: "end" }
/** Anchored as a rule: a search that is not is refused with almost any repeat in it. */
const round = fc.tuple(leaf, fc.oneof(inner, hollow, idle)).map(([lead, part]) => {
  const body: Expression = { type: "sequence", parts: [lead, part] }
  const rounds: Expression = { type: "repeat", part: body, least: 0, most: Number.POSITIVE_INFINITY, isLazy: false }
  return { type: "sequence" as const, parts: [START, rounds, END] }
})
const expression: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 4, arbitrary: inner.map((part) => ({ type: "sequence" as const, parts: [START, part, END] })) },
  { weight: 2, arbitrary: round },
  { weight: 1, arbitrary: inner },
)

/** Found by long runs: a letter in some hundred ways, however many there are. */
const optional = (most: number, times: number): Expression => {
  const part: Expression = { type: "repeat", part: { type: "letters", letters: "a" }, least: 0, most, isLazy: false }
  return { type: "repeat", part, least: times, most: times, isLazy: false }
}
const MANY_WAYS: [Expression, string, string, string][] = [
  [{ type: "sequence", parts: [optional(1, 2), optional(2, 3), { type: "letters", letters: "c" }] }, "a", "aaa", ""],
]

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 })
const tail = fc.constantFrom("", "!", "a", "b", "c!")

describe("the naive matcher", () => {
  it("agrees with the host", () => {
    fc.assert(
      fc.property(expression, fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 }), (expression, text) => {
        const { isMatch } = matchNaively(expression, text)
        // What runs away from the one would run away from the other.
        if (isMatch !== undefined) expect(isMatch).toBe(new RegExp(sourceOf(expression)).test(text))
      }),
      seeds(2000, 8),
    )
  })
})

describe("a pattern that is accepted", () => {
  it("takes steps in proportion to the text, however it is made to fail", () => {
    fc.assert(
      fc.property(expression, word, word, tail, (expression, lead, word, tail) => {
        if (!isAccepted(sourceOf(expression))) return
        const textOf = (rounds: number): string => `${lead}${word.repeat(rounds)}${tail}`
        const [once, twice, thrice] = stepsOfThree(expression, textOf)
        // In proportion: as many more for the third part as for the second, but for the rest that a loop leaves at the end.
        expect(Math.abs(thrice - 2 * twice + once)).toBeLessThanOrEqual(60)
        expect(thrice).toBeLessThan(MOST)
      }),
      { ...seeds(3000, 8), examples: MANY_WAYS },
    )
  })
})

describe("compilePattern", () => {
  const symbols = [..."ab01()[]{}|*+?^$\\.-,:<>=!dwsbBcxuk"]
  const text = fc.string({ unit: fc.constantFrom(...symbols), minLength: 1, maxLength: 12 })

  it("takes what the host takes or refuses it as Invalid: no text makes it fail otherwise", () => {
    fc.assert(
      fc.property(text, (source) => {
        const outcome = attempt(() => compilePattern(source, "field"))
        if (outcome instanceof RegExp) expect(outcome.source).toBe(new RegExp(source).source)
        else expect(outcome).toMatchObject({ kind: "INVALID", details: { field: "field" } })
        if (!isRegExp(source)) expect(outcome).toMatchObject({ message: `field is not a regular expression: ${source}` })
      }),
      seeds(3000, 8),
    )
  })
})

describe("parsePattern", () => {
  const item = fc.constantFrom(
    "a",
    "a-f",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "\\-",
    "-",
    "\\]",
    ".",
    "^",
    "\\x41",
    "\\u0416",
    "\\n",
    "\\b",
    "\\cA",
    "\\0",
    "\\d-x",
    "\\\\",
    "*-\\x7f",
    "\\xg",
    "$",
  )
  const letters = fc
    .tuple(fc.boolean(), fc.array(item, { maxLength: 4 }))
    .map(([isNegated, items]) => `[${isNegated ? "^" : ""}${items.join("")}]`)
  const single = fc.constantFrom(
    ".",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "\\.",
    "\\x41",
    "\\u0416",
    "\\cA",
    "\\0",
    "\\/",
    "}",
    "]",
    "{",
  )

  it("reads sets of letters as the host does", () => {
    fc.assert(
      fc.property(fc.oneof(letters, single), (source) => {
        fc.pre(isRegExp(`^${source}$`))
        const tree = parsePattern(source)
        const set = tree.type === "sequence" ? tree.parts[0] : undefined
        if (set?.type !== "set") throw new Error(`${source} is read as ${JSON.stringify(tree)}`)
        const host = new RegExp(`^${source}$`)
        for (const code of CODES) {
          const isIn = set.set.some(([from, to]) => from <= code && code <= to)
          if (isIn !== host.test(String.fromCharCode(code))) throw new Error(`${source} differs on code ${code}`)
        }
      }),
      { ...seeds(300, 8), examples: [["[\\w-*-\\x7f]"], ["[\\d-x]"], ["[\\w-]"]] },
    )
  })
})

/** The naive matcher gives up a little above. */
const MOST = 200_000

/**
 * Steps with so many rounds, twice and three times as many; numbers that the lengths of most loops divide, and fewer where the matcher goes too deep, or a
 * letter may be read in so many ways that it would give up.
 */
function stepsOfThree(
  expression: Expression,
  textOf: (rounds: number) => string,
  rounds = 60,
): readonly [once: number, twice: number, thrice: number] {
  const [once, twice, thrice] = [1, 2, 3].map((times) => matchNaively(expression, textOf(times * rounds)).steps)
  const isLast = rounds <= 6
  if (once !== undefined && twice !== undefined && thrice !== undefined && (isLast || thrice < MOST)) return [once, twice, thrice]
  if (isLast) throw new Error(`too deep for the naive matcher: ${sourceOf(expression)}`)
  return stepsOfThree(expression, textOf, rounds === 60 ? 24 : rounds / 2)
}

/** All of the first planes' beginnings, and what is special beyond. */
const CODES: readonly number[] = [
  ...Array(0x500).keys(),
  0x1680,
  0x180e,
  0x2000,
  0x200a,
  0x200b,
  0x2028,
  0x2029,
  0x202f,
  0x205f,
  0x3000,
  0xd800,
  0xfeff,
  0xffff,
]

function attempt(compile: () => RegExp): RegExp | Invalid {
  try {
    return compile()
  } catch (error) {
    if (error instanceof Invalid) return error
    throw error
  }
}

function isAccepted(source: string): boolean {
  return source !== "" && attempt(() => compilePattern(source, "field")) instanceof RegExp
}

function isRegExp(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

describe("the work of a definition", () => {
  const pieces = [
    "a",
    "b",
    "(?:",
    "(",
    ")",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{0,9}",
    "{99}",
    "{9999999}",
    "[a-z]",
    "[^ab]",
    "\\w",
    "\\W",
    ".",
    "^",
    "$",
    "[\\x00\\x02\\x04\\x06]",
  ]
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 300 }).map((parts) => parts.join("").slice(0, 1000))
  const repeated = fc
    .tuple(fc.constantFrom(...pieces), fc.constantFrom(...pieces), fc.nat(400), fc.constantFrom("", "*", "{50}", "{0,50}"))
    .map(([one, other, times, after]) => `^(?:${`${one}${other}`.repeat(times).slice(0, 900)})${after}$`)

  /** Steps of a pattern that compiles or is refused; what throws anything else fails. */
  function stepsOf(source: string): number {
    const budget = new Budget()
    try {
      compilePattern(source, "field", budget)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
    }
    return budget.spent
  }

  it("is bounded, whatever the pattern of up to 1000 letters", () => {
    // One step may count for the ranges of two classes: at most some 2000.
    fc.assert(fc.property(fc.oneof(text, repeated), (source) => stepsOf(source) <= MOST_STEPS + 20_000))
  })

  it.each([
    ["empty parts, repeated", "^(?:){15000000}$"],
    ["repeats within repeats of nothing", "((((?:){100}){100}){100}){100}"],
    ["optional repeats within each other", "^(((a{0,5}){0,5}){0,5}){0,5}$"],
    ["many alternatives in a loop", `^(?:${Array.from({ length: 110 }, (_, at) => String.fromCharCode(0x100 + at)).join("|")})*$`],
    ["a long word in a loop", `^(?:${"ab".repeat(50)})+$`],
    ["groups within groups", `${"(".repeat(480)}${")".repeat(480)}`],
  ])("of %s is bounded, and refused", (_what, source) => {
    expect(stepsOf(source)).toBeLessThanOrEqual(MOST_STEPS + 10)
    expect(() => compilePattern(source, "field")).toThrow(Invalid)
  })

  it("of a long class is bounded, and of one that is longer than 2000 letters nothing", () => {
    const letters = Array.from({ length: 480 }, (_, at) => String.fromCharCode(0x100 + 2 * at)).join("")
    expect(stepsOf(`^(?:[${letters}]x)*$`)).toBeLessThan(10_000)
    expect(stepsOf("a".repeat(2001))).toBe(0)
    expect(() => compilePattern("a".repeat(2001), "field")).toThrow("is too long")
  })
})
