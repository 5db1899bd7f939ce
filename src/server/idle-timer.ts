/**
 * Tells a server that no message came for so long.
 *
 * A message costs it a note of the time and no arming: when the alarm comes up early, it is filed again for what is left.
 *
 * Source  OTP, gen_server: the timeout among a callback's return values. Differs: it stands until it is changed.
 */

import type { Cancelable } from "../kernel/affairs.ts"
import { Envelope } from "../kernel/envelope.ts"
import type { Process } from "../kernel/process.ts"
import { TimerNode } from "../kernel/timer-wheel.ts"

/** What stands in the inbox when the time is over. */
export class IdleTick {
  readonly timer: IdleTimer
  constructor(timer: IdleTimer) {
    this.timer = timer
  }
}

export class IdleTimer extends TimerNode implements Cancelable {
  readonly #process: Process
  readonly #timeoutMs: number
  readonly #isQuiet: () => boolean
  #lastAt: number
  isActive = true

  override get owner(): string {
    return this.#process.label
  }

  override get isLimit(): boolean {
    return false
  }

  override get purpose(): string {
    return "idle"
  }

  /** `isQuiet`: whether nothing waits or runs in the process. */
  constructor(process: Process, timeoutMs: number, isQuiet: () => boolean) {
    super()
    this.#process = process
    this.#timeoutMs = timeoutMs
    this.#isQuiet = isQuiet
    this.#lastAt = process.kernel.now()
    process.adopt(this)
    process.observe(this.touch)
    process.kernel.arm(this, timeoutMs)
  }

  /** A message has come, or its handler is done. */
  readonly touch = (): void => {
    this.#lastAt = this.#process.kernel.now()
  }

  /** The tick has come to its turn: the next stretch begins. */
  restart(): void {
    this.touch()
    this.#process.kernel.arm(this, this.#timeoutMs)
  }

  cancel(): void {
    this.isActive = false
    this.#process.kernel.disarm(this)
    this.#process.observe(this.touch, false)
    this.#process.release(this)
  }

  override expired(): void {
    const { kernel, inbox } = this.#process
    const leftMs = this.#isQuiet() ? this.#lastAt + this.#timeoutMs - kernel.now() : this.#timeoutMs
    if (leftMs > 0) kernel.arm(this, leftMs)
    else inbox.post(new Envelope("signal", inbox, undefined, new IdleTick(this), undefined, undefined))
  }
}
