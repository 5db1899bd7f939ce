/** What a store does with its keys in order: its handlers, and what each needs permission for. */

import type { Guard, ServerSelf } from "../../src/index.ts"
import { BatchRequest, ListRequest, PrefixRequest } from "./batch-requests.ts"
import { behindOthers } from "./behind-others.ts"
import { NOWHERE } from "./entry-table.ts"
import { type ListItem, type ListPage, type PageItem, pageOf } from "./list-page.ts"
import { eachInSlices, SLICE, type Slices } from "./slices.ts"
import type { StoreState } from "./store-state.ts"

/** The next keys in order, as far as they are no more than a slice. Waits for the order, where it is not made yet. */
export function* listInSlices(state: StoreState, { prefix, after, limit, isBare }: ListRequest): Slices<ListPage<PageItem>> {
  const items: PageItem[] = []
  let passed = after
  for (;;) {
    // Asked for anew after each wait: the table lets go of it where a change was cut short.
    const order = state.order.build(SLICE)
    if (order !== undefined) {
      // One more than is wanted tells whether there is more.
      const wanted = Math.min(limit + 1 - items.length, SLICE)
      const slots = order.page(prefix, passed, wanted)
      passed = slots.length === 0 ? passed : state.table.keyAt(slots.at(-1) as number)
      if (!gather(state, slots, limit, isBare, items)) return pageOf(items, after, true)
      if (slots.length < wanted) return pageOf(items, after, false)
    }
    yield
  }
}

/** `false`: there is one more than fits. What is dead counts for nothing, and is removed. */
function gather(state: StoreState, slots: readonly number[], limit: number, isBare: boolean, items: PageItem[]): boolean {
  const { table, now } = state
  for (const slot of slots) {
    const key = table.keyAt(slot) as string
    if (table.find(key, now) === NOWHERE) continue
    if (items.length === limit) return false
    items.push(isBare ? key : itemAt(state, slot, key))
  }
  return true
}

function itemAt(state: StoreState, slot: number, key: string): ListItem {
  const { deadline } = state.table.lifetimeAt(slot)
  return Object.freeze({ key, version: state.version(state.table.versionAt(slot)), expiresAt: state.expiresAt(deadline) })
}

/** What is dead is removed before the rest is counted: then a count is a look at the order. Of all keys it needs none. */
export function* countInSlices(state: StoreState, { prefix }: PrefixRequest): Slices<number> {
  const { table, order } = state
  for (;;) {
    if (!table.sweep(state.now(), SLICE)) {
      if (prefix === "") return table.size
      const made = order.build(SLICE)
      if (made !== undefined) return made.count(prefix)
    }
    yield
  }
}

/**
 * All keys that begin with the prefix, those that are being loaded among them: who clears wants none of them to be there. One may come twice. Notes up to
 * where it has looked: what is written after that stays, and so does what was written while it had to wait.
 */
export function* matchingInSlices(state: StoreState, request: PrefixRequest, since: number): Slices<readonly string[]> {
  request.upTo.set(state.table, state.table.lastVersion)
  const keys = yield* presentInSlices(state, request)
  return [...keys, ...(state.loads?.under(request.prefix) ?? [])].filter((key) => !state.laterChanges.isChangedSince(since, key))
}

/** By the order, where there is one; it is not made for that. */
function* presentInSlices(state: StoreState, { prefix }: PrefixRequest): Slices<readonly string[]> {
  if (state.order.ready !== undefined) {
    const { items } = yield* listInSlices(state, new ListRequest(prefix, undefined, Number.POSITIVE_INFINITY, true))
    return items as readonly string[]
  }
  const { table, now } = state
  const keys: string[] = []
  // An entry stays in its slot for as long as it lives.
  yield* eachInSlices(table.slots, (slot) => {
    const key = table.keyAt(slot)
    if (key?.startsWith(prefix) === true && table.find(key, now) !== NOWHERE) keys.push(key)
    return undefined
  })
  return keys
}

export const orderCalls = {
  list: (state: StoreState, request: ListRequest, self: ServerSelf): unknown => state.listings.serve(listInSlices(state, request), self),
  count: (state: StoreState, request: PrefixRequest, self: ServerSelf): unknown =>
    state.listings.serve(countInSlices(state, request), self),
  matching: behindOthers(matchingInSlices),
}

const ofPrefix = ({ prefix }: { readonly prefix: string }): { readonly prefix: string } => ({ prefix })

const byPrefix = (take: Guard["take"]): Guard => ({
  action: "store.key.list",
  attributes: ofPrefix,
  ...(take === undefined ? {} : { take }),
})

export const orderGuards: Readonly<Record<keyof typeof orderCalls, Guard>> = {
  list: byPrefix(BatchRequest.taker(ListRequest)),
  count: byPrefix(BatchRequest.taker(PrefixRequest)),
  matching: byPrefix(BatchRequest.taker(PrefixRequest)),
}
