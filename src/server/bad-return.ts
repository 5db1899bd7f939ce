/**
 * What a handler must not return. Silence about it would leave a caller without its answer, or an error without a reader; so it
 * crashes the server.
 *
 * Allowed stays whatever is a plain value, also where nobody asked: an arrow function that casts returns something nearly always. And
 * `info`, which is one handler for what is asked and what is told, may answer both: what it gives for a tell is reported.
 *
 * Source  OTP, gen_server: `bad_return_value`.
 */

import type { Envelope } from "../kernel/envelope.ts"
import { type Invalid, invalid, shown } from "../kernel/errors.ts"
import { Deferred, Failure, isForeignOutcome, Outcome, requestOf, Stashed, shownOutcome } from "../process/outcome.ts"
import { isInfo } from "./handler-of.ts"

/** What a handler has asked for beside its return value: `self.defer()` or `self.stash()`. */
export type Mark = "deferred" | "stashed" | undefined

/** What is wrong with a return value that answers nobody, or the wrong one. */
export function badReturn(envelope: Envelope, result: unknown, mark: Mark): string | undefined {
  if (isForeignOutcome(result)) return `returned ${shown(result)}`
  return mark === "stashed" ? afterStash(result) : problemOf(envelope, result, mark)
}

/** Whether `info` has answered what nobody had asked: whoever has a pid may tell it anything, and must not end it by that. */
export function isForNobody(envelope: Envelope, result: unknown): boolean {
  return (result instanceof Failure || result instanceof Deferred) && !envelope.isRequest && isInfo(envelope)
}

function afterStash(result: unknown): string | undefined {
  if (!(result instanceof Outcome) || result instanceof Stashed) return undefined
  return `put its message aside with self.stash() and returned ${shownOutcome(result)}: the message will be handled again`
}

function problemOf(envelope: Envelope, result: unknown, mark: Mark): string | undefined {
  if (mark === "deferred" && !(result instanceof Deferred)) return "called self.defer() and returned something else: return the Deferred"
  if (!(result instanceof Outcome)) return undefined
  if (result instanceof Stashed) return "returned what self.stash() gave for another message"
  if (isForNobody(envelope, result)) return undefined
  if (!envelope.isRequest) return `returned ${shownOutcome(result)}, and nobody had asked: there is no request to answer`
  if (result instanceof Deferred && requestOf(result) !== envelope) return "returned a Deferred of another request"
  return undefined
}

/** The error of a start that gave an outcome in place of a state. */
export function badState(handler: "init" | "inherit" | "restore" | "migrate" | "update", state: unknown): Invalid | undefined {
  const outcome = shownOutcome(state)
  if (outcome === undefined) return undefined
  return invalid(handler, `must return the state, and there is no request to answer: throw the error; it returned ${outcome}`)
}
