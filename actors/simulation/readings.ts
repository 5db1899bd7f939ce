/**
 * Which operations of a history change nothing, whatever is there: those that read. Where an entry lives on each time that it is read, reading its
 * value is a change.
 */

import type { Operation } from "../../src/simulation.ts"
import { SetManyRequest } from "../store/batch-requests.ts"
import { IncrementRequest, PutRequest, UpdateRequest } from "../store/key-requests.ts"
import { LoadRequest } from "../store/load-request.ts"
import { TransactionRequest } from "../store/transaction.ts"
import type { StoreCall } from "./store-calls.ts"

const PLAIN: readonly (string | undefined)[] = ["has", "ttl", "list", "matching"]
const OF_VALUES: readonly (string | undefined)[] = ["get", "entry", "getMany", "entries"]

/** Whether an operation of that history is a reading, and nothing else. */
export function readingsIn(history: readonly Operation[]): (call: StoreCall) => boolean {
  // Found when it is asked for: most histories are explained without.
  let known: ReadonlySet<string> | undefined
  const slides = (key: string): boolean => {
    known ??= new Set(history.flatMap(({ argument }) => slidingKeys(argument)))
    return known.has(key)
  }
  return ({ name, keys }) => PLAIN.includes(name) || (OF_VALUES.includes(name) && !keys.some(slides))
}

/** The keys under which it may write what lives on each time that it is read. */
function slidingKeys(argument: unknown): readonly string[] {
  if (argument instanceof SetManyRequest) {
    const { keys, terms } = argument.columns
    return keys.filter((_key, place) => terms[place]?.idleMs !== 0)
  }
  if (argument instanceof TransactionRequest) {
    const staged = argument.told?.staged ?? []
    return Array.from(staged).flatMap(([key, placement]) => (placement === undefined || placement.idleMs === 0 ? [] : [key]))
  }
  if (argument instanceof LoadRequest) return argument.options.terms.idleMs === 0 ? [] : [argument.key]
  if (argument instanceof PutRequest || argument instanceof UpdateRequest || argument instanceof IncrementRequest) {
    return argument.told.terms.idleMs === 0 ? [] : [argument.key]
  }
  return []
}
