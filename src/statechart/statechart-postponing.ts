/**
 * The events that a machine puts aside until its state changes.
 *
 * Invariants
 * - They stand in the inbox, in the order of arrival: what becomes of them at an end, a restart or a drain is what becomes of all that waits.
 * - After a change of the state they are handled anew, before all that came later; one that is postponed again keeps its place.
 *
 * Source  OTP, gen_statem(3), "Postponing Events".
 */

import type { StateValue } from "xstate"
import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import { DEFAULT_STASH_CAPACITY, stashError } from "../process/stash.ts"
import { isSameState } from "./statechart-state.ts"

export class StatechartPostponing {
  readonly #inbox: Inbox
  #state: StateValue | undefined = undefined
  /** Whether the state has changed since they were called back. */
  #hasMoved = false
  /** Whether the machine handles an event that may be postponed, … */
  isPossible = false
  /** … and has asked for that. */
  #isWanted = false

  constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  /** Asks for the present event. */
  want(): void {
    if (!this.isPossible) throw invalid("event", `cannot be postponed: ${this.#inbox.label} handles none now that came from outside`)
    this.#isWanted = true
  }

  /** The machine is in that state now. */
  reached(state: StateValue): void {
    if (!isSameState(this.#state, state)) this.#hasMoved = true
    this.#state = state
  }

  /** Puts the event aside, where that was asked for: then it has no answer yet. One too many is refused. */
  takes(envelope: Envelope): boolean {
    if (!this.#isWanted) return false
    this.#isWanted = false
    if (envelope.isSettled) return true
    if (this.#inbox.hasRoomAside(DEFAULT_STASH_CAPACITY)) this.#inbox.postpone(envelope)
    else this.#refuse(envelope)
    return true
  }

  /** Calls them back, where the state has changed. Cost O(postponed). */
  retry(): void {
    if (this.#hasMoved) this.#inbox.putBack()
    this.#hasMoved = false
  }

  #refuse(envelope: Envelope): void {
    const { kernel, label } = this.#inbox
    if (envelope.isRequest) return envelope.fail(stashError(label, DEFAULT_STASH_CAPACITY))
    const shown = this.#inbox.shown(envelope.argument)
    if (envelope.kind !== "message") return kernel.reportNotice(label, shown)
    kernel.counters.handled -= 1
    kernel.report(label, shown, "overflow")
  }
}
