/** Carries transactions out: room for all that is written is made, or refused, before anything is. */

import { type Failure, failure, type Guard, PigeonholeError } from "../../src/index.ts"
import { NOBODY } from "./bindings.ts"
import { type EntryTable, NOWHERE } from "./entry-table.ts"
import { fullError } from "./full-error.ts"
import { onceThereIsRoom } from "./once-there-is-room.ts"
import type { StoreState } from "./store-state.ts"
import { type Staged, type StagedChanges, type StagedPlacement, TransactionRequest } from "./transaction.ts"

const CAUSE = "transaction"

export const transactionCalls = {
  transaction: (state: StoreState, request: TransactionRequest) =>
    orRefused(() => {
      const staged = request.stage((key) => state.present(key), state)
      const attempt = (now: () => number): true | Failure | undefined => orRefused(() => attempted(staged, state, now))
      return attempt(state.now) ?? onceThereIsRoom(state, lastOf(staged.writes), 0, attempt)
    }),
}

export const transactionGuards: Readonly<Record<keyof typeof transactionCalls, Guard>> = {
  transaction: {
    action: ["store.key.get", "store.key.set", "store.key.delete"],
    each: ({ keys }: TransactionRequest) => keys.map((key) => ({ key })),
    take: TransactionRequest.take,
  },
}

/** What the work gives; what it refuses, as a failure. */
function orRefused<Given>(work: () => Given): Given | Failure {
  try {
    return work()
  } catch (error) {
    if (error instanceof PigeonholeError) return failure(error)
    throw error
  }
}

/** `undefined`: there is no room for it. */
function attempted({ writes, reads }: StagedChanges, state: StoreState, now: () => number): true | Failure | undefined {
  const hasRoom = makeRoom(writes, state.table, now)
  if (hasRoom !== true) return hasRoom
  for (const key of reads) read(key, state.table, now)
  carryOut(writes, state, now)
  return true
}

/** As `get` does: what slides lives on. */
function read(key: string, table: EntryTable, now: () => number): void {
  const slot = table.find(key, now)
  if (slot === NOWHERE) table.missed()
  else table.read(slot, now)
}

/**
 * What has to go for it goes; the keys of the transaction may be among it, so it is asked again until it is so. Where all that may go would not be
 * enough, nobody goes.
 */
function makeRoom(staged: Staged, table: EntryTable, now: () => number): true | Failure | undefined {
  const { counters } = table
  let hasRoom = hasRoomFor(staged, table, now, false)
  for (let evicted = -1; hasRoom === true && evicted !== counters.evicted; hasRoom = hasRoomFor(staged, table, now, true))
    evicted = counters.evicted
  return hasRoom
}

/** `mayEvict`: others go for it. What may go counts for nothing before. A failure: for one of them there never is. */
function hasRoomFor(staged: Staged, table: EntryTable, now: () => number, mayEvict: boolean): true | Failure | undefined {
  let entries = 0
  let weight = 0
  for (const [key, placement] of staged) {
    const slot = table.find(key, now)
    if (placement !== undefined) {
      if (placement.weight > table.room.maxWeight) return failure(fullError(table, key, placement.weight))
      entries += 1
      weight += placement.weight
    }
    if (slot !== NOWHERE && (mayEvict || table.stays(slot))) {
      entries -= 1
      weight -= table.weightAt(slot)
    }
  }
  return table.makeRoom(entries, weight, now, mayEvict) || undefined
}

/** The last key that is written. */
function lastOf(staged: Staged): string {
  return [...staged].findLast(([, placement]) => placement !== undefined)?.[0] ?? ""
}

/** What gives room back first. */
function carryOut(staged: Staged, state: StoreState, now: () => number): void {
  const { table } = state
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
