/**
 * Restart intensity: more than `intensity` restarts within `periodMs` and the supervisor gives up.
 *
 * A sliding window over the moments of restarts; time is handed in.
 * Source  OTP, supervisor(3), "Maximum Restart Intensity"; supervisor.erl, add_restart.
 */

import { invalid, shown } from "../kernel/errors.ts"

export interface Intensity {
  /** Restarts allowed within the period. 0: the first failure is one too many. */
  readonly intensity: number
  /** Milliseconds, more than 0. */
  readonly periodMs: number
}

/** A supervisor gives up at more than `intensity` restarts within `periodMs`. */
export interface IntensityOptions {
  /** Default 3. */
  readonly intensity?: number
  /** Default 5000. */
  readonly periodMs?: number
}

/** Throws `Invalid` that names the field. */
export function intensityOf(options: IntensityOptions, path: string): Intensity {
  const { intensity = 3, periodMs = 5000 } = options
  if (!Number.isInteger(intensity) || intensity < 0)
    throw invalid(`${path}intensity`, `must be a whole number from 0; got ${shown(intensity)}`)
  if (typeof periodMs !== "number" || !(periodMs > 0) || !Number.isFinite(periodMs)) {
    throw invalid(`${path}periodMs`, `must be a number of ms above 0; got ${shown(periodMs)}`)
  }
  return { intensity, periodMs }
}

/** The moments of restarts that still count. Cost O(1) a restart, amortised: a moment is added once and left out once. */
export class RestartWindow {
  readonly #limit: Intensity
  #moments: number[] = []
  /** The moments before this one are too old. */
  #first = 0

  constructor(limit: Intensity) {
    this.#limit = limit
  }

  /** Restarts within the period that ended with the last one added. */
  get size(): number {
    return this.#moments.length - this.#first
  }

  get isExceeded(): boolean {
    return this.size > this.#limit.intensity
  }

  /** Restarts within the period that ends now. */
  within(now: number): number {
    return this.#moments.filter((moment, index) => index >= this.#first && now - moment <= this.#limit.periodMs).length
  }

  /** Adds one at `now`; never earlier than the one before. */
  add(now: number): void {
    this.#moments.push(now)
    while (now - (this.#moments[this.#first] ?? now) > this.#limit.periodMs) this.#first += 1
    if (this.#first * 2 < this.#moments.length) return
    this.#moments = this.#moments.slice(this.#first)
    this.#first = 0
  }
}
