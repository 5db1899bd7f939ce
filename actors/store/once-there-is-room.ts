/**
 * Writes for which more has to go than may go in one turn: it goes a few at a time, before anybody else is served, and the host has its turn in between. So whoever
 * asks the store for something finds it as if all had gone at once.
 *
 * Invariants
 * - All of it has one reading of the clock, and a caller's function is called once.
 * - Nobody goes for what is refused in the end: before one goes it is known that enough may.
 * - An end of the store between two turns leaves what had not gone, and nothing is kept for anybody.
 */

import { type Deferred, type Failure, failure } from "../../src/index.ts"
import { fullError } from "./full-error.ts"
import type { WritingIncarnation } from "./incarnation.ts"
import { OwnWork } from "./own-work.ts"
import { settle } from "./slices.ts"

/** Carries a write out as of that moment; `undefined`: there is no room for it. */
export type Attempt<Answer = unknown> = (now: () => number) => Answer | undefined

/** What a handler is to return whose write has found no room: why, or the answer to come. */
export function onceThereIsRoom(state: WritingIncarnation, key: string, weight: number, attempt: Attempt): Failure | Deferred<unknown> {
  const refusal = (): Failure => failure(fullError(state.table, key, weight))
  if (!state.table.room.takeShortage()) return refusal()
  const deferred = state.self.defer<unknown>()
  attemptFirst(state, attempt, (answer = refusal()) => settle(deferred, answer))
  return deferred
}

/** Tries again what has found no room yet, before anybody else is served, and calls back with what it has come to. */
export function attemptFirst<Answer>(state: WritingIncarnation, attempt: Attempt<Answer>, done: (answer?: Answer) => void): void {
  const moment = state.now()
  const now = (): number => moment
  const work = new OwnWork(() => {
    const answer = attempt(now)
    if (answer === undefined && state.table.room.takeShortage()) state.self.continue(work)
    else done(answer)
  })
  state.self.continue(work)
}
