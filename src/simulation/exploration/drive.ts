/**
 * Drives a schedule through its steps: after each, all promise reactions that follow from it run, and nothing else does. Meanwhile the program's
 * globals are the scene's, and what is begun outside of it is noticed.
 */

import { defaultHost } from "../../kernel/host.ts"
import { settleReactions } from "../program/microtasks.ts"
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
 * Resolves with what the schedule gives, rejects where it was interrupted. Where the host can run promise reactions alone, it has no turn between two
 * steps, but for those in which it hears of an interruption, and those in which it waits for what was allowed outside: then it has the program still.
 */
export function drive<Result>(schedule: Steps<Result>, hold: Hold, interruption: Interruption): Promise<Result> {
  const most = interruption.isPossible ? STEPS_OF_A_TURN : Number.POSITIVE_INFINITY
  return new Promise((resolve, reject) => {
    let next: IteratorResult<AfterStep, Result> | undefined
    let waits = false
    const go = (): void => {
      if (!waits) hold.begin()
      waits = false
      try {
        interruption.throwIfCome()
        let left = most
        for (next = schedule.next(); next.done !== true && settleReactions(); next = schedule.next()) {
          hold.look()
          interruption.throwIfCome()
          left -= 1
          waits = next.value === WAITS_OUTSIDE
          if (waits || left <= 0) break
        }
      } catch (error) {
        waits = false
        return reject(error)
      } finally {
        if (!waits) hold.end()
      }
      if (next.done === true) resolve(next.value)
      else if (waits) hold.apart(() => defaultHost.yield(go))
      else defaultHost.yield(go)
    }
    // In a turn of the host: in the middle of a reaction no other one runs.
    defaultHost.yield(go)
  })
}
