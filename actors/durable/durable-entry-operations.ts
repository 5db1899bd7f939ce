/** What a durable store does under one key: its handlers, by the names of the store in memory. */

import type { ServerSelf } from "../../src/index.ts"
import type { KeyRequest } from "../store/entry-change.ts"
import type { entryCalls } from "../store/entry-operations.ts"
import { PersistRequest, TakeRequest } from "../store/key-requests.ts"
import { NEVER, NO_IDLE } from "../store/lifetime.ts"
import type { SetRequest } from "../store/set-request.ts"
import { keyError } from "../store/store-face.ts"
import { LATEST_MS, tooFar } from "../store/time-to-live.ts"
import { change, newRow, respond, writeOne } from "./durable-changes.ts"
import type { DurableState } from "./durable-state.ts"
import type { Row } from "./entry-row.ts"

/** Answers a look at a key by what `see` makes of it. */
function looking(see: (state: DurableState, key: string, row: Row | undefined) => unknown) {
  return (state: DurableState, key: string, self: ServerSelf): unknown =>
    respond(self, () => {
      const found = state.look(key)
      return found instanceof Promise ? found.then((row) => see(state, key, row)) : see(state, key, found)
    })
}

const changing = (state: DurableState, request: KeyRequest, self: ServerSelf): unknown => respond(self, () => change(state, request))

function set(state: DurableState, { key, value, ttlMs, owner }: SetRequest): unknown {
  const deadline = ttlMs === NEVER ? NEVER : state.now() + ttlMs
  if (deadline > LATEST_MS && deadline !== NEVER) throw tooFar(ttlMs / 1000)
  // Whatever is there goes, so it need not be known; but for who is to be told that it was over.
  const { isFollowed } = state.watched
  return state.lines.takeOne(key, isFollowed, () => {
    if (isFollowed) state.present(key)
    const next = newRow(state, key, value, { deadline, idleMs: NO_IDLE, limit: deadline }, owner)
    return writeOne(state, key, next, { bases: [], cause: "set" }, () => true)
  })
}

/** Whether it was there: that is known only once what was decided before is on disk. */
export function remove(state: DurableState, key: string): unknown {
  const bases = state.pending([key])
  if (state.present(key) !== undefined) return writeOne(state, key, undefined, { bases, cause: "delete" }, () => true)
  state.deletedNothing(key)
  return state.answerAfter(bases, () => false)
}

export const durableEntryCalls = {
  get: looking((state, key, found) => {
    const row = state.readAlive(key, found)
    return row === undefined ? undefined : state.shown(row.value, key)
  }),
  has: looking((state, _key, found) => state.alive(found) !== undefined),
  entry: looking((state, key, found) => {
    const row = state.readAlive(key, found)
    return row === undefined ? undefined : state.entryOf(key, row)
  }),
  ttl: looking((state, _key, found) => {
    const deadline = state.alive(found)?.lifetime.deadline
    if (deadline === undefined || deadline === NEVER) return deadline
    return (deadline - state.now()) / 1000
  }),
  set: (state: DurableState, request: SetRequest, self: ServerSelf) => respond(self, () => set(state, request)),
  delete: (state: DurableState, key: string, self: ServerSelf) =>
    respond(self, () => {
      if (!key.isWellFormed()) throw keyError(key)
      return state.lines.takeOne(key, true, () => remove(state, key))
    }),
  put: changing,
  update: changing,
  increment: changing,
  touch: changing,
  take: (state: DurableState, key: string, self: ServerSelf) => respond(self, () => change(state, new TakeRequest(key))),
  persist: (state: DurableState, key: string, self: ServerSelf) => respond(self, () => change(state, new PersistRequest(key))),
} satisfies Record<keyof typeof entryCalls, unknown>
