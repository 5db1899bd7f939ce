/**
 * Bounds the lines of one kind in the log: so many a period, then none until the period is over, then one that says how many were
 * left out.
 *
 * While nothing was left out it keeps no timer, and while something is, it reads no clock.
 */

import { Alarm } from "../kernel/alarm.ts"
import type { Kernel } from "../kernel/kernel.ts"

export interface ThrottleRules {
  /** Lines a period. */
  readonly lines: number
  readonly periodMs: number
  /** Told at the end of a period how many lines were left out in it. */
  readonly summary: (suppressed: number) => void
}

export class LogThrottle {
  readonly #kernel: Kernel
  readonly #rules: ThrottleRules
  #periodStart = Number.NEGATIVE_INFINITY
  #lines = 0
  #suppressed = 0
  #alarm: Alarm | undefined = undefined

  constructor(kernel: Kernel, rules: ThrottleRules) {
    this.#kernel = kernel
    this.#rules = rules
  }

  /** Whether one more line may be written; where not, it is counted. */
  admits(): boolean {
    if (this.#suppressed > 0) return this.#suppress()
    const now = this.#kernel.host.now()
    if (now - this.#periodStart >= this.#rules.periodMs) this.#open(now)
    if (this.#lines === this.#rules.lines) return this.#suppress()
    this.#lines += 1
    return true
  }

  /** Ends the period now: says what was left out, and lets go of the timer. */
  flush(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
    const suppressed = this.#suppressed
    this.#open(this.#kernel.host.now())
    if (suppressed > 0) this.#rules.summary(suppressed)
  }

  #open(now: number): void {
    this.#periodStart = now
    this.#lines = 0
    this.#suppressed = 0
  }

  /** Nobody waits for the summary: the host need not stay alive for it. */
  #suppress(): false {
    this.#suppressed += 1
    if (this.#suppressed > 1) return false
    const leftMs = this.#periodStart + this.#rules.periodMs - this.#kernel.host.now()
    this.#alarm = new Alarm(this.#kernel, leftMs, () => this.flush(), false)
    return false
  }
}
