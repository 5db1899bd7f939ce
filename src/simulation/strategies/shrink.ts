/**
 * To the fewest deviations that still fail in the same way. Deviations are numbered by decisions, and each that is left out moves those behind it:
 * so beside leaving out (ddmin) goes trying anew, a beginning of the list and one deviation more.
 *
 * Source  Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
 */

import type { Deviation } from "../schedule/decider.ts"
import { childrenOf, type Parent } from "./few-deviations.ts"

/** What came of a list: the deviations that it really had, and what could be decided otherwise. */
export interface Attempt extends Parent {
  readonly isSameFailure: boolean
}

export class Shrinker {
  readonly #attempt: (deviations: readonly Deviation[]) => Promise<Attempt>
  readonly #draw: () => number
  #left: number
  #best: readonly Deviation[]

  /** `mostRuns`: so many schedules at most. */
  constructor(
    found: readonly Deviation[],
    attempt: (deviations: readonly Deviation[]) => Promise<Attempt>,
    draw: () => number,
    mostRuns: number,
  ) {
    this.#best = found
    this.#attempt = attempt
    this.#draw = draw
    this.#left = mostRuns
  }

  /** Gives the shortest list that was found. */
  async shortest(): Promise<readonly Deviation[]> {
    await this.#tryAll([[]])
    await this.#leaveOut()
    while (this.#best.length > 1 && this.#left > 0 && (await this.#tryAnew())) await this.#leaveOut()
    return this.#best
  }

  /** Whether one of them is shorter, and fails in the same way. */
  async #tryAll(lists: Iterable<readonly Deviation[]>): Promise<boolean> {
    for (const list of lists) {
      if (this.#left <= 0 || this.#best.length === 0) return false
      this.#left -= 1
      const { isSameFailure, deviations } = await this.#attempt(list)
      if (!isSameFailure || deviations.length >= this.#best.length) continue
      this.#best = deviations
      return true
    }
    return false
  }

  async #leaveOut(): Promise<void> {
    let parts = 2
    while (this.#best.length > 0 && this.#left > 0) {
      if (await this.#tryAll(without(this.#best, parts))) parts = Math.max(2, parts - 1)
      else if (parts >= this.#best.length) return
      else parts = Math.min(this.#best.length, parts * 2)
    }
  }

  /** A beginning of the list, and then one deviation of any kind: the shortest beginning first. */
  async #tryAnew(): Promise<boolean> {
    for (let kept = 0; kept < this.#best.length - 1 && this.#left > 0; kept += 1) {
      this.#left -= 1
      const parent = await this.#attempt(this.#best.slice(0, kept))
      if (await this.#tryAll({ [Symbol.iterator]: () => childrenOf(parent, this.#draw) })) return true
    }
    return false
  }
}

/** The list without one of so many parts. */
function* without(list: readonly Deviation[], parts: number): Iterable<readonly Deviation[]> {
  const size = Math.ceil(list.length / parts)
  for (let from = 0; from < list.length; from += size) yield [...list.slice(0, from), ...list.slice(from + size)]
}
