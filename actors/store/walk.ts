/** What a mailbox gives page by page, as an async iterable: each loop over it begins anew, and a page is asked for when its first item is. */

import type { MailboxPort } from "../../src/index.ts"

/** What is asked for and not waited for any more is no unhandled rejection where the process that holds the mailbox ends. */
export function walk<Item>(port: MailboxPort, items: () => AsyncGenerator<Item, void, undefined>): AsyncIterable<Item> {
  return { [Symbol.asyncIterator]: () => new Walk(port, items()) }
}

class Walk<Item> implements AsyncIterableIterator<Item, void, undefined> {
  readonly #port: MailboxPort
  readonly #items: AsyncGenerator<Item, void, undefined>

  constructor(port: MailboxPort, items: AsyncGenerator<Item, void, undefined>) {
    this.#port = port
    this.#items = items
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Item, void>> {
    return this.#port.unheardAfterEnd(this.#items.next())
  }

  return(): Promise<IteratorResult<Item, void>> {
    return this.#port.unheardAfterEnd(this.#items.return())
  }
}
