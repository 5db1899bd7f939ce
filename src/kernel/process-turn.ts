/**
 * The turn of a process: what it does with what waits for it, one message after the other, and with a request that is served where it is asked.
 *
 * Invariants
 * - `handle` is called for one message at a time; a process that is busy or stands still takes none.
 * - Urgent requests (exit, stop) take effect before any waiting message.
 *
 * Its methods are protected, not private by `#`: each class with such has a mark on every process that is made.
 *
 * Not here: how it starts and ends (`process.ts`); who has its turn next (`scheduler.ts`).
 */

import type { AsyncContext } from "./async-context.ts"
import type { Envelope, Route } from "./envelope.ts"
import { ProcessPause } from "./process-pause.ts"
import type { Urgent } from "./process-status.ts"
import type { Cut, Launched } from "./process-table.ts"
import type { Runnable } from "./scheduler.ts"
import type { SystemRequest } from "./system-request.ts"
import type { Turn } from "./turn.ts"

/** Messages one process may handle in a turn before the next one runs. */
const TURN_MESSAGES = 128

export abstract class ProcessTurn extends ProcessPause implements Runnable, Launched {
  /** The async context of what concerns it alone: its start, its ticks, its end. `undefined`: any will do. */
  abstract context: AsyncContext | undefined
  /** Whether it takes a message now; a behaviour that pulls its messages says so itself. */
  protected abstract isReceptive: boolean
  /** In the scheduler's ring, or in its turn, whose end says whether it goes back there. */
  protected abstract isQueued: boolean
  abstract urgent: Urgent[] | undefined

  abstract readonly parent: Launched | undefined
  abstract previous: Launched | undefined
  abstract next: Launched | undefined

  abstract wasCut(cut: Cut): void
  abstract refuses(route: Route | undefined): boolean
  abstract failed(error: unknown): void
  protected abstract begin(): void
  protected abstract takeUrgent(): void
  protected abstract crash(error: unknown, envelope?: Envelope): void

  /** Sees to it that the process gets a turn if there is something it can do in one. */
  wake(): void {
    if (this.isQueued || !(this.status === "ready" ? this.isReceptive : this.status === "starting")) return
    this.kernel.scheduler.enqueue(this)
    this.isQueued = true
  }

  protected enqueue(): void {
    if (this.isQueued || this.status === "ended") return
    this.kernel.scheduler.enqueue(this)
    this.isQueued = true
  }

  turn(): boolean {
    const { kernel } = this
    const turn = kernel.turn.pass(this)
    // Sent an exit signal before its first turn, it does not start at all; told to stop, it starts first.
    if (this.status === "starting" && this.urgent?.some(({ type }) => type === "exit") === true) this.takeUrgent()
    if (this.status === "starting") this.begin()
    for (let left = TURN_MESSAGES; left > 0; left -= 1) {
      if (this.urgent !== undefined) this.takeUrgent()
      if (this.status !== "ready" || !this.isReceptive) break
      const envelope = this.inbox.shift()
      if (envelope === undefined) break
      if (envelope.isSettled) continue
      this.deliver(turn, envelope)
      if (kernel.scheduler.step()) break
    }
    this.attend(this)
    return this.turnOver()
  }

  /** Between two turns, with nothing to do in the next but messages. */
  protected get isCalm(): boolean {
    return !this.isQueued && this.status === "ready"
  }

  /** Whether a request can be served where it is asked: it waits for messages and there is none, and nobody looks on. */
  get isAtRest(): boolean {
    return this.isCalm && this.isReceptive && this.inbox.isVacant && this.affairs?.observer === undefined
  }

  /**
   * A turn of one message, beside the scheduler's. Only at rest, and outside of any other turn. A crash is carried out in the drain that
   * follows: on its caller's stack there may be no room to end in. So is what is left of the turn where the stack ends behind the handler.
   */
  serveAtOnce(envelope: Envelope): void {
    const { kernel } = this
    const { scheduler, turn } = kernel
    this.isQueued = true
    turn.pass(this, envelope)
    const context = envelope.context ?? this.context
    try {
      if (context === undefined) this.handleWhole(envelope)
      else context.runInAsyncScope(this.handleWhole, this, envelope)
      scheduler.step()
      if (this.turnOver()) scheduler.enqueue(this)
    } catch (error) {
      // Nothing is called here: there may be no stack left for it.
      kernel.cut = { process: this, error, envelope, isHandled: turn.envelope === undefined }
      turn.process = undefined
      turn.envelope = undefined
    }
  }

  /** Notes, before anything else is called, that the handler is done: what is cut short behind it is none of its failures. */
  protected handleWhole(envelope: Envelope): void {
    this.handle(envelope)
    this.kernel.turn.envelope = undefined
  }

  /** Whether more could run now. */
  protected turnOver(): boolean {
    this.kernel.turn.pass()
    const drain = this.affairs?.drain
    if (drain !== undefined && this.status === "ready") this.urgent ??= this.served(drain, this)
    this.isQueued = this.urgent !== undefined || (this.status === "ready" && this.isReceptive && !this.inbox.isEmpty)
    return this.isQueued
  }

  protected deliver(turn: Turn, envelope: Envelope): void {
    // A reading of the clock is for one message: the one before may have taken its time, unless its handler knows that it did not.
    turn.goOn()
    if (envelope.kind === "marker") return this.reached(envelope)
    if (envelope.kind === "system") return this.kernel.neutrally(() => (envelope.argument as SystemRequest).serve(this), undefined)
    turn.envelope = envelope
    if (this.affairs?.observer !== undefined && !this.isPulling) this.observed(envelope)
    const context = envelope.context ?? this.context
    try {
      if (context === undefined) this.handle(envelope)
      else context.runInAsyncScope(this.handle, this, envelope)
    } catch (error) {
      this.crash(error)
    }
    turn.envelope = undefined
  }
}
