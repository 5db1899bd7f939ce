/**
 * The abort signal of one request, for whoever handles it: nobody waits for the answer any more.
 *
 * Invariants
 * - Made when it is first read. Once the request is settled it follows nobody, and nothing of it is left with the asker or the handling process.
 * - Its listeners run in nobody's async context, as those of a process's own signal.
 */

import { type FollowedSignal, follow, reasonOf, type SignalFollower } from "./abort-signal.ts"
import { causeOf } from "./affairs.ts"
import type { Envelope, Party } from "./envelope.ts"
import { Canceled } from "./errors.ts"
import { type ExitReason, formatToldReason, toldToOthers } from "./exit-reason.ts"

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { AbortController: HostController } = globalThis

export class RequestSignal implements SignalFollower {
  readonly #controller = new HostController()
  readonly #request: Envelope
  readonly handler: Party
  #stop: FollowedSignal | undefined = undefined
  /** That of the request which was passed on, where its asker does not wait for itself. */
  #passedOn: FollowedSignal | undefined = undefined

  constructor(request: Envelope, handler: Party) {
    this.#request = request
    this.handler = handler
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Follows its asker's life, and the life of the process that handles it. `false`: one of them is over, and it is aborted. */
  follow(): boolean {
    const { asker } = this.#request
    const { signal } = this.handler
    const isOrphaned = asker?.exitReason !== undefined
    if (isOrphaned) this.abort(this.#orphaned(asker, asker.exitReason))
    this.#stop = isOrphaned ? undefined : follow(signal, this)
    if (this.#stop !== undefined) asker?.onEnded(this.#askerEnded)
    else if (!isOrphaned) this.abort(reasonOf(signal))
    return this.#stop !== undefined
  }

  /** Follows the signal of the request that its asker has passed on. */
  followPassedOn(signal: AbortSignal): void {
    this.#passedOn = follow(signal, this)
    if (this.#passedOn === undefined) this.abort(reasonOf(signal))
  }

  /** The request is settled. By the end of the process that handles it, that is to be heard yet. */
  release(): void {
    this.#request.asker?.forgetEnded(this.#askerEnded)
    this.#passedOn?.delete(this)
    this.#passedOn = undefined
    if (this.handler.status === "ending") return
    this.#stop?.delete(this)
    this.#stop = undefined
  }

  /** The process that handles it is to stop, or ends. */
  aborted(reason: unknown): void {
    this.abort(reason)
  }

  abort(reason: unknown): void {
    this.handler.kernel.neutrally(this.#controller.abort, this.#controller, reason)
  }

  /** Whether this error says only that the signal was heard. Total. */
  isHeardIn(error: unknown): boolean {
    const { aborted, reason } = this.signal
    return aborted && (error === reason || causeOf(error) === reason)
  }

  readonly #askerEnded = (reason: ExitReason): void => {
    const { asker } = this.#request
    if (asker !== undefined) this.abort(this.#orphaned(asker, reason))
  }

  #orphaned(asker: Party, reason: ExitReason): Canceled {
    const told = toldToOthers(reason, asker.isStarted)
    const details = { target: this.handler.label, operation: this.#request.operation, asker: asker.label, reason: told }
    return new Canceled(`${asker.label}, which had asked for ${details.operation}, has ended: ${formatToldReason(told)}`, { details })
  }
}
