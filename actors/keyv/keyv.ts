/**
 * `pigeonhole/keyv`: a store as the storage of Keyv, 5 and 6, and so of whatever is built on that (cache-manager, cacheable). Loads nothing of
 * Keyv's.
 *
 * A namespace is a prefix of the keys, as Keyv writes them: `namespace:key`; so whoever clears `app` clears `app:x` too, as in Keyv's storages in Redis and
 * SQL, which cannot tell a namespace `app:x` from keys of `app` that begin with `x:`. What Keyv gives to be kept is text of its own making; what is
 * given with `serialization` turned off is kept as it is, where a store takes it.
 */

import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

/** What Keyv may be told beside the mailbox. */
export interface KeyvStoreOptions {
  /** Whose keys `clear` and `iterator` are about, where Keyv does not say so itself. Default: all of the store's. */
  readonly namespace?: string | undefined
}

/** One of what `setMany` takes. */
export interface KeyvItem {
  readonly key: string
  readonly value: unknown
  /** Milliseconds. */
  readonly ttl?: number | undefined
}

/**
 * The storage adapter of a store, for `new Keyv({ store: keyvStore(mailbox) })`. `disconnect` gives the mailbox back.
 *
 * Each Keyv has one of its own, on the same mailbox if you like: Keyv 5 writes into it whose keys are meant.
 *
 * Errors  Invalid, for what is no mailbox of a store. What fails later is told by Keyv, as of any storage: a promise that rejects, or its event
 *         `error`.
 *
 * @example
 * const keyv = keyvStore(await runtime.acquire("app:cache", { as: StoreMailbox }))
 * await keyv.set("a", "text", 60_000) // => true
 * await keyv.get("a") // => "text"
 */
export function keyvStore(mailbox: StoreMailbox, options?: KeyvStoreOptions): KeyvStore {
  return new KeyvStore(mailbox, options)
}

/** The storage adapter of a store, with the methods that Keyv calls. Made by `keyvStore`. */
export class KeyvStore {
  /** Keyv reads and writes settings here. It iterates over storages alone that say they are of a kind it knows: keys by prefix, as Redis has them. */
  readonly opts: Record<string, unknown> = { dialect: "redis", url: "" }
  /** Keyv 5 says here whose keys it means, and writes them before the keys; Keyv 6, which finds nothing here, does both itself. */
  declare namespace?: string | undefined
  readonly #namespace: string | undefined
  readonly #mailbox: StoreMailbox
  readonly #listeners: ErrorListener[] = []

  constructor(mailbox: StoreMailbox, options?: KeyvStoreOptions) {
    if (!(mailbox instanceof StoreMailbox)) throw invalid("mailbox", `must be a mailbox of a store; got ${shown(mailbox)}`)
    const { namespace } = checkOptions(options, ["namespace"])
    if (namespace !== undefined && typeof namespace !== "string") throw invalid("namespace", `must be text; got ${shown(namespace)}`)
    this.#mailbox = mailbox
    this.#namespace = namespace
  }

  /** Keyv listens here for `error`. It is told of what it would tell nobody itself: a reading that fails is, to Keyv 5, as if nothing were there. */
  on(event: string, listener: ErrorListener): this {
    if (typeof listener !== "function") throw invalid("listener", `must be a function; got ${shown(listener)}`)
    if (event === "error") this.#listeners.push(listener)
    return this
  }

  /** What is kept under the key; `undefined` where there is nothing. */
  async get<Value = unknown>(key: string): Promise<Value | undefined> {
    try {
      return (await this.#mailbox.get(key)) as Value | undefined
    } catch (error) {
      if (this.#isBelowKeyv5()) for (const listener of this.#listeners) listener(error)
      throw error
    }
  }

  /** As `get`, of many. */
  getMany<Value = unknown>(keys: readonly string[]): Promise<(Value | undefined)[]> {
    return this.#mailbox.getMany(keys) as Promise<(Value | undefined)[]>
  }

  /** Keeps it for `ttl` milliseconds; without, until it is deleted. What is over already is not kept, and nothing is there then, as in a Map below Keyv. */
  async set(key: string, value: unknown, ttl?: number): Promise<true> {
    if (isOver(checkedTtl(ttl))) await this.#mailbox.delete(key)
    else await this.#mailbox.set(key, value, secondsOf(ttl ?? undefined))
    return true
  }

  /** As `set`, of many: all of them, or none where one cannot be kept. Of a key that comes twice the last counts. */
  setMany(items: readonly KeyvItem[]): Promise<true[]>
  /** The same, as Keyv 5 declares it. */
  setMany(items: readonly KeyvItem[]): Promise<void>
  async setMany(items: readonly KeyvItem[]): Promise<unknown> {
    checkList(items, "items")
    const own = new Map(items.map(({ key, value, ttl }, place) => [key, { value, ttl: checkedTtl(ttl, `items[${place}].ttl`) }]))
    const entries = [...own].filter(([, { ttl }]) => !isOver(ttl))
    await this.#mailbox.setMany(entries.map(([key, { value, ttl }]) => [key, value, secondsOf(ttl)] as const))
    if (entries.length < own.size) await this.#mailbox.deleteMany([...own].filter(([, { ttl }]) => isOver(ttl)).map(([key]) => key))
    return items.map(() => true)
  }

  /** `false`: it was not there. */
  delete(key: string): Promise<boolean> {
    return this.#mailbox.delete(key)
  }

  /** Of each whether it was there; for Keyv 5, which asks for one answer, whether any of them was. */
  deleteMany(keys: readonly string[]): Promise<boolean[]>
  /** The same, as Keyv 5 declares it. */
  deleteMany(keys: readonly string[]): Promise<boolean>
  async deleteMany(keys: readonly string[]): Promise<unknown> {
    const deleted = await this.#mailbox.deleteMany(keys)
    return this.#isBelowKeyv5() ? deleted.includes(true) : deleted
  }

  /** Whether it is there. */
  has(key: string): Promise<boolean> {
    return this.#mailbox.has(key)
  }

  /** As `has`, of many. */
  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    checkList(keys, "keys")
    const asked = [...keys]
    const found: boolean[] = []
    while (found.length < asked.length) {
      const next = asked.slice(found.length, found.length + ASKED_AT_ONCE)
      found.push(...(await Promise.all(next.map((key) => this.#mailbox.has(key)))))
    }
    return found
  }

  /** Deletes all of the namespace, or of the store where there is none. */
  async clear(): Promise<void> {
    await this.#mailbox.clear(prefixOf(this.namespace ?? this.#namespace))
  }

  /** All of a namespace, with their keys as they are kept. */
  async *iterator<Value = unknown>(namespace?: string): AsyncGenerator<[key: string, value: Awaited<Value>], void> {
    const prefix = prefixOf(namespace ?? this.namespace ?? this.#namespace)
    for await (const { key, value } of this.#mailbox.entries(prefix)) yield [key, value as Awaited<Value>]
  }

  /** Gives the mailbox back. */
  async disconnect(): Promise<void> {
    await this.#mailbox.release()
  }

  #isBelowKeyv5(): boolean {
    return Object.hasOwn(this, "namespace")
  }
}

type ErrorListener = (error: unknown) => void

/** A store has no `has` for many: each is a message, and no more of them at a time than leave others room in its inbox. */
const ASKED_AT_ONCE = 1024

function prefixOf(namespace: string | undefined): string {
  return namespace === undefined || namespace === "" ? "" : `${namespace}:`
}

/** What ends later than this has no end: some 140 000 years. */
const LONGEST_MS = 2 ** 52

/** Keyv hands on what it was told. */
function checkedTtl(ttl: number | undefined, field = "ttl"): number | undefined {
  if (ttl === undefined || ttl === null) return undefined
  if (typeof ttl !== "number" || Number.isNaN(ttl)) throw invalid(field, `must be a number of ms; got ${shown(ttl)}`)
  return ttl
}

function checkList(list: unknown, field: string): void {
  if (!Array.isArray(list)) throw invalid(field, `must be a list; got ${shown(list)}`)
  const place = list.findIndex((item) => item === undefined || item === null)
  if (place !== -1) throw invalid(`${field}[${place}]`, `must be said; got ${shown(list[place])}`)
}

/** Keyv counts in milliseconds, and says nothing where there is no end. */
function secondsOf(ttl: number | undefined): number | undefined {
  return ttl === undefined || ttl > LONGEST_MS ? undefined : ttl / 1000
}

/** Keyv keeps what is over as well, and says that it is not there when it is asked for. */
function isOver(ttl: number | undefined): boolean {
  return ttl !== undefined && ttl < 0
}
