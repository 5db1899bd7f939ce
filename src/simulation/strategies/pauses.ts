/**
 * The base order, but for pauses: some go on to a step of their own, and then no further until all others wait. So does whoever does the same again and again, much
 * sooner than in the base order. What it takes is then where each stands, and not how long the others have taken to come there.
 */

import type { Decision, Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { untilItWaits } from "./base-orders.ts"
import { drawnRounds, Impatience } from "./impatience.ts"
import { OwnPlaces } from "./own-places.ts"
import { type Draw, doerOf, type Experience, greatest, type StrategyMaker } from "./strategies.ts"

/** How likely it is of a schedule that time passes before those who have fallen behind go on. */
const OVERSLEEPING = 1 / 3

/** Less than any who has fallen behind. */
const AFTER_ALL = -1_000_000

export const pauses: StrategyMaker = (draw, experience) => new Pausing(draw, experience)

class Pausing implements Strategy {
  readonly #places: OwnPlaces
  readonly #impatience: Impatience
  readonly #isTimeElse: boolean
  /** Who has fallen behind: the later, the less. */
  readonly #behind = new Map<string, number>()
  #lowest = 0
  /** Who went on last. */
  #last: string | undefined = undefined

  constructor(draw: Draw, { steps }: Experience) {
    this.#places = new OwnPlaces(draw, steps)
    this.#impatience = new Impatience(drawnRounds(draw))
    this.#isTimeElse = draw() < OVERSLEEPING
  }

  choose({ choices, base }: Pick<Decision, "choices" | "base">): number {
    let index = this.#first(choices, base)
    while (this.#places.isDue(doerOf(choices[index] as Choice))) {
      this.#fall(doerOf(choices[index] as Choice))
      index = this.#first(choices, base)
    }
    this.went(choices[index] as Choice)
    return index
  }

  went(choice: Choice): void {
    const doer = doerOf(choice)
    this.#last = choice.actor
    this.#places.went(doer)
    if (this.#impatience.went(doer, choice)) this.#fall(doer)
  }

  /** Who fell behind last comes last. */
  #first(choices: readonly Choice[], base: number): number {
    if (!this.#isBehind(choices[base] as Choice)) return base
    const others = choices.filter((choice) => !this.#isBehind(choice) && (this.#isTimeElse || choice.kind !== "timer"))
    if (others.length > 0) return choices.indexOf(others[untilItWaits(others, this.#last)] as Choice)
    return greatest(choices, (choice) => (choice.kind === "timer" ? AFTER_ALL : 0) + (this.#behind.get(doerOf(choice)) ?? 0))
  }

  #isBehind(choice: Choice): boolean {
    return this.#behind.has(doerOf(choice))
  }

  #fall(doer: string): void {
    this.#lowest -= 1
    this.#behind.set(doer, this.#lowest)
  }
}
