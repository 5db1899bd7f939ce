/**
 * A timer of a process: its tick comes as a message, in order with the others.
 *
 * Invariant: a tick of a cancelled or re-armed timer is never seen, even where it was already waiting in the
 * inbox; nor is one of an incarnation that has ended, even where a handler of it goes on and sets a timer.
 */

import type { Cancelable, TimerKey } from "./affairs.ts"
import type { Process } from "./process.ts"
import { TimerNode } from "./timer-wheel.ts"

/** What stands in the inbox when a timer has fired. */
export class Tick {
  readonly #timer: ProcessTimer

  constructor(timer: ProcessTimer) {
    this.#timer = timer
  }

  /** False where the timer was cancelled while the tick waited. */
  get isDue(): boolean {
    return this.#timer.isActive
  }

  get message(): unknown {
    return this.#timer.message
  }

  /** Takes the tick: a timer that fires once is over with it. */
  redeem(): unknown {
    return this.#timer.ticked()
  }
}

export class ProcessTimer extends TimerNode implements Cancelable {
  readonly #process: Process
  readonly message: unknown
  /** Arming another of this key cancels it. */
  readonly key: TimerKey | undefined
  /** 0 for a timer that fires once. */
  readonly #everyMs: number
  isActive = true
  /** A tick is in the inbox; a slow process finds one waiting, not one for each period it missed. */
  #isTicking = false

  constructor(process: Process, delayMs: number, message: unknown, everyMs = 0, key?: TimerKey) {
    super()
    this.#process = process
    this.message = message
    this.key = key
    this.#everyMs = everyMs
    this.isActive = process.status !== "ended"
    if (!this.isActive) return
    process.adopt(this)
    process.kernel.arm(this, delayMs)
  }

  /** Stops it. Gives the milliseconds that were left, `false` where it had fired its last. */
  cancel(): number | false {
    if (!this.isActive) return false
    const left = Math.max(0, this.deadline - this.#process.kernel.now())
    this.#retire()
    return left
  }

  /** Its tick has come to its turn. */
  ticked(): unknown {
    this.#isTicking = false
    if (this.#everyMs === 0) this.#retire()
    return this.message
  }

  override expired(): void {
    const { kernel, inbox } = this.#process
    if (!this.#isTicking) {
      this.#isTicking = true
      kernel.signal(inbox, "signal", new Tick(this))
    }
    // Counted from the moment that was meant, so that periods do not drift; one that has passed already is left out.
    if (this.#everyMs > 0) kernel.arm(this, Math.max(this.deadline + this.#everyMs - kernel.host.now(), 0))
  }

  #retire(): void {
    this.isActive = false
    this.#process.kernel.wheel.cancel(this)
    this.#process.release(this)
  }
}
