/** What a store does under one key: its handlers, and what each needs permission for. */

import { type Deferred, type Failure, failure, type Guard, invalid } from "../../src/index.ts"
import { KeyRequest } from "./entry-change.ts"
import { NOWHERE } from "./entry-table.ts"
import { PersistRequest, TakeRequest } from "./key-requests.ts"
import { NEVER } from "./lifetime.ts"
import { onceThereIsRoom } from "./once-there-is-room.ts"
import { SetRequest } from "./set-request.ts"
import type { StoreState } from "./store-state.ts"
import { LATEST_MS, tooFar } from "./time-to-live.ts"

function isSet(state: StoreState, { key, value, ttlMs, owner, weight }: SetRequest, deadline: number, now: () => number): true | undefined {
  if (!state.table.set(key, value, deadline, owner, weight, now)) return undefined
  if (ttlMs !== NEVER) state.plan()
  return true
}

/** Apart from where most are set: what a function of its own looks at is kept for it, whether it is made or not. */
const setLater = (state: StoreState, request: SetRequest, deadline: number): Failure | Deferred<unknown> =>
  onceThereIsRoom(state, request.key, request.weight, (now) => isSet(state, request, deadline, now))

const change = (state: StoreState, request: KeyRequest): unknown => state.change(request)

export const entryCalls = {
  get: (state: StoreState, key: string) => {
    const { table } = state
    const slot = table.find(key, state.recently)
    if (slot === NOWHERE) return state.missed(key)
    table.read(slot, state.recently)
    return state.shown(table.valueAt(slot), key)
  },
  has: (state: StoreState, key: string) => state.table.has(key, state.recently) || state.absent(key),
  set: (state: StoreState, request: SetRequest) => {
    const { ttlMs } = request
    const deadline = ttlMs === NEVER ? ttlMs : state.now() + ttlMs
    if (deadline > LATEST_MS && deadline !== ttlMs) return failure(tooFar(ttlMs / 1000))
    return isSet(state, request, deadline, state.now) ?? setLater(state, request, deadline)
  },
  delete: (state: StoreState, key: string) => state.table.delete(key, state.now) || state.notDeleted(key),
  entry: (state: StoreState, key: string) => {
    const slot = state.table.find(key, state.now)
    if (slot === NOWHERE) return state.missed(key)
    state.table.read(slot, state.now)
    return state.entryAt(slot)
  },
  ttl: (state: StoreState, key: string) => {
    const slot = state.table.find(key, state.now)
    if (slot === NOWHERE) return state.absent(key) || undefined
    const { deadline } = state.table.lifetimeAt(slot)
    return deadline === NEVER ? deadline : (deadline - state.now()) / 1000
  },
  put: change,
  update: change,
  increment: change,
  touch: change,
  take: (state: StoreState, key: string) => state.change(new TakeRequest(key)),
  persist: (state: StoreState, key: string) => state.change(new PersistRequest(key)),
}

const ofKey = (key: string): { readonly key: string } => ({ key })
const ofRequest = ({ key }: { readonly key: string }): { readonly key: string } => ({ key })

/** It holds no value of the caller's, so it need not be copied again. */
function taken(request: unknown): KeyRequest {
  if (KeyRequest.isOurs(request)) return request
  throw invalid("request", "is not made by a store's mailbox")
}

const byRequest = (action: Guard["action"]): Guard => ({ action, attributes: ofRequest, take: taken })
const byKey = (action: Guard["action"]): Guard => ({ action, attributes: ofKey })

const READ_AND_WRITE = ["store.key.get", "store.key.set"]

export const entryGuards: Readonly<Record<keyof typeof entryCalls, Guard>> = {
  get: byKey("store.key.get"),
  has: byKey("store.key.has"),
  set: { action: "store.key.set", attributes: ofRequest, take: SetRequest.take },
  delete: byKey("store.key.delete"),
  entry: byKey("store.key.get"),
  ttl: byKey("store.key.has"),
  put: byRequest("store.key.set"),
  update: byRequest(READ_AND_WRITE),
  increment: byRequest(READ_AND_WRITE),
  touch: byRequest("store.key.set"),
  take: byKey(["store.key.get", "store.key.delete"]),
  persist: byKey("store.key.set"),
}
