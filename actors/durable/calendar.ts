/**
 * The calendar of a durable store: what stands on disk is counted by it, what stands in memory by the monotonic clock.
 *
 * It is read once, when the store is opened, and goes on with the monotonic clock from there: so both say the same of every entry, for as long as the
 * store runs, whatever the host's calendar is set to meanwhile. It never starts before the latest reading that was committed: a calendar that was
 * set back revives nothing.
 */

import { type Lifetime, NEVER, NO_IDLE } from "../store/lifetime.ts"
import type { EntryFacts } from "./store-database.ts"

/** When an entry ends, as a database keeps it. */
export type Ends = Pick<EntryFacts, "expiresAt" | "idleMs" | "limitAt">

export class Calendar {
  /** From the monotonic clock's readings to the calendar's. */
  readonly #offset: number

  /** `systemTime` and `now`: what both clocks read; `latest`: the latest reading that was committed. */
  constructor(systemTime: number, now: number, latest: number) {
    this.#offset = Math.max(systemTime, latest) - now
  }

  /** What the calendar reads, in whole ms, when the monotonic clock reads `now`. */
  at(now: number): number {
    return Math.floor(now + this.#offset)
  }

  endsOf({ deadline, idleMs, limit }: Lifetime): Ends {
    const slides = idleMs !== NO_IDLE
    return {
      expiresAt: this.#endAt(deadline),
      idleMs: slides ? idleMs : undefined,
      limitAt: slides ? this.#endAt(limit) : undefined,
    }
  }

  lifetimeOf({ expiresAt, idleMs = NO_IDLE, limitAt }: Ends): Lifetime {
    const deadline = this.#momentOf(expiresAt)
    return { deadline, idleMs, limit: idleMs === NO_IDLE ? deadline : this.#momentOf(limitAt) }
  }

  /** As it will be once it was on disk, where there are whole milliseconds alone. */
  rounded(lifetime: Lifetime): Lifetime {
    return lifetime.deadline === NEVER && lifetime.limit === NEVER ? lifetime : this.lifetimeOf(this.endsOf(lifetime))
  }

  /** Rounded up: no entry ends too soon. */
  #endAt(moment: number): number | undefined {
    return moment === NEVER ? undefined : Math.min(Math.ceil(moment + this.#offset), Number.MAX_SAFE_INTEGER)
  }

  #momentOf(at: number | undefined): number {
    return at === undefined ? NEVER : at - this.#offset
  }
}
