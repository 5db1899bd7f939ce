/**
 * `pigeonhole/rate-limit`: a store that counts for express-rate-limit, one step a hit. Loads nothing of express-rate-limit's.
 *
 * A window begins with the first hit of a key and ends its `windowMs` later, by the store's clock, whatever comes meanwhile.
 *
 * Behind the prefix a key has no colon: one of the limiter's own is written as `%3A`, and `%` as `%25`. So the counts of `rate:` are told from those of
 * `rate:login:`, whatever the keys are.
 */

import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

/** What the counts may be told beside the mailbox. */
export interface RateLimitStoreOptions {
  /** Stands before every key in the store: each limiter on one store has its own, which ends in a colon. Default `rate:`. */
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
    if (typeof prefix !== "string" || !prefix.isWellFormed()) throw invalid("prefix", `must be well-formed text; got ${shown(prefix)}`)
    this.#mailbox = mailbox
    this.prefix = prefix
  }

  /** Told by the limiter how long its windows are. */
  init(options: { readonly windowMs: number }): void {
    const windowMs = options?.windowMs
    if (!isWindow(windowMs)) throw invalid("windowMs", `must be a number of ms above 0 whose end can be counted; got ${shown(windowMs)}`)
    this.#windowMs = windowMs
  }

  /** Counts a hit. */
  async increment(key: string): Promise<RateLimitHits> {
    const entry = await this.#mailbox.increment(this.#at(key), 1, { ttl: this.#windowMs / 1000, keepTtl: true })
    return hitsOf(entry)
  }

  /** Takes a hit back, where there is one. */
  async decrement(key: string): Promise<void> {
    const at = this.#at(key)
    await this.#mailbox.update(at, (hits) => (hits === undefined ? undefined : Math.max(0, checkedCount(hits, at) - 1)))
  }

  /** The hits of a key, which are not counted up by this; `undefined` where there are none. */
  async get(key: string): Promise<RateLimitHits | undefined> {
    const entry = await this.#mailbox.entry(this.#at(key))
    return entry === undefined ? undefined : hitsOf(entry)
  }

  /** Begins anew for a key. */
  async resetKey(key: string): Promise<void> {
    await this.#mailbox.delete(this.#at(key))
  }

  /** Begins anew for all keys of this limiter. Needs the permission to list, and to delete each of them: where one is denied, nothing is deleted. */
  async resetAll(): Promise<void> {
    const own: string[] = []
    for await (const key of this.#mailbox.keys(this.prefix)) if (!key.includes(":", this.prefix.length)) own.push(key)
    await this.#mailbox.deleteMany(own)
  }

  /** A client without a name is not counted with all others that have none. */
  #at(key: string): string {
    if (typeof key !== "string") throw invalid("key", `must be text, as keyGenerator gives it; got ${shown(key)}`)
    return this.prefix + key.replace(/[%:]/g, (sign) => (sign === ":" ? "%3A" : "%25"))
  }
}

/** Longer ones could not be counted to the millisecond. */
const LONGEST_MS = 2 ** 52

function isWindow(windowMs: unknown): windowMs is number {
  return typeof windowMs === "number" && windowMs > 0 && (windowMs <= LONGEST_MS || windowMs === Number.POSITIVE_INFINITY)
}

/** What somebody else keeps under the key is not counted, and stays as it is. */
function checkedCount(value: unknown, key: string): number {
  if (typeof value === "number") return value
  throw invalid("value", `the value under ${shown(key)} is no count of hits: give each limiter a prefix that nobody else writes under`)
}

function hitsOf({
  key,
  value,
  expiresAt,
}: {
  readonly key: string
  readonly value: number
  readonly expiresAt: number | undefined
}): RateLimitHits {
  return { totalHits: checkedCount(value, key), resetTime: expiresAt === undefined ? undefined : new Date(expiresAt) }
}
