/**
 * A timer and a turn of the world's, as the program has them in its hands: Node's objects, or, where the host counts its timers, numbers.
 *
 * Invariants
 * - A timer belongs to the world that it was armed in, and does nothing in another: neither fires nor is armed again.
 * - It is called back in the async context of who armed it, and `this` is the timer, as in Node.
 * - An interval is armed again when its callback is through, also one that threw, unless it was cleared in it.
 */

import { inPresentContext } from "./present-context.ts"
import { presentWorld, type WorldClock } from "./world-clock.ts"

/** What the program has had called back. */
export type Callback = (...given: unknown[]) => unknown

/** The longest delay a host's timer takes; all that is not in between is 1 ms, as in Node. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Above all that a host has counted, so that one of its own is never taken for one of the world's. */
const FIRST_NUMBER = 2 ** 40

/** Those that the program has as numbers, until they are over. */
const numbered = new Map<number, WorldTimer>()
let lastNumber = FIRST_NUMBER

/** Begins to count anew, for another schedule: what is left of the last is nobody's. */
export function forgetNumbers(): void {
  // A map that is cleared is made anew.
  if (numbered.size > 0) numbered.clear()
  lastNumber = FIRST_NUMBER
}

/** The timer that the program means by what it has in its hands; `undefined`: it is not the world's. */
export function timerOf(given: unknown): WorldTimer | undefined {
  if (given instanceof WorldTimer) return given
  return typeof given === "number" || typeof given === "string" ? numbered.get(Number(given)) : undefined
}

/** What both say of whether a program is to stay alive for them: it is remembered, and nothing else. */
class Held {
  #isHeld = true

  ref(): this {
    this.#isHeld = true
    return this
  }

  unref(): this {
    this.#isHeld = false
    return this
  }

  hasRef(): boolean {
    return this.#isHeld
  }
}

/** What Node calls a `Timeout`. */
export class WorldTimer extends Held {
  readonly #clock: WorldClock
  readonly #what: string
  readonly #call: () => void
  readonly #delayMs: number
  readonly #repeats: boolean
  #armed: object | undefined
  #isCleared = false
  #number: number | undefined

  constructor(
    clock: WorldClock,
    what: string,
    callback: Callback,
    given: { delay: unknown; repeats?: boolean; rest?: readonly unknown[] },
  ) {
    super()
    this.#clock = clock
    this.#what = what
    this.#delayMs = delayOf(given.delay)
    this.#repeats = given.repeats === true
    const { rest = [] } = given
    this.#call = inPresentContext(() => void Reflect.apply(callback, this, rest))
    this.#arm()
  }

  /** Begins anew, also after it has fired; not after it was cleared. */
  refresh(): this {
    if (this.#isCleared) return this
    this.#disarm()
    this.#arm()
    return this
  }

  /** Clears it. */
  close(): this {
    this.#isCleared = true
    this.#disarm()
    this.#forgetNumber()
    return this
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === undefined) {
      lastNumber += 1
      this.#number = lastNumber
      numbered.set(lastNumber, this)
    }
    return this.#number
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #arm(): void {
    if (presentWorld() === this.#clock) this.#armed = this.#clock.setTimer(() => this.#fire(), this.#delayMs, this.#what)
  }

  #disarm(): void {
    if (this.#armed !== undefined) this.#clock.clearTimer(this.#armed)
    this.#armed = undefined
  }

  #fire(): void {
    this.#armed = undefined
    if (presentWorld() !== this.#clock) return
    try {
      this.#call()
    } finally {
      if (this.#repeats && !this.#isCleared && this.#armed === undefined) this.#arm()
      if (this.#armed === undefined) this.#forgetNumber()
    }
  }

  #forgetNumber(): void {
    if (this.#number !== undefined) numbered.delete(this.#number)
    this.#number = undefined
  }
}

/** As Node reads it. */
function delayOf(given: unknown): number {
  const delayMs = Number(given)
  return delayMs >= 1 && delayMs <= LONGEST_DELAY_MS ? Math.trunc(delayMs) : 1
}

/** What Node calls an `Immediate`. */
export class WorldTurn extends Held {
  readonly #clock: WorldClock
  #waiting: object | undefined

  constructor(clock: WorldClock, callback: Callback, rest: readonly unknown[]) {
    super()
    this.#clock = clock
    const call = inPresentContext(() => void Reflect.apply(callback, this, rest))
    this.#waiting = clock.turn(() => {
      this.#waiting = undefined
      if (presentWorld() === clock) call()
    })
  }

  /** Clears it. */
  close(): void {
    if (this.#waiting !== undefined) this.#clock.clearTurn(this.#waiting)
    this.#waiting = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
