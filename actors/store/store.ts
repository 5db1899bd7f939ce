/**
 * The store: fast key-value storage with TTL, for caches, sessions and temporary state. A supervised actor that owns its
 * map and its timers; callers reach it through a mailbox.
 *
 * Written against the runtime's public names alone: anyone can write one like it.
 */

import {
  type Mailbox,
  type PartitionedPort,
  type ServerSelf,
  type ServiceDefinition,
  type StandardSchema,
  server,
  service,
} from "../../src/index.ts"
import { batchCalls, batchGuards } from "./batch-operations.ts"
import { entryCalls, entryGuards } from "./entry-operations.ts"
import { leaseCalls, leaseGuards } from "./lease-operations.ts"
import { loadCalls, loadGuards } from "./load-operations.ts"
import { orderCalls, orderGuards } from "./order-operations.ts"
import { OwnWork } from "./own-work.ts"
import { Lane } from "./slices.ts"
import { SnapshotKeeper, type SnapshotStart } from "./snapshot-keeper.ts"
import { type SnapshotSettings, snapshotPartOf } from "./snapshot-options.ts"
import { restored } from "./snapshot-restoring.ts"
import { type Beginning, snapshotWitness } from "./snapshot-witness.ts"
import { spreadPort, spreadsOf } from "./spread-port.ts"
import { faceOf } from "./store-face.ts"
import { StoreMailbox, type StoreMailboxFor } from "./store-mailbox.ts"
import { type SchemaStoreOptions, type StoreOptions, type StoreSettings, settingsOf, type Valued, type WhenFull } from "./store-settings.ts"
import { StoreState, SWEEP } from "./store-state.ts"
import { statisticsOf } from "./store-statistics.ts"
import { transactionCalls, transactionGuards } from "./transaction-operations.ts"
import { watchCalls, watchGuards } from "./watch-operations.ts"

function info(state: StoreState, message: unknown): void {
  if (message === SWEEP) state.sweep()
  else if (message instanceof OwnWork) message.carryOut()
  else if (message instanceof Lane) message.step()
  else state.loads?.handle(message)
}

const common = {
  // What runs here of a caller's brings its context along.
  asyncContext: "any" as const,
  call: {
    ...entryCalls,
    ...watchCalls,
    ...leaseCalls,
    ...transactionCalls,
    ...batchCalls,
    ...orderCalls,
    ...loadCalls,
    statistics: statisticsOf,
    info: ({ settings }: StoreState) => ({
      backend: "memory",
      consistency: "linearizable",
      durability: settings.snapshot === undefined ? "none" : "snapshot",
      capabilities: {
        partitioned: (settings.partitions ?? 1) > 1,
        evicts: settings.whenFull !== "reject",
        transactions: true,
        watch: true,
        leases: true,
      },
    }),
  },
  info,
  continue: info,
  // Whoever adds up over incarnations has to know whose counts these are: a table that is retained goes on with its own.
  measure: (state: StoreState) => ({ ...statisticsOf(state), countedSince: state.countedSince }),
  detached: (state: StoreState, attachment: number) => {
    state.watches.leaveAll(attachment)
    state.leases.leaveAll(attachment)
    state.disown(attachment)
    state.loads?.detached(attachment)
  },
}

const protocol = server({
  ...common,
  init: (settings: StoreSettings, self: ServerSelf) => new StoreState(settings, self),
  inherit: (state: StoreState, self) => new StoreState(state.settings, self, state),
  terminate: (state: StoreState) => state.loads?.end(),
})

/** Of a store that has a place for its snapshots. */
const keptProtocol = server({
  ...common,
  init: (settings: StoreSettings, self: ServerSelf): StoreState => {
    // What an earlier life has kept counts no more.
    return kept(new StoreState(settings, self), self, { lastAt: undefined, lastEntries: undefined, next: "at once" }, { type: "reset" })
  },
  inherit: (state: StoreState, self) => {
    const { lastAt, lastEntries } = state.snapshots as SnapshotKeeper
    return kept(new StoreState(state.settings, self, state), self, { lastAt, lastEntries, next: "in time" }, { type: "inherited" })
  },
  restore: async (settings: StoreSettings, self: ServerSelf): Promise<StoreState> => {
    const { start, beginning, ...estate } = await restored(settings, settings.snapshot as SnapshotSettings, self)
    return kept(new StoreState(settings, self, estate), self, start, beginning)
  },
  terminate: (state: StoreState, reason) => {
    state.loads?.end()
    return state.snapshots?.end(reason)
  },
})

function kept(state: StoreState, self: ServerSelf, start: SnapshotStart, beginning: Beginning): StoreState {
  const settings = state.settings.snapshot as SnapshotSettings
  state.snapshots = new SnapshotKeeper(state, settings, self, start)
  snapshotWitness()?.began(settings.place, beginning)
  return state
}

const face = faceOf(protocol)
const keptFace = faceOf(keptProtocol)
const spreads = spreadsOf(face)
const keptSpreads = spreadsOf(keptFace)

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
 *
 * @example
 * await using app = await start({ "app:sessions": store<User>({ partitions: 4 }) })
 * const sessions = await app.acquire("app:sessions")
 * await sessions.setMany([["user:1", { name: "Alice" }], ["user:2", { name: "Bob" }]], { ttl: 3600 })
 * await sessions.getMany(["user:2", "user:1"]) // => [{ name: "Bob" }, { name: "Alice" }]
 *
 * @example
 * import * as z from "zod"
 * const Session = z.object({ user: z.string().trim(), visits: z.number().default(1) })
 * await using app = await start({ "app:sessions": store({ value: Session }) })
 * const sessions = await app.acquire("app:sessions")
 * await sessions.set("a", { user: " Alice " })
 * await sessions.get("a") // => { user: "Alice", visits: 1 }
 */
export function store<Schema extends StandardSchema>(options: SchemaStoreOptions<Schema>): ServiceDefinition<StoreMailboxFor<Schema>>
export function store<Value = unknown>(options?: StoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>>
export function store(options?: StoreOptions & Valued): ServiceDefinition<StoreMailbox> {
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
export function cache<Schema extends StandardSchema>(options: SchemaStoreOptions<Schema>): ServiceDefinition<StoreMailboxFor<Schema>>
export function cache<Value = unknown>(options?: StoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>>
export function cache(options?: StoreOptions & Valued): ServiceDefinition<StoreMailbox> {
  return define(options, "adaptive")
}

function define(options: (StoreOptions & Valued) | undefined, whenFull: WhenFull): ServiceDefinition<StoreMailbox> {
  const settings = settingsOf(options, whenFull)
  const { weigh, takeIn, snapshot } = settings
  const isKept = snapshot !== undefined
  const behind = { face: isKept ? keptFace : face, weigh, takeIn }
  return service({
    kind: "store",
    server: isKept ? keptProtocol : protocol,
    argument: settings,
    state: isKept ? "restore" : "reset",
    acquire: "store.get",
    guards: {
      ...entryGuards,
      ...batchGuards,
      ...orderGuards,
      ...transactionGuards,
      ...loadGuards,
      ...watchGuards,
      ...leaseGuards,
      statistics: { action: "store.statistics" },
      info: { action: "store.info" },
    },
    mailbox: (port) => new StoreMailbox({ ...behind, port }),
    ...spreadOver(settings, (port) => new StoreMailbox({ ...behind, port: spreadPort(port, isKept ? keptSpreads : spreads), parts: port })),
  })
}

/** Of a store with partitions: how they are reached, and what each of them has of its own. */
function spreadOver<M extends Mailbox>(settings: StoreSettings, partitioned: (port: PartitionedPort) => M) {
  const { partitions, snapshot } = settings
  if (partitions === undefined) return {}
  if (snapshot === undefined) return { partitions, partitioned }
  const argumentOf = (partition: number): StoreSettings => ({ ...settings, snapshot: snapshotPartOf(snapshot, partition, partitions) })
  return { partitions, partitioned, argumentOf }
}
