/** Why an inbox refuses what is posted to it. */

import type { PigeonholeError } from "./errors.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"

/** Why its process takes nothing any more that is addressed to itself, though it lives. */
export class Leaving {
  readonly reason: ExitReason
  /** Whether there will be no other one: what came through a mailbox of the service waits for nobody then. */
  readonly isLast: boolean
  constructor(reason: ExitReason, isLast: boolean) {
    this.reason = reason
    this.isLast = isLast
  }
}

/** What makes the error, why its process has ended, or why it is about to. */
export type Closing = (() => PigeonholeError) | ExitReason | Leaving

export function closingError(label: string, closing: Closing): PigeonholeError {
  if (closing instanceof Leaving) return exitError(label, closing.reason, !closing.isLast)
  return typeof closing === "function" ? closing() : exitError(label, closing)
}
