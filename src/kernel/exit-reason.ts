/**
 * Why a process ended. A closed union, after OTP: `normal` and `shutdown` are expected ends, all
 * others are crashes that a supervisor acts on.
 *
 * Source  OTP, "Processes: Receiving Exit Signals"; supervisor(3), restart types.
 */

import { isMarked } from "./copies.ts"
import { Internal, invalid, type PigeonholeError, SHOWN_LETTERS, shown, thrownText, Unavailable } from "./errors.ts"
import { cut } from "./sort.ts"

/** Why a process ended, in OTP's words. */
export type ExitReason =
  /** Its work is done. A linked process that does not trap exits ignores it. */
  | "normal"
  /** Asked to stop, by its supervisor or by `stop`. */
  | "shutdown"
  /** As `shutdown`, with a word on why. */
  | { readonly shutdown: unknown }
  /** As sent: cannot be trapped. Seen by others as `killed`. */
  | "kill"
  | "killed"
  /** There was no such process. */
  | "noproc"
  /** It threw, or was told to exit with this error. */
  | { readonly error: unknown }

const WORDS: readonly unknown[] = ["normal", "shutdown", "kill", "killed", "noproc"]

/**
 * The reason as an object of our own: what others hand in is read once, here, as it will come to all that hear of the end. Throws `Invalid`
 * for what is no reason, or cannot be read.
 */
export function checkReason(reason: ExitReason): ExitReason {
  if (WORDS.includes(reason)) return reason
  const own = spelledOut(reason)
  if (own !== undefined) return own
  throw invalid("reason", `must be one of ${WORDS.join(", ")}, { shutdown } or { error }; got ${shown(reason)}`)
}

/** As `checkReason`, for a stop, which lets the process clear up. */
export function checkStopReason(reason: ExitReason): ExitReason {
  if (reason === "kill") throw invalid("reason", "must not be kill: a stop lets the process clear up; use exit")
  return checkReason(reason)
}

function spelledOut(reason: unknown): ExitReason | undefined {
  // A failure has an error too, and a task a shutdown; neither says why somebody ends.
  if (typeof reason !== "object" || reason === null || isMarked(reason)) return undefined
  try {
    if ("shutdown" in reason) return { shutdown: reason.shutdown }
    return "error" in reason ? { error: reason.error } : undefined
  } catch (error) {
    throw invalid("reason", `cannot be read: ${thrownText(error)}`, error)
  }
}

/** True of the ends that a `transient` child is not restarted after. */
export function isExpectedExit(reason: ExitReason): boolean {
  return reason === "normal" || isShutdown(reason)
}

/** The reason in one word, with nothing of what was thrown. */
export function shortReason(reason: ExitReason): "normal" | "shutdown" | "killed" | "noproc" | "crash" {
  if (typeof reason !== "object") return reason === "kill" ? "killed" : reason
  return "error" in reason ? "crash" : "shutdown"
}

/** True of `shutdown` and of `{ shutdown: … }`. */
export function isShutdown(reason: ExitReason): boolean {
  return reason === "shutdown" || (typeof reason === "object" && "shutdown" in reason)
}

/** True of the ends that a crash report is made of: all but the expected ones and a kill, which somebody wanted. */
export function isCrash(reason: ExitReason): boolean {
  return !isExpectedExit(reason) && reason !== "killed"
}

/** As those are told of a crash whose request it was not. */
const CRASHED: ExitReason = Object.freeze({ error: undefined })

/** What they are told in its place. */
const CRASHED_ELSEWHERE = "it crashed; on what, is told to no other caller"

/**
 * An end as it is told to who had asked something else: what a running process throws came of somebody's request, or of the state that many have
 * made, and may say what they said. A start that fails is nobody's request.
 */
export function toldToOthers(reason: ExitReason, isStarted: boolean): ExitReason {
  return isStarted && typeof reason === "object" && "error" in reason ? CRASHED : reason
}

/** `formatExitReason` of what others are told. */
export function formatToldReason(reason: ExitReason): string {
  return reason === CRASHED ? "it crashed" : formatExitReason(reason)
}

/** One line for a log. Total: whatever was thrown, this does not throw. */
export function formatExitReason(reason: ExitReason): string {
  if (typeof reason === "string") return reason
  try {
    const text = "error" in reason ? thrownText(reason.error) : `shutdown (${cut(String(reason.shutdown), SHOWN_LETTERS)})`
    return text.replace(/[\r\n]+\s*/g, " ")
  } catch {
    return "shutdown (a value that cannot be printed)"
  }
}

/** The error that a request still waiting for a process is handed back with when that process ends. `retryable`: another one may take its place. */
export function exitError(target: string, reason: ExitReason, retryable = true): PigeonholeError {
  if (reason === CRASHED)
    return new Unavailable(`${target} ended before it answered: ${CRASHED_ELSEWHERE}`, { details: { target }, retryable })
  const options = { details: { target, reason }, retryable }
  const message = `${target} ended before it answered: ${formatExitReason(reason)}`
  return new Unavailable(message, typeof reason === "object" && "error" in reason ? { ...options, cause: reason.error } : options)
}

/** What the signal of a process is aborted with: for what it waits for, it is too late. */
export function endingError(target: string, reason: ExitReason): PigeonholeError {
  return new Unavailable(`${target} is ending: ${formatExitReason(reason)}`, { details: { target, reason } })
}

/** The error of the request whose own handler crashed: a retry would meet the same fault. */
export function crashError(target: string, error: unknown): PigeonholeError {
  const details = { target, reason: { error } satisfies ExitReason }
  return new Internal(`${target} crashed handling this request: ${formatExitReason({ error })}`, { details, cause: error })
}

/** The error of a start once the application ends. */
export function closedError(): PigeonholeError {
  return new Unavailable("the application is stopping: nothing is started any more", { retryable: false })
}
