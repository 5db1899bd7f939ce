/**
 * How a process ends that first serves what it had accepted: it takes no messages but its own, and stops once nothing waits for it and it owes
 * no answer.
 *
 * Not here: the limit, which is the matter of who asks for it.
 */

import { Drain, drainError } from "./drain.ts"
import { type Envelope, isOpenRequest } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Inbox } from "./inbox.ts"
import type { Incarnation } from "./keeper.ts"
import { keeperOf, type Pid } from "./pid.ts"
import { ProcessAffairs } from "./process-affairs.ts"
import type { Urgent } from "./process-status.ts"

export abstract class ProcessDrain extends ProcessAffairs {
  abstract readonly pid: Pid
  abstract readonly inbox: Inbox
  abstract get label(): string
  abstract urge(urgent: Urgent): void

  /** Why it is to end, or has ended. */
  protected abstract get endReason(): ExitReason | undefined

  /** Sees to it that it gets a turn, whatever it can do in one. */
  protected abstract enqueue(): void

  /** A no-op for one that is about to end. `isWhole`: with the whole application, in the limit of that. */
  drain(reason: ExitReason, isWhole = false): void {
    if (this.endReason !== undefined || this.isDraining) return
    if (!this.canDrain) return this.urge({ type: "stop", reason })
    const drain = new Drain(reason, isWhole)
    this.own().drain = drain
    this.inbox.drain(() => drainError(this.label, drain))
    this.enqueue()
  }

  /** Whether it serves what it had accepted before it stops; also while it clears up after that. */
  get isDraining(): boolean {
    return this.affairs?.drain !== undefined
  }

  /** Whether it has not served all of it yet. */
  get isServing(): boolean {
    return this.affairs?.drain?.isServed === false
  }

  /** Whether it drains with the whole application, in the limit of that. */
  protected get isWholeDrain(): boolean {
    return this.affairs?.drain?.isWhole === true
  }

  /** Whether nothing waits for it that it had accepted. */
  protected get hasServed(): boolean {
    return this.inbox.isEmpty && this.inbox.size === 0
  }

  /** A request that it has taken and still owes an answer. */
  protected get owed(): Envelope | undefined {
    return this.affairs?.firstOpen()
  }

  /** A request that somebody waits for the answer to, wherever it stands: taken and left open, put aside, or not come to yet. Cost O(waiting). */
  get owedAnswer(): Envelope | undefined {
    return this.owed ?? this.inbox.first(Number.MAX_SAFE_INTEGER).find(isOpenRequest)
  }

  /** Between two turns, and ready for messages: where it has served all, what it is told now. */
  protected served(drain: Drain, process: Incarnation): Urgent[] | undefined {
    if (drain.isServed || !this.hasServed) return undefined
    const { owed } = this
    if (owed !== undefined) {
      drain.owed.watch(owed, () => this.enqueue())
      return undefined
    }
    drain.isServed = true
    if (!this.isServing) keeperOf(this.pid)?.stopping(process)
    return [{ type: "stop", reason: drain.reason }]
  }

  /** Its time to serve is over. */
  protected undrain(process: Incarnation): void {
    const { isServing } = this
    this.own().drain = undefined
    this.undrained()
    if (isServing) keeperOf(this.pid)?.stopping(process)
  }
}
