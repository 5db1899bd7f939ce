/**
 * All schedules with few deviations from the base order, breadth first: those with one, then those with two. Each schedule that was carried out
 * says what could be decided otherwise after its last deviation.
 *
 * Invariant: none is given twice.
 */

import type { Decided, Deviation } from "../schedule/decider.ts"
import type { Choice, Step } from "../schedule/step.ts"
import { Conflicts } from "./conflict.ts"
import { below } from "./strategies.ts"

/** What is kept for later, at most: of the rest is known that there was more. */
const MOST_PARENTS = 4096

/** A schedule that was carried out: what could have been decided otherwise. */
export interface Parent {
  readonly deviations: readonly Deviation[]
  readonly decisions: readonly Decided[]
  readonly steps: readonly Step[]
}

export class FewDeviations {
  readonly #parents: Parent[] = []
  #children: Iterator<readonly Deviation[]> | undefined = undefined
  readonly #draw: () => number

  constructor(draw: () => number) {
    this.#draw = draw
  }

  /** A schedule of this kind was carried out: what follows from it comes after all that is known. */
  add(parent: Parent): void {
    if (this.#parents.length < MOST_PARENTS) this.#parents.push(parent)
  }

  /** The next one; `undefined` where none is known. */
  next(): readonly Deviation[] | undefined {
    for (;;) {
      const child = this.#children?.next()
      if (child !== undefined && child.done !== true) return child.value
      const parent = this.#parents.shift()
      if (parent === undefined) return undefined
      this.#children = childrenOf(parent, this.#draw)
    }
  }
}

/**
 * One deviation more, after the last: first those that make the most difference by what was seen. In an order that is drawn, as what matters
 * may stand anywhere.
 */
export function* childrenOf({ deviations, decisions, steps }: Parent, draw: () => number): Iterator<readonly Deviation[]> {
  const from = (deviations.at(-1)?.at ?? -1) + 1
  const conflicts = new Conflicts(steps)
  const byRank: readonly Deviation[][] = [[], [], []]
  for (let at = from; at < decisions.length; at += 1) {
    const { kind, choices, base } = decisions[at] as Decided
    // What the scenario does is no matter of order.
    if (kind === "operation") continue
    const instead = choices[base] as Choice
    choices.forEach((earlier, choice) => {
      if (choice !== base) byRank[conflicts.rank(earlier, instead)]?.push({ at, choice })
    })
  }
  for (const children of byRank) for (const child of inDrawnOrder(children, draw)) yield [...deviations, child]
}

function* inDrawnOrder<Item>(items: Item[], draw: () => number): Iterable<Item> {
  for (let left = items.length; left > 0; left -= 1) {
    const drawn = below(draw, left)
    const item = items[drawn] as Item
    items[drawn] = items[left - 1] as Item
    yield item
  }
}
