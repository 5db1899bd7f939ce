/**
 * The store: fast key-value storage with TTL, for caches, sessions and temporary state. A supervised actor that owns its
 * map and its timers; callers reach it through a mailbox.
 *
 * Written against the runtime's public names alone: anyone can write one like it.
 */

import { type ServerSelf, type ServiceDefinition, server, service } from "../../src/index.ts"
import { entryCalls, entryGuards } from "./entry-operations.ts"
import { OwnWork } from "./own-work.ts"
import { rehearse } from "./rehearsal.ts"
import { SnapshotKeeper, type SnapshotStart } from "./snapshot-keeper.ts"
import type { SnapshotSettings } from "./snapshot-options.ts"
import { rehearseSnapshot } from "./snapshot-rehearsal.ts"
import { restored } from "./snapshot-restoring.ts"
import { faceOf } from "./store-face.ts"
import { StoreMailbox } from "./store-mailbox.ts"
import { type StoreOptions, type StoreSettings, settingsOf, type WhenFull } from "./store-settings.ts"
import { StoreState, SWEEP } from "./store-state.ts"
import { statisticsOf } from "./store-statistics.ts"
import { transactionCalls, transactionGuards } from "./transaction-operations.ts"

const common = {
  // What runs here of a caller's brings its context along.
  asyncContext: "any" as const,
  call: {
    ...entryCalls,
    ...transactionCalls,
    statistics: statisticsOf,
    info: ({ settings }: StoreState) => ({
      backend: "memory",
      consistency: "linearizable",
      durability: settings.snapshot === undefined ? "none" : "snapshot",
      capabilities: {
        partitioned: false,
        evicts: settings.whenFull !== "reject",
        transactions: true,
        watch: true,
        leases: true,
      },
    }),
  },
  info: (state: StoreState, message: unknown) => {
    if (message === SWEEP) state.sweep()
    else if (message instanceof OwnWork) message.carryOut()
  },
  detached: (state: StoreState, attachment: number) => {
    state.table.disown(attachment)
    state.plan()
  },
}

const protocol = server({
  ...common,
  init: (settings: StoreSettings, self: ServerSelf): StoreState => {
    rehearse(self)
    return new StoreState(settings, self)
  },
  inherit: (state: StoreState, self) => new StoreState(state.settings, self, state),
})

/** Of a store that has a place for its snapshots. */
const keptProtocol = server({
  ...common,
  init: (settings: StoreSettings, self: ServerSelf): StoreState => {
    rehearse(self)
    rehearseSnapshot()
    // What an earlier life has kept counts no more.
    return kept(new StoreState(settings, self), self, { lastAt: undefined, lastEntries: undefined, next: "at once" })
  },
  inherit: (state: StoreState, self) => {
    const { lastAt, lastEntries } = state.snapshots as SnapshotKeeper
    return kept(new StoreState(state.settings, self, state), self, { lastAt, lastEntries, next: "in time" })
  },
  restore: async (settings: StoreSettings, self: ServerSelf): Promise<StoreState> => {
    rehearse(self)
    rehearseSnapshot()
    const { start, ...estate } = await restored(settings, settings.snapshot as SnapshotSettings, self)
    return kept(new StoreState(settings, self, estate), self, start)
  },
  terminate: (state: StoreState, reason) => state.snapshots?.end(reason),
})

function kept(state: StoreState, self: ServerSelf, start: SnapshotStart): StoreState {
  state.snapshots = new SnapshotKeeper(state, state.settings.snapshot as SnapshotSettings, self, start)
  return state
}

const face = faceOf(protocol)
const keptFace = faceOf(keptProtocol)

/**
 * Defines a store of values of type `Value`. A full one refuses new keys, unless `whenFull` says otherwise; `cache` defines one that does not.
 *
 * Units   `set` takes its TTL in seconds.
 * Errors  Invalid, naming the option.
 *
 * @example
 * await using runtime = await start({ "app:cache": store<User>({ maxEntries: 1000 }) })
 * const cache = await runtime.acquire("app:cache")
 * await cache.get("user:123") // => undefined
 */
export function store<Value = unknown>(options?: StoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>> {
  return define(options, "reject")
}

/**
 * Defines a store that makes room when it is full: it lets those go that are least likely to be asked for again (`whenFull: "adaptive"`).
 *
 * @example
 * import { cache } from "pigeonhole"
 *
 * await using app = await start({ "app:pages": cache<string>({ maxEntries: 2 }) })
 * const pages = await app.acquire("app:pages")
 * for (const path of ["/a", "/b", "/c"]) await pages.set(path, "…", 60)
 * const { entries } = await pages.statistics()
 * entries // => 2
 */
export function cache<Value = unknown>(options?: StoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>> {
  return define(options, "adaptive")
}

function define<Value>(options: StoreOptions<Value> | undefined, whenFull: WhenFull): ServiceDefinition<StoreMailbox<Value>> {
  const settings = settingsOf(options, whenFull)
  const isKept = settings.snapshot !== undefined
  return service({
    kind: "store",
    server: isKept ? keptProtocol : protocol,
    argument: settings,
    state: isKept ? "restore" : "reset",
    acquire: "store.get",
    guards: { ...entryGuards, ...transactionGuards, statistics: { action: "store.statistics" }, info: { action: "store.info" } },
    mailbox: (port) => new StoreMailbox<Value>({ port, face: isKept ? keptFace : face, weigh: settings.weigh }),
  })
}
