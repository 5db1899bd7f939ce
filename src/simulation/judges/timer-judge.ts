/**
 * Judges promise 18: a timer ticks for its last arming and its incarnation only, never before its moment, and ticks that were missed come as one that
 * says how many they were.
 *
 * It knows of a timer what the wheel was told, and of a tick when its process takes it. One that nobody arms costs nothing.
 */

import type { TimerKey } from "../../kernel/affairs.ts"
import type { Process } from "../../kernel/process.ts"
import type { ProcessTimer } from "../../kernel/process-timer.ts"
import type { TimerNode } from "../../kernel/timer-wheel.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap } from "./seldom.ts"

/** What is known of a timer. */
interface Known {
  readonly armedAt: number
  /** Until its first tick. */
  readonly delayMs: number
  /** It was armed again when it had come to its moment: it ticks for ever. */
  isPeriodic: boolean
  /** When it came to its moment last. */
  expiredAt: number
  /** Ticks that were taken, those among them that were missed. */
  ticks: number
  /** Its tick is being taken. */
  isTaken: boolean
  isOver: boolean
}

/** The clock of a timer is whole milliseconds, and a period need not be. */
const ROUNDING_MS = 1e-6

export class TimerJudge {
  readonly #now: () => number
  readonly #breaks: Breaks
  readonly #known = new SeldomMap<TimerNode, Known>()
  /** By whose they are, and by key, the one that was armed last. */
  readonly #last = new SeldomMap<Process, Map<TimerKey, ProcessTimer>>()

  constructor(now: () => number, breaks: Breaks) {
    this.#now = now
    this.#breaks = breaks
  }

  armed(timer: ProcessTimer, deadline: number): void {
    const known = this.#known.get(timer)
    if (known === undefined) this.#began(timer, deadline)
    else known.isPeriodic = true
  }

  #began(timer: ProcessTimer, deadline: number): void {
    const now = this.#now()
    const { process, key } = timer
    const known = { armedAt: now, delayMs: deadline - now, isPeriodic: false, expiredAt: now, ticks: 0, isTaken: false, isOver: false }
    this.#known.set(timer, known)
    if (key !== undefined) this.#last.set(process, (this.#last.get(process) ?? new Map()).set(key, timer))
    this.#follow(timer, known)
  }

  /** What hands a tick over is looked at from here on: nothing else says when a tick is taken, and when it is dropped. */
  #follow(timer: ProcessTimer, known: Known): void {
    const take = timer.ticked.bind(timer)
    const ticked: ProcessTimer["ticked"] = () => {
      this.#judgeTaking(timer, known)
      known.isTaken = true
      try {
        return take()
      } finally {
        known.isTaken = false
        this.#judgeTime(timer, known)
      }
    }
    timer.ticked = ticked
  }

  /** It is cancelled, armed anew, or its process has ended; one that ticks once is over with its tick. */
  disarmed(timer: TimerNode): void {
    const known = this.#known.get(timer)
    if (known?.isTaken === false) known.isOver = true
  }

  expired(timer: TimerNode): void {
    const known = this.#known.get(timer)
    if (known !== undefined) known.expiredAt = this.#now()
  }

  #judgeTaking(timer: ProcessTimer, { isOver }: Known): void {
    const { process, owner, key, purpose } = timer
    if (process.inbox.owner !== process) {
      this.#breaks("18", `${owner} was given a tick of ${purpose}, which another incarnation had armed (${process.pid})`)
    }
    if (key !== undefined && this.#last.get(process)?.get(key) !== timer) {
      this.#breaks("18", `${owner} was given a tick of ${purpose}, which was armed anew since`)
    }
    if (isOver) this.#breaks("18", `${owner} was given a tick of ${purpose}, which was cancelled`)
  }

  #judgeTime({ owner, purpose, missed }: ProcessTimer, known: Known): void {
    const { armedAt, delayMs, isPeriodic, expiredAt } = known
    known.ticks += 1 + missed
    const { ticks } = known
    const dueBy = (moment: number): number => Math.floor((moment - armedAt + ROUNDING_MS) / delayMs)
    const isEarly = isPeriodic ? ticks > dueBy(this.#now()) : this.#now() + ROUNDING_MS < armedAt + delayMs
    if (isEarly) this.#breaks("18", `tick ${ticks} of ${purpose} of ${owner} came before its moment`)
    if (!isPeriodic && ticks > 1) this.#breaks("18", `${purpose} of ${owner} was to tick once, and has ticked ${ticks} times`)
    if (isPeriodic && ticks < dueBy(expiredAt)) {
      this.#breaks(
        "18",
        `${owner} was told of ${ticks} ticks of ${purpose}, those that it missed among them, and there were ${dueBy(expiredAt)}`,
      )
    }
  }
}
