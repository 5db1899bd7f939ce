/**
 * What a snapshot of metrics is made of: plain data, for a page, an exporter or a test.
 *
 * Source  OpenTelemetry, metrics data model and semantic conventions: names with dots, UCUM units, seconds for times.
 */

/** A metric as it is now. */
export type Metric = NumberMetric | HistogramMetric

interface Described {
  /** With dots: `pigeonhole.messages.handled`. */
  readonly name: string
  /** One sentence for a person. */
  readonly help: string
  /** In UCUM: `s`, `By`, `1`; in braces what is counted: `{message}`. */
  readonly unit: string
}

/** One number for each set of attributes. */
export interface NumberMetric extends Described {
  /** A `counter` only rises, as long as the runtime lives; a `gauge` is what is now. */
  readonly type: "counter" | "gauge"
  /** In the order of coming. */
  readonly points: readonly NumberPoint[]
}

/** How often it was how much, for each set of attributes. */
export interface HistogramMetric extends Described {
  readonly type: "histogram"
  /** In the order of coming. */
  readonly points: readonly HistogramPoint[]
}

/** Which of a metric's series: names of services and operations, and words of the runtime's own. */
export type MetricAttributes = Readonly<Record<string, string>>

/** A series of a counter or a gauge. */
export interface NumberPoint {
  /** Which series. */
  readonly attributes: MetricAttributes
  readonly value: number
}

/** A series of a histogram. */
export interface HistogramPoint {
  /** Which series. */
  readonly attributes: MetricAttributes
  /** In rising order; the last one has `le: Infinity`, and all. */
  readonly buckets: readonly HistogramBucket[]
  /** Of all that was observed, in the metric's unit. */
  readonly sum: number
  /** How often something was observed. */
  readonly count: number
}

/** How often it was at most `le`; what is in the buckets below is counted again. */
export interface HistogramBucket {
  /** The upper bound, in the metric's unit. */
  readonly le: number
  /** So often. */
  readonly count: number
}

/** The value of an attribute that is nobody's by name, or beyond the number of series. */
export const OTHER = "other"
