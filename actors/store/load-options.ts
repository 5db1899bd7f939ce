/** What `getOrSet` is told: how long what is loaded is kept, and how long somebody waits for it. */

import { type AskOptions, checkOptions, invalid } from "../../src/index.ts"
import { type LifetimeOptions, type Terms, termsOf, UNENDING } from "./terms.ts"
import { millisecondsOf } from "./time-to-live.ts"

/** How long a loaded value is kept, and how long its callers wait for it. */
export interface GetOrSetOptions extends Omit<LifetimeOptions, "keepTtl">, AskOptions {
  /**
   * Seconds after its time in which the old value is still given, at once, while one caller's `load` refreshes it. Counts for the value that the
   * call finds or loads. 0 or absent: none; `Infinity`: as long as there is room.
   */
  readonly staleFor?: number | undefined
  /** Seconds for which a load that fails is remembered, and not tried again. 0 or absent: the next call tries again. */
  readonly failFor?: number | undefined
}

/** The same, read once. */
export interface LoadTerms {
  readonly terms: Terms
  /** 0: it is not given any more once its time is over. */
  readonly staleForMs: number
  /** 0: it is not remembered. */
  readonly failForMs: number
  /** How long its caller waits. */
  readonly timeoutMs: number
  readonly ask: AskOptions | undefined
}

const NAMES = ["ttl", "idle", "jitter", "staleFor", "failFor", "timeoutMs", "signal"]

/** As of any request. */
const DEFAULT_TIMEOUT_MS = 5000

const DEFAULTS: LoadTerms = { terms: UNENDING, staleForMs: 0, failForMs: 0, timeoutMs: DEFAULT_TIMEOUT_MS, ask: undefined }

/** Throws `Invalid`, naming the field; the limits of the request are checked where it is posted. */
export function loadTermsOf(options: GetOrSetOptions | undefined): LoadTerms {
  if (options === undefined) return DEFAULTS
  const said = saidPlainly(options) ?? saidIn(checkOptions(options, NAMES))
  const { staleFor, failFor, timeoutMs, signal } = said
  return {
    terms: termsOf(said),
    staleForMs: spanOf(staleFor, "staleFor"),
    failForMs: spanOf(failFor, "failFor"),
    timeoutMs: timeoutMs === undefined ? DEFAULT_TIMEOUT_MS : timeoutMs,
    ask: timeoutMs === undefined ? askOf(signal) : { timeoutMs, signal },
  }
}

/** What is said, each of it read once. Of one shape, whatever of it is said: a value that is there must be found for little more than a reading costs. */
class Said {
  ttl: number | undefined = undefined
  idle: number | undefined = undefined
  jitter: number | undefined = undefined
  /** Never said; its own, as what stands in the prototype of all objects would be read as said. */
  readonly keepTtl = undefined
  staleFor: number | undefined = undefined
  failFor: number | undefined = undefined
  timeoutMs: number | undefined = undefined
  signal: AbortSignal | undefined = undefined
}

/**
 * The short way, for what most write: a plain object with nothing in it but what is known. `undefined` for all else, and where reading fails:
 * `checkOptions` reads it anew, and says what is wrong.
 */
function saidPlainly(options: GetOrSetOptions): Said | undefined {
  try {
    if (Object.getPrototypeOf(options) !== Object.prototype || Object.getOwnPropertySymbols(options).length > 0) return undefined
    return saidIn(options)
  } catch {
    return undefined
  }
}

/** Throws for a name that is none. */
function saidIn(options: GetOrSetOptions): Said {
  const said = new Said()
  for (const name of Object.keys(options)) take(said, options, name)
  return said
}

function take(said: Said, options: GetOrSetOptions, name: string): void {
  if (name === "ttl") said.ttl = options.ttl
  else if (name === "idle") said.idle = options.idle
  else if (name === "jitter") said.jitter = options.jitter
  else if (name === "staleFor") said.staleFor = options.staleFor
  else if (name === "failFor") said.failFor = options.failFor
  else if (name === "timeoutMs") said.timeoutMs = options.timeoutMs
  else if (name === "signal") said.signal = options.signal
  else throw invalid(name, "is unknown")
}

function askOf(signal: AbortSignal | undefined): AskOptions | undefined {
  return signal === undefined ? undefined : { signal }
}

function spanOf(seconds: unknown, field: string): number {
  const ms = millisecondsOf(seconds, field)
  return seconds === undefined || seconds === 0 ? 0 : ms
}
