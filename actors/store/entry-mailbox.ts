/** What a store's mailbox does under one key. Checks its input and copies values in before anything is posted. */

import { type AskOptions, checkOptions, invalid, Mailbox, type MailboxPort, shown } from "../../src/index.ts"
import { CallersFunction } from "./callers-function.ts"
import type { KeyRequest } from "./entry-change.ts"
import type { Frozen } from "./frozen.ts"
import { type Condition, IncrementRequest, PutRequest, type TouchCondition, TouchRequest, UpdateRequest } from "./key-requests.ts"
import { NO_IDLE } from "./lifetime.ts"
import { SetRequest } from "./set-request.ts"
import type { StoreEntry } from "./store-entry.ts"
import { isKey, isNewKey, keyError, type StoreFace, type StorePort } from "./store-face.ts"
import { copyIn, type TakeIn } from "./stored-value.ts"
import { type LifetimeOptions, readTerms, Terms, termsOf } from "./terms.ts"
import { millisecondsOf } from "./time-to-live.ts"
import type { Weigh } from "./weight.ts"

/** How long an entry lives, and with whom. */
export interface SetOptions extends Omit<LifetimeOptions, "keepTtl"> {
  /**
   * The entry goes when this mailbox is given back; where others hold it too, with the last of them. A write that does not say so lets it live
   * on without them. Default `false`.
   */
  readonly bound?: boolean | undefined
}

/** How long an entry lives, with whom, and on which condition it is written: one of the two. */
export type PutOptions = SetOptions & LifetimeOptions & PutCondition

/** On which condition an entry is written. */
export type PutCondition = OnlyIfAbsent | IfVersion

interface OnlyIfAbsent {
  /** Only where there is no value: `AlreadyExists`, where there is. Default `false`. */
  readonly onlyIfAbsent?: boolean | undefined
  readonly ifVersion?: undefined
}

interface IfVersion {
  readonly onlyIfAbsent?: false | undefined
  /** Only in the place of the value that has this version: `Conflict` where it has another, `NotFound` where there is none. */
  readonly ifVersion?: string | undefined
}

/** Under which condition `touch` gives another TTL. */
export interface TouchOptions {
  /** `nx`: only where there is no TTL; `xx`: only where there is one; `gt`, `lt`: only where the new one ends later, or sooner. Having none counts as never to end. */
  readonly when?: TouchCondition | undefined
}

const UNBOUND = 0
const UNCONDITIONAL: Condition = { onlyIfAbsent: false, ifVersion: undefined }
const TOUCH_CONDITIONS: readonly unknown[] = [undefined, "nx", "xx", "gt", "lt"]

export abstract class EntryMailbox<Value, Given> extends Mailbox {
  readonly #port: MailboxPort
  readonly #face: StoreFace
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn

  constructor({ port, face, weigh, takeIn = copyIn }: StorePort) {
    super(port)
    this.#port = port
    this.#face = face
    this.#weigh = weigh
    this.#takeIn = takeIn
  }

  /**
   * The value, frozen and shared with other readers; `undefined` where there is none, or its time is over. A copy to change is
   * `structuredClone(value) as Value`.
   */
  get(key: string, options?: AskOptions): Promise<Frozen<Value> | undefined> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    return this.#port.ask(this.#face.get, key, options) as Promise<Frozen<Value> | undefined>
  }

  /**
   * Keeps a copy of the value, in the place of any the key had, its TTL and its binding.
   *
   * Units   ttl: seconds; fractions count, rounded up to the millisecond. 0, `Infinity` or absent: no expiry.
   * Errors  Invalid, and then nothing is written, for a bad key, a TTL that is negative, no number or beyond 2 ** 53 ms, a value that cannot be
   *         stored (functions, symbols, `undefined`, instances of classes, and what else a copy would not have), one that alone weighs more than
   *         `maxBytes`; Unavailable, retryable, for a new key in a full store that lets nothing go.
   * Cost    one copy of the value, made before the message is posted: large ones within twice what `structuredClone` takes. Texts are not
   *         copied, the key neither: one of 13 characters or more that was cut out of a longer one (`slice`, `split`, a match) keeps that in
   *         memory while it is stored, as V8 has it.
   *
   * @example
   * await cache.set("user:123", { name: "Alice" }, 3600) // => true
   */
  set(key: string, value: Given | Frozen<Given>, ttl?: number | SetOptions, options?: AskOptions): Promise<true> {
    return this.#posting(() => {
      if (!isNewKey(key)) throw keyError(key)
      if (!isOptions(ttl)) return this.#plainSet(key, value, millisecondsOf(ttl), UNBOUND, options)
      const said = checkOptions(ttl, ["ttl", "idle", "jitter", "bound"])
      const owner = this.#ownerFor(said.bound)
      const terms = termsOf(said)
      if (terms.idleMs === NO_IDLE && terms.jitter === 0) return this.#plainSet(key, value, terms.ttlMs, owner, options)
      const copy = this.#takeIn(value)
      return this.#ask(new PutRequest(key, copy, this.#weigh(key, copy), terms, UNCONDITIONAL, owner, "set", true), "put", options)
    }) as Promise<true>
  }

  /** Whether there is a value; does not read it. */
  has(key: string, options?: AskOptions): Promise<boolean> {
    return this.#askByKey(key, "has", options)
  }

  /** `false`: it was not there. */
  delete(key: string, options?: AskOptions): Promise<boolean> {
    return this.#askByKey(key, "delete", options)
  }

  /**
   * The value with its version and the end of its time; `undefined` where there is none. Counts as a reading.
   *
   * @example
   * await cache.set("user:123", { name: "Alice" })
   * const entry = await cache.entry("user:123")
   * entry?.value // => { name: "Alice" }
   */
  entry(key: string, options?: AskOptions): Promise<StoreEntry<Value> | undefined> {
    return this.#askByKey(key, "entry", options)
  }

  /**
   * Keeps a copy of the value as `set` does, where its condition holds, and gives the new entry. Where it does not hold, nothing has changed.
   *
   * Errors  AlreadyExists (`onlyIfAbsent`), Conflict (`ifVersion`: another version is there; read again, as to try the same once more cannot help), NotFound (`ifVersion`, and
   *         there is no value); Invalid, also where both conditions are given; Unavailable, as `set`.
   *
   * @example
   * const first = await cache.put("user:1", { name: "Alice" }, { onlyIfAbsent: true, ttl: 60 })
   * await cache.put("user:1", { name: "Alicia" }, { ifVersion: first.version, keepTtl: true })
   * await cache.put("user:1", { name: "Bob" }, { ifVersion: first.version }) // => throws Conflict
   */
  put(key: string, value: Given | Frozen<Given>, options?: PutOptions, ask?: AskOptions): Promise<StoreEntry<Value>> {
    return this.#posting(() => {
      if (!isNewKey(key)) throw keyError(key)
      const { terms, said } = readTerms(options, ["bound", "onlyIfAbsent", "ifVersion"])
      const condition = conditionOf(said)
      const owner = this.#ownerFor(said.bound)
      const copy = this.#takeIn(value)
      return this.#ask(new PutRequest(key, copy, this.#weigh(key, copy), terms, condition, owner), "put", ask)
    }) as Promise<StoreEntry<Value>>
  }

  /**
   * Calls `update` inside the store with the value that is there (`undefined`: none), and keeps a copy of what it gives in its place: nobody comes
   * between. `undefined` deletes. Gives the new entry; `undefined` where there is none now. The entry keeps its lifetime, unless the
   * options say otherwise, and its binding; to an idle time it is a reading.
   *
   * The function is called on the store's time: it should be short. What it throws reaches the caller, and nothing has changed. It runs in the
   * async context of whoever calls `update`.
   *
   * Errors  what `update` throws; Invalid, where it gives a promise or what cannot be stored; as `set`.
   *
   * @example
   * await cache.set("user:1", { name: "Alice" })
   * const entry = await cache.update("user:1", (user) => ({ name: `${user?.name} B.` }))
   * entry?.value // => { name: "Alice B." }
   */
  update(
    key: string,
    update: (value: Frozen<Value> | undefined, key: string) => Given | Frozen<Given> | undefined,
    options?: LifetimeOptions,
    ask?: AskOptions,
  ): Promise<StoreEntry<Value> | undefined> {
    return this.#posting(() => {
      if (!isNewKey(key)) throw keyError(key)
      const callback = new CallersFunction<[unknown, string]>("update", update, this.#port)
      const { terms } = readTerms(options, [], true)
      const request = new UpdateRequest(key, callback, terms, this.#weigh, this.#takeIn)
      return this.#port.unheardAfterEnd(callback.answer(this.#ask(request, "update", ask)))
    }) as Promise<StoreEntry<Value> | undefined>
  }

  /**
   * Adds `by` (1 where it is left out) to the number under the key, or to 0 where there is none, and gives the new entry: a hit is counted, and known until when
   * it counts, in one step. The entry keeps its lifetime, as `update` does, unless the options say otherwise: `{ ttl: 60, keepTtl: true }` gives one to a new entry alone.
   *
   * Errors  Invalid, where the value is no number, or the sum could not be counted: it is not finite, or of whole numbers from 2 ** 53 on, where each can no longer
   *         be told from the next; as `set`.
   *
   * @example
   * await using app = await start({ "app:hits": store<number>() })
   * const hits = await app.acquire("app:hits")
   * await hits.increment("10.0.0.1", 1, { ttl: 60, keepTtl: true })
   * const entry = await hits.increment("10.0.0.1", 1, { ttl: 60, keepTtl: true })
   * entry.value // => 2
   */
  increment(key: string, by = 1, options?: LifetimeOptions, ask?: AskOptions): Promise<StoreEntry<number>> {
    return this.#posting(() => {
      if (!isNewKey(key)) throw keyError(key)
      if (typeof by !== "number" || !Number.isFinite(by)) throw invalid("by", `must be a finite number; got ${shown(by)}`)
      const { terms } = readTerms(options, [], true)
      return this.#ask(new IncrementRequest(key, by, terms, this.#weigh, this.#takeIn), "increment", ask)
    }) as Promise<StoreEntry<number>>
  }

  /** The value, which is deleted in the same step; `undefined` where there is none. Needs the permission to get and to delete. */
  take(key: string, options?: AskOptions): Promise<Frozen<Value> | undefined> {
    return this.#askByKey(key, "take", options)
  }

  /** Seconds until the time of the entry is over, by its TTL or as nobody reads it; `Infinity` where it has no end, `undefined` where there is none. */
  ttl(key: string, options?: AskOptions): Promise<number | undefined> {
    return this.#askByKey(key, "ttl", options)
  }

  /**
   * Gives the entry another TTL, counted from now, and leaves value, version and idle time as they are. Without a TTL it counts as a reading that gives no
   * value. `false`: there is no entry, or the condition does not hold.
   *
   * Units   ttl: seconds, as in `set`.
   * Source  Redis, EXPIRE.
   */
  touch(key: string, ttl?: number, options?: TouchOptions, ask?: AskOptions): Promise<boolean> {
    return this.#posting(() => {
      if (!isNewKey(key)) throw keyError(key)
      const { when } = checkOptions(options, ["when"])
      if (!TOUCH_CONDITIONS.includes(when)) throw invalid("when", `must be one of nx, xx, gt, lt; got ${shown(when)}`)
      if (when !== undefined && ttl === undefined) throw invalid("when", "is a condition of a new TTL, and none is given")
      const terms = ttl === undefined ? undefined : new Terms(millisecondsOf(ttl))
      return this.#ask(new TouchRequest(key, terms, when), "touch", ask)
    }) as Promise<boolean>
  }

  /** Lets the entry live until it is deleted, whatever TTL or idle time it had. `false`: there is none, or it had no end anyway. */
  persist(key: string, options?: AskOptions): Promise<boolean> {
    return this.#askByKey(key, "persist", options)
  }

  // -- posting -------------------------------------------------------------------------------------------------

  #plainSet(key: string, value: unknown, ttlMs: number, owner: number, options: AskOptions | undefined): Promise<unknown> {
    const copy = this.#takeIn(value)
    return this.#port.ask(this.#face.set, new SetRequest(key, copy, ttlMs, owner, this.#weigh(key, copy)), options)
  }

  #ask(request: KeyRequest, call: "put" | "update" | "increment" | "touch", options: AskOptions | undefined): Promise<unknown> {
    return this.#port.ask(this.#face[call], request, options)
  }

  #askByKey<Answer>(
    key: string,
    call: "has" | "delete" | "entry" | "take" | "ttl" | "persist",
    options: AskOptions | undefined,
  ): Promise<Answer> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    return this.#port.ask(this.#face[call], key, options) as Promise<Answer>
  }

  #posting(post: () => Promise<unknown>): Promise<unknown> {
    try {
      return post()
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  #ownerFor(bound: unknown = false): number {
    if (typeof bound !== "boolean") throw invalid("bound", `must be true or false; got ${shown(bound)}`)
    return bound ? this.#port.id : UNBOUND
  }
}

function conditionOf({ onlyIfAbsent = false, ifVersion }: PutOptions): Condition {
  if (typeof onlyIfAbsent !== "boolean") throw invalid("onlyIfAbsent", `must be true or false; got ${shown(onlyIfAbsent)}`)
  if (ifVersion === undefined) return onlyIfAbsent ? { onlyIfAbsent, ifVersion } : UNCONDITIONAL
  if (typeof ifVersion !== "string" || ifVersion === "") throw invalid("ifVersion", `must be an entry's version; got ${shown(ifVersion)}`)
  if (onlyIfAbsent) throw invalid("ifVersion", "asks for a value that is there, and onlyIfAbsent for none: give one of them")
  return { onlyIfAbsent, ifVersion }
}

/** A Date or an array in the place of a TTL is a mistake, not options. */
export function isOptions(ttl: unknown): ttl is SetOptions {
  if (typeof ttl !== "object" || ttl === null) return false
  try {
    return Object.prototype.toString.call(ttl) === "[object Object]"
  } catch {
    // It looks at the value's own tag, which may throw. What cannot be looked at is no TTL either, and is refused as such.
    return false
  }
}
