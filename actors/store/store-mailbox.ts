/** The face of a store: what `acquire` returns for one. */

import type { AskOptions, MailboxPort } from "../../src/index.ts"
import { BatchMailbox } from "./batch-mailbox.ts"
import type { StoreFace, StorePort } from "./store-face.ts"
import type { StoreInfo, StoreStatistics } from "./store-statistics.ts"

/**
 * A mailbox of a store.
 *
 * Errors  of every operation: Invalid (bad key; store released), PermissionDenied, RateLimited (inbox full), Timeout, Unavailable (the store
 *         is stopped or given up), Internal (it crashed on this very request).
 */
export class StoreMailbox<Value = unknown> extends BatchMailbox<Value> {
  readonly #port: MailboxPort
  readonly #face: StoreFace

  constructor(behind: StorePort) {
    super(behind)
    this.#port = behind.port
    this.#face = behind.face
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
