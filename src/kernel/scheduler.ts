/**
 * Who runs next, and when the host gets its turn.
 *
 * Runnable processes wait in one ring. A drain runs on a microtask, so that a request is answered before the
 * host turns to anything else; once the drains since the last host turn have used up their time or their
 * steps, the next one waits for the host to serve its timers and its input and output first.
 */

import { type AsyncContext, runIn } from "./async-context.ts"
import type { Host } from "./host.ts"
import { Ring } from "./ring.ts"

export interface Runnable {
  /** Runs a bounded number of messages; true when more could run now. */
  turn(): boolean
  /** Told of what its turn threw, which it must not. */
  failed(error: unknown): void
}

/** How long the runtime may keep the host, in ms, before it yields. */
const BUDGET_MS = 2
/** How many messages it may handle before it yields, however fast they were. */
const BUDGET_STEPS = 16_384
/** The clock is read once in so many steps, … */
const STEPS_BETWEEN_READINGS = 16
/** … or in so many where the last ones took less than that, in ms: a reading costs as much as half a message. */
const QUICK_STEPS_BETWEEN_READINGS = 64
const QUICK_MS = 0.05

/** So many who come alone are believed; and so often, from then on, it is looked at whether they still do. */
const ALONE = 16

/** Told how long the host had to wait, and how many messages were handled. Must not throw. */
export type TurnWatch = (durationMs: number, messages: number) => void

export class Scheduler {
  /** Where somebody wants to know. */
  turnWatch: TurnWatch | undefined = undefined

  readonly #host: Host
  readonly #neutral: AsyncContext | undefined
  readonly #runnable = new Ring<Runnable>()
  readonly #afterDrain: () => void
  readonly #fault: (error: unknown) => void
  #isScheduled = false
  #isDraining = false
  #isExhausted = false
  /** Requests that were served where they were asked, since somebody had to wait for a drain. */
  #alone = 0
  #steps = 0
  #readAt: number
  #readAtStep = STEPS_BETWEEN_READINGS
  #yieldedAt: number

  constructor(host: Host, afterDrain: () => void, fault: (error: unknown) => void = () => {}) {
    this.#host = host
    this.#neutral = host.asyncContexts?.neutral
    this.#afterDrain = afterDrain
    this.#fault = fault
    this.#yieldedAt = host.now()
    this.#readAt = this.#yieldedAt
  }

  /** Whether the host must have its turn before anything else runs. */
  get isExhausted(): boolean {
    return this.#isExhausted
  }

  /** Whether a drain is to follow, or goes on. */
  get isScheduled(): boolean {
    return this.#isScheduled
  }

  /** Whether nothing is to be done before the host goes on, and the host need not have its turn first. */
  get isIdle(): boolean {
    return !this.#isScheduled && !this.#isExhausted
  }

  /** Whether nobody waits for the drain that is to follow: it is for what is done after one, and has not begun. */
  get isClear(): boolean {
    return this.#isScheduled && !this.#isDraining && !this.#isExhausted && this.#runnable.size === 0
  }

  enqueue(runnable: Runnable): void {
    this.#runnable.push(runnable)
    this.#alone = 0
    this.wake()
  }

  /** Sees to it that a drain follows, even if only for what is done after one. */
  wake(): void {
    if (this.#isScheduled) return
    if (this.#isExhausted) this.#host.yield(this.#resume)
    else this.#host.microtask(this.#drain)
    // Noted last: where the caller's stack ends in the middle, the next one tries again.
    this.#isScheduled = true
  }

  /**
   * As `wake`, for a request that is served where it is asked: by the drain is known who comes with it, and who after it. It is much of what the
   * request costs: so whoever has come alone each time is taken at that, but for now and then.
   */
  wakeForOne(): void {
    if (this.#alone < ALONE || this.#alone % ALONE === 0) this.wake()
    this.#alone += 1
  }

  /** Counts one message handled; true when the host must have its turn. */
  step(): boolean {
    this.#steps += 1
    if (this.#steps >= this.#readAtStep) this.#measure()
    return this.#isExhausted
  }

  readonly #drain = (): void => {
    const { turnWatch } = this
    if (turnWatch === undefined) this.#drainAll()
    else this.#watched(turnWatch)
  }

  #watched(turnWatch: TurnWatch): void {
    const begunAt = this.#host.now()
    const begunAtStep = this.#steps
    this.#drainAll()
    const messages = this.#steps - begunAtStep
    if (messages > 0) turnWatch(this.#host.now() - begunAt, messages)
  }

  #drainAll(): void {
    this.#isDraining = true
    // It was set off by whoever came first, and is for all that wait. What follows it is the runtime's alone.
    if (this.#runnable.size > 0) runIn(this.#neutral, this.#runAll, this)
    try {
      this.#afterDrain()
    } catch (error) {
      this.#fault(error)
    }
    this.#isDraining = false
    this.#isScheduled = false
    if (this.#runnable.size > 0) this.wake()
  }

  #runAll(): void {
    for (;;) {
      const next = this.#isExhausted ? undefined : this.#runnable.shift()
      if (next === undefined) break
      if (this.#turn(next)) this.#runnable.push(next)
    }
  }

  /** A fault in one turn must not end all others'; what is left of it is for `failed` to clear up. */
  #turn(runnable: Runnable): boolean {
    try {
      return runnable.turn()
    } catch (error) {
      this.#failed(runnable, error)
      return false
    }
  }

  #failed(runnable: Runnable, error: unknown): void {
    try {
      runnable.failed(error)
    } catch (fault) {
      this.#fault(fault)
    }
  }

  readonly #resume = (): void => {
    this.#yieldedAt = this.#host.now()
    this.#readAt = this.#yieldedAt
    this.#readAtStep = STEPS_BETWEEN_READINGS
    this.#steps = 0
    this.#isExhausted = false
    this.#drain()
  }

  #measure(): void {
    const now = this.#host.now()
    const distance = now - this.#readAt < QUICK_MS ? QUICK_STEPS_BETWEEN_READINGS : STEPS_BETWEEN_READINGS
    this.#readAtStep = Math.min(this.#steps + distance, BUDGET_STEPS)
    this.#readAt = now
    const isOverTime = now - this.#yieldedAt > BUDGET_MS
    this.#isExhausted = isOverTime || this.#steps >= BUDGET_STEPS
  }
}
