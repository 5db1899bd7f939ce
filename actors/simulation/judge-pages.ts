/**
 * In which order a store lists its keys (promise 33): by their UTF-16 code units, each once, none but those that were asked for, and no more; and what the next page
 * comes after. Which keys must be there is judged elsewhere, key by key.
 */

import { shown } from "../../src/index.ts"
import { fateOf, type Operation, type Verdict } from "../../src/simulation.ts"
import { ListRequest } from "../store/batch-requests.ts"
import type { ListItem, ListPage } from "../store/list-page.ts"

/** `undefined`: there is nothing to be said against them. */
export function judgePages(history: readonly Operation[]): Verdict | undefined {
  for (const operation of history) {
    const { argument } = operation
    const page = argument instanceof ListRequest ? pageOf(operation) : undefined
    const why = page === undefined ? undefined : wrongOf(page, argument as ListRequest)
    if (why !== undefined) return { verdict: "violated", why: `${operation.caller}'s list gave ${why}.` }
  }
  return undefined
}

type Page = ListPage<ListItem | string>

function pageOf(operation: Operation): Page | undefined {
  const fate = fateOf(operation)
  if (fate.type !== "answered" || fate.answer.type !== "value" || fate.answer.text === undefined) return undefined
  const { items } = fate.answer.value as Partial<Page>
  return Array.isArray(items) ? (fate.answer.value as Page) : undefined
}

function wrongOf({ items, cursor }: Page, { prefix, after, limit }: ListRequest): string | undefined {
  if (items.length > limit) return `${items.length} keys, and was asked for ${limit} at most`
  let before = after
  for (const item of items) {
    const key = typeof item === "string" ? item : item.key
    if (!key.startsWith(prefix)) return `${shown(key)}, which does not begin with ${shown(prefix)}`
    if (before !== undefined && !(key > before)) return `${shown(key)} behind ${shown(before)}`
    before = key
  }
  return cursor === before ? undefined : `${shown(cursor)} as its cursor, and the last key is ${shown(before)}`
}
