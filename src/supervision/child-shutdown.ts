/** How a child is told to stop, and what follows when its time is over. The supervisor keeps the time. */

import type { Process } from "../kernel/process.ts"
import { stopLimitsOf } from "./child-spec.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** What the supervisor does itself. */
export interface SupervisorDrain {
  /** Each child serves what it had accepted before it stops. */
  readonly isDraining: boolean
  /** With the whole application, in the limit of that. */
  readonly isWhole: boolean
}

/** Tells it to stop, or to serve first what it had accepted; gives the ms after which its time for that is over. */
export function tellToStop(child: SupervisedChild, process: Process, { isDraining, isWhole }: SupervisorDrain): number {
  const { spec, isDrained } = child
  const { drainMs, stopMs } = stopLimitsOf(spec)
  const hasDrainLimit = typeof spec.shutdown === "object"
  child.isDrained = false
  if (!isDrained && !isDraining && !hasDrainLimit) {
    process.urge({ type: "stop", reason: "shutdown" })
    return stopMs
  }
  process.drain("shutdown", isWhole)
  // One that could not begin to serve stops.
  if (!process.isDraining) return stopMs
  return isWhole && !hasDrainLimit ? Number.POSITIVE_INFINITY : drainMs
}

/** One that still serves is ended, in the middle of its handler or not; one that stops is killed. */
export function timeOver({ ending }: SupervisedChild): void {
  if (ending?.isServing === true) ending.urge({ type: "exit", reason: "shutdown" })
  else ending?.urge({ type: "exit", reason: "kill" })
}
