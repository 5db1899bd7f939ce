/**
 * Schedules with few deviations from the base order: those with one, then those with two. Each schedule that was carried out says what could be
 * decided otherwise after its last deviation. First come those that bring about an order which none has had; then those that make a difference by
 * what was seen, and one in six of the others, as what was seen is not all.
 *
 * Invariant: none is given twice.
 */

import type { Decided, Deviation } from "../schedule/decider.ts"
import type { Choice, Step } from "../schedule/step.ts"
import { Conflicts, type Difference } from "./conflict.ts"
import { type Before, Orders } from "./orders.ts"
import { takeDrawn } from "./strategies.ts"

/** What is kept for later, at most: of the rest is known that there was more. */
const MOST_CHILDREN = 50_000

/** One in so many is of those that seem to make no difference. */
const SELDOM = 6

/** A schedule that was carried out: what could have been decided otherwise. */
export interface Parent {
  readonly deviations: readonly Deviation[]
  readonly decisions: readonly Decided[]
  readonly steps: readonly Step[]
}

/** One that has not been carried out. */
interface Child {
  readonly before: readonly Deviation[]
  readonly last: Deviation
  readonly orders: readonly Before[]
}

/** Those of one number of deviations. */
interface Depth {
  readonly fresh: Child[]
  readonly telling: Child[]
  readonly others: Child[]
}

export class FewDeviations {
  readonly #draw: () => number
  readonly #orders: Orders
  readonly #depths: Depth[] = []
  #kept = 0
  #given = 0

  /** `orders`: what all schedules have had, those of others too. */
  constructor(draw: () => number, orders: Orders) {
    this.#draw = draw
    this.#orders = orders
  }

  /** A schedule of this kind was carried out: what follows from it comes after all that is known. */
  add(parent: Parent): void {
    const number = parent.deviations.length
    while (this.#depths.length <= number) this.#depths.push({ fresh: [], telling: [], others: [] })
    const { fresh, telling, others } = this.#depths[number] as Depth
    forEachDifference(parent, this.#orders, ({ rank, orders }, last) => {
      if (this.#kept >= MOST_CHILDREN) return false
      this.#kept += 1
      const list = rank > 0 ? others : orders.length > 0 ? fresh : telling
      list.push({ before: parent.deviations, last, orders })
      return true
    })
  }

  /** The next one that has an order which none has had; `undefined` where none is known. */
  nextFresh(): readonly Deviation[] | undefined {
    for (const { fresh, telling } of this.#depths) {
      while (fresh.length > 0) {
        const child = takeDrawn(fresh, this.#draw)
        if (child.orders.some((order) => this.#orders.isNew(order))) return this.#give(child)
        telling.push(child)
      }
    }
    return undefined
  }

  /** The next one; `undefined` where none is known. */
  next(): readonly Deviation[] | undefined {
    const fresh = this.nextFresh()
    if (fresh !== undefined) return fresh
    this.#given += 1
    const lists = this.#given % SELDOM === 0 ? (["others", "telling"] as const) : (["telling", "others"] as const)
    for (const list of lists) {
      const depth = this.#depths.find((each) => each[list].length > 0)
      if (depth !== undefined) return this.#give(takeDrawn(depth[list], this.#draw))
    }
    return undefined
  }

  #give({ before, last, orders }: Child): readonly Deviation[] {
    this.#kept -= 1
    for (const order of orders) this.#orders.see(order)
    return [...before, last]
  }
}

/**
 * One deviation more, after the last: first those that make the most difference by what was seen. In an order that is drawn, as what matters
 * may stand anywhere.
 */
export function* childrenOf(parent: Parent, draw: () => number): Iterator<readonly Deviation[]> {
  const byRank: readonly Deviation[][] = [[], [], []]
  forEachDifference(parent, new Orders(), ({ rank }, last) => (byRank[rank] as Deviation[]).push(last) > 0)
  for (const children of byRank) while (children.length > 0) yield [...parent.deviations, takeDrawn(children, draw)]
}

/** All that could be decided otherwise after the last deviation, as long as `take` wants more. */
function forEachDifference(
  { deviations, decisions, steps }: Parent,
  orders: Orders,
  take: (difference: Difference, last: Deviation) => boolean,
): void {
  const conflicts = new Conflicts(steps, orders)
  for (let at = (deviations.at(-1)?.at ?? -1) + 1; at < decisions.length; at += 1) {
    const { kind, choices, base, after } = decisions[at] as Decided
    // What the scenario does is no matter of order.
    if (kind === "operation") continue
    const instead = choices[base] as Choice
    for (let choice = 0; choice < choices.length; choice += 1) {
      if (choice === base) continue
      if (!take(conflicts.difference(choices[choice] as Choice, instead, after), { at, choice })) return
    }
  }
}
