/** How long an asker waits, as it says it. */

import { checkedSignal } from "./abort-signal.ts"
import { NO_LIMIT } from "./envelope.ts"
import { otherwise, timeLimit } from "./option-fields.ts"
import { readBeside, readOption } from "./options.ts"

/** How long an ask waits when its caller does not say, in ms. */
export const DEFAULT_TIMEOUT_MS = 5000

/** How long an asker waits. */
export interface AskOptions {
  /** Milliseconds to wait for the answer; more than 0, `Infinity` for no limit. Default 5000. */
  readonly timeoutMs?: number
  /**
   * Gives the request up when it is aborted: it fails with `Canceled`, whose cause is the signal's reason. One that no handler has taken is
   * withdrawn; one that a handler has goes on, and the handler sees it (`self.requestSignal`). Default: none.
   */
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT = otherwise(timeLimit, DEFAULT_TIMEOUT_MS)
const BESIDE = ["signal"]

/** Reads the time limit of a request, in whole ms, `NO_LIMIT` for none; an `Invalid` that names the field where it is none. */
export function timeoutOf(options: AskOptions | undefined): number {
  if (options === undefined) return DEFAULT_TIMEOUT_MS
  const timeoutMs = readOption(options, "timeoutMs", TIMEOUT, BESIDE)
  return timeoutMs === Number.POSITIVE_INFINITY ? NO_LIMIT : Math.ceil(timeoutMs)
}

/** The signal of a request whose time limit was read; an `Invalid` that names the field where it is none. */
export function signalOf(options: AskOptions | undefined): AbortSignal | undefined {
  const signal = options === undefined ? undefined : readBeside(options, "signal")
  return signal === undefined ? undefined : checkedSignal(signal)
}
