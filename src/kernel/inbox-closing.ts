/** Why an inbox refuses what is posted to it. */

import type { PigeonholeError } from "./errors.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"

/** Why its process takes nothing any more that is addressed to itself, though it lives. */
export class Leaving {
  readonly reason: ExitReason
  /** Whether there will be no other one: what came through a mailbox of the service waits for nobody then. */
  readonly isLast: boolean
  /** What nobody is to wait for its next incarnation with: what makes the error. */
  readonly refusal: (() => PigeonholeError) | undefined

  constructor(reason: ExitReason, isLast: boolean, refusal?: () => PigeonholeError) {
    this.reason = reason
    this.isLast = isLast
    this.refusal = refusal
  }

  /** Whether what comes through a mailbox of the service waits for the next incarnation. */
  get isAwaited(): boolean {
    return !this.isLast && this.refusal === undefined
  }
}

/** What makes the error, why its process has ended, or why it is about to. */
export type Closing = (() => PigeonholeError) | ExitReason | Leaving

export function closingError(label: string, closing: Closing): PigeonholeError {
  if (closing instanceof Leaving) return closing.refusal?.() ?? exitError(label, closing.reason, !closing.isLast)
  return typeof closing === "function" ? closing() : exitError(label, closing)
}
