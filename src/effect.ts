/**
 * What `pigeonhole/effect` has of the runtime; `actors/effect.ts` adds the stores. Needs `effect` 4 beside this package; the other entry points load nothing
 * of it.
 */

import "./effect/effect-peer.ts"

export type { WaitOptions } from "./effect/acquired.ts"
export { Acquired, askOptionsOf } from "./effect/acquired.ts"
export type { EffectCalls, EffectCasts } from "./effect/acquired-server.ts"
export { AcquiredServer } from "./effect/acquired-server.ts"
export type { AppClass, ServicesIn } from "./effect/app.ts"
export { appsWith, layer, layerTest } from "./effect/app.ts"
export { asking, askingBySignal } from "./effect/asking.ts"
export { type DurationOptions, inMilliseconds } from "./effect/duration-options.ts"
export { child } from "./effect/effect-child.ts"
export type { LogServices } from "./effect/effect-log.ts"
export { effectLog } from "./effect/effect-log.ts"

export type { EffectMetricsOptions } from "./effect/effect-metrics.ts"
export { effectMetrics } from "./effect/effect-metrics.ts"

export type { EffectCallOperation, EffectCastOperation } from "./effect/effect-operations.ts"

export { process } from "./effect/effect-process.ts"
export type { EffectSelf } from "./effect/effect-self.ts"
export { type EffectServerDefinition, type EffectServerOptions, server } from "./effect/effect-server.ts"
export { task } from "./effect/effect-task.ts"
export { effectTracer } from "./effect/effect-tracer.ts"
export { EffectCrash } from "./effect/exit-of-cause.ts"
export type { FaceOf, FaceTable, PlainFaceOf } from "./effect/faces.ts"
export { plainFaceOf } from "./effect/faces.ts"
export type { LayerOptions, Tree } from "./effect/layer.ts"
export { Principal } from "./effect/principal.ts"
export type { RequirementsOf } from "./effect/requirements.ts"
export type { AcquireError, RuntimeError, StartError } from "./effect/runtime-error.ts"
export type { Door, MailboxOptions } from "./effect/runtime-service.ts"
export { CurrentRuntime, RuntimeService } from "./effect/runtime-service.ts"
export { type RestartSchedule, scheduleBackoff } from "./effect/schedule-backoff.ts"
export { type AnySchema, type DoorOutput, doorOf, type StandardOf } from "./effect/schema-door.ts"
export type { BufferOptions, Told } from "./effect/streams.ts"
export { told } from "./effect/streams.ts"
export { millisecondsOf, timeLimitOf } from "./effect/time-limits.ts"
