/** A world whose time, turns and chance are moved by hand: what tests of the globals are served by. */

import type { WorldClock } from "../../src/simulation/program/world-clock.ts"

export interface Armed {
  readonly at: number
  readonly delayMs: number
  readonly what: string
  readonly callback: () => void
}

export class ManualWorld implements WorldClock {
  time = 0
  calendar = Date.UTC(2030, 0, 2, 3, 4, 5, 678)
  timers: Armed[] = []
  turns: { readonly callback: () => void }[] = []
  /** What chance draws; one after the other, and again from the first. */
  draws = [0.25, 0.75, 0.5]
  drawn = 0
  readonly refusals: string[] = []

  refused(what: string): void {
    this.refusals.push(what)
  }

  now(): number {
    return this.time
  }

  systemTime(): number {
    return this.calendar + this.time
  }

  setTimer(callback: () => void, delayMs: number, what: string): object {
    const timer = { at: this.time + delayMs, delayMs, what, callback }
    this.timers.push(timer)
    return timer
  }

  clearTimer(timer: object): void {
    this.timers = this.timers.filter((each) => each !== timer)
  }

  turn(callback: () => void): object {
    const turn = { callback }
    this.turns.push(turn)
    return turn
  }

  clearTurn(turn: object): void {
    this.turns = this.turns.filter((each) => each !== turn)
  }

  random(): number {
    this.drawn += 1
    return this.draws[(this.drawn - 1) % this.draws.length] as number
  }

  /** Lets time pass, and what is due fire in its order. */
  pass(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.clearTimer(next)
      this.time = next.at
      next.callback()
    }
    this.time = end
  }

  /** Lets all turns come that wait now. */
  passTurn(): void {
    for (const { callback } of this.turns.splice(0)) callback()
  }
}
