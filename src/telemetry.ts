/**
 * `pigeonhole/telemetry`: the numbers of a running application, as data or as a page for Prometheus, and its log as structured records. Needs
 * nothing beside this package.
 *
 * @example
 * import { metricsOf, prometheusText } from "pigeonhole/telemetry"
 * using metrics = metricsOf(runtime)
 * prometheusText(metrics).includes("pigeonhole_processes 2\n") // => true
 */

export type { JsonLogOptions } from "./telemetry/json-log.ts"
export { jsonLog } from "./telemetry/json-log.ts"
export type { LogLevel } from "./telemetry/log-record.ts"
export type { LoggerLogOptions, StructuredLogger } from "./telemetry/logger-log.ts"
export { loggerLog } from "./telemetry/logger-log.ts"
export type {
  HistogramBucket,
  HistogramMetric,
  HistogramPoint,
  Metric,
  MetricAttributes,
  NumberMetric,
  NumberPoint,
} from "./telemetry/metric.ts"
export type { Metrics, MetricsOptions } from "./telemetry/metrics.ts"
export { metricsOf } from "./telemetry/metrics.ts"
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from "./telemetry/prometheus-text.ts"
