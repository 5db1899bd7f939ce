/**
 * The store: fast key-value storage with TTL, for caches, sessions and temporary state. A supervised actor that owns its
 * map and its timers; callers reach it through a mailbox.
 *
 * Written against the runtime's public names alone: anyone can write one like it.
 */

import {
  checkOptions,
  failure,
  invalid,
  type Self,
  type ServerSelf,
  type ServiceDefinition,
  server,
  service,
  shown,
  type Timer,
  Unavailable,
} from "../../src/index.ts"
import { HostDate } from "./builtin-copies.ts"
import { EntryTable } from "./entry-table.ts"
import { SetRequest, type StoreFace, StoreMailbox } from "./store-mailbox.ts"
import { copyIn, shareOut, Unfreezable } from "./stored-value.ts"
import { LATEST_MS, tooFar } from "./time-to-live.ts"

/** What a store is limited to. */
export interface StoreOptions {
  /** Keys it may hold; 0 is no limit. Default 10 000. A full store refuses new keys; overwriting still works. */
  readonly maxEntries?: number
}

/** What a store has seen since its present incarnation's table was made. */
export interface StoreStatistics {
  /** Entries held, expired ones that were not removed yet among them. */
  readonly entries: number
  /** Values that `get` has found. */
  readonly hits: number
  /** Keys that `get` has not found. */
  readonly misses: number
  /** Values that were kept. */
  readonly sets: number
  /** Keys that `delete` has found. */
  readonly deletes: number
  /** Entries removed as their time was over. */
  readonly expired: number
  /** Values turned away, as the store was full. */
  readonly refused: number
}

const DEFAULT_MAX_ENTRIES = 10_000

/** Removals in one turn, so that nobody waits long behind them. */
const REMOVED_AT_ONCE = 512

/** Time between two sweeps, in ms: room is given back a little later than it could be, and an idle store is seldom woken. */
const SWEEP_EVERY_MS = 50

type Clock = Pick<Self, "now" | "after">

/** What one incarnation holds. */
class StoreState {
  readonly table: EntryTable
  readonly now: () => number
  readonly #self: Clock
  #sweep: Timer | undefined = undefined
  #sweepAt = Number.POSITIVE_INFINITY

  constructor(table: EntryTable, self: Clock) {
    this.table = table
    this.#self = self
    this.now = () => self.now()
    this.plan()
  }

  /** Arms the next sweep, if it is needed and none comes soon enough. */
  plan(): void {
    const now = this.now()
    const at = Math.max(this.table.nextSweepAt(now), now) + SWEEP_EVERY_MS
    if (at >= this.#sweepAt) return
    this.#sweep?.cancel()
    this.#sweepAt = at
    this.#sweep = this.#self.after(at - now, SWEEP)
  }

  sweep(): void {
    this.#sweepAt = Number.POSITIVE_INFINITY
    const isMore = this.table.sweep(this.now(), REMOVED_AT_ONCE)
    if (!isMore) return this.plan()
    this.#sweepAt = this.now()
    this.#sweep = this.#self.after(0, SWEEP)
  }
}

/** The message of the store's own timer. */
const SWEEP = Symbol("sweep")

const calls = {
  get: (state: StoreState, key: string) => read(state, key),
  has: (state: StoreState, key: string) => state.table.has(key, state.now),
  set: (state: StoreState, { key, value, ttlMs, owner }: SetRequest) => {
    const deadline = ttlMs === Number.POSITIVE_INFINITY ? ttlMs : state.now() + ttlMs
    if (deadline > LATEST_MS && deadline !== ttlMs) return failure(tooFar(ttlMs / 1000))
    if (!state.table.set(key, value, deadline, owner, state.now)) return failure(fullError(state.table.maxEntries, key))
    if (ttlMs !== Number.POSITIVE_INFINITY) state.plan()
    return true
  },
  delete: (state: StoreState, key: string) => state.table.delete(key, state.now),
  statistics: (state: StoreState): StoreStatistics => ({ entries: state.table.size, ...state.table.counters }),
}

const protocol = server({
  // Nothing of a caller's runs here.
  asyncContext: "any",
  init: (maxEntries: number, self: ServerSelf): StoreState => {
    rehearse(self)
    return new StoreState(new EntryTable(maxEntries), self)
  },
  inherit: (state: StoreState, self) => new StoreState(state.table, self),
  call: calls,
  info: (state, message) => {
    if (message === SWEEP) state.sweep()
  },
  detached: (state, attachment) => {
    state.table.disown(attachment)
    state.plan()
  },
})

const ofKey = (key: string): { readonly key: string } => ({ key })

const face: StoreFace = {
  get: protocol.route("call", "get"),
  has: protocol.route("call", "has"),
  set: protocol.route("call", "set"),
  delete: protocol.route("call", "delete"),
  statistics: protocol.route("call", "statistics"),
}

/**
 * Defines a store of values of type `Value`.
 *
 * Units   `set` takes its TTL in seconds.
 * Errors  Invalid, for a `maxEntries` that is no whole number from 0.
 *
 * @example
 * await using runtime = await start({ "app:cache": store<User>({ maxEntries: 1000 }) })
 * const cache = await runtime.acquire("app:cache")
 * await cache.get("user:123") // => undefined
 */
export function store<Value = unknown>(options?: StoreOptions): ServiceDefinition<StoreMailbox<Value>> {
  const { maxEntries = DEFAULT_MAX_ENTRIES } = checkOptions(options, ["maxEntries"])
  if (!Number.isInteger(maxEntries) || maxEntries < 0) {
    throw invalid("maxEntries", `must be a whole number from 0; got ${shown(maxEntries)}`)
  }
  return service({
    kind: "store",
    server: protocol,
    argument: maxEntries,
    acquire: "store.get",
    guards: {
      get: { action: "store.key.get", attributes: ofKey },
      has: { action: "store.key.has", attributes: ofKey },
      set: { action: "store.key.set", attributes: ({ key }: SetRequest) => ({ key }), take: SetRequest.take },
      delete: { action: "store.key.delete", attributes: ofKey },
      statistics: { action: "store.statistics" },
    },
    mailbox: (port) => new StoreMailbox<Value>(port, face),
  })
}

let isRehearsed = false

/**
 * Does once, with a store of nobody's, all that a request may come to: a request is served on its caller's stack, which may be nearly full, and
 * there must be no code left then that the host has yet to compile. That takes tens of kilobytes of it, and would cut the request short.
 */
function rehearse(self: Self): void {
  if (isRehearsed) return
  isRehearsed = true
  let now = self.now()
  const timers: Timer[] = []
  const after = (delayMs: number, message: unknown): Timer => {
    timers.push(self.after(delayMs, message))
    return timers.at(-1) as Timer
  }
  const state = new StoreState(new EntryTable(6), { now: () => now, after })
  const values = [1, { list: [1] }, new Map([[1, new HostDate(0)]]), new Set([1]), new Uint8Array(1), new Error("rehearsed")].map(copyIn)
  for (const ttlMs of [Number.POSITIVE_INFINITY, 2, 3, LATEST_MS]) {
    for (const [index, value] of values.entries()) {
      calls.set(state, new SetRequest(`${index}`, value, ttlMs, index % 2))
      calls.get(state, `${index}`)
    }
    calls.set(state, new SetRequest("one too many", 1, ttlMs, 0))
    calls.has(state, "one too many")
    calls.delete(state, "5")
    now += 2
  }
  state.table.disown(1)
  state.sweep()
  calls.statistics(state)
  for (const timer of timers) timer.cancel()
}

/** What is copied out may find no memory: that is its reader's matter, and no crash. */
function read(state: StoreState, key: string): unknown {
  const stored = state.table.get(key, state.now)
  if (!(stored instanceof Unfreezable)) return stored
  try {
    return shareOut(stored)
  } catch (cause) {
    return failure(new Unavailable("there is no room for a copy of the value", { details: { field: "key", key }, cause }))
  }
}

function fullError(maxEntries: number, key: string): Unavailable {
  return new Unavailable(`the store is full (${maxEntries} entries): no room for a new key`, { details: { field: "key", key, maxEntries } })
}
