/**
 * The fence numbers of leases: each is greater than all before it, also than those of an incarnation before and, as far as the calendar goes on, of
 * a program before. What a lease protects can so refuse who comes late, by the greatest number that it has seen.
 */

export class Fences {
  #last = 0

  /** `nowMs`: since 1970. */
  next(nowMs: number): number {
    this.#last = Math.max(this.#last + 1, Math.floor(nowMs))
    return this.#last
  }
}
