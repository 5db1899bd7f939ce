/**
 * Drives a schedule through its steps: after each, all promise reactions that follow from it run, and nothing else does. Meanwhile the program's
 * globals are the scene's, and what is begun outside of it is noticed.
 */

import { defaultHost } from "../../kernel/host.ts"
import { settleReactions } from "../program/microtasks.ts"

/** What holds while a schedule has the program. */
export interface Hold {
  begin(): void
  /** A step is over, and what followed from it by promises. */
  look(): void
  end(): void
}

/** Resolves with what the schedule gives. Where the host can run promise reactions alone, it has no turn between two steps. */
export function drive<Result>(schedule: Generator<void, Result>, hold: Hold): Promise<Result> {
  return new Promise((resolve, reject) => {
    let next: IteratorResult<void, Result> | undefined
    const go = (): void => {
      hold.begin()
      try {
        for (next = schedule.next(); next.done !== true && settleReactions(); next = schedule.next()) hold.look()
      } catch (error) {
        return reject(error)
      } finally {
        hold.end()
      }
      if (next.done === true) resolve(next.value)
      else defaultHost.yield(go)
    }
    // In a turn of the host: in the middle of a reaction no other one runs.
    defaultHost.yield(go)
  })
}
