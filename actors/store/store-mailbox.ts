/** The face of a store: what `acquire` returns for one. Checks its input and copies values in before anything is posted. */

import {
  type AskOptions,
  checkOptions,
  type Invalid,
  invalid,
  Mailbox,
  type MailboxPort,
  type ServerRoute,
  shown,
} from "../../src/index.ts"
import { isCutShort } from "./cut-short.ts"
import type { StoreStatistics } from "./store.ts"
import { copyIn } from "./stored-value.ts"
import { millisecondsOf } from "./time-to-live.ts"

/** How long an entry lives, and with whom. */
export interface SetOptions {
  /** Seconds the entry lives. 0, `Infinity` or absent: until it is deleted. Fractions count, to the millisecond. */
  readonly ttl?: number
  /** The entry goes when this mailbox is given back. Default `false`. */
  readonly bound?: boolean
}

/** What `set` posts. Nobody but a mailbox of ours can make one that the store takes, or change it. */
export class SetRequest {
  readonly key: string
  /** As `copyIn` made it. */
  readonly value: unknown
  /** `Infinity`: no expiry. */
  readonly ttlMs: number
  /** The attachment the entry is bound to; 0 for none. */
  readonly owner: number
  readonly #isOurs = true

  constructor(key: string, value: unknown, ttlMs: number, owner: number) {
    this.key = key
    this.value = value
    this.ttlMs = ttlMs
    this.owner = owner
  }

  /** It holds no value of the caller's, so it need not be copied again. Throws `Invalid` for what is none. */
  static take(request: unknown): SetRequest {
    if (typeof request === "object" && request !== null && #isOurs in request) return request
    throw invalid("request", "is not made by a store's mailbox")
  }
}

/** The store's calls. */
export interface StoreFace {
  readonly get: ServerRoute
  readonly has: ServerRoute
  readonly set: ServerRoute
  readonly delete: ServerRoute
  readonly statistics: ServerRoute
}

const UNBOUND = 0

/**
 * A mailbox of a store.
 *
 * Errors  of every operation: Invalid (bad key; store released), PermissionDenied, RateLimited (inbox full), Timeout, Unavailable (the store
 *         is stopped or given up), Internal (it crashed on this very request).
 */
export class StoreMailbox<Value = unknown> extends Mailbox {
  readonly #port: MailboxPort
  readonly #face: StoreFace

  constructor(port: MailboxPort, face: StoreFace) {
    super(port)
    this.#port = port
    this.#face = face
  }

  /** The value, frozen and shared with other readers; `undefined` where there is none, or its time is over. */
  get(key: string, options?: AskOptions): Promise<Value | undefined> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    return this.#port.ask(this.#face.get, key, options) as Promise<Value | undefined>
  }

  /**
   * Keeps a copy of the value, in the place of any the key had, its TTL and its binding.
   *
   * Units   ttl: seconds; fractions count, rounded up to the millisecond. 0, `Infinity` or absent: no expiry.
   * Errors  Invalid, and then nothing is written, for a bad key, a TTL that is negative, no number or beyond 2 ** 53 ms, a value that cannot be
   *         stored (functions, symbols, `undefined`, instances of classes, and what else a copy would not have); Unavailable, retryable, for a
   *         new key in a full store.
   * Cost    one copy of the value, made before the message is posted: large ones within twice what `structuredClone` takes. Texts are not
   *         copied, the key neither: one of 13 characters or more that was cut out of a longer one (`slice`, `split`, a match) keeps that in
   *         memory while it is stored, as V8 has it.
   *
   * @example
   * await cache.set("user:123", { name: "Alice" }, 3600) // => true
   */
  set(key: string, value: Value, ttl?: number | SetOptions, options?: AskOptions): Promise<true> {
    try {
      if (!isKey(key)) throw keyError(key)
      const said = isSetOptions(ttl) ? checkOptions(ttl, ["ttl", "bound"]) : undefined
      const bound: unknown = said?.bound === undefined ? false : said.bound
      const ttlMs = millisecondsOf(said === undefined ? ttl : said.ttl)
      if (typeof bound !== "boolean") throw invalid("bound", `must be true or false; got ${shown(bound)}`)
      const request = new SetRequest(key, copyIn(value), ttlMs, bound ? this.#port.id : UNBOUND)
      return this.#port.ask(this.#face.set, request, options) as Promise<true>
    } catch (error) {
      // There is no room for a promise either.
      if (isCutShort(error)) throw error
      return this.#port.refused(error)
    }
  }

  /** Whether there is a value; does not read it. */
  has(key: string, options?: AskOptions): Promise<boolean> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    return this.#port.ask(this.#face.has, key, options) as Promise<boolean>
  }

  /** `false`: it was not there. */
  delete(key: string, options?: AskOptions): Promise<boolean> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    return this.#port.ask(this.#face.delete, key, options) as Promise<boolean>
  }

  /** What the store has seen. Needs the action `store.statistics`. */
  statistics(options?: AskOptions): Promise<StoreStatistics> {
    return this.#port.ask(this.#face.statistics, undefined, options) as Promise<StoreStatistics>
  }
}

function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== ""
}

/** A Date or an array in the place of a TTL is a mistake, not options. */
function isSetOptions(ttl: unknown): ttl is SetOptions {
  if (typeof ttl !== "object" || ttl === null) return false
  try {
    return Object.prototype.toString.call(ttl) === "[object Object]"
  } catch {
    // It looks at the value's own tag, which may throw. What cannot be looked at is no TTL either, and is refused as such.
    return false
  }
}

function keyError(key: unknown): Invalid {
  return invalid("key", `must be a non-empty string; got ${shown(key)}`)
}
