/**
 * The answer to a request that waits for a child. It is given in the very step in which the child is there: in the next one its supervisor
 * may begin to end, and what was done would be answered as refused.
 */

import { fail, reply } from "../kernel/answer.ts"
import type { Envelope, Party } from "../kernel/envelope.ts"
import { Conflict, isOurs, type PigeonholeError } from "../kernel/errors.ts"
import { heldUpWith } from "../kernel/impasse.ts"
import type { HolderWaits } from "../topology/holder-waits.ts"
import type { SupervisedChild } from "./supervised-child.ts"

export class PendingAnswer {
  readonly child: SupervisedChild
  /** Whether it can be given. */
  readonly test: (child: SupervisedChild) => boolean
  /** Gives it, or throws it. */
  readonly answer: () => unknown

  constructor(child: SupervisedChild, test: (child: SupervisedChild) => boolean, answer: () => unknown) {
    this.child = child
    this.test = test
    this.answer = answer
  }

  /** Who starts, or ends, before it can be given. */
  awaited(): Iterable<Party> {
    const { process, spec } = this.child
    return process !== undefined ? [process] : (spec.awaited?.() ?? [])
  }
}

export function onceDown(child: SupervisedChild): PendingAnswer {
  return new PendingAnswer(
    child,
    ({ isDown }) => isDown,
    () => undefined,
  )
}

/**
 * Who asks for the end of a child that it is itself, or is below, cannot wait for that: once it is told to stop, its own signal's error is its
 * answer, with which a handler ends without a crash. Where it first serves what it had accepted, its answer is that it does: the request that asks
 * is one of those.
 *
 * Source  OTP: the exit signal of a supervisor ends a child that waits for it in terminate_child.
 */
export function releaseOnOwnEnd(envelope: Envelope, { child }: PendingAnswer): void {
  const { asker } = envelope
  // One that is not at work ends as soon as it is told to: it does not wait for the answer, or an onlooker has asked in its turn.
  if (asker === undefined || asker.work.length === 0 || !isWithin(asker, child.process)) return
  if (child.process?.isServing === true) return reply(envelope, undefined)
  for (const { signal } of heldUpWith(asker)) {
    const release = (): void => {
      const error: unknown = signal.reason
      if (!envelope.isSettled && isOurs(error)) fail(envelope, error)
    }
    if (signal.aborted) release()
    else signal.addEventListener("abort", release, { once: true })
  }
}

/**
 * Why who asks would wait for itself: the child ends, or starts, only after the asker has. What was asked for is done all the same.
 * `undefined`: it would not.
 */
export function selfWaitOf({ asker }: Envelope, pending: PendingAnswer, waits: HolderWaits): PigeonholeError | undefined {
  const { process, spec } = pending.child
  if (asker === undefined || isWithin(asker, process)) return undefined
  const isHolding = process === undefined && [...heldUpWith(asker)].some(({ isStarted, inbox }) => !isStarted || inbox.isClosed)
  const impasse = isHolding ? spec.impasse?.(asker) : undefined
  if (impasse !== undefined) return impasse
  for (const each of pending.awaited()) if (waits.leadsBack(each, asker)) return selfWaitError(asker, each)
  return undefined
}

function selfWaitError({ label: asker }: Party, { label: target }: Party): PigeonholeError {
  const message = `${target} starts or ends only after ${asker}, which asks for that: it could only wait for itself`
  return new Conflict(message, { details: { target, asker } })
}

function isWithin(process: Party, above: Party | undefined): boolean {
  return process === above || (process.parent !== undefined && isWithin(process.parent, above))
}
