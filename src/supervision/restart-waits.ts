/** The waits before restarts, which the end of the supervisor cuts short. */

import { Alarm } from "../kernel/alarm.ts"
import type { Kernel } from "../kernel/kernel.ts"

export class RestartWaits {
  readonly #kernel: Kernel
  readonly #wakers = new Set<() => void>()
  #isOver = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Resolves after `delayMs`, or when all are ended. */
  wait(delayMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      const alarm = new Alarm(this.#kernel, delayMs, () => wake())
      const wake = (): void => {
        alarm.cancel()
        this.#wakers.delete(wake)
        resolve()
      }
      this.#wakers.add(wake)
    })
  }

  /** Nobody waits any more, nor will. */
  end(): void {
    this.#isOver = true
    for (const wake of [...this.#wakers]) wake()
  }
}
