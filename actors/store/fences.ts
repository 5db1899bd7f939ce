/**
 * The fence numbers of leases: each is greater than all before it, also than those of an incarnation before and, as far as the calendar goes on, of
 * a program before; whatever the calendar says, than those that the last snapshot knows, which is written at each stop. What a lease protects can so refuse who comes late, by the greatest number that it has seen.
 */

/** What gives a lease its number. */
export interface FenceCount {
  /** Greater than all before it. `nowMs`: since 1970. */
  next(nowMs: number): number
}

export class Fences implements FenceCount {
  /** `undefined`: none was given yet. */
  last: number | undefined = undefined

  next(nowMs: number): number {
    this.last = Math.max((this.last ?? 0) + 1, Math.floor(nowMs))
    return this.last
  }

  /** Another program has given that. */
  know(fence = 0): void {
    if (fence > (this.last ?? 0)) this.last = fence
  }
}
