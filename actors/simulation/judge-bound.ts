/**
 * Whether something is seen in a store still that was bound to mailboxes which have all been given back.
 *
 * Who may hold an entry is read off what was asked for: whoever has written it as bound, whenever that was.
 */

import { isA, type Operation } from "../../src/simulation.ts"
import { SetManyRequest } from "../store/batch-requests.ts"
import { NOWHERE } from "../store/entry-table.ts"
import { PutRequest } from "../store/key-requests.ts"
import { SetRequest } from "../store/set-request.ts"
import { StoreState } from "../store/store-state.ts"
import { TransactionRequest } from "../store/transaction.ts"

/** The first such key. `left`: the numbers of the mailboxes that are no more. */
export function stillBound(state: unknown, operations: readonly Operation[], left: ReadonlySet<number>): string | undefined {
  if (!isA(state, StoreState)) return undefined
  const holders = new Map<string, number[]>()
  for (const { argument } of operations)
    for (const [key, owner] of bindings(argument)) holders.set(key, [...(holders.get(key) ?? []), owner])
  const { table } = state
  for (const [key, owners] of holders) {
    if (!owners.every((owner) => left.has(owner))) continue
    const slot = table.find(key, () => state.now())
    if (slot !== NOWHERE && table.isBound(slot)) return key
  }
  return undefined
}

/** Whom it binds what to. */
function bindings(argument: unknown): readonly (readonly [key: string, owner: number])[] {
  if (argument instanceof SetRequest) return bound([[argument.key, argument.owner]])
  if (argument instanceof PutRequest) return bound([[argument.key, argument.told.owner]])
  if (argument instanceof SetManyRequest) {
    const { keys, owners } = argument.columns
    return bound(keys.map((key, place) => [key, owners[place] ?? 0] as const))
  }
  if (!(argument instanceof TransactionRequest)) return []
  return bound(Array.from(argument.told?.staged ?? [], ([key, placement]) => [key, placement?.owner ?? 0] as const))
}

function bound(all: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  return all.filter(([, owner]) => owner > 0)
}
