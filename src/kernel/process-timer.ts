/**
 * A timer of a process: its tick comes as a message, in order with the others.
 *
 * Invariant: a tick of a cancelled or re-armed timer is never seen, even where it was already waiting in the
 * inbox; nor is one of an incarnation that has ended, even where a handler of it goes on and sets a timer.
 */

import type { Cancelable, TimerKey } from "./affairs.ts"
import type { Process } from "./process.ts"
import { TimerNode } from "./timer-wheel.ts"

/** Whose tick it is. */
interface TickSource {
  readonly message: unknown
  /** False where it was cancelled, or its process has ended. */
  readonly isActive: boolean
  /** Its tick has come to its turn: gives the message. */
  ticked(): unknown
}

/** What stands in the inbox when a timer has fired. */
export class Tick {
  readonly #timer: TickSource

  constructor(timer: TickSource) {
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

/** Of no timer: what a process sends itself, to come to it in its turn. */
export class OwnMessage implements TickSource {
  readonly #process: Process
  readonly message: unknown

  constructor(process: Process, message: unknown) {
    this.#process = process
    this.message = message
  }

  get isActive(): boolean {
    return this.#process.status !== "ended"
  }

  ticked(): unknown {
    return this.message
  }
}

export class ProcessTimer extends TimerNode implements Cancelable, TickSource {
  /** Whose it is: the incarnation that has armed it. */
  readonly process: Process
  readonly message: unknown
  /** Arming another of this key cancels it. */
  readonly key: TimerKey | undefined
  /** 0 for a timer that fires once. */
  readonly #everyMs: number
  /** What the periods are counted from, to the fraction: whatever it takes to look at the clock, no lateness is carried on. */
  readonly #armedAt: number
  /** The number of the tick that is armed, … */
  #next = 1
  /** … of the last one that was due, … */
  #reached = 0
  /** … and of the last one that was handed over. */
  #redeemed = 0
  /** Ticks that were left out before the last one that was handed over, as the process or the program was busy. */
  missed = 0
  isActive = true
  /** A tick is in the inbox; a slow process finds one waiting, not one for each period it missed. */
  #isTicking = false

  constructor(process: Process, delayMs: number, message: unknown, everyMs = 0, key?: TimerKey) {
    super()
    this.process = process
    this.message = message
    this.key = key
    this.#everyMs = everyMs
    this.#armedAt = process.kernel.host.now()
    this.isActive = process.status !== "ended"
    if (!this.isActive) return
    process.adopt(this)
    process.kernel.armAt(this, this.#armedAt + delayMs)
  }

  /** Stops it. Gives the milliseconds that were left, `false` where it had fired its last. */
  cancel(): number | false {
    if (!this.isActive) return false
    const left = Math.max(0, this.deadline - this.process.kernel.now())
    this.#retire()
    return left
  }

  /** Its tick has come to its turn. */
  ticked(): unknown {
    this.#isTicking = false
    if (this.#everyMs === 0) this.#retire()
    this.missed = this.#reached - this.#redeemed - 1
    this.#redeemed = this.#reached
    return this.message
  }

  override get owner(): string {
    return this.process.label
  }

  override get isLimit(): boolean {
    return false
  }

  override get purpose(): string {
    if (this.key !== undefined) return String(this.key)
    return typeof this.message === "string" ? this.message : "timer"
  }

  override expired(): void {
    const { kernel } = this.process
    this.#reached = this.#dueBy(kernel.host.now())
    if (!this.#isTicking) {
      this.#isTicking = true
      this.process.notify(new Tick(this))
    }
    if (this.#everyMs === 0) return
    this.#next = this.#reached + 1
    kernel.armAt(this, this.#armedAt + this.#next * this.#everyMs)
  }

  /** The number of the last tick whose moment has come; those between the one armed and it come with it, as one. */
  #dueBy(now: number): number {
    return this.#everyMs === 0 ? 1 : Math.max(this.#next, Math.floor((now - this.#armedAt) / this.#everyMs))
  }

  #retire(): void {
    this.isActive = false
    this.process.kernel.disarm(this)
    this.process.release(this)
  }
}
