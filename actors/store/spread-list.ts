/**
 * Keys in order, of a store with partitions: a page of each is put in order with those of the others, as far as all of them are known.
 *
 * Each is asked for its even share of the page, and somewhat more; whoever has turned out to have more of it is asked once more. So a page costs about what it holds, and
 * is of two rounds at most.
 */

import type { AskOptions, MailboxPort, MailboxRoute, PartitionedPort } from "../../src/index.ts"
import type { ListRequest } from "./batch-requests.ts"
import { cursorBehind, type PageItem as Item, keyOf, type ListPage, pageOf } from "./list-page.ts"

/** `options`: of our own. They count for each round. */
export function spreadList(
  whole: PartitionedPort,
  route: MailboxRoute,
  request: ListRequest,
  options: AskOptions | undefined,
): Promise<ListPage<Item>> {
  const sources = whole.partitions.map((port) => new Source(port, route, request, options))
  return whole.unheardAfterEnd(merged(sources, request))
}

async function merged(sources: readonly Source[], { limit, after }: ListRequest): Promise<ListPage<Item>> {
  const first = shareOf(limit, sources.length)
  await Promise.all(sources.map((source) => source.more(first)))
  for (;;) {
    const items = sources.flatMap((source) => source.items).sort(inOrder)
    const last = items[limit - 1]
    const short = sources.filter((source) => source.mayComeBefore(last))
    if (short.length === 0) {
      const hasMore = items.length > limit || sources.some((source) => source.hasMore)
      return pageOf(items.slice(0, limit), after, hasMore)
    }
    await Promise.all(short.map((source) => source.more(limit - source.items.length)))
  }
}

/** What one partition has told of its keys. */
class Source {
  readonly items: Item[] = []
  hasMore = true
  readonly #port: MailboxPort
  readonly #route: MailboxRoute
  readonly #request: ListRequest
  readonly #options: AskOptions | undefined

  constructor(port: MailboxPort, route: MailboxRoute, request: ListRequest, options: AskOptions | undefined) {
    this.#port = port
    this.#route = route
    this.#request = request
    this.#options = options
  }

  async more(limit: number): Promise<void> {
    const request = this.#request.behind(cursorBehind(this.items, this.#request.after), limit)
    const { items, hasMore } = (await this.#port.ask(this.#route, request, this.#options)) as ListPage<Item>
    for (const item of items) this.items.push(item)
    this.hasMore = hasMore
  }

  /** Whether it has keys not told yet, which may stand before that item, or in the place of one that there is not. */
  mayComeBefore(item: Item | undefined): boolean {
    if (!this.hasMore) return false
    const last = this.items.at(-1)
    return item === undefined || last === undefined || keyOf(last) < keyOf(item)
  }
}

/** Of keys that are spread by chance, so that hardly ever one has more of a page: four times what they differ by in the mean. */
function shareOf(limit: number, partitions: number): number {
  const even = limit / partitions
  return partitions === 1 ? limit : Math.min(limit, Math.ceil(even + 4 * Math.sqrt(even) + 1))
}

/** Each key is in one partition alone. */
function inOrder(one: Item, other: Item): number {
  return keyOf(one) < keyOf(other) ? -1 : 1
}
