/**
 * The abort signal of one request, for whoever handles it: nobody waits for the answer any more.
 *
 * Invariants
 * - Made when it is first read. Once the request is settled it follows nobody, and nothing of it is left with the asker or the handling process.
 * - Its listeners run in nobody's async context, as those of a process's own signal.
 */

import { type FollowedSignal, follow, reasonOf, type SignalFollower } from "./abort-signal.ts"
import { causeOf } from "./affairs.ts"
import { Canceled } from "./errors.ts"
import { type ExitReason, formatToldReason, toldToOthers } from "./exit-reason.ts"
import type { Process } from "./process.ts"

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { AbortController: HostController } = globalThis

/** What it is a signal of. */
export interface SignalledRequest {
  readonly asker: Process | undefined
  readonly operation: string
}

export class RequestSignal implements SignalFollower {
  readonly #controller = new HostController()
  readonly #request: SignalledRequest
  readonly handler: Process
  #stop: FollowedSignal | undefined = undefined
  /** That of the request which was passed on, where its asker does not wait for itself. */
  #passedOn: FollowedSignal | undefined = undefined

  constructor(request: SignalledRequest, handler: Process) {
    this.#request = request
    this.handler = handler
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Follows its asker's life, and whoever that one asks for, and the life of the process that handles it. */
  follow(): void {
    const { asker } = this.#request
    const { signal } = this.handler
    if (asker?.exitReason !== undefined) return this.abort(this.#orphaned(asker, asker.exitReason))
    this.#stop = follow(signal, this)
    if (this.#stop === undefined) return this.abort(reasonOf(signal))
    asker?.onEnded(this.#askerEnded)
    const passedOn = asker?.passedOnTo(this.handler)
    if (asker !== undefined && passedOn !== undefined) this.#followPassedOn(passedOn.signalFor(asker))
  }

  #followPassedOn(signal: AbortSignal): void {
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

  #orphaned(asker: Process, reason: ExitReason): Canceled {
    const told = toldToOthers(reason, asker.isStarted)
    const details = { target: this.handler.label, operation: this.#request.operation, asker: asker.label, reason: told }
    return new Canceled(`${asker.label}, which had asked for ${details.operation}, has ended: ${formatToldReason(told)}`, { details })
  }
}
