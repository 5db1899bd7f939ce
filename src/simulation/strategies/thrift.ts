/**
 * Which of many schedules are gone through for what they show, which costs a part of what it costs to carry one out: all, as long as they show what is new; the
 * longer they do not, the fewer, and all again from the first on that does.
 */

/** So many without anything new, and half as many are gone through from then on. */
const PATIENCE = 4

/** One in so many is. */
const FEWEST = 8

export class Thrift {
  /** How many in succession have shown nothing. */
  #inVain = 0
  /** So many are passed over before the next one. */
  #passed = 0

  /** Whether the next one is gone through. */
  isDue(): boolean {
    this.#passed -= 1
    return this.#passed < 0
  }

  /** One was gone through. */
  saw(isNew: boolean): void {
    this.#inVain = isNew ? 0 : this.#inVain + 1
    this.#passed = Math.min(2 ** Math.floor(this.#inVain / PATIENCE), FEWEST) - 1
  }
}
