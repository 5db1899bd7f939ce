/**
 * `pigeonhole/rate-limit`: a store that counts for express-rate-limit, one step a hit. Loads nothing of express-rate-limit's.
 *
 * A window begins with the first hit of a key and ends its `windowMs` later, by the store's clock, whatever comes meanwhile.
 */

import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

/** What the counts may be told beside the mailbox. */
export interface RateLimitStoreOptions {
  /** Stands before every key in the store: each limiter on one store has its own. Default `rate:`. */
  readonly prefix?: string | undefined
}

/** What a hit comes to. */
export interface RateLimitHits {
  /** Hits of the key in this window, this one among them. */
  readonly totalHits: number
  /** When the window is over, by the host's calendar. */
  readonly resetTime: Date | undefined
}

const DEFAULT_PREFIX = "rate:"
const DEFAULT_WINDOW_MS = 60_000

/**
 * The counts of a rate limiter, for `rateLimit({ store: rateLimitStore(mailbox) })`.
 *
 * Errors  Invalid, for what is no mailbox of a store, and wrong options. What fails later is express-rate-limit's to handle (`passOnStoreError`).
 *
 * @example
 * await using app = await start({ "app:limits": store<number>() })
 * const counts = rateLimitStore(await app.acquire("app:limits"))
 * counts.init({ windowMs: 60_000 })
 * await counts.increment("10.0.0.1")
 * const { totalHits } = await counts.increment("10.0.0.1")
 * totalHits // => 2
 */
export function rateLimitStore(mailbox: StoreMailbox<number>, options?: RateLimitStoreOptions): RateLimitStore {
  return new RateLimitStore(mailbox, options)
}

/** The counts of a rate limiter, with the methods that express-rate-limit calls. Made by `rateLimitStore`. */
export class RateLimitStore {
  /** Stands before every key in the store. */
  readonly prefix: string
  /** Others may count in the same store. */
  readonly localKeys = false
  readonly #mailbox: StoreMailbox<number>
  #windowMs = DEFAULT_WINDOW_MS

  constructor(mailbox: StoreMailbox<number>, options?: RateLimitStoreOptions) {
    if (!(mailbox instanceof StoreMailbox)) throw invalid("mailbox", `must be a mailbox of a store; got ${shown(mailbox)}`)
    const { prefix = DEFAULT_PREFIX } = checkOptions(options, ["prefix"])
    if (typeof prefix !== "string") throw invalid("prefix", `must be text; got ${shown(prefix)}`)
    this.#mailbox = mailbox
    this.prefix = prefix
  }

  /** Told by the limiter how long its windows are. */
  init({ windowMs }: { readonly windowMs: number }): void {
    if (!isWindow(windowMs)) throw invalid("windowMs", `must be a number of ms above 0 whose end can be counted; got ${shown(windowMs)}`)
    this.#windowMs = windowMs
  }

  /** Counts a hit. */
  async increment(key: string): Promise<RateLimitHits> {
    const entry = await this.#mailbox.increment(this.prefix + key, 1, { ttl: this.#windowMs / 1000, keepTtl: true })
    return hitsOf(entry)
  }

  /** Takes a hit back, where there is one. */
  async decrement(key: string): Promise<void> {
    await this.#mailbox.update(this.prefix + key, (hits) => (hits === undefined ? undefined : Math.max(0, hits - 1)))
  }

  /** The hits of a key, which are not counted up by this; `undefined` where there are none. */
  async get(key: string): Promise<RateLimitHits | undefined> {
    const entry = await this.#mailbox.entry(this.prefix + key)
    return entry === undefined ? undefined : hitsOf(entry)
  }

  /** Begins anew for a key. */
  async resetKey(key: string): Promise<void> {
    await this.#mailbox.delete(this.prefix + key)
  }

  /** Begins anew for all keys of this limiter. */
  async resetAll(): Promise<void> {
    await this.#mailbox.clear(this.prefix)
  }
}

/** Longer ones could not be counted to the millisecond. */
const LONGEST_MS = 2 ** 52

function isWindow(windowMs: unknown): windowMs is number {
  return typeof windowMs === "number" && windowMs > 0 && (windowMs <= LONGEST_MS || windowMs === Number.POSITIVE_INFINITY)
}

function hitsOf({ value, expiresAt }: { readonly value: number; readonly expiresAt: number | undefined }): RateLimitHits {
  return { totalHits: value, resetTime: expiresAt === undefined ? undefined : new Date(expiresAt) }
}
