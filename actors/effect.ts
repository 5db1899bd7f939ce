/**
 * `pigeonhole/effect`: the runtime and its stores for programs of Effect. Needs `effect` 4 beside this package; the other entry points load nothing of it.
 *
 * @example
 * import { effectLog } from "pigeonhole/effect"
 * await using runtime = await start({ "app:cache": store() }, { log: effectLog() })
 */

export type {
  AcquireError,
  AnySchema,
  AppClass,
  BufferOptions,
  EffectCallOperation,
  EffectCalls,
  EffectCastOperation,
  EffectCasts,
  EffectMetricsOptions,
  EffectSelf,
  EffectServerDefinition,
  EffectServerOptions,
  FaceOf,
  FaceTable,
  LayerOptions,
  LogServices,
  MailboxOptions,
  PlainFaceOf,
  RequirementsOf,
  RestartSchedule,
  RuntimeError,
  ServicesIn,
  StartError,
  Tree,
  WaitOptions,
} from "../src/effect.ts"
export {
  Acquired,
  AcquiredServer,
  CurrentRuntime,
  child,
  EffectCrash,
  effectLog,
  effectMetrics,
  effectTracer,
  Principal,
  process,
  RuntimeService,
  scheduleBackoff,
  server,
  task,
} from "../src/effect.ts"
export type { EffectSchemaStoreOptions, EffectStoreOptions } from "./effect/defined-store.ts"
export { cache, store } from "./effect/defined-store.ts"
export { HeldLease } from "./effect/held-lease.ts"
export type { FaceFor, Snapshots } from "./effect/pigeonhole.ts"
export { Mailbox, Pigeonhole, snapshots } from "./effect/pigeonhole.ts"
export { Store } from "./effect/store.ts"
export type { LeaseError, LoadError, PutError, StoreError, WatchError } from "./effect/store-error.ts"
export type {
  EffectLeaseOptions,
  EffectLifetime,
  EffectLoadOptions,
  EffectPutOptions,
  EffectSetOptions,
  EffectUpdateOptions,
} from "./effect/store-options.ts"
