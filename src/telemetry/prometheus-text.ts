/**
 * Metrics as a page that Prometheus reads.
 *
 * Source  Prometheus, exposition formats, text format 0.0.4; OpenTelemetry, Prometheus compatibility: how names and units are written.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { isA, isList } from "../kernel/instance.ts"
import { memberOf } from "../kernel/option-fields.ts"
import type { HistogramPoint, Metric, MetricAttributes } from "./metric.ts"
import { Metrics } from "./metrics.ts"

/** What the page says of itself in `Content-Type`. */
export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

/**
 * Writes a page of all metrics; a metric that has nothing to say yet is left out.
 *
 * Shape   names with underscores, the unit behind them; counters end in `_total`; histograms have `_bucket`, `_sum` and `_count`.
 * Errors  Invalid, for what is neither metrics nor a snapshot.
 *
 * @example
 * using metrics = metricsOf(runtime)
 * prometheusText(metrics).includes("# TYPE pigeonhole_messages_handled_total counter\n") // => true
 */
export function prometheusText(metrics: Metrics | readonly Metric[]): string {
  return snapshotOf(metrics).map(metricText).join("")
}

function snapshotOf(metrics: unknown): readonly Metric[] {
  if (isA(metrics, Metrics)) return metrics.snapshot()
  if (!isList(metrics)) throw invalid("metrics", `must be what metricsOf or its snapshot gives; got ${shown(metrics)}`)
  return metrics.map((metric, index) => checked(metric, `metrics[${index}]`))
}

function checked(metric: unknown, path: string): Metric {
  const texts = ["name", "help", "unit", "type"].every((part) => typeof memberOf(metric, part) === "string")
  if (texts && isList(memberOf(metric, "points"))) return metric as Metric
  throw invalid(path, `must be of what snapshot gives; got ${shown(metric)}`)
}

function metricText(metric: Metric): string {
  if (metric.points.length === 0) return ""
  const name = nameOf(metric)
  const head = [`# HELP ${name} ${escapedHelp(metric.help)}`, `# TYPE ${name} ${metric.type}`]
  const samples =
    metric.type === "histogram"
      ? metric.points.flatMap((point) => histogramLines(name, point))
      : metric.points.map(({ attributes, value }) => sample(name, labelsOf(attributes), value))
  return `${[...head, ...samples].join("\n")}\n`
}

function histogramLines(name: string, { attributes, buckets, sum, count }: HistogramPoint): string[] {
  const labels = labelsOf(attributes)
  return [
    ...buckets.map((bucket) => sample(`${name}_bucket`, [...labels, `le="${numberText(bucket.le)}"`], bucket.count)),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ]
}

function sample(name: string, labels: readonly string[], value: number): string {
  return `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} ${numberText(value)}`
}

/** What a unit of the snapshot adds to the name; what is counted stands in the name already. */
const UNITS: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes", "1": "_ratio" }

function nameOf({ name, unit, type }: Metric): string {
  const suffix = Object.hasOwn(UNITS, unit) ? (UNITS[unit] ?? "") : ""
  const base = wordOf(name)
  const named = base.endsWith(suffix) ? base : `${base}${suffix}`
  return type === "counter" && !named.endsWith("_total") ? `${named}_total` : named
}

/** The letters that names may have. */
function wordOf(name: string): string {
  const word = name.replaceAll(/[^a-zA-Z0-9_]/g, "_")
  return /^\d/.test(word) || word === "" ? `_${word}` : word
}

/** Names that have become one share their values, as OpenTelemetry says. */
function labelsOf(attributes: MetricAttributes): string[] {
  const labels = new Map<string, string>()
  for (const [name, value] of Object.entries(attributes)) {
    const word = wordOf(name)
    const present = labels.get(word)
    labels.set(word, present === undefined ? value : `${present};${value}`)
  }
  return Array.from(labels, ([word, value]) => `${word}="${escapedValue(value)}"`)
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
}

function escapedValue(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf"
}
