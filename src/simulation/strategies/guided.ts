/**
 * Goes by a list of what is to happen, in that order, as far as that can be; where nothing of it can, by the base order. Once all of it has been, another strategy
 * goes on.
 */

import { type Decision, inBaseOrder, type Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { faultName } from "./causality.ts"
import { wordsOf } from "./orders.ts"
import type { Happening } from "./words.ts"

export class Guided implements Strategy {
  readonly #left: Happening[]
  readonly #counts = new Map<string, number>()

  readonly #rest: Strategy

  /** `rest`: decides about what comes behind all that. */
  constructor(wanted: readonly Happening[], rest: Strategy = inBaseOrder) {
    this.#left = [...wanted]
    this.#rest = rest
  }

  choose(decision: Decision): number {
    if (decision.kind === "fault") return this.#fault(decision)
    const { choices, base } = decision
    if (decision.kind === "operation" || this.#left.length === 0) return this.#rest.choose(decision)
    const next = this.#placeOf(choices)
    const chosen = next < 0 ? base : next
    this.went(choices[chosen] as Choice)
    return chosen
  }

  went(choice: Choice): void {
    this.#rest.went?.(choice)
    const words = wordsOf(choice)
    const count = this.#countOf(words)
    this.#counts.set(words, count)
    this.#done(this.#left.findIndex((wanted) => wanted.count === count && wanted.words === words))
  }

  /** Of the first that is wanted; -1 where none of them is. */
  #placeOf(choices: readonly Choice[]): number {
    const there = choices.map(wordsOf)
    for (const { words, count } of this.#left) {
      const place = there.indexOf(words)
      if (place >= 0 && count === this.#countOf(words)) return place
    }
    return -1
  }

  /** Which of its kind the next one is. */
  #countOf(words: string): number {
    return (this.#counts.get(words) ?? 0) + 1
  }

  /** It falls once all that its process was to go through before has been. */
  #fault({ choices }: Decision): number {
    const next = this.#left.findIndex(({ isFault }) => isFault)
    const wanted = this.#left[next]
    if (wanted === undefined || this.#left.slice(0, next).some(({ actor }) => actor === wanted.actor)) return 0
    const index = choices.findIndex(({ what, actor }) => faultName(what, actor) === wanted.words)
    if (index <= 0) return 0
    this.#done(next)
    return index
  }

  #done(index: number): void {
    if (index >= 0) this.#left.splice(index, 1)
  }
}
