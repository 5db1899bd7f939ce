/**
 * PCT by errands: who goes on by priority is no process but an errand, which is what one process does and what others do for it. A request that waits at
 * a store is of the errand of who asks, and so is its answer: whoever is put off is so wherever its errand has come to, and stays so until all others wait.
 *
 * Who goes round in a circle, as who looks again and again does, would keep all others from what it waits for: it falls behind them. So does, in some
 * schedules, who waits for time to pass.
 *
 * Source  Kulahcioglu Ozkan et al., "Randomized testing of distributed systems with probabilistic guarantees" (2018): chains of events instead of threads. Ours
 *         are told by who has sent a message, and not by all that it follows from.
 */

import type { Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { drawnRounds, Impatience } from "./impatience.ts"
import { type Draw, drawnPlaces, greatest, type StrategyMaker } from "./strategies.ts"

/** How likely it is of a schedule that those who wait for time fall behind. */
const YIELDING = 1 / 3

/** Which errand what could happen next is of; each has a number. */
export class Errands {
  /** By what waits. */
  readonly #of = new Map<number, number>()
  /** Those of which something waits. */
  readonly #waiting = new Set<number>()
  /** By process: that of its last step. */
  readonly #last = new Map<string, number>()
  #count = 0

  has({ id }: Choice): boolean {
    return this.#of.has(id)
  }

  of(choice: Choice): number {
    const known = this.#of.get(choice.id)
    if (known !== undefined) return known
    const errand = this.#free(choice)
    this.#of.set(choice.id, errand)
    this.#waiting.add(errand)
    return errand
  }

  went(choice: Choice): void {
    const errand = this.of(choice)
    this.#waiting.delete(errand)
    this.#of.delete(choice.id)
    this.#last.set(choice.actor, errand)
  }

  /** Where two things of one wait, the second is an errand of its own. */
  #free({ kind, from, actor }: Choice): number {
    const errand = this.#last.get(kind === "message" ? from : actor)
    if (errand !== undefined && !this.#waiting.has(errand)) return errand
    this.#count += 1
    return this.#count
  }
}

/** At some places the errand that would go on falls behind all others. */
export function errands(changePoints: (draw: Draw) => number): StrategyMaker {
  return (draw, { decisions }) => {
    const places = drawnPlaces(changePoints(draw), draw, decisions)
    return new ByErrand(draw, places)
  }
}

class ByErrand implements Strategy {
  readonly #draw: Draw
  readonly #places: ReadonlySet<number>
  readonly #impatience: Impatience
  readonly #isYielding: boolean
  readonly #errands = new Errands()
  readonly #priorities = new Map<number, number>()
  #lowest = 0

  constructor(draw: Draw, places: ReadonlySet<number>) {
    this.#draw = draw
    this.#places = places
    this.#impatience = new Impatience(drawnRounds(draw))
    this.#isYielding = draw() < YIELDING
  }

  choose({ choices, number }: { readonly choices: readonly Choice[]; readonly number: number }): number {
    let index = this.#first(choices)
    if (this.#places.has(number)) {
      this.#fall(this.#errands.of(choices[index] as Choice))
      index = this.#first(choices)
    }
    this.went(choices[index] as Choice)
    return index
  }

  went(choice: Choice): void {
    const errand = this.#errands.of(choice)
    this.#errands.went(choice)
    if (this.#impatience.went(errand, choice)) this.#fall(errand)
  }

  #first(choices: readonly Choice[]): number {
    return greatest(choices, (choice) => this.#priority(choice))
  }

  #priority(choice: Choice): number {
    const isFirstSeen = !this.#errands.has(choice)
    const errand = this.#errands.of(choice)
    if (isFirstSeen && choice.kind === "timer" && this.#isYielding) this.#fall(errand)
    const known = this.#priorities.get(errand)
    if (known !== undefined) return known
    const drawn = this.#draw()
    this.#priorities.set(errand, drawn)
    return drawn
  }

  #fall(errand: number): void {
    this.#lowest -= 1
    this.#priorities.set(errand, this.#lowest)
  }
}
