/** What a store's mailbox does with many keys: by one message, or in order. Checks its input and copies values in before anything is posted. */

import type { AskOptions, MailboxPort } from "../../src/index.ts"
import {
  type Range,
  readEntries,
  readKeys,
  readListOptions,
  readPrefix,
  readRange,
  readWellFormedKeys,
  type SetManyOptions,
} from "./batch-input.ts"
import { KeysRequest, ListRequest, PrefixRequest, SetManyRequest } from "./batch-requests.ts"
import { EntryMailbox } from "./entry-mailbox.ts"
import type { Frozen } from "./frozen.ts"
import type { KeyRange, ListOptions, ListPage } from "./list-page.ts"
import type { StoreEntry } from "./store-entry.ts"
import type { StoreFace, StorePort } from "./store-face.ts"
import type { TakeIn } from "./stored-value.ts"
import { walk } from "./walk.ts"
import type { Weigh } from "./weight.ts"

/** A key, its value, and how long it lives where that is not said of all. */
export type ManyEntry<Value> =
  | readonly [key: string, value: Value | Frozen<Value>]
  | readonly [key: string, value: Value | Frozen<Value>, ttl: number | SetManyOptions | undefined]

/** Of `keys`: they are short. */
const KEYS_OF_A_PAGE = 1024

/** Of `entries`: values may be large. */
const ENTRIES_OF_A_PAGE = 128

export abstract class BatchMailbox<Value, Given> extends EntryMailbox<Value, Given> {
  readonly #port: MailboxPort
  readonly #face: StoreFace
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn | undefined

  constructor(behind: StorePort) {
    super(behind)
    this.#port = behind.port
    this.#face = behind.face
    this.#weigh = behind.weigh
    this.#takeIn = behind.takeIn
  }

  /**
   * The values under the keys, in their order; `undefined` where there is none. Each counts as a reading. One message, whatever their number:
   * many are read in slices, between which others are served, so each is read at a moment of its own.
   *
   * Errors  PermissionDenied for the whole, where one key is not permitted; Invalid, that names the place of a bad key, and for more than 1 000 000.
   *         In a store with partitions one that fails fails its own keys: see `StoreOptions.partitions`.
   *
   * @example
   * await cache.set("user:1", { name: "Alice" })
   * await cache.getMany(["user:1", "user:2"]) // => [{ name: "Alice" }, undefined]
   */
  getMany(keys: Iterable<string>, options?: AskOptions): Promise<(Frozen<Value> | undefined)[]> {
    return this.#posting(() => {
      const read = readKeys(keys)
      return this.#askFor(read.length, "getMany", new KeysRequest(read), options)
    }) as Promise<(Frozen<Value> | undefined)[]>
  }

  /**
   * Keeps copies of many values by one message, as `set` would each: `[key, value]`, or with a TTL or options of its own that stand before those for all (a
   * Map is such a list). The way to write 100 000 at once. Of a key that comes twice the last counts.
   *
   * All of it is looked at first, the room it needs too, and kept for it: where one of them cannot be kept, none is written. A store that makes room looks at
   * what may not go: bound entries and, with `soonest`, those without a TTL. Up to 128 are one step, in which what gets lighter makes room for the rest. More
   * are written in slices, between which others are served and may see some written and others not: as one step, in a `transaction`. One that comes while
   * another is written in slices waits for that, however few they are; who does not wait for its answer may find nothing of it yet. Who changes one of its keys
   * meanwhile comes after it: that is what stays. TTLs count from the moment at which the store begins. A crash of the store in the middle leaves those that were written, where its state is retained. All of this holds for
   * each partition, where there are some.
   *
   * Units   ttl, idle: seconds, as in `set`.
   * Errors  Invalid, that names the place (`entries[3].value`); Unavailable, where there is no room for all; PermissionDenied for the whole, where one
   *         key is not permitted. Of more than 128 in a store that makes room (`whenFull`) some may be refused though others are written, where
   *         others meanwhile write what may not go.
   * Cost    one copy of each value, made before the message is posted.
   *
   * @example
   * const users = new Map([["user:1", { name: "Alice" }], ["user:2", { name: "Bob" }]])
   * await cache.setMany(users, { ttl: 60 }) // => [true, true]
   */
  setMany(entries: Iterable<ManyEntry<Given>>, options?: number | SetManyOptions, ask?: AskOptions): Promise<true[]> {
    return this.#posting(() => {
      const columns = readEntries(entries, options, { id: this.#port.id, weigh: this.#weigh, takeIn: this.#takeIn })
      return this.#askFor(columns.answers, "setMany", new SetManyRequest(columns), ask)
    }) as Promise<true[]>
  }

  /** Deletes many keys by one message, in slices where they are many; for each, in their order, whether it was there. Errors: as `getMany`. */
  deleteMany(keys: Iterable<string>, options?: AskOptions): Promise<boolean[]> {
    return this.#posting(() => {
      const read = readWellFormedKeys(keys)
      return this.#askFor(read.length, "deleteMany", new KeysRequest(read), options)
    }) as Promise<boolean[]>
  }

  /**
   * Some keys in the order of their UTF-16 code units, with version and end, without values. The next ones come after the `cursor` of a page: a key
   * that stays is seen exactly once, whatever is written meanwhile. Needs the action `store.key.list`, with the attribute `prefix`.
   *
   * Cost    a page costs what it holds. The first one has the order made, in slices, and waits for it; from then on each new key costs one more
   *         search, and at most 24 bytes. `ordered: true` has it from the start.
   *
   * @example
   * await cache.setMany([["user:1", { name: "Alice" }], ["user:2", { name: "Bob" }]])
   * const { items, cursor, hasMore } = await cache.list({ prefix: "user:", limit: 1 })
   * items[0]?.key // => "user:1"
   * hasMore // => true
   * const rest = await cache.list({ prefix: "user:", after: cursor })
   * rest.items.length // => 1
   */
  list(options?: ListOptions, ask?: AskOptions): Promise<ListPage> {
    return this.#posting(() => {
      const { prefix, after, limit } = readListOptions(options)
      return this.#port.ask(this.#face.list, new ListRequest(prefix, after, limit), ask)
    }) as Promise<ListPage>
  }

  /**
   * All keys, or those of a range (a prefix alone, or more), in the order of `list`, asked for page by page. Each loop begins anew.
   *
   * Errors  Invalid at once, for a bad range; else those of `list`, in the loop.
   *
   * @example
   * await cache.setMany([["user:1", { name: "Alice" }], ["user:2", { name: "Bob" }]])
   * const found: string[] = []
   * for await (const key of cache.keys("user:")) found.push(key)
   * found // => ["user:1", "user:2"]
   */
  keys(range?: string | KeyRange, options?: AskOptions): AsyncIterable<string> {
    const read = readRange(range)
    return walk(this.#port, () => this.#keysOf(read, options))
  }

  /**
   * As `keys`, with values: each as it is when its page is read, which counts as a reading. Needs the permission to list, and to get each key.
   *
   * @example
   * await cache.set("user:1", { name: "Alice" })
   * for await (const { key, value } of cache.entries("user:")) console.log(key, value.name) // user:1 Alice
   */
  entries(range?: string | KeyRange, options?: AskOptions): AsyncIterable<StoreEntry<Value>> {
    const read = readRange(range)
    return walk(this.#port, () => this.#entriesOf(read, options))
  }

  /**
   * Deletes all that is there, or all whose key begins with `prefix`, and gives how many that were. Needs the permission to list, and to delete each of them:
   * where one is denied, nothing is deleted. What is asked for behind it stays; it begins behind batches that were asked for before it.
   */
  clear(prefix?: string, options?: AskOptions): Promise<number> {
    return this.#posting(() => {
      const read = readPrefix(prefix)
      return this.#port.unheardAfterEnd(this.#clear(read, options))
    }) as Promise<number>
  }

  /**
   * How many keys there are, or how many begin with `prefix`; expired ones are not among them. Needs the permission to list.
   *
   * Cost    of all, none; of some, two searches, once the order is made (see `list`); beside that, what is expired is removed first.
   *
   * @example
   * await cache.setMany([["user:1", { name: "Alice" }], ["user:2", { name: "Bob" }]])
   * await cache.count("user:") // => 2
   */
  count(prefix?: string, options?: AskOptions): Promise<number> {
    return this.#posting(() => this.#port.ask(this.#face.count, new PrefixRequest(readPrefix(prefix)), options)) as Promise<number>
  }

  // -- asking ----------------------------------------------------------------------------------------------------

  /** Of nothing there is nothing to judge: a policy that looks at keys would have none to allow. */
  #askFor(size: number, call: "getMany" | "setMany" | "deleteMany", request: object, options: AskOptions | undefined): Promise<unknown> {
    if (size === 0 && !this.isReleased) return Promise.resolve([])
    return this.#port.ask(this.#face[call], request, options)
  }

  async *#keysOf(range: Range, options: AskOptions | undefined): AsyncGenerator<string, void, undefined> {
    for await (const keys of this.#pagesOf(range, KEYS_OF_A_PAGE, options)) yield* keys
  }

  async *#entriesOf(range: Range, options: AskOptions | undefined): AsyncGenerator<StoreEntry<Value>, void, undefined> {
    for await (const keys of this.#pagesOf(range, ENTRIES_OF_A_PAGE, options)) {
      const entries = (await this.#port.ask(this.#face.entries, new KeysRequest(keys), options)) as (StoreEntry<Value> | undefined)[]
      for (const entry of entries) if (entry !== undefined) yield entry
    }
  }

  async *#pagesOf(
    { prefix, after }: Range,
    limit: number,
    options: AskOptions | undefined,
  ): AsyncGenerator<readonly string[], void, undefined> {
    let passed = after
    for (let isMore = true; isMore; ) {
      const request = new ListRequest(prefix, passed, limit, true)
      const { items, cursor, hasMore } = (await this.#port.ask(this.#face.list, request, options)) as ListPage<string>
      if (items.length > 0) yield items
      passed = cursor
      isMore = hasMore
    }
  }

  async #clear(prefix: string, options: AskOptions | undefined): Promise<number> {
    const found = new PrefixRequest(prefix)
    const keys = (await this.#port.ask(this.#face.matching, found, options)) as readonly string[]
    if (keys.length === 0) return 0
    const gone = (await this.#port.ask(this.#face.deleteMany, new KeysRequest(keys, found), options)) as readonly boolean[]
    return gone.filter(Boolean).length
  }

  #posting(post: () => Promise<unknown>): Promise<unknown> {
    try {
      return post()
    } catch (error) {
      return this.#port.refused(error)
    }
  }
}
