/**
 * Does once, with a store of nobody's, all that a request may come to: a request is served on its caller's stack, which may be nearly full, and
 * there must be no code left then that the host has yet to compile. That takes tens of kilobytes of it, and would cut the request short.
 */

import { Deferred, type ServerSelf, type Timer } from "../../src/index.ts"
import { readEntries } from "./batch-input.ts"
import { batchCalls } from "./batch-operations.ts"
import { KeysRequest, ListRequest, PrefixRequest, SetManyRequest } from "./batch-requests.ts"
import { HostDate } from "./builtin-copies.ts"
import { entryCalls } from "./entry-operations.ts"
import type { TableSelf } from "./incarnation.ts"
import { LeaseToken } from "./lease-token.ts"
import { loadCalls } from "./load-operations.ts"
import { loadTermsOf } from "./load-options.ts"
import type { LoadOutcome } from "./load-outcome.ts"
import { LoadEnded, LoadRequest } from "./load-request.ts"
import { orderCalls } from "./order-operations.ts"
import { SetRequest } from "./set-request.ts"
import { settingsOf } from "./store-settings.ts"
import { StoreState } from "./store-state.ts"
import { statisticsOf } from "./store-statistics.ts"
import { copyIn } from "./stored-value.ts"
import { LATEST_MS } from "./time-to-live.ts"
import { watchCalls } from "./watch-operations.ts"
import { Watcher } from "./watcher.ts"
import { weightless } from "./weight.ts"

let isRehearsed = false

/** Entries enough to have each column of a table grow, and each structure that is made anew now and then. */
const MANY = 40
/** Ends long after all that is rehearsed, and not too late to be a moment: what is refused shows nothing. */
const LONG_MS = 1_000_000

export function rehearse(self: ServerSelf): void {
  if (isRehearsed) return
  isRehearsed = true
  let now = self.now()
  const timers: Timer[] = []
  const after = (delayMs: number, message: unknown): Timer => {
    timers.push(self.after(delayMs, message))
    return timers.at(-1) as Timer
  }
  const { signal } = new AbortController()
  const own: TableSelf = {
    now: () => now,
    recently: () => now,
    systemTime: () => 0,
    calendarLead: () => 0,
    random: () => 0,
    after,
    later: () => {},
    continue: () => {},
    defer: () => new Deferred<never>(undefined),
    signal,
  }
  const state = new StoreState(settingsOf({ maxEntries: 6 }, "reject"), own)
  const values = [1, { list: [1] }, new Map([[1, new HostDate(0)]]), new Set([1]), new Uint8Array(1), new Error("rehearsed")].map(copyIn)
  const lease = new LeaseToken("0", 2, "nobody", 1, false)
  for (const isPrefix of [true, false])
    watchCalls.watch(state, new Watcher({ text: "1", isPrefix, hasInitial: false, from: undefined, room: 2 }, 2))
  state.leases.take(lease)
  state.leases.renew(lease, 2)
  for (const ttlMs of [Number.POSITIVE_INFINITY, 2, 3, LATEST_MS]) {
    for (const [index, value] of values.entries()) {
      entryCalls.set(state, new SetRequest(`${index}`, value, ttlMs, index % 2, 0))
      entryCalls.get(state, `${index}`)
    }
    entryCalls.set(state, new SetRequest("one too many", 1, ttlMs, 0, 0))
    entryCalls.has(state, "one too many")
    entryCalls.delete(state, "5")
    now += 2
  }
  rehearseLoads(state)
  state.leases.leaveAll(2)
  state.watches.leaveAll(2)
  rehearseMany(state, self)
  for (const whenFull of ["lru", "adaptive", "soonest"] as const)
    rehearseEviction(new StoreState(settingsOf({ maxEntries: 2, whenFull }, "reject"), own))
  for (const whenFull of ["reject", "lru", "adaptive", "soonest"] as const) {
    const most = 10 * MANY
    const growing = new StoreState(settingsOf({ maxEntries: most, maxBytes: most, whenFull }, "reject"), own)
    // Which has room for fewer than it could have thought.
    const learning = new StoreState(settingsOf({ maxBytes: most, whenFull }, "reject"), own)
    for (let index = 0; index < 20 * MANY; index += 1) {
      entryCalls.set(learning, new SetRequest(`${index}`, index, LONG_MS, 0, 2))
      entryCalls.set(growing, new SetRequest(`${index}`, index, 1_000_000 - index, 0, 1))
      entryCalls.get(growing, `${index - 1}`)
      // Long enough for a span of its own.
      now += 10
    }
    // More than may go at once.
    entryCalls.set(growing, new SetRequest("heavy", 1, LONG_MS, 0, most))
  }
  state.table.disown(1)
  state.sweep()
  statisticsOf(state)
  for (const timer of timers) timer.cancel()
}

function rehearseEviction(state: StoreState): void {
  for (const key of ["a", "b", "a", "c", "d", "a"]) {
    entryCalls.set(state, new SetRequest(key, 1, LONG_MS, 0, 0))
    entryCalls.get(state, key)
    entryCalls.get(state, "absent")
  }
  entryCalls.delete(state, "a")
}

/** Few enough to be done in the turn of the request: `self` is asked for nothing. */
function rehearseMany(state: StoreState, self: ServerSelf): void {
  const entries = [
    ["5", 1],
    ["6", 2, 1],
    ["7", 3, { idle: 1, keepTtl: true }],
  ]
  const keys = new KeysRequest(["0", "5", "6"])
  const prefix = new PrefixRequest("5")
  for (const _ of [1, 2]) {
    batchCalls.setMany(state, new SetManyRequest(readEntries(entries, undefined, { id: 1, weigh: weightless })), self)
    batchCalls.getMany(state, keys, self)
    batchCalls.entries(state, keys, self)
    orderCalls.matching(state, prefix, self)
    orderCalls.list(state, new ListRequest("5", undefined, 1), self)
    orderCalls.count(state, prefix, self)
    orderCalls.matching(state, prefix, self)
    batchCalls.deleteMany(state, keys, self)
  }
}

/** One that is kept, one that fails, one that is written meanwhile, and one that is given up. */
function rehearseLoads(state: StoreState): void {
  const asker = { requestSignal: new AbortController().signal, defer: () => new Deferred<never>(undefined) }
  const options = loadTermsOf({ ttl: 1, staleFor: 1, failFor: 1 })
  const ask = (key: string): LoadRequest => {
    const request = new LoadRequest(key, 1, options, undefined)
    loadCalls.getOrSet(state, request, asker)
    return request
  }
  const ended = (request: LoadRequest, outcome: LoadOutcome): void => {
    request.outcome = outcome
    state.loads?.handle(new LoadEnded(request))
  }
  ended(ask("0"), { type: "value", value: 1, weight: 0 })
  ask("0")
  ended(ask("6"), { type: "failed", error: undefined, isUnfit: false })
  ask("7")
  entryCalls.set(state, new SetRequest("7", 1, 1, 0, 0))
  ask("8")
  entryCalls.delete(state, "8")
  state.loads?.detached(1)
}
