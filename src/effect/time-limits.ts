/** Effect's durations, read into the milliseconds of the runtime. */

import * as Duration from "effect/Duration"
import { invalid, shown } from "../kernel/errors.ts"

/**
 * Milliseconds; `Infinity` for what has no end. A number is milliseconds, as everywhere in Effect.
 *
 * Errors  Invalid, naming the field, for what is no duration, and for less than none.
 */
export function millisecondsOf(input: unknown, field: string): number {
  const ms = parsed(input)
  if (ms !== undefined && ms >= 0) return ms
  throw invalid(field, `must be a duration from 0, as "5 seconds" or a number of ms; got ${shown(input)}`)
}

/** As `millisecondsOf`, where none is too short to be meant. */
export function timeLimitOf(input: unknown, field: string): number {
  const ms = millisecondsOf(input, field)
  if (ms > 0) return ms
  throw invalid(field, `must be longer than 0 ms; got ${shown(input)}`)
}

function parsed(input: unknown): number | undefined {
  if (typeof input === "number") return Number.isNaN(input) ? undefined : input
  try {
    return Duration.toMillis(Duration.fromInputUnsafe(input as Duration.Input))
  } catch {
    return undefined
  }
}
