/**
 * The events that a machine puts aside until its state changes.
 *
 * Invariants
 * - They stand in the inbox, in the order of arrival: what becomes of them at an end, a restart or a drain is what becomes of all that waits.
 * - After a change of the state they are handled anew, before all that came later; one that is postponed again keeps its place.
 * - What an actor below sends the machine while it handles a message is an event of its own, and as well postponed as if it had come later.
 *
 * Source  OTP, gen_statem(3), "Postponing Events".
 */

import type { EventObject, StateValue } from "xstate"
import { fail } from "../kernel/answer.ts"
import { Envelope, NO_LIMIT } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { DEFAULT_STASH_CAPACITY, stashError } from "../process/stash.ts"
import { isReserved } from "./statechart-events.ts"
import { isSameState } from "./statechart-state.ts"

export class StatechartPostponing {
  readonly #inbox: Inbox
  readonly #kernel: Kernel
  #state: StateValue | undefined = undefined
  /** Whether the state has changed since they were called back. */
  #hasMoved = false
  /** Events that have come to the machine with the present message, … */
  readonly #events: EventObject[] = []
  /** … so many of which are done. */
  #done = 0
  /** Whether the first of them is the message itself, … */
  #isMessageFirst = false
  /** … and it is to be put aside. */
  #isWanted = false
  /** Those of the others that are to be put aside, … */
  #others: EventObject[] = []
  /** … after so many of which the state has changed. */
  #othersMoved = 0

  constructor(inbox: Inbox, kernel: Kernel) {
    this.#inbox = inbox
    this.#kernel = kernel
  }

  /** A message is handled now; `isEvent`: it is itself an event of the machine's. */
  begin(isEvent: boolean): void {
    this.#events.length = 0
    this.#done = 0
    this.#isMessageFirst = isEvent
  }

  /** An event has come to the machine, which handles one after the other. */
  came(event: EventObject): void {
    this.#events.push(event)
  }

  /** The machine is done with an event, and in that state. */
  handled(state: StateValue): void {
    this.#done += 1
    this.reached(state)
  }

  /** The machine is in that state now. */
  reached(state: StateValue): void {
    if (!isSameState(this.#state, state)) {
      this.#hasMoved = true
      this.#othersMoved = this.#others.length
    }
    this.#state = state
  }

  /** Nothing is handled any more. */
  over(): void {
    this.#events.length = 0
  }

  /** Asks for the present event. */
  want(): void {
    const present = this.#events[this.#done]
    if (present === undefined || isReserved(present))
      throw invalid("event", `cannot be postponed: ${this.#inbox.label} handles none now that was sent to it`)
    if (this.#isMessageFirst && this.#done === 0) this.#isWanted = true
    else if (this.#others.at(-1) !== present) this.#others.push(present)
  }

  /** Puts the message aside, where that was asked for: then it has no answer yet. One too many is refused. */
  takes(envelope: Envelope): boolean {
    if (!this.#isWanted) return false
    this.#isWanted = false
    if (!envelope.isSettled) this.#putAside(envelope)
    return true
  }

  /** Calls back what was postponed before the state changed. Cost O(postponed). */
  retry(): void {
    const others = this.#others
    if (others.length > 0) this.#others = []
    for (const event of others.slice(0, this.#othersMoved)) this.#putAside(this.#enveloped(event))
    if (this.#hasMoved) this.#inbox.putBack()
    for (const event of others.slice(this.#othersMoved)) this.#putAside(this.#enveloped(event))
    this.#hasMoved = false
    this.#othersMoved = 0
  }

  /** It comes back as what the runtime sends: in its place, and never refused for want of room. */
  #enveloped(event: EventObject): Envelope {
    const context = this.#inbox.takesContexts ? this.#kernel.captureContext() : undefined
    return new Envelope("signal", this.#inbox, undefined, event, undefined, undefined, NO_LIMIT, context)
  }

  #putAside(envelope: Envelope): void {
    const { label } = this.#inbox
    const kernel = this.#kernel
    if (this.#inbox.hasRoomAside(DEFAULT_STASH_CAPACITY)) return this.#inbox.postpone(envelope)
    if (envelope.isRequest) return fail(envelope, stashError(label, DEFAULT_STASH_CAPACITY))
    const shown = this.#inbox.shown(envelope.argument)
    if (envelope.kind !== "message") return kernel.reportNotice(label, shown)
    kernel.counters.handled -= 1
    kernel.report(label, shown, "overflow")
  }
}
