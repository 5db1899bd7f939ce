/** What `set` posts: the shortest way to write, without a condition. */

import { invalid } from "../../src/index.ts"

/** Nobody but a mailbox of ours can make one that a store takes, or change it. */
export class SetRequest {
  readonly key: string
  /** As `copyIn` made it. */
  readonly value: unknown
  /** `Infinity`: no expiry. */
  readonly ttlMs: number
  /** The attachment the entry is bound to; 0 for none. */
  readonly owner: number
  readonly weight: number
  readonly #isOurs = true

  constructor(key: string, value: unknown, ttlMs: number, owner: number, weight: number) {
    this.key = key
    this.value = value
    this.ttlMs = ttlMs
    this.owner = owner
    this.weight = weight
  }

  /** It holds no value of the caller's, so it need not be copied again. Throws `Invalid` for what is none. */
  static take(request: unknown): SetRequest {
    if (typeof request === "object" && request !== null && #isOurs in request) return request
    throw invalid("request", "is not made by a store's mailbox")
  }
}
