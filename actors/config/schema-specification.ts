/** The kinds of entries of the specification's own configuration, with its names and defaults. */

import * as Schema from "effect/Schema"
import { Principal } from "./schema-own.ts"
import { Count, Duration, Factor, Flag, Operator, oneOf, optional, Patterns, Share, Text, Texts } from "./schema-parts.ts"

const Restart = Schema.Struct({
  initial_delay: optional(Duration),
  max_delay: optional(Duration),
  backoff_factor: optional(Factor),
  jitter: optional(Share),
  max_attempts: optional(Count),
}).annotate({ identifier: "LifecycleRestart" })

const Security = Schema.Struct({ actor: optional(Principal), groups: optional(Texts), policies: optional(Texts) }).annotate({
  identifier: "LifecycleSecurity",
})

const Lifecycle = Schema.Struct({
  auto_start: optional(Flag),
  start_timeout: optional(Duration),
  stop_timeout: optional(Duration),
  stable_threshold: optional(Duration),
  requires: optional(Texts),
  depends_on: optional(Texts),
  restart: optional(Restart),
  security: optional(Security),
}).annotate({ identifier: "Lifecycle" })

const Entry = { name: Text, lifecycle: optional(Lifecycle) }

const Condition = Schema.Struct({ field: Text, operator: Operator, value: optional(Schema.Unknown), value_from: optional(Text) })

const Policy = Schema.Struct({
  actions: Patterns,
  resources: Patterns,
  effect: oneOf("allow", "deny"),
  conditions: optional(Schema.Array(Condition)),
}).annotate({ identifier: "SecurityPolicy" })

const kindOf = <const Kind extends string, const Fields extends Schema.Struct.Fields>(kind: Kind, fields: Fields) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...Entry, ...fields })

export const specificationKinds = {
  "store.memory": kindOf("store.memory", { max_size: optional(Count), cleanup_interval: optional(Duration) }),
  "store.sql": kindOf("store.sql", {
    database: Text,
    table_name: Text,
    id_column_name: optional(Text),
    payload_column_name: optional(Text),
    expire_column_name: optional(Text),
    cleanup_interval: optional(Duration),
  }),
  "database.sqlite": kindOf("database.sqlite", { path: Text }),
  "database.postgres": kindOf("database.postgres", { url: Text }),
  module: kindOf("module", { source: Text, export: optional(Text), method: optional(Text) }),
  "process.service": kindOf("process.service", { process: Text, host: optional(Text) }),
  "security.policy": kindOf("security.policy", { policy: Policy, groups: optional(Texts) }),
}
