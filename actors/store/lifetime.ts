/** Until when an entry lives, in ms of the monotonic clock: by a TTL, by being read often enough, or both. */

export const NEVER = Number.POSITIVE_INFINITY

/** Nothing slides: the deadline is what it is. */
export const NO_IDLE = 0

export interface Lifetime {
  /** When it is over, unless it is read before; `NEVER` where it has no end. */
  readonly deadline: number
  /** How long it lives from each reading on; `NO_IDLE` where reading changes nothing. */
  readonly idleMs: number
  /** When it is over however often it is read. That of an entry that does not slide is its deadline. */
  readonly limit: number
}

export const ENDLESS: Lifetime = { deadline: NEVER, idleMs: NO_IDLE, limit: NEVER }

/** The lifetime of an entry that is written or read now. */
export function lifetimeFrom(now: number, idleMs: number, limit: number): Lifetime {
  const deadline = idleMs === NO_IDLE ? limit : Math.min(now + idleMs, limit)
  return { deadline, idleMs, limit }
}

/** What is to stand under a key. */
export interface Placement extends Lifetime {
  readonly value: unknown
  /** The mailbox that holds it; 0 for none. */
  readonly owner: number
  readonly weight: number
}
