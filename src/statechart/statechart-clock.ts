/**
 * The time of a statechart, over the timers of its process: XState's clock, and its scheduler of delayed events (`after`, and
 * `raise` and `sendTo` with a delay).
 *
 * Invariants
 * - What is due comes as a tick through the inbox, so that nothing happens outside the process's turn.
 * - No host timer of XState's own; a timer ends with its process, and a cancelled one is never seen, even where its tick was waiting.
 * - `delayed` is replaced and never changed: who keeps it knows what was pending then.
 */

import type { AnyActorRef, EventObject } from "xstate"
import { mark } from "../kernel/copies.ts"
import type { Process } from "../kernel/process.ts"
import { ProcessTimer } from "../kernel/process-timer.ts"
import type { StatechartSelf } from "./statechart-self.ts"
import { relay, type System } from "./xstate-relay.ts"

/** What a tick has the process do. */
export class Due {
  readonly run: () => void
  /** The event that comes of it, … */
  readonly event: EventObject | undefined
  /** … and to whom. */
  readonly target: AnyActorRef | undefined

  constructor(run: () => void, event?: EventObject, target?: AnyActorRef) {
    this.run = run
    this.event = event
    this.target = target
  }
}

/** An event that comes later. */
export interface Delayed {
  readonly source: AnyActorRef
  readonly target: AnyActorRef
  readonly event: EventObject
  readonly delayMs: number
  readonly id: string | undefined
  readonly timer: ProcessTimer
  /** It has come. */
  isOver: boolean
}

const NONE: readonly Delayed[] = []

/** What a system's clock and scheduler are set to, in one object. */
type Time = System["_clock"] & System["scheduler"]

export class StatechartClock implements Time {
  readonly #process: Process
  /** What the machine's process can do as itself; found here by `selfOf`. */
  readonly self: StatechartSelf
  /** The same for the actors below the machine. */
  readonly selfBelow: StatechartSelf
  #delayed = NONE

  static {
    mark(StatechartClock, "statechart")
  }

  constructor(process: Process, self: StatechartSelf, selfBelow: StatechartSelf) {
    this.#process = process
    this.self = self
    this.selfBelow = selfBelow
  }

  get delayed(): readonly Delayed[] {
    return this.#delayed
  }

  // -- XState's clock, for actor logic that asks for it ----------------------------------------------------------

  setTimeout(callback: () => void, delayMs: number): ProcessTimer {
    return this.#arm(delayMs, new Due(callback))
  }

  clearTimeout(timer: unknown): void {
    if (timer instanceof ProcessTimer) timer.cancel()
  }

  // -- XState's scheduler ----------------------------------------------------------------------------------------

  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delayMs: number, id: string | undefined): void {
    const run = (): void => {
      delayed.isOver = true
      this.#forget((other) => other === delayed)
      relay(source.system, source, target, event)
    }
    const timer = this.#arm(delayMs, new Due(run, event, target))
    const delayed: Delayed = { source, target, event, delayMs, id, timer, isOver: false }
    this.#delayed = [...this.#delayed, delayed]
  }

  cancel(source: AnyActorRef, id: string): void {
    this.#forget((delayed) => delayed.source === source && delayed.id === id)
  }

  cancelAll(source: AnyActorRef): void {
    this.#forget((delayed) => delayed.source === source)
  }

  #arm(delayMs: number, due: Due): ProcessTimer {
    // As a host's timer: what is no number is no delay.
    return new ProcessTimer(this.#process, Math.max(delayMs || 0, 0), due)
  }

  #forget(isMeant: (delayed: Delayed) => boolean): void {
    const meant = this.#delayed.filter(isMeant)
    if (meant.length === 0) return
    for (const { timer } of meant) timer.cancel()
    this.#delayed = this.#delayed.filter((delayed) => !meant.includes(delayed))
  }
}
