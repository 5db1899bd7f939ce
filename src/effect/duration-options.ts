/** Options whose times may be Effect's durations, for what takes them in milliseconds: a number is milliseconds in both. */

import type * as Duration from "effect/Duration"
import { millisecondsOf } from "./time-limits.ts"

/** The same options, with a duration where a time in milliseconds is. */
export type DurationOptions<Options> = {
  readonly [Name in keyof Options]: Name extends `${string}Ms` ? Duration.Input | undefined : Options[Name]
}

/** The options, with these of them in milliseconds; what is no object is handed on to whoever refuses it. Each is read once. */
export function inMilliseconds(options: unknown, names: readonly string[], path = ""): object {
  if (typeof options !== "object" || options === null) return options as object
  const read: Record<string, unknown> = { ...options }
  for (const name of names) {
    const value = read[name]
    // What is wrong with a number is said by who takes it.
    if (value !== undefined && typeof value !== "number") read[name] = millisecondsOf(value, `${path}${name}`)
  }
  return read
}
