/** Lets go first what would expire first anyway; what has no deadline, or may not go, stays. */

import type { Bindings } from "./bindings.ts"
import type { Eviction } from "./eviction.ts"
import type { ExpiryHeap } from "./expiry-heap.ts"

export class SoonestEviction implements Eviction {
  readonly #expiry: ExpiryHeap
  readonly #bindings: Bindings

  constructor(expiry: ExpiryHeap, bindings: Bindings) {
    this.#expiry = expiry
    this.#bindings = bindings
  }

  victim(except: number): number {
    return this.#expiry.firstWhere((slot) => slot !== except && !this.#bindings.isBound(slot))
  }

  // The order is the heap's.

  added(): void {}

  used(): void {}

  removed(): void {}

  clear(): void {}
}
