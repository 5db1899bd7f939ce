/**
 * What comes to nobody in a schedule: rejections that nobody looks at, what a callback has thrown, work that was begun outside. Each is a failure of the schedule.
 *
 * Node ends a program by a rejection that is handled later than in the turn of the host in which it came. What comes in a step of its own may come in a turn of its own;
 * in the order of one runtime several steps are one turn, so there only those count that nobody ever looks at.
 */

import { thrownText } from "../../kernel/errors.ts"
import type { ForeignWork } from "../program/foreign-work.ts"
import type { Order } from "../schedule/schedule.ts"
import { begunOutside, Failed, thrown } from "./failed.ts"

export class Strays {
  readonly #lastStep: () => number
  readonly #isEachStepATurn: boolean
  /** With the steps at whose ends nobody had looked at them. */
  readonly #rejections = new Map<Promise<unknown>, { readonly error: unknown; readonly step: number }>()
  /** The first of each. */
  #thrown: { readonly error: unknown } | undefined = undefined
  #begun: ForeignWork | undefined = undefined

  constructor(lastStep: () => number, order: Order) {
    this.#lastStep = lastStep
    this.#isEachStepATurn = order === "contract"
  }

  /** A promise was rejected, and nobody has looked at it by the end of the step. */
  rejected(error: unknown, promise: Promise<unknown>): void {
    this.#rejections.set(promise, { error, step: this.#lastStep() })
  }

  /** Somebody has, after all. */
  handled(promise: Promise<unknown>): void {
    this.#rejections.delete(promise)
  }

  /** A callback of a tick, a timer or a microtask threw. */
  threw(error: unknown): void {
    this.#thrown ??= { error }
  }

  began(work: ForeignWork): void {
    this.#begun ??= work
  }

  /** Throws `Failed` where there is one that no later step makes good. */
  throwIfCome(): void {
    if (this.#thrown !== undefined) {
      const { error } = this.#thrown
      throw new Failed("rejection", "", `a callback threw, and nobody caught it: ${thrownText(error)}`, thrown(error))
    }
    if (this.#begun !== undefined) throw begunOutside(this.#begun)
    if (this.#isEachStepATurn) this.#throwIfRejected(LATE)
  }

  /** Once it is over: nobody will look at them any more. */
  throwIfRejected(): void {
    this.#throwIfRejected("")
  }

  #throwIfRejected(when: string): void {
    for (const { error, step } of this.#rejections.values()) {
      const message = `a promise was rejected and nobody looked at it${when}: ${thrownText(error)}`
      throw new Failed("rejection", "", message, step < 0 ? thrown(error) : { ...thrown(error), step })
    }
  }
}

const LATE = " by the end of the step, by which Node ends a program"
