/** Goes by a list of what is to happen, in that order, as far as that can be; where nothing of it can, by the base order. */

import type { Decision, Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { faultName, type Happening } from "./causality.ts"
import { wordsOf } from "./orders.ts"

export class Guided implements Strategy {
  readonly #left: Happening[]
  readonly #counts = new Map<string, number>()

  constructor(wanted: readonly Happening[]) {
    this.#left = [...wanted]
  }

  choose(decision: Decision): number {
    if (decision.kind === "fault") return this.#fault(decision)
    const { choices, base } = decision
    if (decision.kind === "operation") return base
    const names = choices.map((choice) => this.#nameOf(choice))
    const next = this.#left.find(({ name }) => names.includes(name))
    const chosen = next === undefined ? base : names.indexOf(next.name)
    this.went(choices[chosen] as Choice)
    return chosen
  }

  went(choice: Choice): void {
    const name = this.#nameOf(choice)
    const words = wordsOf(choice)
    this.#counts.set(words, (this.#counts.get(words) ?? 0) + 1)
    this.#done(this.#left.findIndex((wanted) => wanted.name === name))
  }

  /** The next one of that kind. */
  #nameOf(choice: Choice): string {
    const words = wordsOf(choice)
    return `${words}#${(this.#counts.get(words) ?? 0) + 1}`
  }

  /** It falls once all that its process was to go through before has been. */
  #fault({ choices }: Decision): number {
    const next = this.#left.findIndex(({ isFault }) => isFault)
    const wanted = this.#left[next]
    if (wanted === undefined || this.#left.slice(0, next).some(({ actor }) => actor === wanted.actor)) return 0
    const index = choices.findIndex(({ what, actor }) => `${faultName(what, actor)}#1` === wanted.name)
    if (index <= 0) return 0
    this.#done(next)
    return index
  }

  #done(index: number): void {
    if (index >= 0) this.#left.splice(index, 1)
  }
}
