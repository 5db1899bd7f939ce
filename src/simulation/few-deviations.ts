/**
 * All schedules with few deviations from the base order, breadth first: those with one, then those with two. Each schedule that was carried out
 * says what could be decided otherwise after its last deviation.
 *
 * Invariant: none is given twice.
 */

import type { Deviation } from "./decider.ts"

/** What is kept for later, at most: of the rest is known that there was more. */
const MOST_PARENTS = 4096

/** A schedule that was carried out: what could have been decided otherwise. */
export interface Parent {
  readonly deviations: readonly Deviation[]
  readonly widths: readonly number[]
  readonly bases: readonly number[]
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

/** One deviation more, after the last; in an order that is drawn, as what matters may stand anywhere. */
export function* childrenOf({ deviations, widths, bases }: Parent, draw: () => number): Iterator<readonly Deviation[]> {
  const from = (deviations.at(-1)?.at ?? -1) + 1
  const children: Deviation[] = []
  for (let at = from; at < widths.length; at += 1) {
    for (let choice = 0; choice < (widths[at] as number); choice += 1) if (choice !== bases[at]) children.push({ at, choice })
  }
  for (let left = children.length; left > 0; left -= 1) {
    const drawn = Math.min(Math.floor(draw() * left), left - 1)
    const child = children[drawn] as Deviation
    children[drawn] = children[left - 1] as Deviation
    yield [...deviations, child]
  }
}
