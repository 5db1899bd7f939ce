/** Carries transactions out: room for all that is written is made, or refused, before anything is. */

import { failure, type Guard, PigeonholeError } from "../../src/index.ts"
import { NOBODY } from "./bindings.ts"
import { NOWHERE } from "./entry-table.ts"
import { fullError } from "./full-error.ts"
import type { StoreState } from "./store-state.ts"
import { type Staged, type StagedPlacement, TransactionRequest } from "./transaction.ts"

const CAUSE = "transaction"

export const transactionCalls = {
  transaction: (state: StoreState, request: TransactionRequest) => {
    try {
      const { writes, reads } = request.stage((key) => state.present(key), state)
      const refusal = roomFor(writes, state)
      if (refusal !== undefined) return failure(refusal)
      for (const key of reads) read(key, state)
      carryOut(writes, state)
      return true
    } catch (error) {
      if (error instanceof PigeonholeError) return failure(error)
      throw error
    }
  },
}

export const transactionGuards: Readonly<Record<keyof typeof transactionCalls, Guard>> = {
  transaction: {
    action: ["store.key.get", "store.key.set", "store.key.delete"],
    each: ({ keys }: TransactionRequest) => keys.map((key) => ({ key })),
    take: TransactionRequest.take,
  },
}

/** As `get` does: what slides lives on. */
function read(key: string, { table, now }: StoreState): void {
  const slot = table.find(key, now)
  if (slot === NOWHERE) table.missed()
  else table.read(slot, now)
}

/**
 * What has to go for it goes; the keys of the transaction may be among it, so it is asked again until it is so. Where all that may go would not be
 * enough, nobody goes.
 */
function roomFor(staged: Staged, state: StoreState): PigeonholeError | undefined {
  const { counters } = state.table
  let refusal = refusalFor(staged, state, false)
  for (let evicted = -1; refusal === undefined && evicted !== counters.evicted; refusal = refusalFor(staged, state, true))
    evicted = counters.evicted
  return refusal
}

/** Why there is no room for all of it; `mayEvict`: others go for it. What may go counts for nothing before. */
function refusalFor(staged: Staged, { table, now }: StoreState, mayEvict: boolean): PigeonholeError | undefined {
  let entries = 0
  let weight = 0
  let last = ""
  for (const [key, placement] of staged) {
    const slot = table.find(key, now)
    if (placement !== undefined) {
      if (placement.weight > table.room.maxWeight) return fullError(table, key, placement.weight)
      last = key
      entries += 1
      weight += placement.weight
    }
    if (slot !== NOWHERE && (mayEvict || table.stays(slot))) {
      entries -= 1
      weight -= table.weightAt(slot)
    }
  }
  return table.makeRoom(entries, weight, now, mayEvict) ? undefined : fullError(table, last, 0)
}

/** What gives room back first. */
function carryOut(staged: Staged, state: StoreState): void {
  const { table, now } = state
  const growth = ([key, placement]: [string, StagedPlacement | undefined]): number =>
    placement === undefined ? -Infinity : placement.weight - table.weightAt(table.find(key, now))
  for (const [key, placement] of [...staged].sort((one, other) => growth(one) - growth(other) || 0)) {
    const slot = table.find(key, now)
    if (placement !== undefined) {
      // What is bound anew is held by nobody else: whoever held it does so no more.
      if (placement.isAnew && placement.owner !== NOBODY && table.isBound(slot)) table.remove(slot, CAUSE)
      if (table.place(key, placement, CAUSE, now) === NOWHERE) throw fullError(table, key, placement.weight)
    } else if (slot === NOWHERE) state.deletedNothing(key)
    else table.remove(slot, CAUSE)
  }
  state.plan()
}
