/** Effect's durations, read into the milliseconds of the runtime: one by one, and in options that take milliseconds. A number is milliseconds in both. */

import * as Duration from "effect/Duration"
import { invalid, shown } from "../kernel/errors.ts"
import { ownOptions } from "../kernel/options.ts"

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

/** Options, with a duration where a time in milliseconds is. */
export type DurationOptions<Options> = {
  readonly [Name in keyof Options]: Name extends `${string}Ms` ? Duration.Input | undefined : Options[Name]
}

/** The options, with these of them in milliseconds; what is no object is handed on to whoever refuses it. Each is read once. */
export function inMilliseconds(options: unknown, names: readonly string[], path = ""): object {
  const read = ownOptions(options, path)
  if (read === undefined) return options as object
  for (const name of names) {
    const value = read[name]
    // What is wrong with a number is said by who takes it.
    if (value !== undefined && typeof value !== "number") read[name] = millisecondsOf(value, `${path}${name}`)
  }
  return read
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
