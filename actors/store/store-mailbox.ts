/** The face of a store: what `acquire` returns for one. */

import type { AskOptions, MailboxPort, SchemaInput, SchemaOutput } from "../../src/index.ts"
import { CallersFunction } from "./callers-function.ts"
import type { Frozen } from "./frozen.ts"
import { getOrSet, type LoadContext, type LoadFunction } from "./get-or-set.ts"
import type { GetOrSetOptions } from "./load-options.ts"
import type { StoreFace, StorePort } from "./store-face.ts"
import type { StoreInfo, StoreStatistics } from "./store-statistics.ts"
import { namedKeys, type Transaction, TransactionRequest } from "./transaction.ts"
import { WatchMailbox } from "./watch-mailbox.ts"

/**
 * A mailbox of a store: `Given` goes in, `Value` is kept and comes out. Where no schema makes one of the other, it is a `StoreMailbox`.
 *
 * Errors  of every operation: Invalid (bad key; store released), PermissionDenied, RateLimited (inbox full), Timeout, Unavailable (the store
 *         is stopped or given up), Internal (it crashed on this very request).
 */
export abstract class SchemaStoreMailbox<Value, Given> extends WatchMailbox<Value, Given> {
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
   * Calls `work` inside the store, which reads and writes the named keys as one step: nobody comes between, and all of it is done, or nothing. Gives what
   * `work` gives. What `work` throws reaches the caller, and nothing has changed; it runs on the store's time, in the caller's async context, and should be short.
   *
   * Errors  what `work` throws; Invalid, for a key that is not named, keys of two partitions (a hash tag keeps them together: `{order:7}:lines`), a promise in the place of a result, and as `set`; Unavailable, where there is
   *         no room for all of it; PermissionDenied: for each key, the permission to get, to set and to delete is needed.
   *
   * @example
   * await using app = await start({ "app:accounts": store<number>() })
   * const accounts = await app.acquire("app:accounts")
   * await accounts.set("alice", 100)
   * await accounts.transaction(["alice", "bob"], (tx) => {
   *   tx.set("alice", (tx.get("alice") ?? 0) - 30)
   *   tx.set("bob", (tx.get("bob") ?? 0) + 30)
   * })
   * await accounts.get("bob") // => 30
   */
  transaction<Result>(keys: Iterable<string>, work: (tx: Transaction<Value, Given>) => Result, options?: AskOptions): Promise<Result> {
    try {
      const callback = new CallersFunction<[Transaction<unknown>]>("work", work, this.#port)
      const { weigh, takeIn } = this.#behind
      const request = new TransactionRequest(namedKeys(keys), callback, weigh, this.#port.id, takeIn)
      const answer = this.#port.ask(this.#face.transaction, request, options)
      return this.#port.unheardAfterEnd(callback.answer(answer).then(() => callback.handedOver(request.result as Result)))
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  /**
   * The value; where there is none, `load` is called for it, once for all who ask meanwhile by whatever mailbox, and what it gives is kept and given to
   * all, as `get` gives it. Of those who wait one loads, in its own async context; its options say how long the value lives. Where `load` gives
   * `undefined`, all get that, and nothing is kept.
   *
   * What was written or deleted meanwhile wins: who waits gets what was written; after a delete what is loaded goes to those alone who had asked
   * before, and is not kept. Nor is it where the store is full and lets nothing go. `staleFor` has the old value given beyond its time, at
   * once, while one caller's `load` refreshes it; where that fails, the next caller's tries again.
   *
   * Who gives up (by `timeoutMs`, its signal, its end) leaves the load to the others; the signal that `load` is given is aborted when none is left. Where
   * the caller whose `load` runs has ended or given its mailbox back, that of another is called. Where the store is started anew
   * meanwhile, what is loaded still reaches who loads it, whose time counts anew, and is kept.
   *
   * Units   ttl, idle, staleFor, failFor: seconds. timeoutMs: how long this caller waits; default 5000.
   * Errors  what `load` throws, in every call by the same mailbox; Unavailable, where another caller's has failed; Invalid, where what it gives cannot be
   *         stored; Conflict, where a load asks for its own key, or for one that waits for it (known by the async context, from Node 24 on;
   *         elsewhere it ends by its `timeoutMs`); Timeout; Canceled (its signal; the mailbox was given back); RateLimited (65 536 wait);
   *         PermissionDenied: the permission to get and to set is needed.
   * Cost    of a value that is there: as `get`.
   *
   * @example
   * const loadUser = async ({ key }: { key: string }) => ({ name: `the user of ${key}` })
   * const [one, other] = await Promise.all([
   *   cache.getOrSet("user:7", loadUser, { ttl: 60, staleFor: 600 }),
   *   cache.getOrSet("user:7", loadUser, { ttl: 60, staleFor: 600 }),
   * ])
   * one === other // => true
   */
  getOrSet<Loaded extends Given | Frozen<Given> | undefined>(
    key: string,
    load: (context: LoadContext<Value>) => Loaded | PromiseLike<Loaded>,
    options?: GetOrSetOptions,
  ): Promise<Frozen<Value> | Extract<Loaded, undefined>> {
    const given = getOrSet(this.#behind, key, load as LoadFunction, options)
    return given as Promise<Frozen<Value> | Extract<Loaded, undefined>>
  }

  /** What the store has seen; where it has partitions, all of them together. Needs the action `store.statistics`. */
  statistics(options?: AskOptions): Promise<StoreStatistics> {
    return this.#port.ask(this.#face.statistics, undefined, options) as Promise<StoreStatistics>
  }

  /** What sort of store it is, and what it can do: code that may run against several can adapt to it. Needs the action `store.info`. */
  info(options?: AskOptions): Promise<StoreInfo> {
    const told = this.#port.ask(this.#face.info, undefined, options) as Promise<Omit<StoreInfo, "id">>
    return this.#port.unheardAfterEnd(told.then((info) => ({ id: this.id, ...info })))
  }
}

/** A mailbox of a store of values of that type. */
export class StoreMailbox<Value = unknown> extends SchemaStoreMailbox<Value, Value> {}

/** That of a store with a schema: what it takes may be other than what it gives. */
export type StoreMailboxFor<Schema> = [SchemaInput<Schema>] extends [SchemaOutput<Schema>]
  ? [SchemaOutput<Schema>] extends [SchemaInput<Schema>]
    ? StoreMailbox<SchemaOutput<Schema>>
    : SchemaStoreMailbox<SchemaOutput<Schema>, SchemaInput<Schema>>
  : SchemaStoreMailbox<SchemaOutput<Schema>, SchemaInput<Schema>>
