/**
 * Patterns that cannot be made to backtrack: a regular expression is taken only when the time to match it stays in
 * proportion to the text, whatever the text.
 *
 * The expression is read into the position automaton of Glushkov. It is refused when that automaton is ambiguous without
 * bound: exponentially (two different ways round one loop on the same word, as in `(a+)+`), or polynomially (one loop can
 * hand over to another on the same word, as in `a*a*`). A search that is not anchored is one more loop in front.
 *
 * Source  Weber and Seidl, "On the degree of ambiguity of finite automata" (1991), criteria EDA and IDA.
 */

import { invalid } from "../kernel/errors.ts"
import { type Automaton, buildAutomaton } from "./automaton.ts"
import { Budget, PatternError, parsePattern } from "./pattern-syntax.ts"

/** Letters a pattern may have. */
const LONGEST = 2000

/**
 * Compiles a pattern; throws `Invalid` that names `field` where it is none, one that can backtrack, or one that cannot be shown in so many steps
 * not to: a definition holds up the whole program.
 */
export function compilePattern(source: unknown, field: string, budget = new Budget()): RegExp {
  if (typeof source !== "string" || source === "") throw invalid(field, "must be a pattern: a non-empty string")
  if (source.length > LONGEST) throw invalid(field, `is too long to be shown safe: ${source.length} letters of at most ${LONGEST}`)
  const pattern = toRegExp(source, field)
  try {
    checkAmbiguity(buildAutomaton(parsePattern(source, budget), budget), budget)
  } catch (error) {
    if (error instanceof PatternError) throw invalid(field, `${error.message}: ${source}`)
    throw error
  }
  return pattern
}

function toRegExp(source: string, field: string): RegExp {
  try {
    return new RegExp(source)
  } catch (cause) {
    throw invalid(field, `is not a regular expression: ${source}`, cause)
  }
}

/** Ways to read one text that a pattern without dangerous loops may offer still, by optional parts that overlap. */
const MOST_CHOICES = 4096

const NESTED = "is open to catastrophic backtracking (a repeat within a repeat, or alternatives that overlap in one)"
const IN_A_ROW = "is open to catastrophic backtracking (two repeats in a row can share a text; anchor it with ^ or set them apart)"

/** Whether all of some states can go to all of others on one and the same word. */
type Reaches = (from: readonly number[], to: readonly number[]) => boolean

function checkAmbiguity(automaton: Automaton, budget: Budget): void {
  const reaches: Reaches = (from, to) => isReachable(automaton, from, to, budget)
  if (automaton.doubled.some(([from, to]) => reaches([to], [from]))) throw new PatternError(NESTED)
  if (automaton.choices > MOST_CHOICES)
    throw new PatternError("is open to catastrophic backtracking (too many optional parts that overlap)")
  // Only states that are part of a loop can repeat; most are not.
  const looping = [...Array(automaton.size).keys()].filter((state) => reaches([state], [state]))
  for (const one of looping) {
    for (const other of looping) if (one < other) checkPair(reaches, looping, one, other)
  }
}

/** Two states are dangerous together when both can go round on one word and one of them can also get to the other on it. */
function checkPair(reaches: Reaches, looping: readonly number[], one: number, other: number): void {
  if (!reaches([one, other], [one, other])) return
  if (looping.some((state) => reaches([state, state], [one, other]) && reaches([one, other], [state, state])))
    throw new PatternError(NESTED)
  const meets = (from: number, to: number): boolean => reaches([from, from, to], [from, to, to])
  if (meets(one, other) || meets(other, one)) throw new PatternError(IN_A_ROW)
}

/** Whether all of `from` can go to all of `to` on one and the same word of at least one letter. */
function isReachable(automaton: Automaton, from: readonly number[], to: readonly number[], budget: Budget): boolean {
  const goal = to.join()
  const seen = new Set<string>()
  const queue = [from]
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (const next of automaton.jointSteps(state)) {
      budget.spend()
      const key = next.join()
      if (key === goal) return true
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(next)
    }
  }
  return false
}
