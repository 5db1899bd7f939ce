/**
 * `pigeonhole/unstorage`: a store as a driver of unstorage. Loads nothing of unstorage's.
 *
 * Keys are as unstorage writes them (`a:b:c`), behind those of `base`. Text is kept as unstorage makes it, and what comes by `setItemRaw` as it is.
 */

import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

/** What the driver may be told beside the mailbox. */
export interface UnstorageDriverOptions {
  /** Stands before every key in the store, with a colon behind it, whether that is said or not: `base:key`. Default: nothing. */
  readonly base?: string | undefined
  /** Seconds that an item lives, where `setItem` does not say so by `{ ttl }`. Default: until it is removed. */
  readonly ttl?: number | undefined
}

/** What an item may be given with. */
export interface UnstorageItemOptions {
  /** Seconds that the item lives. */
  readonly ttl?: number | undefined
}

/** What `getMeta` tells. A type, and no interface: unstorage's own has an index signature, which an interface does not fit. */
export type UnstorageMeta = {
  /** When its time is over; absent where it has no end. */
  readonly expiresAt?: Date
  /** Of the write that made it. */
  readonly version?: string
}

/** Told of each change of an item, by its key. */
export type UnstorageListener = (event: "update" | "remove", key: string) => unknown

/** Ends it; resolves once nothing more is told. */
export type UnstorageUnwatch = () => Promise<void>

/** A driver, with the methods that unstorage calls. */
export interface UnstorageDriver {
  readonly name: string
  readonly options: UnstorageDriverOptions
  hasItem(key: string): Promise<boolean>
  getItem(key: string): Promise<string | null>
  getItemRaw(key: string): Promise<unknown>
  getItems(items: readonly { readonly key: string }[]): Promise<{ key: string; value: string | null }[]>
  setItem(key: string, value: string, options?: UnstorageItemOptions): Promise<void>
  setItemRaw(key: string, value: unknown, options?: UnstorageItemOptions): Promise<void>
  setItems(
    items: readonly { readonly key: string; readonly value: string; readonly options?: UnstorageItemOptions }[],
    options?: UnstorageItemOptions,
  ): Promise<void>
  removeItem(key: string): Promise<void>
  getKeys(base?: string): Promise<string[]>
  getMeta(key: string): Promise<UnstorageMeta | null>
  clear(base?: string): Promise<void>
  /**
   * Has `listener` told of each change under the driver's keys, by whoever in the program it is made: `update` where an item is written, `remove` where it is
   * removed, its time is over, or it makes room. Of a store that says it has no watch, what this driver does. Resolves once it has begun, with what ends it.
   *
   * Errors  PermissionDenied (`store.key.watch`, with the base as `prefix`), RateLimited, Unavailable.
   */
  watch(listener: UnstorageListener): Promise<UnstorageUnwatch>
  dispose(): Promise<void>
}

/**
 * The driver of a store, for `createStorage({ driver: unstorageDriver(mailbox) })`. `dispose` gives the mailbox back.
 *
 * Errors  Invalid, for what is no mailbox of a store, and wrong options. What fails later rejects, as of any driver.
 *
 * @example
 * const driver = unstorageDriver(await runtime.acquire("app:cache", { as: StoreMailbox }), { base: "pages" })
 * await driver.setItem("index", "<p>", { ttl: 60 })
 * await driver.getKeys() // => ["index"]
 */
export function unstorageDriver(mailbox: StoreMailbox, options?: UnstorageDriverOptions): UnstorageDriver {
  if (!(mailbox instanceof StoreMailbox)) throw invalid("mailbox", `must be a mailbox of a store; got ${shown(mailbox)}`)
  const { base, ttl } = checkOptions(options, ["base", "ttl"])
  if (base !== undefined && !(typeof base === "string" && base.isWellFormed()))
    throw invalid("base", `must be well-formed text; got ${shown(base)}`)
  if (!isTtl(ttl)) throw invalid("ttl", `must be a number of seconds from 0 whose end can be counted in ms; got ${shown(ttl)}`)
  const stem = base?.replace(/:+$/, "") ?? ""
  const prefix = stem === "" ? "" : `${stem}:`
  const at = (key: string, field = "key"): string => {
    if (typeof key !== "string") throw invalid(field, `must be text; got ${shown(key)}`)
    return prefix + key
  }
  const watches = new UnstorageWatches(mailbox, prefix)
  const lifetime = (own: UnstorageItemOptions | undefined): number | undefined => own?.ttl ?? ttl
  const atEach = (items: readonly { readonly key: string }[]): string[] => {
    if (!Array.isArray(items)) throw invalid("items", `must be a list; got ${shown(items)}`)
    return items.map((item, place) => at(item?.key, `items[${place}].key`))
  }
  const get = async (key: string): Promise<unknown> => (await mailbox.get(at(key))) ?? null
  const set = async (key: string, value: unknown, own?: UnstorageItemOptions): Promise<void> => {
    await mailbox.set(at(key), value, lifetime(own))
    watches.done("update", key)
  }
  return {
    name: "pigeonhole",
    options: { base, ttl },
    hasItem: async (key) => mailbox.has(at(key)),
    getItem: get as UnstorageDriver["getItem"],
    getItemRaw: get,
    async getItems(items) {
      const values = await mailbox.getMany(atEach(items))
      return items.map(({ key }, index) => ({ key, value: (values[index] ?? null) as string | null }))
    },
    setItem: set,
    setItemRaw: set,
    async setItems(items, all) {
      const keys = atEach(items)
      await mailbox.setMany(items.map(({ value, options: own }, place) => [keys[place] as string, value, lifetime(own ?? all)] as const))
      for (const { key } of items) watches.done("update", key)
    },
    async removeItem(key) {
      await mailbox.delete(at(key))
      watches.done("remove", key)
    },
    async getKeys(below = "") {
      const keys: string[] = []
      for await (const key of mailbox.keys(at(below, "base"))) keys.push(key.slice(prefix.length))
      return keys
    },
    async getMeta(key) {
      const entry = await mailbox.entry(at(key))
      if (entry === undefined) return null
      const { version, expiresAt } = entry
      return expiresAt === undefined ? { version } : { version, expiresAt: new Date(expiresAt) }
    },
    clear: async (below = "") => void (await mailbox.clear(at(below, "base"))),
    async watch(listener) {
      if (typeof listener !== "function") throw invalid("listener", `must be a function; got ${shown(listener)}`)
      return watches.watch(listener)
    },
    dispose: async () => void (await mailbox.release()),
  }
}

/** The last moment that is counted to the millisecond, in seconds. */
const LONGEST_TTL = 2 ** 52 / 1000

function isTtl(ttl: unknown): boolean {
  return ttl === undefined || (typeof ttl === "number" && ttl >= 0 && (ttl <= LONGEST_TTL || ttl === Number.POSITIVE_INFINITY))
}

/** Looks at whether a watch has begun. */
const MOST_ASKED = 64

/**
 * Those who listen. What happens in a store is told by the store; where it says that it has no watch, by the driver, of what it does itself. A listener
 * that throws or rejects is told the next all the same.
 */
class UnstorageWatches {
  readonly #mailbox: StoreMailbox
  readonly #prefix: string
  /** Those who are told by the driver itself. */
  readonly #listeners = new Set<{ readonly listener: UnstorageListener }>()

  constructor(mailbox: StoreMailbox, prefix: string) {
    this.#mailbox = mailbox
    this.#prefix = prefix
  }

  /** Rejects with what refuses it: a policy, a store that is gone. */
  async watch(listener: UnstorageListener): Promise<UnstorageUnwatch> {
    const info = await this.#mailbox.info().catch(() => undefined)
    return info?.capabilities.watch === false ? this.#watchOwn(listener) : this.#watchStore(listener)
  }

  /** The driver has done this. */
  done(event: "update" | "remove", key: string): void {
    for (const { listener } of this.#listeners) tell(listener, event, key)
  }

  #watchOwn(listener: UnstorageListener): UnstorageUnwatch {
    const watching = { listener }
    this.#listeners.add(watching)
    return async () => void this.#listeners.delete(watching)
  }

  async #watchStore(listener: UnstorageListener): Promise<UnstorageUnwatch> {
    const mailbox = this.#mailbox
    const watch = mailbox.watch({ prefix: this.#prefix })
    const first = watch.next()
    // Asked behind it: once that is answered, it has begun, or was refused, which it hears of a little later.
    for (let asked = 0; asked < MOST_ASKED && watch.version === undefined && watch.isActive; asked += 1)
      await mailbox.info().catch(() => undefined)
    if (!watch.isActive) await first
    const over = this.#follow(first, watch, listener)
    return async () => {
      watch.close()
      await over
    }
  }

  /** To its end. What ends it later than its beginning (a store that is given up) fails every other operation, too, and is told there. */
  async #follow(first: ReturnType<Watch["next"]>, watch: Watch, listener: UnstorageListener): Promise<void> {
    try {
      for (let next = await first; next.done !== true; next = await watch.next()) {
        const { type, key } = next.value
        if (key !== undefined) tell(listener, type === "set" ? "update" : "remove", key.slice(this.#prefix.length))
      }
    } catch {
      watch.close()
    }
  }
}

type Watch = ReturnType<StoreMailbox["watch"]>

/** What unstorage keeps of an item beside it, under a key of its own, is no item. */
function tell(listener: UnstorageListener, event: "update" | "remove", key: string): void {
  if (!key.endsWith("$")) void told(listener, event, key).catch(() => {})
}

async function told(listener: UnstorageListener, event: "update" | "remove", key: string): Promise<void> {
  await listener(event, key)
}
