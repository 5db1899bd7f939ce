/**
 * Detaches that have come to their turn, and wait for work of their mailboxes that goes on: each with the messages that it is behind. A mailbox is
 * given back once at a time.
 *
 * Not here: what a detach waits for, and what follows when it has.
 */

import type { Envelope, Origin } from "../kernel/envelope.ts"

interface Waiting {
  readonly marker: Envelope
  readonly behind: Set<Envelope>
}

export class DetainedLeavers {
  readonly #waiting = new Map<Origin | undefined, Waiting>()

  add(marker: Envelope, behind: Set<Envelope>): void {
    this.#waiting.set(marker.origin, { marker, behind })
  }

  /** That message holds nobody up any more. Gives the detach that was behind this one alone. */
  over(message: Envelope): Envelope | undefined {
    const waiting = this.#waiting.get(message.origin)
    if (waiting?.behind.delete(message) !== true || waiting.behind.size > 0) return undefined
    this.#waiting.delete(message.origin)
    return waiting.marker
  }

  /** All of them, in their order: they wait no longer. */
  takeAll(): readonly Envelope[] {
    const markers = Array.from(this.#waiting.values(), ({ marker }) => marker)
    this.#waiting.clear()
    return markers
  }
}
