/** A callback at a moment of the kernel's clock, for the runtime's own waits: it comes though the waiting process takes no messages. */

import type { Kernel } from "./kernel.ts"
import { TimerNode } from "./timer-wheel.ts"

export class Alarm extends TimerNode {
  readonly #kernel: Kernel
  readonly #callback: () => void

  /** `isAwaited`: somebody waits for it, and the host has to stay alive until then. */
  constructor(kernel: Kernel, delayMs: number, callback: () => void, isAwaited = true) {
    super()
    this.isAwaited = isAwaited
    this.#kernel = kernel
    this.#callback = callback
    kernel.arm(this, delayMs)
  }

  cancel(): void {
    this.#kernel.disarm(this)
  }

  override expired(): void {
    this.#callback()
  }
}
