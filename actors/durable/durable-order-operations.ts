/**
 * What a durable store does with its keys in order: pages come from the database, once all is there that was asked for before; with the bound entries,
 * which are in memory alone, in between.
 */

import type { ServerSelf } from "../../src/index.ts"
import { ListRequest, type PrefixRequest } from "../store/batch-requests.ts"
import type { ListItem, ListPage } from "../store/list-page.ts"
import type { orderCalls } from "../store/order-operations.ts"
import { respond } from "./durable-changes.ts"
import type { DurableState } from "./durable-state.ts"
import type { EntryFacts } from "./store-database.ts"

/** Of keys that begin with a prefix, read of the database at once. */
const KEYS_OF_A_PAGE = 1000

async function list(state: DurableState, request: ListRequest): Promise<ListPage<ListItem | string>> {
  await state.settled()
  return page(state, request)
}

async function page(state: DurableState, { prefix, after, limit, isBare }: ListRequest): Promise<ListPage<ListItem | string>> {
  // One more than is wanted tells whether there is more.
  const found = await state.database.page({ prefix, after, limit: limit + 1, now: state.today() })
  // What it may have seen of a commit under way is nobody's yet.
  await state.database.committing
  const all = merged(state, found, state.memory.heldKeys(prefix, after, limit + 1))
  const shown = all.slice(0, limit)
  return Object.freeze({
    items: Object.freeze(isBare ? shown.map(({ key }) => key) : shown),
    cursor: shown.at(-1)?.key ?? after,
    hasMore: all.length > limit,
  })
}

/** Both in order, each key once. */
function merged(state: DurableState, found: readonly EntryFacts[], held: readonly string[]): readonly ListItem[] {
  const items = new Map(found.map((facts) => [facts.key, itemOf(state, facts)]))
  if (held.length === 0) return [...items.values()]
  for (const key of held) {
    const row = state.memory.row(key)
    if (row !== undefined) items.set(key, item(state, key, row.version, row.lifetime.deadline))
  }
  return [...items.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
}

/** As it is in memory, where it is: its end may have moved. */
function itemOf(state: DurableState, facts: EntryFacts): ListItem {
  const row = state.memory.row(facts.key)
  const { deadline } = row?.version === facts.version ? row.lifetime : state.calendar.lifetimeOf(facts)
  return item(state, facts.key, facts.version, deadline)
}

function item(state: DurableState, key: string, version: number, deadline: number): ListItem {
  return Object.freeze({ key, version: state.version(version), expiresAt: state.expiresAt(deadline) })
}

async function count(state: DurableState, { prefix }: PrefixRequest): Promise<number> {
  await state.settled()
  const onDisk = await state.database.count(prefix, state.today())
  await state.database.committing
  return onDisk + state.memory.heldKeys(prefix).length
}

/**
 * Those that are being loaded among them: who clears wants none of them to be there. Behind batches that came before it. Notes which of them those who came after it
 * have written: they stay.
 */
function matching(state: DurableState, request: PrefixRequest): Promise<readonly string[]> {
  const { asked } = state.lines
  return state.batches.inTurn(async () => {
    const keys = await present(state, request)
    request.upTo.set(state, state.versions.newest)
    state.batches.spare(request, asked, keys)
    return [...keys, ...(state.loads?.under(request.prefix) ?? [])]
  })
}

async function present(state: DurableState, { prefix }: PrefixRequest): Promise<readonly string[]> {
  await state.settled()
  const keys: string[] = []
  for (let after: string | undefined, isMore = true; isMore; ) {
    const { items, cursor, hasMore } = await page(state, new ListRequest(prefix, after, KEYS_OF_A_PAGE, true))
    for (const key of items) keys.push(key as string)
    after = cursor
    isMore = hasMore
  }
  return keys
}

export const durableOrderCalls = {
  list: (state: DurableState, request: ListRequest, self: ServerSelf) => respond(self, () => list(state, request)),
  count: (state: DurableState, request: PrefixRequest, self: ServerSelf) => respond(self, () => count(state, request)),
  matching: (state: DurableState, request: PrefixRequest, self: ServerSelf) => respond(self, () => matching(state, request)),
} satisfies Record<keyof typeof orderCalls, unknown>
