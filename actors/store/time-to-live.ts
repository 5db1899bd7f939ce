/** How long an entry lives, as a caller says it and as the store counts it. */

import { type Invalid, invalid, shown } from "../../src/index.ts"

/** The last moment, and the longest time, that is counted to the millisecond: some 285 000 years. */
export const LATEST_MS = Number.MAX_SAFE_INTEGER

/** Seconds to whole milliseconds, rounded up, never to 0; `Infinity` where there is no expiry. Throws `Invalid` for what is no TTL. */
export function millisecondsOf(ttl: unknown, field = "ttl"): number {
  if (ttl === undefined || ttl === 0 || ttl === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  if (typeof ttl !== "number" || !(ttl > 0)) {
    throw invalid(field, `must be a number of seconds from 0; got ${shown(ttl)}`)
  }
  const exact = ttl * 1000
  const nearest = Math.round(exact)
  // 2.007 s is 2007.0000000000002 ms in floating point, and means 2007.
  const whole = Math.abs(exact - nearest) < 1e-6 ? nearest : Math.ceil(exact)
  if (whole > LATEST_MS) throw tooFar(ttl, field)
  return Math.max(whole, 1)
}

/** The refusal of a TTL that ends later than can be counted. */
export function tooFar(ttl: number, field = "ttl"): Invalid {
  return invalid(field, `must be a number of seconds from 0 whose end can be counted in ms (up to 2 ** 53), or Infinity; got ${ttl}`)
}
