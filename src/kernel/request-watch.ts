/**
 * What a request has only where it waits longer than a drain, can be given up, or is looked after by its handler: its deadline, the signal of
 * its asker, and the one that its handler sees. Most requests have none of it.
 *
 * Invariant: once the request is settled, no deadline, no listener and no wait for an end is left of it.
 */

import { canceledError, type FollowedSignal, follow, reasonOf, type SignalFollower } from "./abort-signal.ts"
import { fail } from "./answer.ts"
import { circleOf } from "./circle.ts"
import type { Envelope, Party, Watch } from "./envelope.ts"
import { errorOf, type PigeonholeError, Timeout } from "./errors.ts"
import { RequestSignal } from "./request-signal.ts"
import { TimerNode } from "./timer-wheel.ts"

/** Starts its time, where it has a limit and that was not done before. */
export function armEnvelope(envelope: Envelope, now: number): void {
  if (envelope.isUnarmed) envelope.inbox.kernel.wheel.arm(watchOf(envelope), now + envelope.timeoutMs)
}

/** From now on it is given up when that is aborted. Says what is against it: then it is not to be posted. */
export function giveUpBy(envelope: Envelope, signal: AbortSignal): PigeonholeError | undefined {
  const { inbox, operation } = envelope
  try {
    return watchOf(envelope).follow(signal) ? undefined : canceledError(inbox.label, operation, reasonOf(signal))
  } catch (error) {
    return errorOf(error)
  }
}

/** Withdraws it, as nobody waits for it any more; a no-op where it is settled. A handler that has it hears of it by its signal. */
export function withdraw(envelope: Envelope): void {
  if (!envelope.isSettled) watchOf(envelope).aborted(undefined)
}

/** For its handler: aborted when nobody waits for the answer any more, and when that process is to stop. Made when it is first read. */
export function signalFor(envelope: Envelope, handler: Party): AbortSignal {
  return watchOf(envelope).signalFor(handler)
}

/** Whether a handler that failed with this error has only heard that nobody waits any more. */
export function isGivenUpBy({ watch }: Envelope, error: unknown): boolean {
  return watch?.isHeardIn(error) ?? false
}

/** Its own, made when it is first needed: nothing else is ever put in that place. */
function watchOf(envelope: Envelope): RequestWatch {
  if (envelope.watch instanceof RequestWatch) return envelope.watch
  const watch = new RequestWatch(envelope)
  envelope.watch = watch
  return watch
}

class RequestWatch extends TimerNode implements Watch, SignalFollower {
  readonly #request: Envelope
  #given: FollowedSignal | undefined = undefined
  #own: RequestSignal | undefined = undefined
  /** What its asker was told that did not wait for the answer. */
  #outcome: unknown = undefined

  constructor(request: Envelope) {
    super()
    this.isAwaited = true
    this.#request = request
  }

  get isArmed(): boolean {
    return this.next !== undefined
  }

  get isSeen(): boolean {
    return this.#own !== undefined
  }

  /** `false`: the signal is aborted already. Throws `Invalid`. */
  follow(signal: AbortSignal): boolean {
    this.#given = follow(signal, this)
    return this.#given !== undefined
  }

  override get owner(): string | undefined {
    return this.#request.asker?.label
  }

  override get purpose(): string {
    return `time limit of ${this.#request.operation}`
  }

  /** Its time is over. */
  override expired(): void {
    const { inbox, operation } = this.#request
    inbox.kernel.counters.timeouts += 1
    inbox.kernel.trace?.({ type: "timed_out", target: inbox.label, operation })
    this.#giveUp(timeoutOf(this.#request))
  }

  /** Its asker has given it up. */
  aborted(reason: unknown): void {
    const { inbox, operation, isSettled } = this.#request
    if (!isSettled) this.#giveUp(canceledError(inbox.label, operation, reason))
  }

  #giveUp(error: PigeonholeError): void {
    const request = this.#request
    fail(request, error)
    // The queue may hold the envelope for long yet; what it carried need not stay.
    request.argument = undefined
    if (!request.isTaken) request.inbox.abandon()
    // Its handler may look later yet.
    else request.watch = this
    request.inbox.owner?.answered()
    this.#outcome = error
    this.#own?.abort(error)
  }

  /** What its handler sees; after the answer a signal that nothing aborts any more. */
  signalFor(handler: Party): AbortSignal {
    if (this.#own?.handler === handler) return this.#own.signal
    // It was put aside by an incarnation that has ended, and followed that one's end.
    this.#own?.release()
    const own = new RequestSignal(this.#request, handler)
    this.#own = own
    if (this.#outcome !== undefined) own.abort(this.#outcome)
    else if (!this.#request.isSettled) this.#follow(own)
    return own.signal
  }

  /** Where its asker has only passed a request on, whoever waits for that one is followed, too. */
  #follow(own: RequestSignal): void {
    const { asker } = this.#request
    if (!own.follow() || asker === undefined) return
    const passedOn = asker.passedOnTo(own.handler)
    if (passedOn !== undefined) own.followPassedOn(signalFor(passedOn, asker))
  }

  isHeardIn(error: unknown): boolean {
    return this.#own?.isHeardIn(error) ?? false
  }

  /** Its deadline is its kernel's to cancel. */
  release(): void {
    this.#given?.delete(this)
    this.#given = undefined
    this.#own?.release()
  }
}

/** Two that wait for each other are the likeliest reason, and the one that nobody sees. */
function timeoutOf({ inbox, operation, timeoutMs, asker }: Envelope): Timeout {
  const { label, owner } = inbox
  const circle = asker === undefined ? undefined : circleOf(asker, owner)
  const plain = timeoutError(label, operation, timeoutMs)
  if (circle === undefined) return plain
  const details = { target: label, operation, timeoutMs }
  return new Timeout(`${plain.message}: they wait for each other, ${circle.join(" → ")}`, { details: { ...details, circle } })
}

/** The time of a request is over, and it was not answered. */
export function timeoutError(target: string, operation: string, timeoutMs: number): Timeout {
  return new Timeout(`${target} did not answer ${operation} within ${timeoutMs} ms`, { details: { target, operation, timeoutMs } })
}
