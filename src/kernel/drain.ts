/**
 * The end of a process that first serves what it had accepted: why it stops then, and what it still owes.
 *
 * Not here: the refusal of what comes meanwhile (inbox), and the limit (who asks for it).
 */

import type { Envelope } from "./envelope.ts"
import { Unavailable } from "./errors.ts"
import type { ExitReason } from "./exit-reason.ts"

export class Drain {
  readonly reason: ExitReason
  /** Whether all that is below is drained within one limit that somebody else keeps: a stop of the whole application. */
  readonly isWhole: boolean
  /** All was served, and the process has been told to stop. */
  isServed = false
  #watched: Envelope | undefined = undefined

  constructor(reason: ExitReason, isWhole: boolean) {
    this.reason = reason
    this.isWhole = isWhole
  }

  /** Calls back once this request, which was left open, has its answer. One is watched at a time. */
  watch(envelope: Envelope, settled: () => void): void {
    if (this.#watched === envelope) return
    this.#watched = envelope
    const { resolve } = envelope
    envelope.resolve = (answer) => {
      resolve?.(answer)
      settled()
    }
  }
}

/** What is refused with that comes to a process that drains. */
export function drainError(target: string, { isWhole }: Drain): Unavailable {
  const message = `${target} is stopping: it serves what it had accepted, and takes nothing more`
  return new Unavailable(message, { details: { target }, retryable: !isWhole })
}
