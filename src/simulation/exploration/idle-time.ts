/** For how long nothing has happened but that time passed: in which order it goes on then, and when nobody comes back from that. */

import { CLOCK } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import type { Choice } from "../schedule/step.ts"

/** Ticks of the clock, one after the other, in which nothing else happens: nobody comes back from that. */
const MOST_STEPS = 500

/** But where somebody's time is to run out first: then it may take as long as that, if it is no longer than this. */
const LONGEST_MS = 60_000

/** After so many of them all goes in a fair order: who looks again and again whether something has come must not keep it from coming. */
const MOST_UNFAIR_STEPS = 100

export class IdleTime {
  readonly #scene: Pick<Scene, "now" | "hasPatientLimit">
  #steps = 0
  #sinceMs = 0

  constructor(scene: Pick<Scene, "now" | "hasPatientLimit">) {
    this.#scene = scene
  }

  begin(): void {
    this.#steps = 0
    this.#sinceMs = this.#scene.now
  }

  /** That was done. */
  after({ kind, from }: Choice): void {
    if (kind === "timer" || from === CLOCK) this.#steps += 1
    else this.begin()
  }

  get isLong(): boolean {
    return this.#steps >= MOST_UNFAIR_STEPS
  }

  get isForEver(): boolean {
    if (this.#steps < MOST_STEPS) return false
    return !this.#scene.hasPatientLimit || this.#scene.now - this.#sinceMs > LONGEST_MS
  }
}
