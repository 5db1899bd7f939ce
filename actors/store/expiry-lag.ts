/**
 * How late what has expired is removed. What is late is seen by nobody; it only takes room.
 *
 * Worst of two: of what was removed since the last sweep began, by that sweep, by writes and by readers; and of what still waits to be removed.
 */

import type { ExpiryHeap } from "./expiry-heap.ts"

export class ExpiryLag {
  readonly #expiry: ExpiryHeap
  #worst = 0

  constructor(expiry: ExpiryHeap) {
    this.#expiry = expiry
  }

  /** A sweep begins: those before it count no more. */
  begin(): void {
    this.#worst = 0
  }

  /** An entry is removed that late, in ms. */
  removed(lateMs: number): void {
    if (lateMs > this.#worst) this.#worst = lateMs
  }

  /** In ms; 0 where nothing is late. */
  at(now: number): number {
    return Math.max(this.#worst, now - this.#expiry.earliest())
  }
}
