/**
 * Watches one process: each message that it is given, and how each request is answered. A process that nobody watches pays
 * nothing for it.
 */

import type { Envelope } from "../kernel/envelope.ts"
import type { Process } from "../kernel/process.ts"
import { isFailedAnswer } from "../kernel/thenable.ts"
import { type Delivery, deliveryOf, SystemProcess } from "../process/system-process.ts"

/** Told in the middle of the process's work. Must not throw. `id` tells one message from the others of this probe. */
export interface DeliveryWatcher {
  given(id: number, delivery: Delivery): void
  answered(id: number, handler: string, reply: unknown): void
  failed(id: number, handler: string, error: unknown): void
}

export class DeliveryProbe {
  readonly #process: Process
  readonly #watcher: DeliveryWatcher
  /** A message that was put aside is given twice, and answered once. */
  readonly #followed = new WeakSet<Envelope>()
  #isOn = true
  #lastId = 0

  constructor(process: Process, watcher: DeliveryWatcher) {
    this.#process = process
    this.#watcher = watcher
    process.observe(this.#observe)
  }

  stop(): void {
    this.#isOn = false
    this.#process.observe(this.#observe, false)
  }

  readonly #observe = (envelope: Envelope): void => {
    const process = this.#process
    const delivery = process instanceof SystemProcess ? process.delivery(envelope) : deliveryOf(envelope)
    if (delivery === undefined) return
    this.#lastId += 1
    this.#watcher.given(this.#lastId, delivery)
    if (envelope.isRequest) this.#follow(envelope, this.#lastId, delivery.handler)
  }

  #follow(envelope: Envelope, id: number, handler: string): void {
    const { resolve } = envelope
    if (this.#followed.has(envelope)) return
    this.#followed.add(envelope)
    const tell = (how: () => void): void => (this.#isOn ? how() : undefined)
    envelope.resolve = (value) => {
      resolve?.(value)
      // A failure comes as a promise that is rejected.
      if (!isFailedAnswer(value)) return tell(() => this.#watcher.answered(id, handler, value))
      value.then(
        (reply) => tell(() => this.#watcher.answered(id, handler, reply)),
        (error) => tell(() => this.#watcher.failed(id, handler, error)),
      )
    }
  }
}
