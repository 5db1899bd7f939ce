/**
 * The project's own kinds of entries: what may be said in code of a store, a process, a supervisor, under the same names. Times are durations, and their
 * names have no unit in them: `everyMs` is `every`.
 */

import * as Schema from "effect/Schema"
import {
  Count,
  Duration,
  Factor,
  Flag,
  Free,
  FromOne,
  Operator,
  oneOf,
  optional,
  Patterns,
  Share,
  Size,
  Text,
  Texts,
} from "./schema-parts.ts"

const Backoff = Schema.Struct({
  initial: optional(Duration),
  max: optional(Duration),
  factor: optional(Factor),
  jitter: optional(Share),
  stableAfter: optional(Duration),
  maxAttempts: optional(Count),
}).annotate({ identifier: "Backoff" })

const Detach = Schema.Union([
  oneOf("keep", "reset", "refuse", "stopWhenIdle"),
  Schema.Struct({ stopWhenIdle: Schema.Struct({ linger: optional(Duration), unacquired: optional(Duration) }) }),
]).annotate({ expected: 'keep, reset, refuse, stopWhenIdle or { stopWhenIdle: { linger: "10s" } }', identifier: "Detach" })

const Shutdown = Schema.Union([oneOf("brutal_kill", "infinity"), Duration, Schema.Struct({ drain: Duration })]).annotate({
  expected: 'a duration such as "10s", brutal_kill, infinity or { drain: "10s" }',
  identifier: "Shutdown",
})

const Inbox = Schema.Struct({ capacity: optional(FromOne), overflow: optional(oneOf("reject", "drop_oldest")) }).annotate({
  identifier: "Inbox",
})

export const Principal = Schema.Struct({ id: Text, meta: optional(Free) }).annotate({ identifier: "Principal" })

const Name = { name: Text }

/** Of every child. */
const Child = {
  ...Name,
  restart: optional(oneOf("permanent", "transient", "temporary")),
  shutdown: optional(Shutdown),
  state: optional(oneOf("reset", "retain", "restore")),
  onDetach: optional(Detach),
  requires: optional(Texts),
  significant: optional(Flag),
  backoff: optional(Backoff),
  inbox: optional(Inbox),
  principal: optional(Principal),
  scopes: optional(Texts),
  autoStart: optional(Flag),
  startTimeout: optional(Duration),
}

const Export = { module: Text, export: optional(Text) }

const Intensity = { intensity: optional(Count), period: optional(Duration) }

export const Supervision = {
  strategy: optional(oneOf("one_for_one", "one_for_all", "rest_for_one")),
  autoShutdown: optional(oneOf("never", "any_significant", "all_significant")),
  ...Intensity,
}

const MemoryStore = {
  maxEntries: optional(Count),
  maxBytes: optional(Size),
  weigh: optional(Schema.Struct(Export)),
  whenFull: optional(oneOf("reject", "lru", "adaptive", "soonest")),
  ordered: optional(Flag),
  snapshot: optional(Schema.Struct({ path: Text, every: optional(Duration) })),
  partitions: optional(FromOne),
  history: optional(Count),
}

const Columns = Schema.Struct({
  ...{ key: optional(Text), value: optional(Text), version: optional(Text) },
  ...{ expiresAt: optional(Text), idleMs: optional(Text), limitAt: optional(Text) },
})

const DurableStore = {
  path: optional(Text),
  database: optional(Text),
  table: optional(Text),
  columns: optional(Columns),
  busyTimeout: optional(Duration),
  durability: optional(oneOf("commit", "interval")),
  commitInterval: optional(Duration),
  cleanupInterval: optional(Duration),
  maxHotEntries: optional(FromOne),
  maxHotBytes: optional(Size),
  history: optional(Count),
}

const Condition = Schema.Struct({ field: Text, operator: Operator, value: optional(Schema.Unknown), valueFrom: optional(Text) })

export const Policy = Schema.Struct({
  id: optional(Text),
  effect: oneOf("allow", "deny"),
  actions: Patterns,
  resources: Patterns,
  conditions: optional(Schema.Array(Condition)),
}).annotate({ identifier: "Policy" })

export const Scope = Schema.Struct({ scope: Text, policies: Schema.Array(Policy) }).annotate({ identifier: "Scope" })

/** By kind. `children`: what a supervisor's are read by. */
export const ownKinds = <Children extends Schema.Constraint>(children: Children) => ({
  store: Schema.Struct({ kind: Schema.Literal("store"), ...Child, ...MemoryStore }),
  cache: Schema.Struct({ kind: Schema.Literal("cache"), ...Child, ...MemoryStore }),
  durableStore: Schema.Struct({ kind: Schema.Literal("durableStore"), ...Child, ...DurableStore }),
  server: Schema.Struct({ kind: Schema.Literal("server"), ...Child, ...Export, argument: optional(Schema.Unknown) }),
  process: Schema.Struct({ kind: Schema.Literal("process"), ...Child, ...Export, argument: optional(Schema.Unknown) }),
  pool: Schema.Struct({
    ...{ kind: Schema.Literal("pool"), ...Child, ...Export, argument: optional(Schema.Unknown) },
    ...{ size: FromOne, queue: optional(Count), ...Intensity },
  }),
  partitionSupervisor: Schema.Struct({
    ...{ kind: Schema.Literal("partitionSupervisor"), ...Child, ...Export, argument: optional(Schema.Unknown) },
    ...{ partitions: FromOne, ...Intensity },
  }),
  keyedLock: Schema.Struct({ kind: Schema.Literal("keyedLock"), ...Child, capacity: optional(FromOne) }),
  supervisor: Schema.Struct({ kind: Schema.Literal("supervisor"), ...Child, ...Supervision, children }),
  dynamicSupervisor: Schema.Struct({ kind: Schema.Literal("dynamicSupervisor"), ...Child, ...Intensity, maxChildren: optional(Count) }),
})
