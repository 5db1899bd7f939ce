/** Carries transactions of a durable store out: all that one writes is in one transaction of the database. */

import type { ServerSelf } from "../../src/index.ts"
import type { StagedPlacement, TransactionRequest } from "../store/transaction.ts"
import type { transactionCalls } from "../store/transaction-operations.ts"
import { writeAll } from "./durable-batch-operations.ts"
import { type NewRow, newRow, presentOf, respond } from "./durable-changes.ts"
import type { DurableState } from "./durable-state.ts"

const CAUSE = "transaction"

/** In one turn, when all of its keys are known. */
function carryOut(state: DurableState, request: TransactionRequest): unknown {
  const bases = state.pending(request.keys)
  for (const key of request.keys) state.watched.lookAt(key)
  const { writes: staged, reads } = request.stage((key) => presentOf(state, state.alive(state.known(key))), state)
  for (const key of reads) state.readAlive(key, state.known(key))
  const next = new Map<string, NewRow | undefined>()
  for (const [key, placement] of staged) {
    if (isChange(state, key, placement)) next.set(key, made(state, key, placement))
    else state.deletedNothing(key)
  }
  const writes = next.size === 0 ? bases : [writeAll(state, next, bases, CAUSE)]
  return state.answerAfter(writes, () => true)
}

/** What was put there and taken away again in the same transaction was never there. */
function isChange(state: DurableState, key: string, placement: StagedPlacement | undefined): boolean {
  return placement !== undefined || state.alive(state.known(key)) !== undefined
}

function made(state: DurableState, key: string, placement: StagedPlacement | undefined): NewRow | undefined {
  return placement && newRow(state, key, placement.value, placement, placement.owner, placement.isAnew)
}

export const durableTransactionCalls = {
  transaction: (state: DurableState, request: TransactionRequest, self: ServerSelf) =>
    respond(self, () => state.lines.take(request.keys, true, () => carryOut(state, request))),
} satisfies Record<keyof typeof transactionCalls, unknown>
