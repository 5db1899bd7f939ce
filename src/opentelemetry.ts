/**
 * `pigeonhole/opentelemetry`: a message's way through processes as spans of OpenTelemetry, and the numbers of a runtime as its metrics.
 * Needs `@opentelemetry/api` 1, from 1.4 on, beside this package; the other entry points load nothing of it.
 *
 * @example
 * import { openTelemetryTracer } from "pigeonhole/opentelemetry"
 * await using traced = await start({ "app:cache": store() }, { log: () => {}, tracer: openTelemetryTracer() })
 */

import * as Api from "@opentelemetry/api"
import { memberOf } from "./kernel/option-fields.ts"
import { checkPeer } from "./kernel/peer.ts"

checkPeer(
  {
    name: "@opentelemetry/api",
    entry: "pigeonhole/opentelemetry",
    version: "OpenTelemetry's API 1, from 1.4 on",
    install: "@opentelemetry/api@1",
  },
  {
    ...{ "trace.getTracer": memberOf(Api.trace, "getTracer"), "trace.setSpan": memberOf(Api.trace, "setSpan") },
    ...{ "trace.getSpan": memberOf(Api.trace, "getSpan"), isSpanContextValid: Api.isSpanContextValid },
    ...{ "context.active": memberOf(Api.context, "active"), "context.with": memberOf(Api.context, "with") },
    ...{ "metrics.getMeter": memberOf(Api.metrics, "getMeter"), "diag.error": memberOf(Api.diag, "error") },
  },
)

export type { ExportedMetrics, OpenTelemetryMetricsOptions } from "./opentelemetry/exported-metrics.ts"
export { openTelemetryMetrics } from "./opentelemetry/exported-metrics.ts"
export type { OpenTelemetryTracerOptions } from "./opentelemetry/tracer.ts"
export { openTelemetryTracer } from "./opentelemetry/tracer.ts"
