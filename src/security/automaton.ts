/**
 * The position automaton of a pattern: a state for each letter set in it, a step from each to those that may follow.
 *
 * Source  Glushkov, "The abstract theory of automata" (1961).
 */

import { ANY, Budget, type CharSet, intersection, PatternError, type PatternNode } from "./pattern-syntax.ts"

/** States a pattern may have; `{n,m}` counts its part so often. A text of n letters takes no more than so many steps for each of them. */
const MOST_STATES = 260

export interface Automaton {
  readonly size: number
  /** Steps that the pattern offers in two ways, as `(a+)+` does from `a` to `a`. */
  readonly doubled: readonly (readonly [from: number, to: number])[]
  /** A bound on the ways to read one text, loops apart: the product of what each state can do with one letter. */
  readonly choices: number
  /** Where several states can go at once on one and the same letter. */
  jointSteps(states: readonly number[]): Iterable<readonly number[]>
}

interface Fragment {
  readonly isNullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

const NOTHING: Fragment = { isNullable: true, first: [], last: [] }

/** Throws `PatternError` where the pattern is too large. */
export function buildAutomaton(tree: PatternNode, budget = new Budget()): Automaton {
  const builder = new AutomatonBuilder(budget)
  const search: PatternNode = { type: "repeat", part: { type: "set", set: ANY }, least: 0, most: Number.POSITIVE_INFINITY }
  builder.add(isAnchored(tree) ? tree : { type: "sequence", parts: [search, tree] })
  return builder
}

function isAnchored(node: PatternNode): boolean {
  switch (node.type) {
    case "start":
      return true
    case "sequence":
      return node.parts[0] !== undefined && isAnchored(node.parts[0])
    case "choice":
      return node.options.every(isAnchored)
    case "repeat":
      return node.least > 0 && isAnchored(node.part)
    default:
      return false
  }
}

class AutomatonBuilder implements Automaton {
  readonly #sets: CharSet[] = []
  readonly #follow: Set<number>[] = []
  readonly doubled: (readonly [number, number])[] = []
  readonly #budget: Budget

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get size(): number {
    return this.#sets.length
  }

  get choices(): number {
    return this.#follow.reduce((product, follow) => product * Math.max(1, this.#overlapping([...follow])), 1)
  }

  *jointSteps(states: readonly number[], at = 0, shared: CharSet = ANY): Iterable<readonly number[]> {
    const state = states[at]
    if (state === undefined) {
      yield []
      return
    }
    for (const next of this.#follow[state] ?? []) {
      const left = intersection(shared, this.#sets[next] as CharSet, this.#budget)
      if (left.length === 0) continue
      for (const rest of this.jointSteps(states, at + 1, left)) yield [next, ...rest]
    }
  }

  add(node: PatternNode): Fragment {
    this.#budget.spend()
    switch (node.type) {
      case "set":
        return this.#position(node.set)
      case "start":
      case "empty":
        return NOTHING
      case "sequence":
        return node.parts.reduce<Fragment>((left, part) => this.#join(left, this.add(part)), NOTHING)
      case "choice":
        return this.#either(node.options.map((option) => this.add(option)))
      case "repeat":
        return this.#repeat(node.part, node.least, node.most)
    }
  }

  /** How many of the states share a letter with another of them. */
  #overlapping(states: readonly number[]): number {
    const sets = states.map((state) => this.#sets[state] as CharSet)
    return sets.filter((set, index) => sets.some((other, at) => at !== index && intersection(set, other, this.#budget).length > 0)).length
  }

  #position(set: CharSet): Fragment {
    if (this.#sets.length >= MOST_STATES) throw new PatternError("is too large to be shown safe")
    const state = this.#sets.push(set) - 1
    this.#follow.push(new Set())
    return { isNullable: false, first: [state], last: [state] }
  }

  #join(left: Fragment, right: Fragment): Fragment {
    this.#budget.spend(left.first.length + right.last.length)
    this.#connect(left.last, right.first)
    return {
      isNullable: left.isNullable && right.isNullable,
      first: left.isNullable ? [...left.first, ...right.first] : left.first,
      last: right.isNullable ? [...left.last, ...right.last] : right.last,
    }
  }

  #either(options: readonly Fragment[]): Fragment {
    // Two ways to read nothing take no letter, so no state would show them; in a loop they double with each round.
    if (options.filter(({ isNullable }) => isNullable).length > 1)
      throw new PatternError("is open to catastrophic backtracking (several alternatives can match nothing)")
    return {
      isNullable: options.some(({ isNullable }) => isNullable),
      first: options.flatMap(({ first }) => first),
      last: options.flatMap(({ last }) => last),
    }
  }

  /**
   * `a{2,4}` is read as `aa(a(a)?)?`, the way an engine tries it; `a{2,}` as `aa+`.
   * `(a?){2,}` is `(a?)(a?)(a?)*`: a round that must be may take nothing and leave its letters to the next one, a round that need not be may not.
   */
  #repeat(part: PatternNode, least: number, most: number): Fragment {
    let all = NOTHING
    let copies = most
    if (most === Number.POSITIVE_INFINITY) {
      const loop = this.add(part)
      this.#connect(loop.last, loop.first)
      all = least === 0 ? { ...loop, isNullable: true } : loop
      copies = loop.isNullable ? least : Math.max(least, 1) - 1
    }
    for (let copy = copies; copy > 0; copy -= 1) {
      const longer = this.#join(this.add(part), all)
      all = copy > least ? { ...longer, isNullable: true } : longer
    }
    return all
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    this.#budget.spend(from.length * to.length)
    for (const state of from) {
      const follow = this.#follow[state] as Set<number>
      for (const next of to) {
        if (follow.has(next)) this.doubled.push([state, next])
        follow.add(next)
      }
    }
  }
}
