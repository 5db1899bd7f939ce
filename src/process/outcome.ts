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

/** Throws `Invalid` for an outcome in a reply's place: whoever asked would get the wrapping. */
export function checkReply(value: unknown): void {
  if (resistsLook(value)) return
  if (value instanceof Outcome)
    throw invalid("value", "must be the reply itself; got an outcome: failure, Deferred and Stashed are returned")
  if (isForeignOutcome(value)) throw invalid("value", `must be the reply itself; got ${shown(value)}`)
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
 * of the runtime's an `Unknown`; with what was given as cause.
 */
export function failure(error: PigeonholeError): Failure {
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
