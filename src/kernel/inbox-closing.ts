/** Why an inbox refuses what is posted to it. */

import type { PigeonholeError } from "./errors.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"

/** Why its process takes nothing any more that is addressed to itself, though it lives. */
export class Leaving {
  readonly reason: ExitReason
  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

/** What makes the error, why its process has ended, or why it is about to. */
export type Closing = (() => PigeonholeError) | ExitReason | Leaving

export function closingError(label: string, closing: Closing): PigeonholeError {
  if (closing instanceof Leaving) return exitError(label, closing.reason)
  return typeof closing === "function" ? closing() : exitError(label, closing)
}
