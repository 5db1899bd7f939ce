/** What a call handler may return in place of its reply: an error for the caller, or a promise of its own making. */

import { fail, reply } from "../kernel/answer.ts"
import { foreignKind, mark } from "../kernel/copies.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { errorOf, invalid, type PigeonholeError, shown } from "../kernel/errors.ts"

export abstract class Outcome {}
mark(Outcome, "outcome")

/** Whether another copy of the package has made it: then it says nothing here, and must not pass for a value. */
export function isForeignOutcome(value: unknown): boolean {
  return foreignKind(value) === "outcome"
}

/** Whether its class cannot be asked for: then it is no outcome. A caller may have made it, and it is that caller's matter. */
export function resistsLook(value: unknown): boolean {
  try {
    return value instanceof Outcome && false
  } catch {
    return true
  }
}

/** An outcome as a message shows it, of whichever copy; `undefined` for all else. */
export function shownOutcome(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || resistsLook(value)) return undefined
  if (value instanceof Failure) return "a failure"
  if (value instanceof Deferred) return "a Deferred"
  if (value instanceof Outcome) return "what self.stash() gives"
  return isForeignOutcome(value) ? shown(value) : undefined
}

/** Throws `Invalid` for an outcome in a reply's place: whoever asked would get the wrapping. */
export function checkReply(value: unknown): void {
  const outcome = shownOutcome(value)
  if (outcome !== undefined) throw invalid("value", `must be the reply itself; got an outcome, which is returned: ${outcome}`)
}

/**
 * Throws `Invalid` for an outcome that answers no request: what a task, a process or a machine comes to. Whoever waits would get the wrapping,
 * and an error in it would have no reader.
 */
export function checkResult(field: string, value: unknown): void {
  const outcome = shownOutcome(value)
  if (outcome !== undefined) throw invalid(field, `must be a value, as there is no request to answer: an error is thrown; got ${outcome}`)
}

/** Throws `Invalid` where an error is meant. */
function checkError(error: unknown): void {
  const outcome = shownOutcome(error)
  if (outcome !== undefined) throw invalid("error", `must be the error itself; got ${outcome}`)
}

/** The caller's request fails with `error`; the server goes on. */
export class Failure extends Outcome {
  readonly error: PigeonholeError
  constructor(error: PigeonholeError) {
    super()
    this.error = error
  }
}

/**
 * Answers the request with an error, without a crash: `return failure(new NotFound("…"))`. (What a handler throws
 * is a crash: its supervisor restarts it.) An error of another copy of the package becomes one of ours of the same kind, what is no error
 * of the runtime's an `Unknown`; with what was given as cause. Throws `Invalid` for another outcome in its place.
 */
export function failure(error: PigeonholeError): Failure {
  checkError(error)
  return new Failure(errorOf(error))
}

let follow: (deferred: Deferred<unknown>) => Envelope | undefined

/** The right to answer one request later, once. May be passed on. Made by `self.defer()`. */
export class Deferred<Reply> extends Outcome {
  readonly #envelope: Envelope | undefined

  static {
    follow = (deferred) => deferred.#envelope
  }

  constructor(envelope: Envelope | undefined) {
    super()
    this.#envelope = envelope
  }

  /** `false` where it was answered before, timed out, or nobody had asked. Throws `Invalid` for an outcome, as `failure` makes it. */
  reply(value: Reply): boolean {
    checkReply(value)
    return this.#settle((envelope) => reply(envelope, value))
  }

  /** As `reply`, with an error. */
  fail(error: PigeonholeError): boolean {
    checkError(error)
    return this.#settle((envelope) => fail(envelope, errorOf(error)))
  }

  #settle(settle: (envelope: Envelope) => void): boolean {
    const envelope = this.#envelope
    if (envelope === undefined) return false
    const wasOpen = envelope.isOpen
    if (wasOpen || envelope.isSettled) settle(envelope)
    if (wasOpen) envelope.inbox.owner?.answered()
    return wasOpen
  }
}

/** The request that it answers; `undefined` where nobody had asked. */
export function requestOf(deferred: Deferred<unknown>): Envelope | undefined {
  return follow(deferred)
}

/** Says that the present message was put aside: `return self.stash()`. The caller goes on waiting. */
export class Stashed extends Outcome {
  /** Tells its type from others'. */
  readonly isStashed = true
}
