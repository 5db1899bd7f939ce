/**
 * Whether it makes a difference that something comes earlier: it does where it, or what follows from it at once, has to do with a process that goes
 * on in between. A guess: what processes share by other means than messages is not seen.
 */

import type { Choice, Step } from "../schedule/step.ts"

/** By the steps of a schedule as it went. */
export class Conflicts {
  readonly #steps: readonly Step[]
  readonly #places = new Map<number, number>()

  constructor(steps: readonly Step[]) {
    this.#steps = steps
    steps.forEach(({ choice }, index) => {
      if (choice !== undefined && !this.#places.has(choice.id)) this.#places.set(choice.id, index)
    })
  }

  /**
   * What difference it makes that `earlier` comes before `instead`. 0: what follows from it at once comes before that process too, or it is not known; 1: it
   * has to do with some process that would go on in between; 2: with none.
   */
  rank(earlier: Choice, instead: Choice): 0 | 1 | 2 {
    const from = this.#places.get(instead.id)
    const to = this.#places.get(earlier.id)
    if (earlier.kind === "timer" || earlier.kind === "fault" || from === undefined || to === undefined || to <= from) return 0
    const errand = touched(this.#errand(earlier, to))
    if (errand.has(instead.actor)) return 0
    const between = touched(this.#steps.slice(from, to))
    return [...errand].some((each) => between.has(each)) ? 1 : 2
  }

  /** What follows from it before anything goes on that was there before it. */
  #errand({ id }: Choice, from: number): readonly Step[] {
    const end = this.#steps.findIndex(({ choice }, index) => index > from && choice !== undefined && choice.id < id)
    return this.#steps.slice(from, end < 0 ? undefined : end)
  }
}

function touched(steps: readonly Step[]): Set<string> {
  return new Set(steps.flatMap(({ choice, sent }) => [...(choice === undefined ? [] : [choice.actor]), ...sent.map(({ to }) => to)]))
}
