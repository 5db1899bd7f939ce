/** Why an inbox refuses what is posted to it. */

import type { PigeonholeError } from "./errors.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"
import type { Sequel } from "./keeper.ts"

/** Why its process takes nothing any more that is addressed to itself, though it lives. */
export class Leaving {
  readonly reason: ExitReason
  /** Whether there will be another one, and what came through a mailbox of the service waits for it. */
  readonly sequel: Sequel
  /** What nobody is to wait for its next incarnation with: what makes the error. */
  readonly refusal: Refusal | undefined

  constructor(reason: ExitReason, sequel: Sequel, refusal?: Refusal) {
    this.reason = reason
    this.sequel = sequel
    this.refusal = refusal
  }

  /** Whether what comes through a mailbox of the service waits for the next incarnation. */
  get isAwaited(): boolean {
    return this.sequel === "next" && this.refusal === undefined
  }

  error(label: string): PigeonholeError {
    const isRetryable = this.sequel !== "never"
    return this.refusal?.(isRetryable) ?? exitError(label, this.reason, isRetryable)
  }
}

export type Refusal = (isRetryable: boolean) => PigeonholeError

/** What makes the error, why its process has ended, or why it is about to. */
export type Closing = (() => PigeonholeError) | ExitReason | Leaving

export function closingError(label: string, closing: Closing): PigeonholeError {
  if (closing instanceof Leaving) return closing.error(label)
  return typeof closing === "function" ? closing() : exitError(label, closing)
}
