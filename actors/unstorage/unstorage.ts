/**
 * `pigeonhole/unstorage`: a store as a driver of unstorage. Loads nothing of unstorage's.
 *
 * Keys are as unstorage writes them (`a:b:c`), behind those of `base`. Text is kept as unstorage makes it, and what comes by `setItemRaw` as it is.
 */

import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

/** What the driver may be told beside the mailbox. */
export interface UnstorageDriverOptions {
  /** Stands before every key in the store, with a colon behind it: `base:key`. Default: nothing. */
  readonly base?: string | undefined
  /** Seconds that an item lives, where `setItem` does not say so by `{ ttl }`. Default: until it is removed. */
  readonly ttl?: number | undefined
}

/** What an item may be given with. */
export interface UnstorageItemOptions {
  /** Seconds that the item lives. */
  readonly ttl?: number | undefined
}

/** What `getMeta` tells. */
export interface UnstorageMeta {
  /** When its time is over; absent where it has no end. */
  readonly expiresAt?: Date
  /** Of the write that made it. */
  readonly version?: string
}

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
  if (base !== undefined && typeof base !== "string") throw invalid("base", `must be text; got ${shown(base)}`)
  const prefix = base === undefined || base === "" ? "" : `${base}:`
  const at = (key: string): string => prefix + key
  const lifetime = (own: UnstorageItemOptions | undefined): number | undefined => own?.ttl ?? ttl
  const get = async (key: string): Promise<unknown> => (await mailbox.get(at(key))) ?? null
  const set = async (key: string, value: unknown, own?: UnstorageItemOptions): Promise<void> =>
    void (await mailbox.set(at(key), value, lifetime(own)))
  return {
    name: "pigeonhole",
    options: { base, ttl },
    hasItem: (key) => mailbox.has(at(key)),
    getItem: get as UnstorageDriver["getItem"],
    getItemRaw: get,
    async getItems(items) {
      const values = await mailbox.getMany(items.map(({ key }) => at(key)))
      return items.map(({ key }, index) => ({ key, value: (values[index] ?? null) as string | null }))
    },
    setItem: set,
    setItemRaw: set,
    async setItems(items, all) {
      await mailbox.setMany(items.map(({ key, value, options: own }) => [at(key), value, lifetime(own ?? all)] as const))
    },
    removeItem: async (key) => void (await mailbox.delete(at(key))),
    async getKeys(below = "") {
      const keys: string[] = []
      for await (const key of mailbox.keys(at(below))) keys.push(key.slice(prefix.length))
      return keys
    },
    async getMeta(key) {
      const entry = await mailbox.entry(at(key))
      if (entry === undefined) return null
      const { version, expiresAt } = entry
      return expiresAt === undefined ? { version } : { version, expiresAt: new Date(expiresAt) }
    },
    clear: async (below = "") => void (await mailbox.clear(at(below))),
    dispose: async () => void (await mailbox.release()),
  }
}
