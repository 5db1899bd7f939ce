/**
 * Drives a schedule through its steps: after each, all promise reactions that follow from it run, and nothing else does. Meanwhile the program's
 * globals are the scene's, and what is begun outside of it is noticed.
 */

import { defaultHost } from "../../kernel/host.ts"
import { settleMore, settleReactions } from "../program/microtasks.ts"
import type { Interruption } from "./interruption.ts"

/** What holds while a schedule has the program. */
export interface Hold {
  begin(): void
  /** A step is over, and what followed from it by promises. */
  look(): void
  end(): void
  /** Asks the host for something while it has the program: that is nothing of the schedule's. */
  apart(work: () => void): void
}

/** Given by a schedule that has nothing to do until something outside is answered. */
export const WAITS_OUTSIDE = "outside"

/** What a schedule gives after a step. */
export type AfterStep = typeof WAITS_OUTSIDE | undefined

/** A schedule: each call is a step, until it is done. */
export interface Steps<Result> {
  next(): IteratorResult<AfterStep, Result>
}

/** So many steps are one turn of the host's, where somebody may interrupt them. */
const STEPS_OF_A_TURN = 500

/**
 * One schedule on its way. Where the host can run promise reactions alone, it has no turn between two steps, but for those in which it hears of an interruption,
 * and those in which the schedule waits for what was allowed outside: then it has the program still.
 */
export class Drive<Result> {
  readonly #schedule: Steps<Result>
  readonly #hold: Hold
  readonly #interruption: Interruption
  #waits = false

  constructor(schedule: Steps<Result>, hold: Hold, interruption: Interruption) {
    this.#schedule = schedule
    this.#hold = hold
    this.#interruption = interruption
  }

  /**
   * In a turn of the host's, as in the middle of a reaction no other one runs: as far as it goes there. `undefined`: the host has to have another turn before it
   * goes on. Throws what the schedule does, and where it was interrupted.
   */
  goOn(): { readonly result: Result } | undefined {
    if (!this.#waits) this.#hold.begin()
    this.#waits = false
    try {
      const { done, value } = this.#steps()
      this.#waits = done !== true && value === WAITS_OUTSIDE
      return done === true ? { result: value } : undefined
    } finally {
      if (!this.#waits) this.#hold.end()
    }
  }

  /** The last step that was taken. */
  #steps(): IteratorResult<AfterStep, Result> {
    const interruption = this.#interruption
    interruption.throwIfCome()
    let left = interruption.isPossible ? STEPS_OF_A_TURN : Number.POSITIVE_INFINITY
    for (let hasSettled = false; ; ) {
      const next = this.#schedule.next()
      if (next.done === true) return next
      if (hasSettled) settleMore()
      else if (settleReactions()) hasSettled = true
      else return next
      this.#hold.look()
      interruption.throwIfCome()
      left -= 1
      if (next.value === WAITS_OUTSIDE || left <= 0) return next
    }
  }

  /** In turns of the host's, from the next one on. */
  toEnd(): Promise<Result> {
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        try {
          const end = this.goOn()
          if (end === undefined) this.#inNextTurn(goOn)
          else resolve(end.result)
        } catch (error) {
          reject(error)
        }
      }
      this.#inNextTurn(goOn)
    })
  }

  #inNextTurn(goOn: () => void): void {
    if (this.#waits) this.#hold.apart(() => defaultHost.yield(goOn))
    else defaultHost.yield(goOn)
  }
}
