/** Reads how long a database is to be waited for. */

import { invalid, shown } from "../../src/index.ts"

/** What a host's timers take, and databases keep such times in. */
const LONGEST_MS = 2 ** 31 - 1

/** Throws `Invalid`, naming the field, for what is no time that can be waited. */
export function readTimeLimit(field: string, timeoutMs: unknown): number {
  if (typeof timeoutMs === "number" && Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= LONGEST_MS) return timeoutMs
  throw invalid(field, `must be a whole number of ms from 0 to ${LONGEST_MS}; got ${shown(timeoutMs)}`)
}
