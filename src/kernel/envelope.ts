/**
 * One message on its way: what is sent, and who waits for the answer until when. One object shape for
 * all, because every message of the runtime is one of these.
 *
 * Invariant: settled exactly once; what comes later is counted and dropped.
 */

import { type PigeonholeError, Timeout } from "./errors.ts"
import type { Inbox } from "./inbox.ts"
import { NOT_ON_WHEEL, type TimerNode } from "./timer-wheel.ts"

/** What a message asks for by name: a `call` has a reply, a `cast` none. */
export interface Route {
  readonly name: string
  readonly kind: "call" | "cast"
}

/**
 * `message`: sent by a process or a caller; takes room in the inbox.
 * `signal`: DOWN, a trapped exit, a timer's tick; in order with the messages, never refused or dropped.
 * `marker`: as a signal; runs `argument` when the process has come to it, and no handler sees it.
 */
export type EnvelopeKind = "message" | "signal" | "marker"

/** Who posted it, where it came through an attached mailbox. The kernel only tells it from none. */
export interface Origin {
  readonly id: number
}

export type Settle = (value: unknown) => void

export class Envelope implements TimerNode {
  // A timer node by its fields and not by inheritance: each message makes one, and a call of `super` is not inlined.
  previous: TimerNode | undefined
  next: TimerNode | undefined
  deadline: number
  slot: number
  readonly isAwaited: boolean
  readonly kind: EnvelopeKind
  readonly inbox: Inbox
  readonly route: Route | undefined
  argument: unknown
  readonly origin: Origin | undefined
  /** Both `undefined` where nobody waits for an answer. */
  readonly resolve: Settle | undefined
  readonly reject: Settle | undefined
  isSettled: boolean
  /** Whether a handler has been given it. */
  isTaken: boolean
  timeoutMs: number

  constructor(
    kind: EnvelopeKind,
    inbox: Inbox,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    resolve: Settle | undefined,
    reject: Settle | undefined,
  ) {
    this.previous = undefined
    this.next = undefined
    this.deadline = 0
    this.slot = NOT_ON_WHEEL
    this.isAwaited = true
    this.kind = kind
    this.inbox = inbox
    this.route = route
    this.argument = argument
    this.origin = origin
    this.resolve = resolve
    this.reject = reject
    this.isSettled = false
    this.isTaken = false
    this.timeoutMs = 0
  }

  get isRequest(): boolean {
    return this.resolve !== undefined
  }

  get operation(): string {
    return this.route === undefined ? "message" : this.route.name
  }

  reply(value: unknown): void {
    if (this.isSettled) return this.#late()
    this.isSettled = true
    if (this.resolve === undefined) return
    this.inbox.kernel.disarm(this)
    this.resolve(value)
  }

  fail(error: PigeonholeError): void {
    if (this.isSettled) return this.#late()
    this.isSettled = true
    if (this.reject === undefined) return
    const { kernel } = this.inbox
    kernel.disarm(this)
    if (!this.isTaken) kernel.counters.returned += 1
    this.reject(error)
  }

  expired(): void {
    const { kernel, label } = this.inbox
    kernel.counters.timeouts += 1
    kernel.trace?.({ type: "timed_out", target: label, operation: this.operation })
    const details = { target: label, operation: this.operation, timeoutMs: this.timeoutMs }
    this.fail(new Timeout(`${label} did not answer ${this.operation} within ${this.timeoutMs} ms`, { details }))
    // The queue may hold the envelope for long yet; what it carried need not stay.
    this.argument = undefined
    if (!this.isTaken) this.inbox.abandon()
  }

  #late(): void {
    if (this.resolve === undefined) return
    const { kernel, label } = this.inbox
    kernel.counters.lateReplies += 1
    kernel.trace?.({ type: "late_reply", target: label, operation: this.operation })
  }
}
