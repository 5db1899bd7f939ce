/**
 * The deadlines of one kernel: one wheel, and one timer of the host for all that is on it.
 *
 * Most requests are answered in the drain that follows them. So an inbox with requests is noted, and their deadlines are armed after the drain,
 * for those that still wait there: one that was answered has cost neither a deadline nor a look at the clock.
 *
 * Invariant: the host has a timer only while something is armed, and is kept alive only while somebody waits for that.
 */

import { runIn } from "./async-context.ts"
import type { Host } from "./host.ts"
import type { Inbox } from "./inbox.ts"
import { Ring } from "./ring.ts"
import type { TimerNode, TimerWheel } from "./timer-wheel.ts"

/** Deadlines fired in one go before the host gets its turn. */
const FIRED_AT_ONCE = 1024

export class Deadlines {
  readonly wheel: TimerWheel
  readonly #host: Host
  /** Sees to it that a drain follows. */
  readonly #wake: () => void
  /** Whether one does, or goes on, or can be asked for in a turn. */
  readonly #willDrain: () => boolean
  /** Inboxes with requests whose deadlines may have to be armed. */
  readonly #noted = new Ring<Inbox>()
  #hostTimer: unknown = undefined
  #hostTimerAt = Number.POSITIVE_INFINITY
  /** Something was armed since the host's timer was looked at. */
  #isUnscheduled = false
  #isHeld = false
  #isDisposed = false

  constructor(host: Host, wake: () => void, willDrain: () => boolean, wheel: TimerWheel) {
    this.#host = host
    this.#wake = wake
    this.#willDrain = willDrain
    this.wheel = wheel
  }

  /**
   * Arms a deadline at a moment of the host's clock. In a turn, and where a drain follows, the host's timer is set after that: once for all that is armed
   * until then, and not on the stack of a caller whose request is served at once, which may be full.
   */
  armAt(node: TimerNode, at: number): void {
    this.wheel.arm(node, at)
    this.schedule()
  }

  /** Cancels a deadline; the host need not stay alive for it any more. A no-op for one that is not armed. */
  disarm(node: TimerNode): void {
    this.wheel.cancel(node)
    if (this.#isHeld && this.wheel.awaited === 0) this.#hold(false)
    // Let go of after the drain: a host timer is not set and cleared for each of many requests that follow one another.
    if (this.wheel.size === 0 && this.#hostTimer !== undefined) this.#wake()
  }

  /** The requests in that inbox are looked at when the drain that follows is over. */
  note(inbox: Inbox): void {
    this.#noted.push(inbox)
    this.#wake()
    inbox.isNoted = true
  }

  /** A drain is over. */
  drained(): void {
    this.#armWaiting()
    if (this.#isUnscheduled) this.#schedule()
    if (this.wheel.size === 0 && this.#hostTimer !== undefined) this.#clearHostTimer()
  }

  #armWaiting(): void {
    let now: number | undefined
    for (let inbox = this.#noted.shift(); inbox !== undefined; inbox = this.#noted.shift()) {
      inbox.isNoted = false
      if (inbox.isEmpty) continue
      now ??= this.#host.now()
      inbox.armWaiting(now)
    }
    if (now !== undefined) this.#isUnscheduled = true
  }

  /** Sees to it that the host has a timer for what is due first. */
  schedule(): void {
    this.#isUnscheduled = this.#willDrain()
    if (this.#isUnscheduled) this.#wake()
    else this.#schedule()
  }

  /** Sets it, and keeps the host alive for what somebody waits for. */
  #schedule(): void {
    this.#isUnscheduled = false
    if (this.#isDisposed) return
    const at = this.wheel.nextAt()
    if (at < this.#hostTimerAt) {
      this.#clearHostTimer()
      this.#hostTimerAt = at
      // One timer for all: it must not keep the context of who happens to need it first.
      this.#hostTimer = this.#neutrally(() => this.#host.setTimer(this.#pump, at - this.#host.now()))
    }
    if (!this.#isHeld && this.wheel.awaited > 0) this.#hold(true)
  }

  /** Lets go of the host: armed deadlines never fire after it. */
  dispose(): void {
    this.#isDisposed = true
    this.#clearHostTimer()
  }

  /** Whether the host has to stay alive for the deadlines that are armed. */
  #hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (this.#hostTimer !== undefined) this.#host.holdTimer(this.#hostTimer, isHeld)
  }

  #clearHostTimer(): void {
    if (this.#hostTimer !== undefined) this.#host.clearTimer(this.#hostTimer)
    this.#hostTimer = undefined
    this.#hostTimerAt = Number.POSITIVE_INFINITY
    this.#isHeld = false
  }

  readonly #pump = (): void => this.#neutrally(() => this.#fire())

  #fire(): void {
    if (this.#isDisposed) return
    this.#clearHostTimer()
    const isMoreDue = this.wheel.advance(this.#host.now(), FIRED_AT_ONCE)
    if (isMoreDue) this.#host.yield(this.#pump)
    else if (this.wheel.size > 0) this.#schedule()
  }

  #neutrally<Result>(work: () => Result): Result {
    return runIn(this.#host.asyncContexts?.neutral, work, undefined)
  }
}
