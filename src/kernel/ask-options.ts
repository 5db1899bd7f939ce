/** How long an asker waits, as it says it. */

import { NO_LIMIT } from "./envelope.ts"
import { otherwise, timeLimit } from "./option-fields.ts"
import { readOption } from "./options.ts"

/** How long an ask waits when its caller does not say, in ms. */
export const DEFAULT_TIMEOUT_MS = 5000

/** How long an asker waits. */
export interface AskOptions {
  /** Milliseconds to wait for the answer; more than 0, `Infinity` for no limit. Default 5000. */
  readonly timeoutMs?: number
}

const TIMEOUT = otherwise(timeLimit, DEFAULT_TIMEOUT_MS)

/** Reads the time limit of a request, in whole ms, `NO_LIMIT` for none; an `Invalid` that names the field where it is none. */
export function timeoutOf(options: AskOptions | undefined): number {
  if (options === undefined) return DEFAULT_TIMEOUT_MS
  const timeoutMs = readOption(options, "timeoutMs", TIMEOUT)
  return timeoutMs === Number.POSITIVE_INFINITY ? NO_LIMIT : Math.ceil(timeoutMs)
}
