/**
 * A regular expression as a tree, and the naive matcher that tries it as ECMAScript says, counting its steps.
 *
 * Source  ECMA-262, 22.2.2: an optional repetition that takes no letter is refused.
 */

export type Expression =
  | { readonly type: "letters"; readonly letters: string }
  | { readonly type: "start" | "end" | "nothing" }
  | { readonly type: "sequence" | "choice"; readonly parts: readonly Expression[] }
  | { readonly type: "repeat"; readonly part: Expression; readonly least: number; readonly most: number; readonly isLazy: boolean }

export interface Outcome {
  /** `undefined`: given up. */
  readonly isMatch: boolean | undefined
  /** `undefined`: the text is too long for this matcher, which says nothing of the expression. */
  readonly steps: number | undefined
}

/** The matcher gives up here; what comes so far has run away. */
const MOST_STEPS = 250_000

/** Nodes within each other that the stack has room for; each letter of a text goes some deeper. */
const DEEPEST = 800

class TooDeep extends Error {}

export function sourceOf(expression: Expression): string {
  switch (expression.type) {
    case "letters":
      return expression.letters.length === 1 ? expression.letters : `[${expression.letters}]`
    case "start":
      return "^"
    case "end":
      return "$"
    case "nothing":
      return "(?:)"
    case "sequence":
      return expression.parts.map((part) => (part.type === "choice" ? `(?:${sourceOf(part)})` : sourceOf(part))).join("")
    case "choice":
      return expression.parts.map(sourceOf).join("|")
    case "repeat":
      return `(?:${sourceOf(expression.part)})${quantifierOf(expression.least, expression.most)}${expression.isLazy ? "?" : ""}`
  }
}

export function matchNaively(expression: Expression, text: string): Outcome {
  const matcher = new BacktrackingMatcher(text)
  try {
    const isMatch = matcher.search(expression)
    return { isMatch: matcher.steps > MOST_STEPS ? undefined : isMatch, steps: matcher.steps }
  } catch (error) {
    if (error instanceof TooDeep) return { isMatch: undefined, steps: undefined }
    throw error
  }
}

type Continuation = (at: number) => boolean

class BacktrackingMatcher {
  steps = 0
  #depth = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  search(expression: Expression): boolean {
    for (let from = 0; from <= this.#text.length; from += 1) {
      if (this.#match(expression, from, () => true)) return true
    }
    return false
  }

  #match(node: Expression, at: number, then: Continuation): boolean {
    this.steps += 1
    if (this.steps > MOST_STEPS) return true
    if (this.#depth > DEEPEST) throw new TooDeep()
    this.#depth += 1
    const isMatch = this.#matchNode(node, at, then)
    this.#depth -= 1
    return isMatch
  }

  #matchNode(node: Expression, at: number, then: Continuation): boolean {
    switch (node.type) {
      case "letters":
        return at < this.#text.length && node.letters.includes(this.#text.charAt(at)) && then(at + 1)
      case "start":
        return at === 0 && then(at)
      case "end":
        return at === this.#text.length && then(at)
      case "nothing":
        return then(at)
      case "sequence":
        return this.#sequence(node.parts, 0, at, then)
      case "choice":
        return node.parts.some((part) => this.#match(part, at, then))
      case "repeat":
        return this.#repeat(node.part, node.least, node.most, node.isLazy, at, then)
    }
  }

  #sequence(parts: readonly Expression[], index: number, at: number, then: Continuation): boolean {
    const part = parts[index]
    return part === undefined ? then(at) : this.#match(part, at, (next) => this.#sequence(parts, index + 1, next, then))
  }

  #repeat(part: Expression, least: number, most: number, isLazy: boolean, at: number, then: Continuation): boolean {
    if (most === 0) return then(at)
    const again: Continuation = (next) =>
      (least > 0 || next !== at) && this.#repeat(part, Math.max(0, least - 1), most - 1, isLazy, next, then)
    if (least > 0) return this.#match(part, at, again)
    return isLazy ? then(at) || this.#match(part, at, again) : this.#match(part, at, again) || then(at)
  }
}

function quantifierOf(least: number, most: number): string {
  if (most !== Number.POSITIVE_INFINITY) return `{${least},${most}}`
  return least > 1 ? `{${least},}` : least === 1 ? "+" : "*"
}
