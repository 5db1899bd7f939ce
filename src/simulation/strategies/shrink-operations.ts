/**
 * To the fewest operations of the scenario that still fail in the same way: parts of them are left out (ddmin), and with those that are left it is tried in the base
 * order, then with the same deviations at the place where they were, counted from the beginning and from the end, then with what of them has a meaning yet,
 * then with one deviation of any kind.
 *
 * Bounds  so many schedules, and so many steps and decisions of all of them: no clock is looked at, as the same seed must give the same.
 */

import { type DecisionsMade, deviationsOfOrder, inBaseOrder, type Strategy } from "../schedule/decider.ts"
import { type OperationChoice, operationIn } from "../schedule/operation.ts"
import { Replay } from "../schedule/schedule.ts"
import { Alike, fitted, type Likeness, likenesses, timesIn } from "./alike.ts"
import { childrenOf, type Parent } from "./few-deviations.ts"
import type { Attempt } from "./shrink.ts"

/** By their keys. */
export type LeftOut = ReadonlySet<string>

const MOST_WORK = 500_000
/** Places at which the same deviations are tried, … */
const PLACES = 6
/** … and schedules with one deviation. */
const MOST_CHILDREN = 24

/** Leaves those out; all else is the other's. */
export function leavingOut(keys: LeftOut, strategy: Strategy): Strategy {
  return {
    choose(decision) {
      const operation = operationIn(decision.choices)
      if (operation === undefined) return strategy.choose(decision)
      return keys.has(operation.key) ? 1 - decision.base : decision.base
    },
  }
}

/** What a schedule has declared, in the order in which it did, and which of it was left out. */
export function operationsOf({ deviations, decisions }: DecisionsMade): {
  readonly all: readonly OperationChoice[]
  readonly kept: readonly OperationChoice[]
} {
  const leftOut = new Set(deviations.map(({ at }) => at))
  const all = decisions.flatMap(({ choices }, at) => {
    const operation = operationIn(choices)
    return operation === undefined ? [] : [{ operation, isKept: !leftOut.has(at) }]
  })
  return { all: all.map(({ operation }) => operation), kept: all.flatMap(({ operation, isKept }) => (isKept ? [operation] : [])) }
}

export class OperationShrinker {
  readonly #attempt: (strategy: Strategy) => Promise<Attempt>
  readonly #draw: () => number
  #left: number
  #work = MOST_WORK
  #best: Parent
  /** The same operations in the base order. */
  #plain: Parent | undefined
  #leftOut: LeftOut = new Set()

  /** `mostRuns`: so many schedules at most. */
  constructor(found: Parent, attempt: (strategy: Strategy) => Promise<Attempt>, draw: () => number, mostRuns: number) {
    this.#best = found
    this.#attempt = attempt
    this.#draw = draw
    this.#left = mostRuns
  }

  /** Gives those that it can do without. */
  async most(): Promise<LeftOut> {
    if (this.#kept.length === 0) return this.#leftOut
    this.#plain = await this.#run(new Set(), inBaseOrder)
    let parts = Math.min(2, this.#kept.length)
    while (this.#kept.length > 0 && this.#hasRuns) {
      if (await this.#withoutOne(parts)) parts = Math.min(Math.max(2, parts - 1), this.#kept.length)
      else if (parts >= this.#kept.length) break
      else parts = Math.min(this.#kept.length, parts * 2)
    }
    return this.#leftOut
  }

  get #kept(): readonly OperationChoice[] {
    return operationsOf(this.#best).kept
  }

  get #hasRuns(): boolean {
    return this.#left > 0 && this.#work > 0
  }

  /** Whether it goes without one of so many parts of them. */
  async #withoutOne(parts: number): Promise<boolean> {
    const kept = this.#kept
    const size = Math.ceil(kept.length / parts)
    for (let from = 0; from < kept.length && this.#hasRuns; from += size) {
      const part = kept.slice(from, from + size).map(({ key }) => key)
      if (await this.#without(new Set([...this.#leftOut, ...part]))) return true
    }
    return false
  }

  async #without(leftOut: LeftOut): Promise<boolean> {
    const plain = await this.#run(leftOut, inBaseOrder)
    const found = plain.isSameFailure ? plain : await this.#otherwise(leftOut, plain)
    // Where others are declared instead, it is no shorter.
    if (found === undefined || operationsOf(found).kept.length >= this.#kept.length) return false
    this.#leftOut = leftOut
    this.#best = found
    this.#plain = plain
    return true
  }

  /** It does not fail in the base order: where it does else. */
  async #otherwise(leftOut: LeftOut, plain: Parent): Promise<Parent | undefined> {
    const deviations = likenesses(deviationsOfOrder(this.#best), this.#best.decisions)
    // What failed in the base order, and does not, is no matter of order.
    if (deviations.length === 0) return undefined
    for (const strategy of this.#tries(deviations, plain)) {
      if (!this.#hasRuns) return undefined
      const tried = await this.#run(leftOut, strategy)
      if (tried.isSameFailure) return tried
    }
    return undefined
  }

  *#tries(deviations: readonly Likeness[], plain: Parent): Iterable<Strategy> {
    const [first, ...others] = deviations
    if (first === undefined) return
    for (const passed of this.#places(first, plain)) yield new Alike([{ ...first, passed }, ...others])
    yield new Alike(fitted(deviations, plain.decisions))
    const children = childrenOf({ ...plain, deviations: [] }, this.#draw)
    for (let left = MOST_CHILDREN; left > 0; left -= 1) {
      const { value, done } = children.next()
      if (done === true) return
      yield new Replay(value)
    }
  }

  /** How often it was passed before the first deviation came: as often from the beginning, as often from the end, and what is near to that. */
  #places({ chosen, instead, passed }: Likeness, plain: Parent): readonly number[] {
    const times = timesIn(plain.decisions, { chosen, instead })
    const before = timesIn(this.#plain?.decisions ?? [], { chosen, instead })
    const fromEnd = times - (before - passed)
    const distance = (place: number): number => Math.min(Math.abs(place - passed), Math.abs(place - fromEnd))
    const places = Array.from({ length: times }, (_none, place) => place)
    return places.toSorted((one, other) => distance(one) - distance(other)).slice(0, PLACES)
  }

  async #run(leftOut: LeftOut, strategy: Strategy): Promise<Attempt> {
    this.#left -= 1
    const tried = await this.#attempt(leavingOut(leftOut, strategy))
    this.#work -= tried.steps.length + tried.decisions.length
    return tried
  }
}
