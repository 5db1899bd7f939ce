/**
 * Restart intensity: more than `intensity` restarts within `periodMs` and the supervisor gives up.
 *
 * A sliding window over the moments of restarts. Pure: time is handed in.
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

/** The moments of restarts that still count, with the one at `now` added. */
export function addRestart(restarts: readonly number[], now: number, limit: Intensity): readonly number[] {
  return [...restarts.filter((at) => now - at <= limit.periodMs), now]
}

export function isExceeded(restarts: readonly number[], limit: Intensity): boolean {
  return restarts.length > limit.intensity
}
