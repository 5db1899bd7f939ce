/**
 * For how long nothing has happened but that time passed: in which order it goes on then, and when nobody comes back from that.
 *
 * What ticks, or looks again and again, arms its timers anew; whoever waits for one that was armed long before will go on some time, however often
 * others tick meanwhile.
 */

import { CLOCK } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import type { Choice } from "../schedule/step.ts"

/**
 * Ticks of the clock, one after the other, in which nothing else happens and nothing is awaited that was armed long before: nobody comes back from that. Who counts down,
 * or looks for a minute ten times a second, does: it is that share of the steps that a schedule may have, and never less than some.
 */
const IDLE_SHARE = 0.1
const FEWEST_STEPS = 500

/** After so many of them all goes in a fair order: who looks again and again whether something has come must not keep it from coming. */
const MOST_UNFAIR_STEPS = 100

/** What was armed so many of them ago, at least, was armed long before. */
const STEPS_OF_A_ROUND = 100

export class IdleTime {
  readonly #scene: Pick<Scene, "lastId" | "hasTimerUpTo">
  readonly #most: number
  #steps = 0
  /** Rounds in which nothing was awaited. */
  #vain = 0
  /** The last number there was when this round began. */
  #before = 0

  constructor(scene: Pick<Scene, "lastId" | "hasTimerUpTo">, maxSteps: number) {
    this.#scene = scene
    this.#most = Math.max(FEWEST_STEPS, maxSteps * IDLE_SHARE)
  }

  begin(): void {
    this.#steps = 0
    this.#vain = 0
  }

  /** That was done. */
  after({ kind, from }: Choice): void {
    if (kind !== "timer" && from !== CLOCK) return this.begin()
    if (this.#steps === 0) this.#before = this.#scene.lastId
    this.#steps += 1
    if (this.#steps % STEPS_OF_A_ROUND === 0) this.#endRound()
  }

  #endRound(): void {
    this.#vain = this.#scene.hasTimerUpTo(this.#before) ? 0 : this.#vain + 1
    this.#before = this.#scene.lastId
  }

  get isLong(): boolean {
    return this.#steps >= MOST_UNFAIR_STEPS
  }

  get isForEver(): boolean {
    return this.#vain * STEPS_OF_A_ROUND >= this.#most
  }

  /** Where there are no steps left: nobody has gone on for so long that it is not for want of steps. */
  get isVeryLong(): boolean {
    return this.#steps >= FEWEST_STEPS
  }
}
