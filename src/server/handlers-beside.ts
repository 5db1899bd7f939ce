/**
 * The asynchronous handlers of a concurrent server that wait at the same time, counted.
 *
 * While it drains, none is begun: a stop or a system request waits for those that run.
 */

import type { ExitReason } from "../kernel/exit-reason.ts"

export class HandlersBeside {
  #running = 0
  #isDraining = false
  /** The server is to stop when none runs. */
  stopReason: ExitReason | undefined = undefined

  get running(): number {
    return this.#running
  }

  hasRoom(limit: number): boolean {
    return this.#running < limit && !this.#isDraining
  }

  began(): void {
    this.#running += 1
  }

  ended(): void {
    this.#running -= 1
    if (this.#running === 0) this.#isDraining = false
  }

  drain(): void {
    this.#isDraining = true
  }

  /** What it drained for is wanted no more, unless it is to stop. */
  endDrain(): void {
    if (this.stopReason === undefined) this.#isDraining = false
  }
}
