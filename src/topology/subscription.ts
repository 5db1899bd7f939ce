/**
 * What a process has asked to be told of: the names of single wishes, each of which can be taken back.
 *
 * Invariant: nothing of a subscription that was ended is seen by a handler, even where it was waiting in the inbox (`isWanted`).
 */

import type { Process } from "../kernel/process.ts"

let subscriberBehind: (subscription: Subscription) => Process

/** Names one wish to be told. Gives away nothing of the process that has it. */
export abstract class Subscription {
  readonly #subscriber: Process
  /** Whether what it brings is still wanted. */
  isActive = true

  static {
    subscriberBehind = (subscription) => subscription.#subscriber
  }

  constructor(subscriber: Process) {
    this.#subscriber = subscriber
  }
}

/** The process that a subscription belongs to. */
export function subscriberOf(subscription: Subscription): Process {
  return subscriberBehind(subscription)
}

/** Posts a notice as a signal: in order with messages, never refused for want of room. */
export function notify(subscription: Subscription, notice: object): void {
  subscriberOf(subscription).notify(notice)
}
