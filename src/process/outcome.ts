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

/** The caller's request fails with `error`; the server goes on. `Given`: what `failure` was called with. */
export class Failure<out Given = PigeonholeError> extends Outcome {
  readonly error: PigeonholeError
  /** What `failure` was called with. */
  readonly given: Given
  constructor(error: PigeonholeError, given: Given) {
    super()
    this.error = error
    this.given = given
  }
}

/** What an operation has said of its answers. Throws `Invalid` for what it has not. */
export interface ReplyRules {
  /** The reply, as its caller gets it. */
  reply(value: unknown): unknown
  /** The error likewise. */
  failure(error: unknown): PigeonholeError
}

/**
 * Answers the request with an error, without a crash: `return failure(new NotFound("…"))`. (What a handler throws
 * is a crash: its supervisor restarts it.) An error of another copy of the package becomes one of ours of the same kind, what is no error
 * of the runtime's an `Unknown`; with what was given as cause. Throws `Invalid` for another outcome in its place. An operation that declares an `error` schema
 * may give what that says, too: an object, or an error with a `_tag`.
 */
export function failure<const Given extends object>(error: Given & Declarable<Given>): Failure<Given>
// The last is what the compiler takes where it is handed on: `promise.catch(failure)`.
export function failure<Known extends PigeonholeError>(error: Known): Failure<Known>
export function failure(error: unknown): Failure<unknown> {
  checkError(error)
  return new Failure(errorOf(error), error)
}

/** A bare error says nothing of what has gone wrong. */
type Declarable<Given> = Given extends Error ? (Given extends { readonly _tag: string } ? unknown : never) : unknown

let follow: (deferred: Deferred<unknown>) => Envelope | undefined

/** The right to answer one request later, once. May be passed on. Made by `self.defer()`. */
export class Deferred<Reply> extends Outcome {
  readonly #envelope: Envelope | undefined
  readonly #rules: ReplyRules | undefined

  static {
    follow = (deferred) => deferred.#envelope
  }

  constructor(envelope: Envelope | undefined, rules?: ReplyRules) {
    super()
    this.#envelope = envelope
    this.#rules = rules
  }

  /**
   * `false` where it was answered before, timed out, or nobody had asked. Throws `Invalid` for an outcome, as `failure` makes it, and for what the
   * operation's `success` does not allow: then it is still to be answered.
   */
  reply(value: Reply): boolean {
    checkReply(value)
    const own = this.#rules === undefined ? value : this.#rules.reply(value)
    return this.#settle((envelope) => reply(envelope, own))
  }

  /** As `reply`, with an error: of the operation's `error`, where it declares one. */
  fail(error: PigeonholeError): boolean
  fail<const Given extends object>(error: Given & Declarable<Given>): boolean
  fail(error: unknown): boolean {
    checkError(error)
    const own = this.#rules === undefined ? errorOf(error) : this.#rules.failure(error)
    return this.#settle((envelope) => fail(envelope, own))
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
