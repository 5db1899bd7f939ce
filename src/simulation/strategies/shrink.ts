/**
 * To the fewest deviations that still fail in the same way. Deviations are numbered by decisions, and each that is left out moves those behind it:
 * so beside leaving out (ddmin) goes finding those again by what they are about (`alike.ts`), and trying anew, a beginning of the list and one deviation more.
 *
 * Source  Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
 */

import type { Deviation, Strategy } from "../schedule/decider.ts"
import { Replay } from "../schedule/schedule.ts"
import { Alike, likenesses } from "./alike.ts"
import { childrenOf, type Parent } from "./few-deviations.ts"

/** What came of a list: the deviations that it really had, and what could be decided otherwise. */
export interface Attempt extends Parent {
  readonly isSameFailure: boolean
}

export class Shrinker {
  readonly #attempt: (strategy: Strategy) => Promise<Attempt>
  readonly #draw: () => number
  #left: number
  #best: Parent

  /** `mostRuns`: so many schedules at most. */
  constructor(found: Parent, attempt: (strategy: Strategy) => Promise<Attempt>, draw: () => number, mostRuns: number) {
    this.#best = found
    this.#attempt = attempt
    this.#draw = draw
    this.#left = mostRuns
  }

  /** Gives the shortest list that was found. */
  async shortest(): Promise<readonly Deviation[]> {
    await this.#tryAll(replays([[]]))
    await this.#leaveOut()
    while (this.#length > 1 && this.#left > 0 && (await this.#tryAnew())) await this.#leaveOut()
    return this.#best.deviations
  }

  get #length(): number {
    return this.#best.deviations.length
  }

  /** Whether one of them is shorter, and fails in the same way. */
  async #tryAll(strategies: Iterable<Strategy>): Promise<boolean> {
    for (const strategy of strategies) {
      if (this.#left <= 0 || this.#length === 0) return false
      this.#left -= 1
      const tried = await this.#attempt(strategy)
      if (!tried.isSameFailure || tried.deviations.length >= this.#length) continue
      this.#best = tried
      return true
    }
    return false
  }

  async #leaveOut(): Promise<void> {
    let parts = 2
    while (this.#length > 0 && this.#left > 0) {
      const lists = [...without(this.#best.deviations, parts)]
      if ((await this.#tryAll(replays(lists))) || (await this.#tryAll(alike(lists, this.#best)))) parts = Math.max(2, parts - 1)
      else if (parts >= this.#length) return
      else parts = Math.min(this.#length, parts * 2)
    }
  }

  /** A beginning of the list, and then one deviation of any kind: the shortest beginning first. */
  async #tryAnew(): Promise<boolean> {
    for (let kept = 0; kept < this.#length - 1 && this.#left > 0; kept += 1) {
      this.#left -= 1
      const parent = await this.#attempt(new Replay(this.#best.deviations.slice(0, kept)))
      if (await this.#tryAll(replays({ [Symbol.iterator]: () => childrenOf(parent, this.#draw) }))) return true
    }
    return false
  }
}

function* replays(lists: Iterable<readonly Deviation[]>): Iterable<Strategy> {
  for (const list of lists) yield new Replay(list)
}

/** The same by what they are about: those that come behind one that is left out have other numbers then. */
function* alike(lists: Iterable<readonly Deviation[]>, { decisions }: Parent): Iterable<Strategy> {
  for (const list of lists) if (list.length > 0) yield new Alike(likenesses(list, decisions))
}

/** The list without one of so many parts. */
function* without(list: readonly Deviation[], parts: number): Iterable<readonly Deviation[]> {
  const size = Math.ceil(list.length / parts)
  for (let from = 0; from < list.length; from += size) yield [...list.slice(0, from), ...list.slice(from + size)]
}
