/**
 * PCT by channels: what goes on by priority is what one has for another, its messages or its answers. Of what is sent to several at a time one may come at once, and
 * another when all else is over; and of two that go to one, each has its own turn. Some channels fall behind, each with an event of its own.
 */

import type { Decision, Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { ROUNDS } from "./base-order.ts"
import { Impatience } from "./impatience.ts"
import { OwnPlaces } from "./own-places.ts"
import { type Draw, doerOf, type Experience, greatest, type StrategyMaker } from "./strategies.ts"
import { spellingOf } from "./words.ts"

/** How likely it is of a schedule that timers fall behind. */
const YIELDING = 1 / 3

export const channels: StrategyMaker = (draw, experience) => new ByChannel(draw, experience)

/** What one has for another, of one kind. */
export function channelOf(choice: Choice): string {
  return spellingOf(choice).channel
}

class ByChannel implements Strategy {
  readonly #draw: Draw
  readonly #places: OwnPlaces
  readonly #impatience: Impatience
  readonly #isYielding: boolean
  readonly #priorities = new Map<string, number>()
  #lowest = 0

  constructor(draw: Draw, experience: Experience) {
    this.#draw = draw
    this.#places = new OwnPlaces(draw, experience.channels)
    this.#impatience = new Impatience(ROUNDS)
    this.#isYielding = draw() < YIELDING
  }

  choose({ choices }: Pick<Decision, "choices">): number {
    let index = this.#first(choices)
    while (this.#places.isDue(channelOf(choices[index] as Choice))) {
      this.#fall(channelOf(choices[index] as Choice))
      index = this.#first(choices)
    }
    this.went(choices[index] as Choice)
    return index
  }

  /** Who goes round in a circle asks again and again: its requests fall behind. */
  went(choice: Choice): void {
    this.#places.went(channelOf(choice))
    if (this.#impatience.went(doerOf(choice), choice)) this.#fall(channelOf(choice))
  }

  #first(choices: readonly Choice[]): number {
    return greatest(choices, (choice) => this.#priority(choice))
  }

  #priority(choice: Choice): number {
    const channel = channelOf(choice)
    const known = this.#priorities.get(channel)
    if (known !== undefined) return known
    if (choice.kind === "timer" && this.#isYielding) return this.#fall(channel)
    const drawn = this.#draw()
    this.#priorities.set(channel, drawn)
    return drawn
  }

  #fall(channel: string): number {
    this.#lowest -= 1
    this.#priorities.set(channel, this.#lowest)
    return this.#lowest
  }
}
