/** Times as Effect writes them, wherever the runtime takes milliseconds: a number is milliseconds, as it is there. */

import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { invalid, shown } from "../kernel/errors.ts"

/** In milliseconds. Throws `Invalid` for what is no duration. A number stays what it is: whoever takes it says which are right. */
export function millisecondsOf(value: unknown, path: string): number {
  if (typeof value === "number") return value
  const duration = decoded(value)
  if (duration === undefined) throw invalid(path, `must be a duration, as "5 seconds", or a number of ms; got ${shown(value)}`)
  return Duration.toMillis(duration)
}

function decoded(value: unknown): Duration.Duration | undefined {
  try {
    return Option.getOrUndefined(Duration.fromInput(value as Duration.Input))
  } catch {
    return undefined
  }
}

/** The options, with these of them in milliseconds; what is no object is handed on to whoever refuses it. Each is read once. */
export function inMilliseconds(options: unknown, names: readonly string[], path = ""): object {
  if (typeof options !== "object" || options === null) return options as object
  const read: Record<string, unknown> = { ...options }
  for (const name of names) {
    if (read[name] !== undefined) read[name] = millisecondsOf(read[name], `${path}${name}`)
  }
  return read
}
