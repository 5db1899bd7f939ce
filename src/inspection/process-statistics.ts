/** Counts what one process is given and answers, from the moment that somebody wants to know. Source: OTP, sys:statistics/2. */

import type { Process } from "../kernel/process.ts"
import { DeliveryProbe } from "./delivery-probe.ts"

/** What waits for a process, and what it did since it is counted. */
export interface ProcessStatistics {
  /** Messages in its inbox now. */
  readonly waiting: number
  /** Of those, what `self.stash()` has put aside. */
  readonly stashed: number
  /** `undefined` where `statistics(target, true)` was not called before. */
  readonly counted: MessageCounts | undefined
}

/** Counted since `statistics(target, true)`. */
export interface MessageCounts {
  /** When counting began, in monotonic ms, as `self.now()` gives them. */
  readonly startedAt: number
  readonly now: number
  /** Messages, timers and signals that a handler was given. */
  readonly messagesIn: number
  /** Requests among them that were answered. */
  readonly replies: number
  /** Requests among them that failed: by `failure`, a crash, or their time limit. */
  readonly failures: number
}

export class StatisticsProbe {
  readonly #process: Process
  readonly #probe: DeliveryProbe
  readonly #startedAt: number
  #messagesIn = 0
  #replies = 0
  #failures = 0

  constructor(process: Process) {
    this.#process = process
    this.#startedAt = process.kernel.host.now()
    this.#probe = new DeliveryProbe(process, {
      given: () => {
        this.#messagesIn += 1
      },
      answered: () => {
        this.#replies += 1
      },
      failed: () => {
        this.#failures += 1
      },
    })
  }

  get counts(): MessageCounts {
    const now = this.#process.kernel.host.now()
    return { startedAt: this.#startedAt, now, messagesIn: this.#messagesIn, replies: this.#replies, failures: this.#failures }
  }

  stop(): void {
    this.#probe.stop()
  }
}

/** What waits now, and what the probe has counted. */
export function statisticsOf({ inbox }: Process, probe: StatisticsProbe | undefined): ProcessStatistics {
  return { waiting: inbox.size, stashed: inbox.asideSize, counted: probe?.counts }
}
