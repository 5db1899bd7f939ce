/** Every exported function that takes something which can be wrong: where, and what is right there. */

import { Effect } from "effect"
import * as z from "zod"
import { changesBetween, configure, loadConfiguration } from "../../actors/config.ts"
import { type DurableStoreOptions, durableStore, fileSnapshot, postgresDatabase, sqliteDatabase } from "../../actors/durable.ts"
import {
  actor,
  awaitMany,
  cache,
  child,
  decoderOf,
  dynamicSupervisor,
  formatTree,
  isKind,
  keyedLock,
  partitionSupervisor,
  pool,
  registry,
  scope,
  server,
  service,
  start,
  stopWhenIdle,
  store,
  supervisor,
  task,
  wrap,
} from "../../actors/index.ts"
import { explore, linearizability, replay, simulatedDatabase } from "../../actors/simulation.ts"
import { seededRandom, stageStore, storeContract, virtualTime } from "../../actors/testing.ts"
import { effectLog, process, scheduleBackoff } from "../../src/effect.ts"
import { openTelemetryMetrics, openTelemetryTracer } from "../../src/opentelemetry.ts"
import { jsonLog, loggerLog, metricsOf, prometheusText } from "../../src/telemetry.ts"
import { fromMailbox, fromProcess, inspectionToXState, selfOf, statechart } from "../../src/xstate.ts"
import { IdleWorld } from "./idle-world.ts"
import { BOOLEAN, COUNT, DELAY, DURATION, FUNCTION, LIMIT, LIST, NONE, OBSERVER, type Place, RECORD, type Sorts, TEXT } from "./mistakes.ts"
import { at, BACKOFF, CHILD, INBOX, INTENSITY, idle, named, PRINCIPAL, policy, SERVER, SERVICE, TASK } from "./option-places.ts"
import { machine, plain } from "./option-stage.ts"

const STORE: Readonly<Record<string, Sorts>> = {
  maxEntries: ["zero", "number"],
  maxBytes: LIMIT,
  whenFull: NONE,
  ordered: BOOLEAN,
  partitions: COUNT,
  history: ["zero", "number"],
  snapshot: ["object"],
  value: NONE,
}

const SNAPSHOT: Readonly<Record<string, Sorts>> = { to: NONE, everyMs: LIMIT }
const PLACE = { read: async () => undefined, write: async () => ({}), setAside: async () => "" }

const LOADING: Readonly<Record<string, Sorts>> = { env: ["object", "instance"], allowOutside: BOOLEAN, unknownKinds: NONE }

const SEED: Sorts = ["zero", "number", "negative"]
const MODEL = { init: () => 0, call: {} }
/** What may be told in how many of each may fall. */
const FAULT_COUNT: Sorts = ["zero", "number", "boolean"]
const FAULTS: Readonly<Record<string, Sorts>> = {
  ...Object.fromEntries(
    [
      "crash",
      "callerDies",
      "startFails",
      "startHangs",
      "givesUp",
      "slowHandler",
      "slowReply",
      "lostReply",
      "clockJump",
      "policyChange",
      "externalFails",
      "databaseFails",
      "fileFails",
      "tornFile",
    ].map((kind) => [kind, FAULT_COUNT]),
  ),
  inboxFull: ["zero", "fraction"],
  smallBounds: BOOLEAN,
  policies: LIST,
}
const neverMade = (): never => {
  throw new Error("options are read before an application is made")
}

/** What is exported. */
export function functionRows(): Readonly<Record<string, readonly Place[]>> {
  const quiet = { log: () => {}, host: virtualTime() }
  const open = stageStore(() => store())
  return {
    start: [
      named(
        {
          policies: LIST,
          principal: RECORD,
          log: FUNCTION,
          inspect: FUNCTION,
          measureEveryMs: ["number", "infinite"],
          sampleRequests: ["zero", "fraction"],
          tracer: ["array", "object", "instance"],
          signals: ["boolean", "array"],
          asyncContext: NONE,
          exitOnGiveUp: ["boolean", "number"],
          host: ["array", "object", "instance"],
        },
        (o) => start({}, o),
      ),
      named(PRINCIPAL, (principal) => start({}, { ...quiet, principal }), { path: "principal", base: { id: "me" } }),
      policy("policies[0]", (rule) => start({}, { ...quiet, policies: [rule] })),
      at("signals[0]", NONE, (signal) => start({}, { ...quiet, signals: [signal] })),
      at("host.now", FUNCTION, (now) => start({}, { ...quiet, host: { ...quiet.host, now } })),
      at('children["a"]', NONE, (entry) => start({ a: entry }, quiet)),
    ],
    supervisor: [
      {
        field: "options",
        options: { strategy: NONE, autoShutdown: NONE, ...INTENSITY, children: RECORD, policies: LIST, principal: RECORD },
        base: { children: {} },
        put: supervisor,
      },
      named(PRINCIPAL, (principal) => supervisor({ children: {}, principal }), { path: "principal", base: { id: "me" } }),
      policy("policies[0]", (rule) => supervisor({ children: {}, policies: [rule] })),
    ],
    dynamicSupervisor: [
      { field: "options", options: { maxChildren: ["zero", "number", "infinite"], ...INTENSITY }, put: dynamicSupervisor },
    ],
    partitionSupervisor: [
      {
        field: "options",
        options: { child: NONE, partitions: COUNT, ...INTENSITY },
        base: { child: plain, partitions: 1 },
        put: partitionSupervisor,
      },
      at("partitions", COUNT, (partitions) => partitionSupervisor({ child: plain, partitions })),
    ],
    pool: [
      named({ size: COUNT, queue: ["zero", "number"], ...INTENSITY }, (settings) => pool(plain, settings), { base: { size: 1 } }),
      at("worker", NONE, (worker) => pool(worker, { size: 1 })),
    ],
    decoderOf: [at("value", NONE, (schema) => decoderOf(schema, "value")), at("field", TEXT, (field) => decoderOf(z.string(), field))],
    fileSnapshot: [at("path", TEXT, (path) => fileSnapshot(path))],
    durableStore: [
      named(
        {
          path: TEXT,
          table: TEXT,
          columns: RECORD,
          busyTimeoutMs: ["zero", "number"],
          durability: [],
          cleanupIntervalMs: ["number"],
          maxHotEntries: ["number"],
          maxHotBytes: ["number"],
          history: ["zero", "number"],
          value: NONE,
        },
        durableStore,
        { base: { path: "entries.db" } },
      ),
      at("commitIntervalMs", ["number"], (commitIntervalMs) =>
        durableStore({ path: "entries.db", durability: "interval", commitIntervalMs } as DurableStoreOptions),
      ),
      at("database", [], (database) => durableStore({ database } as DurableStoreOptions)),
    ],
    sqliteDatabase: [
      named({ path: TEXT, table: TEXT, columns: RECORD, busyTimeoutMs: ["zero", "number"] }, sqliteDatabase, {
        base: { path: "entries.db" },
      }),
      named(
        { key: TEXT, value: TEXT, version: TEXT, expiresAt: TEXT, idleMs: TEXT, limitAt: TEXT },
        (columns) => sqliteDatabase({ path: "entries.db", columns }),
        { path: "columns" },
      ),
    ],
    postgresDatabase: [
      named(
        { url: NONE, table: TEXT, columns: RECORD, busyTimeoutMs: ["zero", "number"], openTimeoutMs: ["zero", "number"] },
        postgresDatabase,
        {
          base: { url: "postgres://localhost/app" },
        },
      ),
    ],
    configure: [named({ ...LOADING, folder: TEXT, file: TEXT }, (options) => configure({ entries: [] }, options))],
    loadConfiguration: [
      named(LOADING, (options) => loadConfiguration("app.yaml", options)),
      at("files", TEXT, (files) => loadConfiguration(files)),
    ],
    changesBetween: [at("earlier", NONE, (earlier) => changesBetween(earlier, earlier))],
    keyedLock: [named({ capacity: COUNT }, keyedLock)],
    explore: [
      named(
        {
          schedules: COUNT,
          seed: SEED,
          order: NONE,
          strategy: NONE,
          faults: RECORD,
          always: RECORD,
          finally: RECORD,
          eventually: RECORD,
          sometimes: RECORD,
          maxSteps: COUNT,
          models: RECORD,
          crashes: NONE,
          allow: LIST,
          shrink: BOOLEAN,
          onProgress: FUNCTION,
          signal: NONE,
        },
        (options) => explore(neverMade, options),
      ),
      named(FAULTS, (faults) => explore(neverMade, { faults }), { path: "faults" }),
      at("faults.policies[0]", LIST, (policies) => explore(neverMade, { faults: { policies: [policies] } })),
      policy("faults.policies[0][0]", (rule) => explore(neverMade, { faults: { policies: [[rule]] } })),
      ...["always", "finally", "eventually", "sometimes"].map((kind) =>
        at(`${kind}.look`, FUNCTION, (look) => explore(neverMade, { [kind]: { look } })),
      ),
      at("application", FUNCTION, (application) => explore(application)),
    ],
    linearizability: [
      at("history", LIST, (history) => linearizability(history, MODEL)),
      at("history[0]", NONE, (operation) => linearizability([operation], MODEL)),
      named({ init: FUNCTION, call: RECORD, key: FUNCTION }, (model) => linearizability([], model), { path: "model", base: MODEL }),
      at("model.call.get", FUNCTION, (get) => linearizability([], { ...MODEL, call: { get } })),
      named({ limit: COUNT, lost: LIST }, (options) => linearizability([], MODEL, options)),
    ],
    simulatedDatabase: [
      at("world", NONE, (world) => simulatedDatabase(world as never)),
      named({ name: TEXT }, (options) => simulatedDatabase(new IdleWorld().world, options)),
    ],
    replay: [
      at("schedule", NONE, (schedule) => replay(neverMade, schedule)),
      at("application", FUNCTION, (application) => replay(application, "1.1.c.-.-")),
      at("seed", SEED, (seed) => replay(neverMade, "1.1.c.-.-", { seed })),
    ],
    child: [
      named(CHILD, (options) => child(plain, options), { path: "child" }),
      named(INBOX, (inbox) => child(plain, { inbox }), { path: "child.inbox" }),
      at("child.shutdown.drain", DELAY, (drain) => child(plain, { shutdown: { drain } })),
      at("child.shutdown.drian", NONE, (drian) => child(plain, { shutdown: { drian } as never })),
      named(BACKOFF, (backoff) => child(plain, { backoff }), { path: "child.backoff" }),
      named(PRINCIPAL, (principal) => child(plain, { principal }), { path: "child.principal", base: { id: "me" } }),
      at("child.requires[0]", TEXT, (id) => child(plain, { requires: [id] })),
      at("child.scopes[0]", TEXT, (name) => child(plain, { scopes: [name] })),
      at("child", NONE, (definition) => child(definition as never, {} as never)),
    ],
    store: [
      named(STORE, store),
      named({ weigh: FUNCTION }, store, { base: { maxBytes: 1 } }),
      named(SNAPSHOT, (snapshot) => store({ snapshot }), { path: "snapshot", base: { to: PLACE } }),
      at("snapshot.to", NONE, (to) => store({ snapshot: { to } })),
    ],
    cache: [named(STORE, cache), named({ weigh: FUNCTION }, cache, { base: { maxBytes: 1 } })],
    server: [
      named(SERVER, server, { base: { init: () => ({}) } }),
      at("call.get", FUNCTION, (get) => server({ init: () => ({}), call: { get } })),
      at("cast.put", FUNCTION, (put) => server({ init: () => ({}), cast: { put } })),
      ...["payload", "success", "error"].map((name) =>
        at(`call.get.${name}`, NONE, (schema) => server({ init: () => ({}), call: { get: { [name]: schema, handle: () => 1 } } })),
      ),
      at("call.get.handle", FUNCTION, (handle) => server({ init: () => ({}), call: { get: { handle } } })),
      at("cast.put.payload", NONE, (payload) => server({ init: () => ({}), cast: { put: { payload, handle: () => 1 } } })),
      at("cast.put.handle", FUNCTION, (handle) => server({ init: () => ({}), cast: { put: { handle } } })),
    ],
    actor: [at("body", FUNCTION, actor), named({ stashCapacity: COUNT }, (settings) => actor(idle, settings))],
    task: [at("work", FUNCTION, task), named(TASK, (options) => task(idle, options))],
    registry: [named({ keys: NONE }, registry, { base: { keys: "unique" } })],
    service: [
      named(
        {
          kind: TEXT,
          server: NONE,
          acquire: TEXT,
          guards: RECORD,
          state: NONE,
          mailbox: FUNCTION,
          partitions: COUNT,
          partitioned: FUNCTION,
          argumentOf: FUNCTION,
        },
        service,
        { base: { ...SERVICE, partitions: 1, partitioned: () => {} } },
      ),
      named({ action: TEXT, attributes: FUNCTION }, (ping) => service({ ...SERVICE, guards: { ping } } as never), {
        path: "guards.ping",
        base: { action: "k.ping" },
      }),
    ],
    scope: [
      at("scope", TEXT, (name) => scope(name, [])),
      at("policies", LIST, (policies) => scope("s", policies)),
      policy("policies[0]", (rule) => scope("s", [rule])),
    ],
    stopWhenIdle: [named({ lingerMs: DURATION, unacquiredMs: DURATION }, stopWhenIdle)],
    awaitMany: [
      at("tasks", LIST, (tasks) => awaitMany(tasks)),
      named({ timeoutMs: DURATION, signal: NONE }, (options) => awaitMany([], options)),
    ],
    formatTree: [at("node", NONE, formatTree)],
    wrap: [at("message", TEXT, (message) => wrap(new Error("boom"), message))],
    isKind: [at("kind", NONE, (kind) => isKind(new Error("boom"), kind))],
    process: [at("body", FUNCTION, process), named({ stashCapacity: COUNT }, (settings) => process(() => Effect.void, settings as object))],
    scheduleBackoff: [at("backoff", NONE, scheduleBackoff)],
    effectLog: [at("services", NONE, effectLog)],
    ...openTelemetryRows(),
    ...telemetryRows(),
    virtualTime: [
      named(
        {
          startMs: [...DELAY, "negative"],
          systemTimeMs: [...DELAY, "negative"],
          seed: ["zero", "number", "negative"],
          realTimeMs: DURATION,
          unseenMs: DURATION,
        },
        virtualTime,
      ),
    ],
    storeContract: [
      at("test", FUNCTION, (test) => storeContract(test, open)),
      at("open", FUNCTION, (opening) => storeContract(() => {}, opening)),
      named({ without: LIST, passedOver: FUNCTION }, (options) => storeContract(() => {}, open, options)),
    ],
    stageStore: [
      at("define", FUNCTION, (define) => stageStore(define)),
      named({ child: RECORD, isKept: BOOLEAN, isLasting: BOOLEAN }, (options) => stageStore(() => store(), options)),
    ],
    seededRandom: [at("seed", ["zero", "number", "negative"], seededRandom)],
    statechart: [
      at("machine", NONE, (value) => statechart(value)),
      named({ input: FUNCTION, trapExit: BOOLEAN, inspect: OBSERVER, logger: FUNCTION }, (options) => statechart(machine, options)),
    ],
    fromProcess: [
      at("definition", NONE, (definition) => fromProcess(definition)),
      named({ runtime: NONE, shutdownMs: DURATION, argument: FUNCTION }, (options) => fromProcess(plain, options)),
    ],
    fromMailbox: [
      at("acquire", FUNCTION, (acquire) => fromMailbox(acquire, {})),
      at("calls", RECORD, (calls) => fromMailbox(() => Promise.reject(), calls)),
      at("calls.GET", FUNCTION, (GET) => fromMailbox(() => Promise.reject(), { GET })),
    ],
    inspectionToXState: [at("observer", OBSERVER, inspectionToXState)],
    selfOf: [at("actor", NONE, selfOf)],
  }
}

/** `pigeonhole/opentelemetry`. */
function openTelemetryRows(): Readonly<Record<string, readonly Place[]>> {
  const exported = async (options: never): Promise<void> => {
    const runtime = await start({}, { log: () => {}, host: virtualTime() })
    try {
      openTelemetryMetrics(runtime, options)
    } finally {
      await runtime.stop()
    }
  }
  const measured = { measureEveryMs: ["number", "infinite"], sampleRequests: ["zero", "fraction"], boundsSeconds: NONE } as const
  return {
    openTelemetryMetrics: [
      at("runtime", NONE, openTelemetryMetrics),
      named({ ...measured, meterProvider: NONE, attributes: RECORD, maxSeries: COUNT, log: FUNCTION }, exported),
      at("attributes.tenant", ["text", "empty"], (tenant) => exported({ attributes: { tenant } } as never)),
    ],
    openTelemetryTracer: [named({ tracerProvider: NONE, principal: BOOLEAN }, openTelemetryTracer)],
  }
}

/** `pigeonhole/telemetry`. */
function telemetryRows(): Readonly<Record<string, readonly Place[]>> {
  const logger = { info: () => {}, warn: () => {}, error: () => {} }
  const measured = async (options: never): Promise<void> => {
    const runtime = await start({}, { log: () => {}, host: virtualTime() })
    try {
      metricsOf(runtime, options)
    } finally {
      await runtime.stop()
    }
  }
  const share: Sorts = ["zero", "fraction"]
  return {
    metricsOf: [
      at("runtime", NONE, (runtime) => metricsOf(runtime)),
      named(
        { measureEveryMs: ["number", "infinite"], sampleRequests: share, maxSeries: COUNT, boundsSeconds: NONE, log: FUNCTION },
        measured,
      ),
    ],
    prometheusText: [
      at("metrics", LIST, (metrics) => prometheusText(metrics)),
      at("metrics[0]", NONE, (metric) => prometheusText([metric])),
    ],
    jsonLog: [named({ level: NONE, write: FUNCTION, systemTime: FUNCTION }, (o) => jsonLog(o))],
    loggerLog: [at("logger", NONE, (own) => loggerLog(own)), named({ level: NONE }, (o) => loggerLog(logger, o))],
  }
}
