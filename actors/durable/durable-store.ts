/**
 * The durable store: the store's mailbox, with a database behind it. What is acknowledged, or told to who watches, is on disk; what is asked for most is in
 * memory, and there may be more than fits there.
 *
 * Bound entries are in memory alone: they end with their mailbox, and no mailbox outlives its program. They hide what stood under their key, which is
 * removed from the disk.
 */

import { type ServerSelf, type ServiceDefinition, type StandardSchema, server, service } from "../../src/index.ts"
import { batchGuards } from "../store/batch-operations.ts"
import { entryGuards } from "../store/entry-operations.ts"
import { leaseGuards } from "../store/lease-operations.ts"
import { loadGuards } from "../store/load-operations.ts"
import { orderGuards } from "../store/order-operations.ts"
import { OwnWork } from "../store/own-work.ts"
import { faceOf } from "../store/store-face.ts"
import { StoreMailbox, type StoreMailboxFor } from "../store/store-mailbox.ts"
import type { SchemaStoreOptions, Valued } from "../store/store-settings.ts"
import { hitRatioOf, type StoreStatistics } from "../store/store-statistics.ts"
import { transactionGuards } from "../store/transaction-operations.ts"
import { watchCalls, watchGuards } from "../store/watch-operations.ts"
import { weightless } from "../store/weight.ts"
import { CLEAN_UP } from "./cleaning.ts"
import { durableBatchCalls } from "./durable-batch-operations.ts"
import { respond } from "./durable-changes.ts"
import { durableEntryCalls } from "./durable-entry-operations.ts"
import { durableLeaseCalls } from "./durable-lease-operations.ts"
import { durableLoadCalls } from "./durable-load-operations.ts"
import { durableOrderCalls } from "./durable-order-operations.ts"
import { type DurableSettings, type DurableStoreOptions, durableSettingsOf } from "./durable-settings.ts"
import { DurableState } from "./durable-state.ts"
import { durableTransactionCalls } from "./durable-transaction.ts"
import { COMMIT, Lost, Turn } from "./durable-turn.ts"

async function statistics(state: DurableState): Promise<StoreStatistics> {
  await state.settled()
  const { entries, bytes } = await state.database.size()
  const { evicted, held } = state.memory
  const unknown = { oldestEntryMs: undefined, expiryLagMs: undefined, lastSnapshotAt: undefined, lastSnapshotEntries: undefined }
  return { entries: entries + held, bytes, ...state.counters, evicted, hitRatio: hitRatioOf(state.counters), ...unknown }
}

const protocol = server({
  // What runs here of a caller's brings its context along.
  asyncContext: "any",
  init: (settings: DurableSettings, self: ServerSelf): Promise<DurableState> => DurableState.open(settings, self),
  inherit: (state: DurableState, self): Promise<DurableState> => DurableState.open(state.settings, self),
  call: {
    ...durableEntryCalls,
    ...durableTransactionCalls,
    ...durableBatchCalls,
    ...durableOrderCalls,
    ...durableLoadCalls,
    ...watchCalls,
    ...durableLeaseCalls,
    statistics: (state: DurableState, _: undefined, self: ServerSelf) => respond(self, () => statistics(state)),
    info: ({ settings }: DurableState) => ({
      backend: settings.backend,
      consistency: "linearizable",
      durability: settings.durability,
      capabilities: { partitioned: false, evicts: false, transactions: true, watch: true, leases: true },
    }),
  },
  info: (state, message) => {
    if (message === CLEAN_UP) void state.cleaning.begin()
    else if (message === COMMIT) state.commit()
    else if (message instanceof Turn) state.take(message)
    else if (message instanceof OwnWork) message.carryOut()
    else if (message instanceof Lost) throw message.error
    else state.loads?.handle(message)
  },
  // What the database would have to be asked for is left out.
  measure: ({ counters, memory }) => ({ ...counters, evicted: memory.evicted, hitRatio: hitRatioOf(counters) }),
  detached: (state, attachment) => {
    state.watches.leaveAll(attachment)
    state.leases.leaveAll(attachment)
    state.disown(attachment)
    state.looks.detached(attachment)
    state.loads?.detached(attachment)
  },
  terminate: (state) => {
    state.loads?.end()
    return state.stop()
  },
})

const face = faceOf(protocol)

/**
 * Defines a store of values of type `Value` that are kept on disk: what is acknowledged is there after a crash of the program, and of the machine. Its
 * mailbox is that of `store`. Bound entries, leases and old values (`staleFor`) are in memory alone, and end with the store's process.
 *
 * Units   commitIntervalMs, cleanupIntervalMs, busyTimeoutMs: milliseconds.
 * Errors  Invalid, naming the option. Its start fails with Invalid for a file or a table that is no store's; with Unavailable for one that cannot be
 *         opened, or that somebody else has open. Beside those of the store's mailbox, operations fail with Unavailable where the database cannot be
 *         written or read (a full disk, a locked file, one that was moved), and have changed nothing; with RateLimited where it is too far behind. What
 *         fails and no caller hears of is reported: a commit of what was acknowledged before it, a cleanup.
 * Cost    a write waits for the disk, with all that were asked for in the same moment; reading what is in memory costs what it does in `store`.
 *
 * @example
 * import { durableStore } from "pigeonhole/durable"
 *
 * const sessions = durableStore<{ user: string }>({ path: "/var/lib/app/sessions.db", table: "sessions" })
 * const definitions = { "app:sessions": sessions }
 */
export function durableStore<Schema extends StandardSchema>(
  options: DurableStoreOptions & Pick<SchemaStoreOptions<Schema>, "value">,
): ServiceDefinition<StoreMailboxFor<Schema>>
export function durableStore<Value = unknown>(options: DurableStoreOptions): ServiceDefinition<StoreMailbox<Value>>
export function durableStore(options: DurableStoreOptions & Valued): ServiceDefinition<StoreMailbox> {
  const settings = durableSettingsOf(options)
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
      ...loadGuards,
      ...watchGuards,
      ...leaseGuards,
      statistics: { action: "store.statistics" },
      info: { action: "store.info" },
    },
    mailbox: (port) => new StoreMailbox({ port, face, weigh: weightless, takeIn: settings.takeIn }),
  })
}
