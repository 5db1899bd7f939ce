/**
 * The fence numbers of leases: each is greater than all before it, also than those of an incarnation before and, as far as the calendar goes on, of
 * a program before. What a lease protects can so refuse who comes late, by the greatest number that it has seen.
 */

/** What gives a lease its number. */
export interface FenceCount {
  /** Greater than all before it. `nowMs`: since 1970. */
  next(nowMs: number): number
}

export class Fences implements FenceCount {
  #last = 0

  next(nowMs: number): number {
    this.#last = Math.max(this.#last + 1, Math.floor(nowMs))
    return this.#last
  }
}
