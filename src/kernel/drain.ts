/**
 * The end of a process that first serves what it had accepted: why it stops then, and what it still owes.
 *
 * Not here: the refusal of what comes meanwhile (inbox), and the limit (who asks for it).
 */

import { AnswerWatch } from "./answer-watch.ts"
import { Unavailable } from "./errors.ts"
import type { ExitReason } from "./exit-reason.ts"

export class Drain {
  readonly reason: ExitReason
  /** Whether all that is below is drained within one limit that somebody else keeps: a stop of the whole application. */
  readonly isWhole: boolean
  /** All was served, and the process has been told to stop. */
  isServed = false
  readonly owed = new AnswerWatch()

  constructor(reason: ExitReason, isWhole: boolean) {
    this.reason = reason
    this.isWhole = isWhole
  }
}

/** What is refused with that comes to a process that drains. */
export function drainError(target: string, { isWhole }: Drain): Unavailable {
  const message = `${target} is stopping: it serves what it had accepted, and takes nothing more`
  return new Unavailable(message, { details: { target }, retryable: !isWhole })
}
