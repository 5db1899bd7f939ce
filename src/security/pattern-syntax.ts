/**
 * Reads the source of a regular expression into a tree, as far as it is regular: no backreference and no look-around.
 * The host's own engine has accepted the source before, so this reader need not judge its syntax.
 */

/** Why a pattern is refused; the caller adds which. */
export class PatternError extends Error {}

/** Steps that reading one pattern, and showing that it cannot backtrack, may take. */
export const MOST_STEPS = 400_000

/** Counts the steps of one pattern: each node that is read, each state that is made, each pair of ranges that is compared. */
export class Budget {
  #spent = 0

  get spent(): number {
    return this.#spent
  }

  /** Throws `PatternError` where there are no more. */
  spend(steps = 1): void {
    this.#spent += steps
    if (this.#spent > MOST_STEPS) throw new PatternError("is too complex to be shown safe")
  }
}

/** Groups within groups. */
const DEEPEST = 100

/** Inclusive ranges of code units, in ascending order. */
export type CharSet = readonly (readonly [from: number, to: number])[]

export type PatternNode =
  | { readonly type: "set"; readonly set: CharSet }
  /** `^`: nothing but the start of the text stands before it. */
  | { readonly type: "start" }
  /** Other assertions; they take no letter. */
  | { readonly type: "empty" }
  | { readonly type: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly type: "choice"; readonly options: readonly PatternNode[] }
  | { readonly type: "repeat"; readonly part: PatternNode; readonly least: number; readonly most: number }

export const ANY: CharSet = [[0, 0xffff]]

const LAST = 0xffff
const DIGITS: CharSet = [[0x30, 0x39]]
const WORD: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const SPACE: CharSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const LINE_ENDS: CharSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
}
const CONTROLS: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b, f: 0x0c, 0: 0 }

/** Throws `PatternError` for what is not regular. */
export function parsePattern(source: string, budget = new Budget()): PatternNode {
  return new PatternReader(source, budget).read()
}

class PatternReader {
  readonly #source: string
  readonly #budget: Budget
  #at = 0
  #depth = 0

  constructor(source: string, budget: Budget) {
    this.#source = source
    this.#budget = budget
  }

  read(): PatternNode {
    return this.#choice()
  }

  #choice(): PatternNode {
    this.#depth += 1
    if (this.#depth > DEEPEST) throw new PatternError("is nested too deep to be shown safe")
    const choice = this.#options()
    this.#depth -= 1
    return choice
  }

  #options(): PatternNode {
    const options = [this.#sequence()]
    while (this.#skip("|")) options.push(this.#sequence())
    return options.length === 1 ? (options[0] as PatternNode) : { type: "choice", options }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#at < this.#source.length && !this.#sees("|") && !this.#sees(")")) parts.push(this.#quantified(this.#atom()))
    return { type: "sequence", parts }
  }

  #quantified(part: PatternNode): PatternNode {
    const counts = this.#quantifier()
    if (counts === undefined) return part
    this.#skip("?")
    return { type: "repeat", part, least: counts[0], most: counts[1] }
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#skip("*")) return [0, Number.POSITIVE_INFINITY]
    if (this.#skip("+")) return [1, Number.POSITIVE_INFINITY]
    if (this.#skip("?")) return [0, 1]
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at))
    if (braces === null) return undefined
    this.#at += braces[0].length
    const least = Number(braces[1])
    if (braces[2] === undefined) return [least, least]
    return [least, braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3])]
  }

  #atom(): PatternNode {
    this.#budget.spend()
    const letter = this.#next()
    switch (letter) {
      case "^":
        return { type: "start" }
      case "$":
        return { type: "empty" }
      case ".":
        return { type: "set", set: complement(LINE_ENDS) }
      case "(":
        return this.#group()
      case "[":
        return { type: "set", set: this.#class() }
      case "\\":
        return this.#escape()
    }
    return { type: "set", set: only(letter.charCodeAt(0)) }
  }

  #group(): PatternNode {
    if (this.#skip("?") && !this.#skip(":")) {
      const name = /^<([^=!>][^>]*)>/.exec(this.#source.slice(this.#at))
      if (name === null) throw new PatternError("uses look-around or flags, which are not supported")
      this.#at += name[0].length
    }
    const inner = this.#choice()
    this.#skip(")")
    return inner
  }

  #escape(): PatternNode {
    const letter = this.#next()
    if (letter === "b" || letter === "B") return { type: "empty" }
    if (letter === "k" || /[1-9]/.test(letter)) throw new PatternError("uses a backreference, which is not supported")
    return { type: "set", set: this.#escaped(letter) }
  }

  #class(): CharSet {
    const isNegated = this.#skip("^")
    const ranges: (readonly [number, number])[] = []
    while (!this.#skip("]")) {
      const from = this.#classItem()
      const isRange = this.#sees("-") && this.#source[this.#at + 1] !== "]"
      if (!isRange) {
        ranges.push(...from)
        continue
      }
      this.#at += 1
      const to = this.#classItem()
      const first = from[0]?.[0] as number
      const last = to[0]?.[1] as number
      // `[\w-x]` is no range: each stands for itself, and so does the hyphen.
      if (first <= last && isSingle(from) && isSingle(to)) ranges.push([first, last])
      else ranges.push(...from, ...only("-".charCodeAt(0)), ...to)
    }
    const set = normalize(ranges)
    this.#budget.spend(ranges.length)
    return isNegated ? complement(set) : set
  }

  #classItem(): CharSet {
    const letter = this.#next()
    if (letter !== "\\") return only(letter.charCodeAt(0))
    const escaped = this.#next()
    return escaped === "b" ? only(0x08) : this.#escaped(escaped)
  }

  #escaped(letter: string): CharSet {
    const named = CLASSES[letter]
    if (named !== undefined) return named
    const control = letter === "0" && /[0-9]/.test(this.#source[this.#at] ?? "") ? undefined : CONTROLS[letter]
    if (control !== undefined) return only(control)
    const digits = { x: 2, u: 4 }[letter] ?? 0
    const hex = this.#source.slice(this.#at, this.#at + digits)
    if (digits > 0 && hex.length === digits && /^[0-9a-fA-F]+$/.test(hex)) {
      this.#at += digits
      return only(Number.parseInt(hex, 16))
    }
    if (letter === "c" && /[a-zA-Z]/.test(this.#source[this.#at] ?? "")) return only(this.#next().charCodeAt(0) % 32)
    // `\141` is the letter a and `\c1` three letters, by rules of old that differ with what follows.
    if (letter === "c" || /[0-9]/.test(letter)) throw new PatternError("uses an octal or a broken control escape, which is not supported")
    return only(letter.charCodeAt(0))
  }

  #sees(letter: string): boolean {
    return this.#source[this.#at] === letter
  }

  #skip(letter: string): boolean {
    if (!this.#sees(letter)) return false
    this.#at += 1
    return true
  }

  #next(): string {
    const letter = this.#source[this.#at] ?? ""
    this.#at += 1
    return letter
  }
}

/** The letters two sets share. Cost O(ranges of both), as both are in order. */
export function intersection(one: CharSet, other: CharSet, budget: Budget): CharSet {
  const shared: (readonly [number, number])[] = []
  let at = 0
  let beside = 0
  while (at < one.length && beside < other.length) {
    const [from, to] = one[at] as CharSet[number]
    const [start, end] = other[beside] as CharSet[number]
    if (from <= end && start <= to) shared.push([Math.max(from, start), Math.min(to, end)])
    if (to < end) at += 1
    else beside += 1
  }
  budget.spend(1 + at + beside)
  return shared
}

function only(code: number): CharSet {
  return [[code, code]]
}

function isSingle(set: CharSet): boolean {
  return set.length === 1 && set[0]?.[0] === set[0]?.[1]
}

function normalize(ranges: readonly (readonly [number, number])[]): CharSet {
  const merged: [number, number][] = []
  for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

function complement(set: CharSet): CharSet {
  const gaps: (readonly [number, number])[] = []
  let from = 0
  for (const [start, end] of set) {
    if (start > from) gaps.push([from, start - 1])
    from = end + 1
  }
  if (from <= LAST) gaps.push([from, LAST])
  return gaps
}
