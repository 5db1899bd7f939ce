/** What a durable store does for `getOrSet`: what is there is given, from disk too; what is not is loaded, as in memory. */

import { type Deferred, Failure, failure, type ServerSelf } from "../../src/index.ts"
import { over } from "../store/load-book.ts"
import type { loadCalls } from "../store/load-operations.ts"
import type { LoadRequest } from "../store/load-request.ts"
import { Loads, type RequestSelf } from "../store/loads.ts"
import { keyError } from "../store/store-face.ts"
import { errorFrom, respond } from "./durable-changes.ts"
import type { DurableLoadPlace } from "./durable-incarnation.ts"
import { DurableLoadHome } from "./durable-load-home.ts"
import type { DurableState } from "./durable-state.ts"
import type { Row } from "./entry-row.ts"

export const durableLoadCalls = {
  getOrSet: (state: DurableState, request: LoadRequest, self: ServerSelf): unknown =>
    respond(self, () => {
      const { key } = request
      if (!key.isWellFormed()) throw keyError(key)
      const row = state.lines.line(key) === undefined ? state.alive(state.memory.read(key)) : undefined
      return row === undefined ? loadedLater(state, request, self) : found(state, request, row)
    }),
} satisfies Record<keyof typeof loadCalls, unknown>

/** It has to be read first, or waited for. Gives an answer that comes later. */
function loadedLater(state: DurableState, request: LoadRequest, self: ServerSelf): Deferred<unknown> {
  const deferred = self.defer<unknown>()
  const { requestSignal } = self
  const asker: RequestSelf = { requestSignal, defer: <Reply>() => deferred as Deferred<Reply> }
  const fail = (error: unknown): void => {
    state.looks.end(request)
    deferred.fail(errorFrom(error))
  }
  const answer = (row: Row | undefined): unknown => {
    const isWanted = state.looks.end(request)
    if (state.alive(row) !== undefined) return found(state, request, row as Row)
    state.counters.misses += 1
    return isWanted ? loadsOf(state).missed(request, asker) : givenBack(request)
  }
  const see = (row: Row | undefined): void => {
    try {
      const given = answer(row)
      if (given instanceof Failure) deferred.fail(given.error)
      else if (given !== deferred) deferred.reply(given)
    } catch (error) {
      fail(error)
    }
  }
  state.looks.begin(request)
  state.see(request.key, see, fail)
  return deferred
}

function givenBack(request: LoadRequest): Failure {
  const reason = over(request.key, "the mailbox was given back meanwhile")
  request.isAnswered = true
  // It may be loading since an incarnation before this one.
  request.turn?.end(reason)
  return failure(reason)
}

function found(state: DurableState, request: LoadRequest, row: Row): unknown {
  const { key, options } = request
  request.isAnswered = true
  state.readAlive(key, row)
  // It is given beyond its time as long as this caller wants.
  if (options.staleForMs > 0) loadsOf(state).home.stale.mark(key, row, options.staleForMs)
  return state.shown(row.value, key)
}

/** A store that never loads has none. */
function loadsOf(state: DurableState): Loads<DurableLoadPlace> {
  state.loads ??= new Loads(new DurableLoadHome(state))
  return state.loads
}
