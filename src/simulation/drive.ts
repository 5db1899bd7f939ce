/** Drives a schedule through its steps: after each, all promise reactions that follow from it run, and nothing else does. */

import { defaultHost } from "../kernel/host.ts"

/** Runs what promises wait for; Node's, and nobody else's. */
type Settle = () => void

const settleReactions: Settle | undefined = (globalThis.process as { readonly _tickCallback?: Settle } | undefined)?._tickCallback

/** Resolves with what the schedule gives. Between two steps the host has no turn, where it can run promise reactions alone. */
export function drive<Result>(schedule: Generator<void, Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      try {
        for (let next = schedule.next(); ; next = schedule.next()) {
          if (next.done === true) return resolve(next.value)
          if (settleReactions === undefined) return defaultHost.yield(go)
          settleReactions()
        }
      } catch (error) {
        reject(error)
      }
    }
    // In a turn of the host: in the middle of a reaction no other one runs.
    defaultHost.yield(go)
  })
}
