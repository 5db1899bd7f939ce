/** Who goes round in a circle: it has done the same so often since another went on. */

import type { Choice } from "../schedule/step.ts"
import { below, type Draw } from "./strategies.ts"
import { words as wordsOf } from "./words.ts"

/** Of those that are drawn: from the first number, one of so many. */
const FEWEST_ROUNDS = 2
const ROUNDS = 4

/** Few: a work that goes on row by row is interrupted, too. */
export function drawnRounds(draw: Draw): number {
  return FEWEST_ROUNDS + below(draw, ROUNDS)
}

export class Impatience {
  readonly #rounds: number
  /** Who goes on, and how often it has done what since another did. */
  #going: string | number | undefined = undefined
  readonly #done = new Map<string, number>()

  /** `rounds`: what is often enough. */
  constructor(rounds: number) {
    this.#rounds = rounds
  }

  /** That came next, and is somebody's work: whether it has been often enough. */
  went(who: string | number, choice: Choice): boolean {
    if (who !== this.#going) this.#done.clear()
    this.#going = who
    const words = wordsOf(choice)
    const times = (this.#done.get(words) ?? 0) + 1
    this.#done.set(words, times)
    return times >= this.#rounds
  }
}
