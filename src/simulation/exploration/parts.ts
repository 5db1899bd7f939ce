/**
 * What a schedule consists of, one part after the other: each goes on step by step until it is over, and gives way after each for what follows from it by
 * promises. Who goes through it (`drive.ts`) asks for one step at a time.
 *
 * A step asks for the present part alone: to give way through all that has begun it would cost each step as much again as it does.
 */

import type { AfterStep } from "./drive.ts"
import type { Followed } from "./followed.ts"

/** What a part says when it is over. */
export const OVER = "over"

/** Goes on: looks at what has come of the last step, and takes the next one. It is asked first when all has settled that had been begun before. */
export type Part = () => AfterStep | typeof OVER

/** In which nothing is begun: what was begun before it settles. */
export const settles: Part = () => OVER

/** One that goes on until something has an outcome. */
export class Until<Value> {
  readonly part: Part
  readonly #followed: Followed

  constructor(part: Part, followed: Followed) {
    this.part = part
    this.#followed = followed
  }

  /** Once it is over. */
  get value(): Value {
    // It is what was waited for.
    return this.#followed.value as Value
  }
}

const GIVES_WAY: IteratorResult<AfterStep, never> = { done: false, value: undefined }

export class Parts<Result> {
  readonly #all: Generator<Part, Result, void>
  #present: Part = settles
  /** Something outside was waited for, and what has come of that has not settled. */
  #hasWaited = false

  /** `all`: what a part throws is thrown there where it was begun. */
  constructor(all: Generator<Part, Result, void>) {
    this.#all = all
  }

  /** The next step. */
  next(): IteratorResult<AfterStep, Result> {
    let after: AfterStep | typeof OVER
    if (this.#hasWaited) {
      this.#hasWaited = false
      return GIVES_WAY
    }
    try {
      after = this.#present()
    } catch (error) {
      return this.#begun(this.#all.throw(error))
    }
    if (after === undefined) return GIVES_WAY
    if (after === OVER) return this.#begun(this.#all.next())
    this.#hasWaited = true
    return { done: false, value: after }
  }

  #begun(next: IteratorResult<Part, Result>): IteratorResult<AfterStep, Result> {
    if (next.done === true) return next
    this.#present = next.value
    return GIVES_WAY
  }
}
