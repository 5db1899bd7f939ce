/**
 * How a message is settled: by an answer, by a promise of one, by an error, or by not being posted at all.
 *
 * Invariant: it is settled once, whoever comes first; what comes later is counted and dropped.
 *
 * Not here: who gives it up (`request-watch.ts`).
 */

import type { AsyncContext } from "./async-context.ts"
import type { Envelope, Settle } from "./envelope.ts"
import { Internal, Invalid, isOurs, type PigeonholeError, thrownText } from "./errors.ts"
import { carried, follow, thenableOf } from "./thenable.ts"

/** Answers it. A thenable is awaited, within the asker's time and its process's life; one that cannot be looked at is a failure. */
export function reply(envelope: Envelope, value: unknown): void {
  if (envelope.isSettled || envelope.resolve === undefined) return give(envelope, value)
  let work: Promise<unknown> | undefined
  try {
    work = thenableOf(value)
  } catch (cause) {
    return fail(envelope, unreadable(envelope, cause))
  }
  if (work === undefined) give(envelope, handed(envelope, carried(value)))
  else replyLater(envelope, work)
}

/** Where it is served where it is asked, its handler goes on, and must not make another thing of the answer: a promise has it from now on. */
function handed({ resolve, inbox }: Envelope, value: unknown): unknown {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return value
  return resolve === inbox.kernel.keepAnswer && !inbox.kernel.turn.isHeard ? Promise.resolve(value) : value
}

/** As `reply`, with a value that is known to be no thenable, as `carried` gives it. */
export function give(envelope: Envelope, value: unknown): void {
  if (envelope.isSettled) return late(envelope)
  const { resolve, context } = envelope
  const { following } = envelope.inbox.kernel
  if (resolve !== undefined) unwatch(envelope)
  envelope.isSettled = true
  envelope.context = undefined
  if (resolve !== undefined) hand(envelope, resolve, value, context)
  if (following !== undefined) following.settled(envelope, context, undefined)
}

/** Whoever answers may have no stack left for it: then it is not settled, and can be answered yet. */
function hand(envelope: Envelope, resolve: Settle, answer: unknown, context: AsyncContext | undefined): void {
  try {
    resolve(answer)
  } catch (error) {
    envelope.isSettled = false
    envelope.context = context
    throw error
  }
}

/** It was not posted, or nobody will have it, for that reason: nobody will settle it. */
export function drop(envelope: Envelope, reason: PigeonholeError): void {
  envelope.isSettled = true
  envelope.inbox.kernel.following?.settled(envelope, envelope.context, reason.kind)
  unwatch(envelope)
}

export function fail(envelope: Envelope, error: PigeonholeError): void {
  if (envelope.isSettled) return late(envelope)
  const { resolve, context } = envelope
  const { kernel } = envelope.inbox
  if (resolve !== undefined) unwatch(envelope)
  envelope.isSettled = true
  envelope.context = undefined
  if (resolve !== undefined) handFailure(envelope, resolve, error, context)
  kernel.following?.settled(envelope, context, error.kind)
}

function handFailure(envelope: Envelope, resolve: Settle, error: PigeonholeError, context: AsyncContext | undefined): void {
  const { kernel } = envelope.inbox
  // Where it is served where it is asked, there may be no room to hand a rejection on: nobody would look at it then.
  if (resolve === kernel.keepAnswer) kernel.turn.failure = error
  else hand(envelope, resolve, Promise.reject(error), context)
  if (!envelope.isTaken) kernel.counters.returned += 1
  if (envelope.asker !== undefined && envelope.promise !== undefined) envelope.asker.kernel.unheard.failed(envelope.asker, envelope.promise)
}

function replyLater(envelope: Envelope, work: Promise<unknown>): void {
  if (envelope.isAnswered) return late(envelope)
  envelope.isAnswered = true
  envelope.inbox.owner?.leaveOpen(envelope)
  const settled = (settle: () => void): void => {
    const wasSettled = envelope.isSettled
    settle()
    if (!wasSettled) envelope.inbox.owner?.answered()
  }
  follow(
    work,
    (value) => settled(() => give(envelope, value)),
    (error) => settled(() => fail(envelope, failedAnswer(envelope, error))),
  )
}

function unreadable({ inbox, operation }: Envelope, cause: unknown): PigeonholeError {
  const details = { target: inbox.label, operation }
  return new Invalid(`the answer of ${details.target} to ${operation} cannot be read: ${thrownText(cause)}`, { details, cause })
}

function failedAnswer({ inbox, operation }: Envelope, error: unknown): PigeonholeError {
  if (isOurs(error)) return error
  const details = { target: inbox.label, operation }
  return new Internal(`${details.target} answered ${operation} by a promise that failed: ${thrownText(error)}`, { details, cause: error })
}

function unwatch(envelope: Envelope): void {
  const { watch } = envelope
  if (watch === undefined) return
  envelope.inbox.kernel.disarm(watch)
  watch.release()
  // What its handler has seen stays known: it may fail with it yet.
  if (!watch.isSeen) envelope.watch = undefined
}

function late({ resolve, inbox, operation }: Envelope): void {
  if (resolve === undefined) return
  const { kernel, label } = inbox
  kernel.counters.lateReplies += 1
  kernel.trace?.({ type: "late_reply", target: label, operation })
}
