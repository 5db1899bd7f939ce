/**
 * The wait before a restart: none before the first, then growing, with jitter, until the child has been up long enough.
 *
 * An extension to OTP, which restarts at once and so spends a whole intensity budget within a microsecond on
 * a child whose fault lasts longer than that. Pure: time and chance are handed in.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { checkOptions } from "../kernel/options.ts"

/** How long a child waits before it is started again: longer each time in a row, and never all at once. */
export interface Backoff {
  /** The wait before the second restart in a row, in ms. */
  readonly initialMs: number
  /** What a wait is multiplied by for the next restart in a row; from 1. */
  readonly factor: number
  /** No wait is longer, jitter included. */
  readonly maxMs: number
  /** Share by which a wait is lengthened or shortened at random, in [0, 1]. */
  readonly jitter: number
  /** Once up for so long after its start, a child's next failure counts as its first. */
  readonly stableAfterMs: number
  /**
   * So many restarts in a row are tried at most; a whole number, 0 for no limit. When that many have failed too, the child stays down, and its
   * mailboxes are closed, until somebody acquires it or restarts it by request: then it is counted from zero.
   */
  readonly maxAttempts: number
  /**
   * The wait in ms before the restart that follows the `attempt`-th failure in a row, counted from 1, in the place of the numbers above; `chance`, in
   * [0, 1), is the runtime's. Where it throws, or gives no number from 0, they hold. Default: none.
   */
  readonly waits?: ((attempt: number, chance: number) => number) | undefined
}

/** A backoff with defaults for what is left out. */
export type BackoffOptions = Partial<Backoff>

const DEFAULTS: Backoff = { initialMs: 10, factor: 2, maxMs: 5000, jitter: 0.2, stableAfterMs: 10_000, maxAttempts: 0 }

const RANGES: Readonly<Record<Exclude<keyof Backoff, "waits">, readonly [least: number, most: number]>> = {
  initialMs: [0, Number.MAX_VALUE],
  factor: [1, Number.MAX_VALUE],
  maxMs: [0, Number.MAX_VALUE],
  jitter: [0, 1],
  stableAfterMs: [0, Number.MAX_VALUE],
  maxAttempts: [0, Number.MAX_SAFE_INTEGER],
}

/** Throws `Invalid` that names the field under `path`. */
export function backoffOf(options: BackoffOptions | undefined, path: string): Backoff {
  if (options === undefined) return DEFAULTS
  checkOptions(options, [...Object.keys(DEFAULTS), "waits"], `${path}.`)
  const backoff = { ...DEFAULTS, ...options }
  for (const [field, [least, most]] of Object.entries(RANGES)) {
    const value: unknown = backoff[field as keyof Backoff]
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw invalid(`${path}.${field}`, `must be a number from ${least}${most === 1 ? " to 1" : ""}; got ${shown(value)}`)
    }
  }
  if (!Number.isInteger(backoff.maxAttempts))
    throw invalid(`${path}.maxAttempts`, `must be a whole number from 0; got ${shown(backoff.maxAttempts)}`)
  if (backoff.waits !== undefined && typeof backoff.waits !== "function")
    throw invalid(`${path}.waits`, `must be a function from an attempt to ms; got ${shown(backoff.waits)}`)
  return backoff
}

/** The wait in ms before the restart that follows the `attempt`-th failure in a row; `chance` in [0, 1). */
export function delayBefore(attempt: number, backoff: Backoff, chance: number): number {
  const said = saidOf(attempt, backoff, chance)
  if (said !== undefined) return said
  if (attempt <= 1) return 0
  const { initialMs, factor, maxMs, jitter } = backoff
  // So late in a row the power is infinite, and nothing times infinity is not a number.
  const delay = initialMs === 0 ? 0 : Math.min(initialMs * factor ** (attempt - 2), maxMs)
  return Math.min(delay * (1 + jitter * (2 * chance - 1)), maxMs)
}

function saidOf(attempt: number, { waits }: Backoff, chance: number): number | undefined {
  try {
    const said: unknown = waits?.(attempt, chance)
    return typeof said === "number" && said >= 0 ? said : undefined
  } catch {
    return undefined
  }
}

/** Which failure in a row this one is, given the one before and how long the child had been up; `undefined`: its start had failed. */
export function nextAttempt(attempt: number, upMs: number | undefined, backoff: Backoff): number {
  return upMs !== undefined && upMs >= backoff.stableAfterMs ? 1 : attempt + 1
}

/** Whether no restart follows the `attempt`-th failure in a row, as all that may be tried have been. */
export function isUsedUp(attempt: number, { maxAttempts }: Backoff): boolean {
  return maxAttempts > 0 && attempt > maxAttempts
}
