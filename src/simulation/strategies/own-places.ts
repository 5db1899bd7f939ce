/** Where some fall behind: each at a step of its own, wherever others are by then. */

import { below, type Draw } from "./strategies.ts"

/** So many of them are drawn anywhere; of the others the last step is the likeliest, as what goes wrong needs all that is made ready for it. */
const ANYWHERE = 0.5

export class OwnPlaces {
  /** Steps until then. */
  readonly #left = new Map<string, number>()

  /** `steps`: how many each has. How likely each has a place is drawn, too. */
  constructor(draw: Draw, steps: ReadonlyMap<string, number>) {
    const share = draw()
    for (const [who, count] of steps) {
      if (draw() < share) this.#left.set(who, draw() < ANYWHERE ? below(draw, count) : count - Math.floor(count ** draw()))
    }
  }

  /** Whether it has come to its place: once it has. */
  isDue(who: string): boolean {
    return (this.#left.get(who) ?? 1) <= 0 && this.#left.delete(who)
  }

  went(who: string): void {
    const left = this.#left.get(who)
    if (left !== undefined) this.#left.set(who, left - 1)
  }
}
