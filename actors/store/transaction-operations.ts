/** Carries transactions out: room for all that is written is made, or refused, before anything is. */

import { failure, type Guard, PigeonholeError } from "../../src/index.ts"
import { NOBODY } from "./bindings.ts"
import { type EntryTable, NOWHERE } from "./entry-table.ts"
import { fullError } from "./full-error.ts"
import { NEVER } from "./lifetime.ts"
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
  if (slot === NOWHERE) table.missed(key)
  else table.read(slot, now)
}

/**
 * What has to go for it goes; the keys of the transaction may be among it, so it is asked again until it is so. Where all that may go would not be
 * enough, nobody goes.
 */
function roomFor(staged: Staged, { table, now }: StoreState): PigeonholeError | undefined {
  for (const [key, placement] of staged) {
    if (placement !== undefined && placement.weight > table.room.maxWeight) return fullError(table, key, placement.weight)
  }
  if (table.eviction !== undefined) {
    const whole = growthBy(staged, (key) => boundWeightOf(key, table, now))
    if (!table.couldFit(whole.entries, whole.weight)) return fullError(table, whole.last, 0)
  }
  for (let evicted = -1; evicted !== table.counters.evicted; ) {
    evicted = table.counters.evicted
    const { entries, weight, last } = growthBy(staged, (key) => weightOf(key, table, now))
    if (!table.makeRoom(entries, weight, now)) return fullError(table, last, 0)
  }
  return undefined
}

/** What the entry under a key weighs; `undefined` where nobody may see one. */
function weightOf(key: string, table: EntryTable, now: () => number): number | undefined {
  const slot = table.find(key, now)
  return slot === NOWHERE ? undefined : table.weightAt(slot)
}

/** The same of one that does not go for others. */
function boundWeightOf(key: string, table: EntryTable, now: () => number): number | undefined {
  const slot = table.find(key, now)
  return slot === NOWHERE || !table.isBound(slot) ? undefined : table.weightAt(slot)
}

interface Growth {
  readonly entries: number
  readonly weight: number
  /** A key that is written. */
  readonly last: string
}

/** `weightOf`: of the entry that is there; `undefined` where there is none. */
function growthBy(staged: Staged, weightOf: (key: string) => number | undefined): Growth {
  let entries = 0
  let weight = 0
  let last = ""
  for (const [key, placement] of staged) {
    const present = weightOf(key)
    if (placement !== undefined) last = key
    entries += (placement === undefined ? 0 : 1) - (present === undefined ? 0 : 1)
    weight += (placement?.weight ?? 0) - (present ?? 0)
  }
  return { entries, weight, last }
}

/** What gives room back first. */
function carryOut(staged: Staged, state: StoreState): void {
  const { table, now } = state
  const growth = ([key, placement]: [string, StagedPlacement | undefined]): number =>
    placement === undefined ? Number.NEGATIVE_INFINITY : placement.weight - (weightOf(key, table, now) ?? 0)
  const ordered = table.room.maxWeight === NEVER ? removalsFirst(staged) : [...staged].sort((one, other) => growth(one) - growth(other))
  for (const [key, placement] of ordered) {
    if (placement !== undefined) {
      if (placement.isAnew && placement.owner !== NOBODY) letGo(key, state)
      if (table.place(key, placement, CAUSE, now) === NOWHERE) throw fullError(table, key, placement.weight)
    } else {
      const slot = table.find(key, now)
      if (slot === NOWHERE) state.deletedNothing(key)
      else table.remove(slot, CAUSE)
    }
  }
  state.plan()
}

/** What is bound anew is held by nobody else: whoever held it does so no more. */
function letGo(key: string, { table, now }: StoreState): void {
  const slot = table.find(key, now)
  if (slot !== NOWHERE && table.isBound(slot)) table.remove(slot, CAUSE)
}

function removalsFirst(staged: Staged): readonly [string, StagedPlacement | undefined][] {
  const all = [...staged]
  return [...all.filter(([, placement]) => placement === undefined), ...all.filter(([, placement]) => placement !== undefined)]
}
