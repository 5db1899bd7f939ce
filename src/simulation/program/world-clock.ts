/**
 * The world that the program's globals belong to while it is simulated: its clock, its turns, its chance. The port that the simulation's
 * world implements, and the one place that says who has the globals now.
 *
 * It is a variable of the module, as the globals are the program's: there is one of them, and one who has them. The functions that stand in
 * their places are made once. So what a module took hold of in one schedule is the world's in the next, and the host's when there is none.
 */

/** What the globals ask of the world that has them. */
export interface WorldClock {
  /** Milliseconds of the simulation's clock, monotonic, with a fraction. */
  now(): number
  /** Milliseconds since 1970. */
  systemTime(): number
  /** Calls back once, not before `delayMs` have passed; `what` says for what, as a report shows it: `setTimeout`. */
  setTimer(callback: () => void, delayMs: number, what: string): object
  /** Forgets a timer, also one that is over. */
  clearTimer(timer: object): void
  /** Calls back in a turn of the host: what `setImmediate` stands for. */
  turn(callback: () => void): object
  /** Forgets a turn, also one that is over. */
  clearTurn(turn: object): void
  /** A number in [0, 1). */
  random(): number
  /** Something was called, as it is named here, that no program may do while the world has it. */
  refused(what: string): void
}

let present: WorldClock | undefined
let origin = 0

/** Who has the globals now; `undefined`: the host. */
export function presentWorld(): WorldClock | undefined {
  return present
}

/** Gives the globals to a world, or, with `undefined`, to the host. The functions in their places answer for whoever has them. */
export function setPresentWorld(clock: WorldClock | undefined): void {
  present = clock
  origin = clock === undefined ? 0 : clock.systemTime() - clock.now()
}

/** The calendar when the present world's clock stood at 0, as its time was when it got the globals. */
export function presentTimeOrigin(): number {
  return origin
}

/** The present world's calendar as a Date holds it. */
export function calendarOf(clock: WorldClock): number {
  return Math.floor(clock.systemTime())
}
