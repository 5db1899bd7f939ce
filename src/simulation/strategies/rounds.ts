/**
 * What somebody has one process do again and again, and nothing else in between: a row of a long work, or a look whether something has come. That another thing
 * comes between two rounds in the middle shows hardly more than that it comes before the first one or behind the last; each would be an order of its own.
 */

import type { Step } from "../schedule/step.ts"
import type { Course } from "./causality.ts"

/** Where nothing is: no step. */
const NONE = -1

/** Who has gone so many rounds goes one more, however that ends. */
const MANY = 3

export class Rounds {
  /** Of each step: the round before it, and how many there are; and whether another one follows. */
  readonly #before: number[] = []
  readonly #count: number[] = []
  readonly #goesOn: boolean[] = []

  constructor(
    steps: readonly Step[],
    { happenings, linesOf }: Pick<Course, "happenings"> & { readonly linesOf: ReadonlyMap<string, readonly number[]> },
  ) {
    for (const line of linesOf.values()) {
      if (line.length === 1) continue
      const last = new Map<string | undefined, number>()
      for (const at of line) {
        const from = steps[at]?.choice?.from
        const before = last.get(from) ?? NONE
        const isAgain = before !== NONE && happenings[before]?.words === happenings[at]?.words
        this.#before[at] = isAgain ? before : NONE
        this.#count[at] = isAgain ? (this.#count[before] as number) + 1 : 0
        this.#goesOn[at] = false
        if (isAgain) this.#goesOn[before] = true
        last.set(from, at)
      }
    }
  }

  /** Whether, if the later one came before the earlier, that would be the same for another round. */
  isAnother(later: number, earlier: number): boolean {
    if (this.#isInner(earlier) || this.#isInner(later)) return true
    return (this.#count[later] as number) >= MANY && (this.#before[later] as number) < earlier
  }

  #isInner(at: number): boolean {
    return this.#before[at] !== NONE && this.#goesOn[at] === true
  }
}
