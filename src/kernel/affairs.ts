/**
 * What a process has only while something is going on: requests left open, an asynchronous handler, timers, somebody who waits for
 * its end. Most idle processes have none of it, so it stands in an object of its own, made when it is first needed.
 */

import type { Envelope } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"

/** Something that is cancelled with its process. */
export interface Cancelable {
  cancel(): unknown
}

/** Told of every message that a handler is given. */
export type DeliveryObserver = (envelope: Envelope) => void

/** Requests left open before the answered ones among them are looked for. */
const OPEN_LIMIT = 64

export class Affairs {
  /** The message of the asynchronous handler that the process waits for. */
  busyWith: Envelope | undefined = undefined
  /** Names the work that the process is busy with. */
  work: object | undefined = undefined
  /** It is to stop once it is no longer busy. */
  stopReason: ExitReason | undefined = undefined
  /** The message whose handler threw. */
  fatal: Envelope | undefined = undefined
  observer: DeliveryObserver | undefined = undefined
  abort: AbortController | undefined = undefined
  endWaiters: ((reason: ExitReason) => void)[] | undefined = undefined
  startWaiters: ((failure: ExitReason | undefined) => void)[] | undefined = undefined
  #timers: Set<Cancelable> | undefined = undefined
  #open: Set<Envelope> | undefined = undefined
  #openLimit = OPEN_LIMIT

  /** Requests that were taken and are answered later. */
  get open(): Iterable<Envelope> {
    return this.#open ?? []
  }

  isOpen(envelope: Envelope): boolean {
    return this.#open?.has(envelope) ?? false
  }

  /** Notes a request that stays open. Forgets answered ones; amortised, the limit doubles with what is really open. */
  leaveOpen(envelope: Envelope): void {
    this.#open ??= new Set()
    if (this.#open.size >= this.#openLimit) this.#prune(this.#open)
    this.#open.add(envelope)
  }

  closeAll(): void {
    this.#open = undefined
    this.busyWith = undefined
  }

  adopt(timer: Cancelable): void {
    this.#timers ??= new Set()
    this.#timers.add(timer)
  }

  release(timer: Cancelable): void {
    this.#timers?.delete(timer)
  }

  cancelTimers(): void {
    for (const timer of this.#timers ?? []) timer.cancel()
    this.#timers = undefined
  }

  #prune(open: Set<Envelope>): void {
    for (const envelope of open) if (envelope.isSettled) open.delete(envelope)
    this.#openLimit = Math.max(OPEN_LIMIT, open.size * 2)
  }
}
