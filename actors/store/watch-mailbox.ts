/** What a store's mailbox does that lasts longer than a request: it watches, and holds leases. */

import { type AskOptions, checkOptions, invalid, type MailboxPort, shown } from "../../src/index.ts"
import { BatchMailbox } from "./batch-mailbox.ts"
import type { LeaseInfo } from "./lease-table.ts"
import { LeaseQuery, LeaseToken } from "./lease-token.ts"
import { isNewKey, keyError, type StoreFace, type StorePort } from "./store-face.ts"
import { askBreak, askLease, type Lease, type LeaseOptions } from "./store-lease.ts"
import { StoreWatch } from "./store-watch.ts"
import { millisecondsOf } from "./time-to-live.ts"
import { readWatchOptions, type WatchOptions } from "./watch-options.ts"
import { strandsOf } from "./watch-strand.ts"

export abstract class WatchMailbox<Value, Given> extends BatchMailbox<Value, Given> {
  readonly #behind: StorePort
  readonly #port: MailboxPort
  readonly #face: StoreFace

  constructor(behind: StorePort) {
    super(behind)
    this.#behind = behind
    this.#port = behind.port
    this.#face = behind.face
  }

  /**
   * Tells what happens to a key, or to all keys that begin with a prefix, from now on: behind what this mailbox has posted before. Each change is told
   * once, those of the same key in order. What comes while nobody asks for it waits, so much of it (`room`); what comes then is left out, and told as one
   * `gap`. A store that has begun anew after a crash is a `reset`; one whose state is retained goes on. With `initial`, what is there is told first, as `set`
   * with the cause `initial`, and again after each `gap` and `reset`: whoever forgets all at those two has all that is there in the end. An entry that changes
   * before it was told is told first; by a durable store it is told as what it was changed to, if it is there still. Of a prefix in a store with partitions
   * each of them tells, so there may be a `reset` of each, and `room` is that of each.
   *
   * Needs the action `store.key.watch`, with `key` or `prefix` as attribute, also each time that something is told.
   *
   * Errors  of the call: Invalid. Of the watch, when it is asked for what is next: see `StoreWatch`; RateLimited (the inbox is full, or 65 536 watch it); Invalid (a
   *         `from` that no store has told; a mailbox that was given back before).
   * Cost    to each write of the store: a look for its key, one for each length of a watched prefix, and one entry in the queue of each who watches it; nothing
   *         where nobody watches. `initial`, for a prefix: a look at all slots of the store, 1024 a turn. Of a prefix in a store with partitions,
   *         each event costs its reader a look at each of them.
   *
   * @example
   * await cache.set("user:1", { name: "Alice" })
   * const seen: string[] = []
   * const watch = cache.watch({ prefix: "user:", initial: true })
   * await cache.set("user:2", { name: "Bob" })
   * await cache.delete("user:1")
   * for await (const { type, key } of watch) if (seen.push(`${type} ${key}`) === 3) break
   * seen // => ["set user:1", "set user:2", "delete user:1"]
   */
  watch(options: WatchOptions): StoreWatch<Value> {
    const { wanted, signal } = readWatchOptions(options)
    return new StoreWatch<Value>({ port: this.#port, strands: strandsOf(this.#behind, wanted), signal })
  }

  /**
   * Gives a lease: a right under a key that one holds at a time, apart from the value that the key may have. It is over with its `ttl`, if it is not renewed, and
   * with this mailbox or its caller. Two mailboxes are two holders, of the same principal, too; so are two requests of one.
   *
   * Needs the action `store.key.lease`, with `key`, and the id of the own principal as `holder`.
   *
   * Units   ttl: seconds, as in `set`.
   * Order   of those who wait: that of asking.
   * Errors  Conflict (another holds it: `details` say who, and until when); RateLimited (65 536 are held or waited for); Timeout (it has waited in vain); Canceled (the
   *         mailbox was given back meanwhile); Invalid.
   * Source  Redis, SET NX PX with a token; etcd, lease. Differs: its holder hears of the loss.
   *
   * @example
   * await using lease = await cache.lease("report:daily", { ttl: 30 })
   * lease.isHeld // => true
   * await cache.lease("report:daily") // => throws Conflict
   */
  lease(key: string, options?: LeaseOptions, ask?: AskOptions): Promise<Lease> {
    try {
      if (!isNewKey(key)) throw keyError(key)
      const { ttl, wait = false } = checkOptions(options, ["ttl", "wait"])
      if (typeof wait !== "boolean") throw invalid("wait", `must be true or false; got ${shown(wait)}`)
      const token = new LeaseToken(key, this.#port.id, this.principal.id, millisecondsOf(ttl), wait)
      return this.#port.unheardAfterEnd(askLease({ port: this.#port, face: this.#face, token }, ask))
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  /** Who holds the lease of a key; `undefined`: nobody. Needs `store.key.lease`, as to ask for it. */
  leaseOf(key: string, options?: AskOptions): Promise<LeaseInfo | undefined> {
    if (!isNewKey(key)) return this.#port.refused(keyError(key))
    const { id } = this.principal
    return this.#port.ask(this.#face.leaseOf, new LeaseQuery(key, id, 0, id), options) as Promise<LeaseInfo | undefined>
  }

  /**
   * Takes the lease of a key from whoever holds it; who waits for it gets it. `false`: nobody held it. Needs `store.key.lease` to look, as `leaseOf`, and to break it
   * with the id of the principal that holds it as `holder`.
   *
   * @example
   * const lease = await cache.lease("report:daily")
   * await cache.breakLease("report:daily") // => true
   * lease.isHeld // => false
   */
  breakLease(key: string, options?: AskOptions): Promise<boolean> {
    if (!isNewKey(key)) return this.#port.refused(keyError(key))
    return this.#port.unheardAfterEnd(askBreak(this.#port, this.#face, key, options))
  }
}
