/**
 * The asynchronous handlers of a concurrent server that wait at the same time, by their messages.
 *
 * While it drains, none is begun: a stop or a system request waits for those that run.
 */

import type { Envelope } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"

export class HandlersBeside {
  readonly #running = new Set<Envelope>()
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

  drain(): void {
    this.#isDraining = true
  }

  /** What it drained for is wanted no more, unless it is to stop. */
  endDrain(): void {
    if (this.stopReason === undefined) this.#isDraining = false
  }
}
