/**
 * The asynchronous handlers of a concurrent server that wait at the same time, by their messages.
 *
 * While it drains, none is begun: a stop or a system request waits for those that run. A detach waits for the casts of its mailbox among them, as
 * nobody else counts those; what is owed is known to whoever would stop the server.
 */

import type { Envelope, Origin } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"

export class HandlersBeside {
  readonly #running = new Set<Envelope>()
  /** Detaches that wait, by mailbox: each is given back once at a time. */
  readonly detained = new Map<Origin | undefined, Envelope>()
  #isDraining = false
  /** The server is to stop when none runs. */
  stopReason: ExitReason | undefined = undefined

  get running(): number {
    return this.#running.size
  }

  get messages(): Iterable<Envelope> {
    return this.#running
  }

  has(message: Envelope): boolean {
    return this.#running.has(message)
  }

  hasRoom(limit: number): boolean {
    return this.#running.size < limit && !this.#isDraining
  }

  began(message: Envelope): void {
    this.#running.add(message)
  }

  ended(message: Envelope): void {
    this.#running.delete(message)
    if (this.#running.size === 0) this.#isDraining = false
  }

  /** Whether a cast of that mailbox runs. Cost O(running). */
  hasCastOf(origin: Origin | undefined): boolean {
    for (const message of this.#running) if (message.origin === origin && !message.isRequest) return true
    return false
  }

  drain(): void {
    this.#isDraining = true
  }

  /** What it drained for is wanted no more, unless it is to stop. */
  endDrain(): void {
    if (this.stopReason === undefined) this.#isDraining = false
  }
}
