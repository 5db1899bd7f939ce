/** How long a child may take to start, as its spec says: a process that takes longer is ended by that error. */

import type { Process } from "../kernel/process.ts"
import { StartLimit } from "../kernel/start-limit.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** From now on, until it has started or has ended. */
export function limitStart(child: SupervisedChild, process: Process): void {
  const { startTimeoutMs = Number.POSITIVE_INFINITY, type } = child.spec
  if (startTimeoutMs === Number.POSITIVE_INFINITY) return
  child.startLimit = new StartLimit(process, startTimeoutMs, "startTimeoutMs", (error) => {
    // One that was told to stop has the limit of that. A supervisor stops what it has started.
    if (child.process === process && child.state === "starting")
      process.urge({ type: type === "worker" ? "exit" : "stop", reason: { error } })
  })
}

/** It has started, or will not. */
export function startIsOver(child: SupervisedChild): void {
  child.startLimit?.cancel()
  child.startLimit = undefined
}
