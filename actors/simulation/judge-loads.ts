/**
 * What `getOrSet` has given: a value that somebody wrote under the key, or loaded for it, and no other. Whether it was the newest is not judged, as it may
 * be given beyond its time.
 */

import { brief, fateOf, type Loss, type Operation, type Verdict, valueText } from "../../src/simulation.ts"
import { SetManyRequest } from "../store/batch-requests.ts"
import { IncrementRequest, PutRequest, UpdateRequest } from "../store/key-requests.ts"
import { LoadRequest } from "../store/load-request.ts"
import { SetRequest } from "../store/set-request.ts"
import { shareOut } from "../store/stored-value.ts"
import { TransactionRequest } from "../store/transaction.ts"

/** `undefined`: there is nothing to be said against them. */
export function judgeLoads(history: readonly Operation[], losses: readonly Loss[]): Verdict | undefined {
  // A snapshot has values of its own.
  if (losses.some(({ leaves }) => leaves === "unknown")) return undefined
  const loads = history.filter(({ argument }) => argument instanceof LoadRequest)
  if (loads.length === 0) return undefined
  const values = new Values()
  for (const operation of history) values.learn(operation)
  for (const operation of loads) {
    const { key } = operation.argument as LoadRequest
    const fate = fateOf(operation)
    const text = fate.type === "answered" && fate.answer.type === "value" ? fate.answer.text : undefined
    if (text === undefined || text === "undefined" || values.has(key, text)) continue
    const asked = `${operation.caller}'s getOrSet(${JSON.stringify(key)})`
    return { verdict: "violated", key, why: `${asked} gave ${brief(text)}, which nobody has written under that key or loaded for it.` }
  }
  return undefined
}

/** All that was ever to stand under a key, as text. */
class Values {
  readonly #byKey = new Map<string, Set<string>>()
  /** Keys under which something was written that cannot be read. */
  readonly #open = new Set<string>()

  has(key: string, text: string): boolean {
    return this.#open.has(key) || this.#byKey.get(key)?.has(text) === true
  }

  learn({ argument, outcome }: Operation): void {
    if (argument instanceof SetRequest) this.#stored(argument.key, argument.value)
    else if (argument instanceof PutRequest) this.#stored(argument.key, argument.told.value)
    else if (argument instanceof UpdateRequest) this.#stored(argument.key, argument.told.run?.made)
    else if (argument instanceof LoadRequest && argument.outcome?.type === "value") this.#stored(argument.key, argument.outcome.value)
    else if (argument instanceof SetManyRequest) argument.keys.forEach((key, at) => void this.#stored(key, argument.columns.values[at]))
    else if (argument instanceof TransactionRequest) {
      for (const [key, placement] of argument.told?.staged ?? []) this.#stored(key, placement?.value)
    } else if (argument instanceof IncrementRequest) this.#counted(argument.key, outcome)
  }

  #stored(key: string, stored: unknown): void {
    if (stored !== undefined) this.#add(key, valueText(shareOut(stored)))
  }

  /** What came of it is known from its answer alone. */
  #counted(key: string, outcome: Operation["outcome"]): void {
    const entry = outcome !== undefined && "value" in outcome ? outcome.value : undefined
    this.#add(key, typeof entry === "object" && entry !== null ? valueText(Reflect.get(entry, "value")) : undefined)
  }

  #add(key: string, text: string | undefined): void {
    if (text === undefined) this.#open.add(key)
    else this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(text))
  }
}
