/** A callback at a moment of the kernel's clock, for the runtime's own waits: it comes though the waiting process takes no messages. */

import type { Kernel } from "./kernel.ts"
import { TimerNode } from "./timer-wheel.ts"

export class Alarm extends TimerNode {
  readonly #kernel: Kernel
  readonly #callback: () => void

  constructor(kernel: Kernel, delayMs: number, callback: () => void) {
    super()
    this.#kernel = kernel
    this.#callback = callback
    kernel.arm(this, delayMs)
  }

  cancel(): void {
    this.#kernel.wheel.cancel(this)
  }

  override expired(): void {
    this.#callback()
  }
}
