/** A wish for a lease, and the lease once it is given: made by the mailbox that asks, and known to that and to the store alone. */

import { type Deferred, invalid } from "../../src/index.ts"
import { NEVER } from "./lifetime.ts"
import { Tenure } from "./tenure.ts"

/** What the holder of a lease is told when it is given or renewed. */
export interface LeaseGrant {
  readonly fence: number
  /** In ms since 1970; `undefined`: it has no end of its own. */
  readonly expiresAt: number | undefined
}

/** A table of leases, as far as a token asks it. */
export interface LeaseGiver {
  isHeldBy(token: LeaseToken): boolean
  leaveSoon(token: LeaseToken): void
}

export class LeaseToken {
  readonly key: string
  /** The mailbox that asks. */
  readonly attachment: number
  /** Whom it acts as. */
  readonly holder: string
  /** Whether it waits where another holds the lease. */
  readonly waits: boolean
  /** As it was last given or renewed. */
  ttlMs: number
  readonly tenure = new Tenure()
  /** Where it has a place: as the holder, or waiting. */
  table: LeaseGiver | undefined = undefined
  /** Answers who waits. */
  deferred: Deferred<LeaseGrant> | undefined = undefined
  /** 0 until it is given. */
  fence = 0
  /** Until when it is held, in ms of the monotonic clock. */
  deadline = NEVER
  /** Its place in the heap of deadlines. */
  slot = -1
  /** Its holder has given it back, or waits for it no longer. */
  hasLeft = false
  /** Why the store has taken it back. */
  lostBy: string | undefined = undefined
  readonly #isOurs = true

  constructor(key: string, attachment: number, holder: string, ttlMs: number, waits: boolean) {
    this.key = key
    this.attachment = attachment
    this.holder = holder
    this.ttlMs = ttlMs
    this.waits = waits
  }

  /** Whether it is held now, as far as the store that gave it is there to say so. */
  get isHeld(): boolean {
    return !this.hasLeft && this.table?.isHeldBy(this) === true
  }

  /** Called by its holder. The store hears of it in its turn, and counts it as free from now on. */
  leave(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    this.tenure.end()
    this.table?.leaveSoon(this)
  }

  /** It holds nothing of its caller's but what was read. Throws `Invalid` for what is none. */
  static take(token: unknown): LeaseToken {
    if (typeof token === "object" && token !== null && #isOurs in token) return token
    throw invalid("lease", "is not made by a store's mailbox")
  }
}

/** A lease that is to be renewed, and for how long. */
export class LeaseRenewal {
  readonly token: LeaseToken
  readonly ttlMs: number
  readonly #isOurs = true

  constructor(token: LeaseToken, ttlMs: number) {
    this.token = token
    this.ttlMs = ttlMs
  }

  get key(): string {
    return this.token.key
  }

  static take(renewal: unknown): LeaseRenewal {
    if (typeof renewal === "object" && renewal !== null && #isOurs in renewal) return renewal
    throw invalid("lease", "is not made by a store's mailbox")
  }
}

/** A question about whoever holds a lease, or the wish that they do so no longer. */
export class LeaseQuery {
  readonly key: string
  /** Whose lease policies are to judge: that of the asker, or of the one who loses it. */
  readonly holder: string
  /** Which lease is meant. */
  readonly fence: number
  /** Who asks. */
  readonly by: string
  readonly #isOurs = true

  constructor(key: string, holder: string, fence: number, by: string) {
    this.key = key
    this.holder = holder
    this.fence = fence
    this.by = by
  }

  static take(query: unknown): LeaseQuery {
    if (typeof query === "object" && query !== null && #isOurs in query) return query
    throw invalid("lease", "is not made by a store's mailbox")
  }
}
