/** The face of a store: what `acquire` returns for one. */

import type { AskOptions, MailboxPort } from "../../src/index.ts"
import { BatchMailbox } from "./batch-mailbox.ts"
import { CallersFunction } from "./callers-function.ts"
import type { StoreFace, StorePort } from "./store-face.ts"
import type { StoreInfo, StoreStatistics } from "./store-statistics.ts"
import { namedKeys, type Transaction, TransactionRequest } from "./transaction.ts"

/**
 * A mailbox of a store.
 *
 * Errors  of every operation: Invalid (bad key; store released), PermissionDenied, RateLimited (inbox full), Timeout, Unavailable (the store
 *         is stopped or given up), Internal (it crashed on this very request).
 */
export class StoreMailbox<Value = unknown> extends BatchMailbox<Value> {
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
   * Errors  what `work` throws; Invalid, for a key that is not named, a promise in the place of a result, and as `set`; Unavailable, where there is
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
  transaction<Result>(keys: Iterable<string>, work: (tx: Transaction<Value>) => Result, options?: AskOptions): Promise<Result> {
    try {
      const callback = new CallersFunction<[Transaction<unknown>]>("work", work, this.#port)
      const request = new TransactionRequest(namedKeys(keys), callback, this.#behind.weigh, this.#port.id)
      const answer = this.#port.ask(this.#face.transaction, request, options)
      return this.#port.unheardAfterEnd(callback.answer(answer).then(() => request.result as Result))
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  /** What the store has seen. Needs the action `store.statistics`. */
  statistics(options?: AskOptions): Promise<StoreStatistics> {
    return this.#port.ask(this.#face.statistics, undefined, options) as Promise<StoreStatistics>
  }

  /** What sort of store it is, and what it can do: code that may run against several can adapt to it. Needs the action `store.info`. */
  info(options?: AskOptions): Promise<StoreInfo> {
    const told = this.#port.ask(this.#face.info, undefined, options) as Promise<Omit<StoreInfo, "id">>
    return this.#port.unheardAfterEnd(told.then((info) => ({ id: this.id, ...info })))
  }
}
