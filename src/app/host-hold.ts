/**
 * Keeps the program alive while somebody waits for the end of the application: one host timer, which does nothing, and is there only then.
 *
 * Invariant: once it was released there is no timer of it, and never will be.
 */

import type { Host } from "../kernel/host.ts"

/** As long as a host timer can be; it is armed anew when its time has come. */
const PERIOD_MS = 2 ** 31 - 1

export class HostHold {
  readonly #host: Host
  #timer: unknown = undefined
  #isReleased = false

  constructor(host: Host) {
    this.#host = host
  }

  /** From now on, until it is released. A no-op afterwards. */
  hold(): void {
    if (!this.#isReleased && this.#timer === undefined) this.#arm()
  }

  release(): void {
    this.#isReleased = true
    if (this.#timer !== undefined) this.#host.clearTimer(this.#timer)
    this.#timer = undefined
  }

  readonly #arm = (): void => {
    this.#timer = this.#host.setTimer(this.#arm, PERIOD_MS)
    this.#host.holdTimer(this.#timer, true)
  }
}
