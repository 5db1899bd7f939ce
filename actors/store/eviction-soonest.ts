/**
 * Lets go first what would expire first anyway; what has no deadline, or may not go, stays.
 *
 * While some are spared, which may be very many and all come first, those who go are looked for a number at a time.
 */

import type { Bindings } from "./bindings.ts"
import type { Eviction } from "./eviction.ts"
import type { ExpiryHeap } from "./expiry-heap.ts"

const NONE = -1
const FOUND_AT_ONCE = 128

export class SoonestEviction implements Eviction {
  readonly #expiry: ExpiryHeap
  readonly #bindings: Bindings
  #isSpared: ((slot: number) => boolean) | undefined = undefined
  /** Found to go next, the latest first, with their deadlines; while some are spared. */
  readonly #next: { readonly slot: number; readonly deadline: number }[] = []

  constructor(expiry: ExpiryHeap, bindings: Bindings) {
    this.#expiry = expiry
    this.#bindings = bindings
  }

  victim(except: number): number {
    if (this.#isSpared === undefined) return this.#expiry.firstWhere((slot) => slot !== except && this.#mayGo(slot))
    const found = this.#takeNext(except)
    if (found !== NONE) return found
    this.#look()
    return this.#takeNext(except)
  }

  spare(isSpared?: (slot: number) => boolean): void {
    this.#isSpared = isSpared
    this.#next.length = 0
  }

  #mayGo(slot: number): boolean {
    return !this.#bindings.isBound(slot) && this.#isSpared?.(slot) !== true
  }

  /** One that was found before and has not changed since. */
  #takeNext(except: number): number {
    for (let next = this.#next.pop(); next !== undefined; next = this.#next.pop()) {
      const { slot, deadline } = next
      if (slot !== except && this.#expiry.deadlineOf(slot) === deadline && this.#mayGo(slot)) return slot
    }
    return NONE
  }

  #look(): void {
    this.#expiry.firstWhere((slot) => {
      if (this.#mayGo(slot)) this.#next.push({ slot, deadline: this.#expiry.deadlineOf(slot) })
      return this.#next.length > FOUND_AT_ONCE
    })
    this.#next.reverse()
  }

  // The order is the heap's.

  added(): void {}

  used(): void {}

  removed(): void {}

  clear(): void {}
}
