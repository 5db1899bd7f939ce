/**
 * For how many steps in a fair order is waited for what is to come. Those in which somebody is slow by a fault count little: that is over at a moment of the clock, and
 * how many steps there are until then is a matter of what else goes on by time.
 */

import { Process } from "../../kernel/process.ts"
import type { Scene } from "../scene/scene.ts"

/** So many, where nobody is slow. */
export const MOST_FAIR_STEPS = 2000

/** Where somebody is: a minute, in which something happens every few milliseconds. */
const MOST_SLOW_STEPS = 20_000

export class Patience {
  readonly #scene: Scene
  #left = MOST_FAIR_STEPS

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Whether there is some left for one step more, for which it is taken. */
  lasts(): boolean {
    if (this.#left <= 0) return false
    this.#left -= isAnybodySlow(this.#scene) ? MOST_FAIR_STEPS / MOST_SLOW_STEPS : 1
    return true
  }
}

/** Whether a fault has made somebody slow who lives, and is so still. */
export function isAnybodySlow(scene: Scene): boolean {
  return scene.kernels.some(({ processes }) => [...processes].some((process) => process instanceof Process && scene.isSlow(process)))
}
