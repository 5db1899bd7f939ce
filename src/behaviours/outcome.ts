/** What a call handler may return in place of its reply: an error for the caller, or a promise of its own making. */

import type { Envelope } from "../kernel/envelope.ts"
import { asError, type PigeonholeError } from "../kernel/errors.ts"

export abstract class Outcome {}

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
 * is a crash: its supervisor restarts it.)
 */
export function failure(error: PigeonholeError): Failure {
  return new Failure(asError(error))
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

  /** `false` where it was answered before, timed out, or nobody had asked. */
  reply(value: Reply): boolean {
    return this.#settle((envelope) => envelope.reply(value))
  }

  /** As `reply`, with an error. */
  fail(error: PigeonholeError): boolean {
    return this.#settle((envelope) => envelope.fail(error))
  }

  #settle(settle: (envelope: Envelope) => void): boolean {
    const envelope = this.#envelope
    if (envelope === undefined) return false
    const wasOpen = envelope.isOpen
    if (wasOpen || envelope.isSettled) settle(envelope)
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
