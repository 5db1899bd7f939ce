/**
 * The asynchronous handlers of a concurrent server that wait at the same time, by their messages.
 *
 * While it drains, none is begun: a stop or a system request waits for those that run. A detach waits for the casts of its mailbox among them, as
 * nobody else counts those; what is owed is known to whoever would stop the server.
 */

import { Detained } from "../kernel/detained.ts"
import type { Envelope } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"

export class HandlersBeside {
  readonly #running = new Set<Envelope>()
  readonly #detained = new Detained()
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

  /** Gives the detach that has waited for this one alone. */
  ended(message: Envelope): Envelope | undefined {
    this.#running.delete(message)
    if (this.#running.size === 0) this.#isDraining = false
    return this.#detained.over(message)
  }

  /** Whether that detach waits. Cost O(running). */
  detains(marker: Envelope): boolean {
    const { origin } = marker
    if (origin === undefined) return false
    const casts = Array.from(this.#running).filter((message) => message.origin === origin && !message.isRequest)
    if (casts.length > 0) this.#detained.add(marker, new Set(casts))
    return casts.length > 0
  }

  /** Detaches that wait no longer. */
  takeDetained(): readonly Envelope[] {
    return this.#detained.takeAll()
  }

  drain(): void {
    this.#isDraining = true
  }

  /** What it drained for is wanted no more, unless it is to stop. */
  endDrain(): void {
    if (this.stopReason === undefined) this.#isDraining = false
  }
}
