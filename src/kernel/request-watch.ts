/**
 * What a request has only where it waits longer than a drain, can be given up, or is looked after by its handler: its deadline, the signal of
 * its asker, and the one that its handler sees. Most requests have none of it.
 *
 * Invariant: once the request is settled, no deadline, no listener and no wait for an end is left of it.
 */

import { type FollowedSignal, follow, type SignalFollower } from "./abort-signal.ts"
import type { Process } from "./process.ts"
import { RequestSignal, type SignalledRequest } from "./request-signal.ts"
import { TimerNode } from "./timer-wheel.ts"

export interface WatchedRequest extends SignalledRequest {
  readonly isSettled: boolean
  /** Its time is over. */
  expired(): void
  /** Its asker has given it up. */
  canceled(reason: unknown): void
}

export class RequestWatch extends TimerNode implements SignalFollower {
  readonly #request: WatchedRequest
  #given: FollowedSignal | undefined = undefined
  #own: RequestSignal | undefined = undefined
  /** What its asker was told that did not wait for the answer. */
  #outcome: unknown = undefined

  constructor(request: WatchedRequest) {
    super()
    this.isAwaited = true
    this.#request = request
  }

  get isArmed(): boolean {
    return this.next !== undefined
  }

  /** Whether its handler has looked at its signal. */
  get isSeen(): boolean {
    return this.#own !== undefined
  }

  /** `false`: the signal is aborted already. Throws `Invalid`. */
  follow(signal: AbortSignal): boolean {
    this.#given = follow(signal, this)
    return this.#given !== undefined
  }

  override expired(): void {
    this.#request.expired()
  }

  aborted(reason: unknown): void {
    this.#request.canceled(reason)
  }

  /** What its handler sees; after the answer a signal that nothing aborts any more. */
  signalFor(handler: Process): AbortSignal {
    if (this.#own?.handler === handler) return this.#own.signal
    // It was put aside by an incarnation that has ended, and followed that one's end.
    this.#own?.release()
    const own = new RequestSignal(this.#request, handler)
    this.#own = own
    if (this.#outcome !== undefined) own.abort(this.#outcome)
    else if (!this.#request.isSettled) own.follow()
    return own.signal
  }

  /** Its asker waits no more. */
  gaveUp(outcome: unknown): void {
    this.#outcome = outcome
    this.#own?.abort(outcome)
  }

  /** Whether its handler, which failed with this error, has only heard that nobody waits. */
  isHeardIn(error: unknown): boolean {
    return this.#own?.isHeardIn(error) ?? false
  }

  /** It is settled; its deadline is its kernel's to cancel. */
  release(): void {
    this.#given?.delete(this)
    this.#given = undefined
    this.#own?.release()
  }
}
