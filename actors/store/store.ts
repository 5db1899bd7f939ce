/**
 * The store: fast key-value storage with TTL, for caches, sessions and temporary state. A supervised actor that owns its
 * map and its timers; callers reach it through a mailbox.
 *
 * Written against the runtime's public names alone: anyone can write one like it.
 */

import { type ServerSelf, type ServiceDefinition, server, service } from "../../src/index.ts"
import { batchCalls, batchGuards } from "./batch-operations.ts"
import { entryCalls, entryGuards } from "./entry-operations.ts"
import { orderCalls, orderGuards } from "./order-operations.ts"
import { rehearse } from "./rehearsal.ts"
import { Lane } from "./slices.ts"
import { faceOf } from "./store-face.ts"
import { StoreMailbox } from "./store-mailbox.ts"
import { type StoreOptions, type StoreSettings, settingsOf, type WhenFull } from "./store-settings.ts"
import { StoreState, SWEEP } from "./store-state.ts"
import { statisticsOf } from "./store-statistics.ts"
import { transactionCalls, transactionGuards } from "./transaction-operations.ts"

const protocol = server({
  // What runs here of a caller's brings its context along.
  asyncContext: "any",
  init: (settings: StoreSettings, self: ServerSelf): StoreState => {
    rehearse(self)
    return new StoreState(settings, self)
  },
  inherit: (state: StoreState, self) => new StoreState(state.settings, self, state),
  call: {
    ...entryCalls,
    ...transactionCalls,
    ...batchCalls,
    ...orderCalls,
    statistics: statisticsOf,
    info: ({ settings }: StoreState) => ({
      backend: "memory",
      consistency: "linearizable",
      durability: "none",
      capabilities: {
        partitioned: false,
        evicts: settings.whenFull !== "reject",
        transactions: true,
        watch: true,
        leases: true,
      },
    }),
  },
  info: (state, message) => {
    if (message === SWEEP) state.sweep()
    else if (message instanceof Lane) message.step()
  },
  detached: (state, attachment) => {
    state.disown(attachment)
  },
})

const face = faceOf(protocol)

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
  return service({
    kind: "store",
    server: protocol,
    argument: settings,
    acquire: "store.get",
    guards: {
      ...entryGuards,
      ...transactionGuards,
      ...batchGuards,
      ...orderGuards,
      statistics: { action: "store.statistics" },
      info: { action: "store.info" },
    },
    mailbox: (port) => new StoreMailbox<Value>({ port, face, weigh: settings.weigh }),
  })
}
