/**
 * The numbers of a runtime as instruments of OpenTelemetry: those of `pigeonhole/telemetry`, under the same names and with the same bounds.
 *
 * Counters and gauges are observed: all of them from one snapshot for each collection. Histograms cannot be: each amount is recorded as it comes.
 *
 * Invariants
 * - What a meter throws later costs numbers, and is complained of once; the runtime goes its way.
 * - What was refused has left nothing running.
 */

import * as Api from "@opentelemetry/api"
import { Runtime } from "../app/runtime.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { field, memberOf, optional, ownFields } from "../kernel/option-fields.ts"
import { checkOptions } from "../kernel/options.ts"
import type { FamilyOptions, Recorder } from "../telemetry/families.ts"
import type { MetricAttributes } from "../telemetry/metric.ts"
import { Metrics, type MetricsOptions } from "../telemetry/metrics.ts"
import { complain, SCOPE, SCOPE_VERSION } from "./scope.ts"

/** Options of `openTelemetryMetrics`: those of `metricsOf`, and where the numbers go. */
export interface OpenTelemetryMetricsOptions extends MetricsOptions {
  /** Where the numbers go. Default: the global provider, which has to be registered before. */
  readonly meterProvider?: Api.MeterProvider
  /** Attributes of each number beside its own: what tells this runtime from another of the same provider. */
  readonly attributes?: Readonly<Record<string, string>>
}

/** Numbers that are exported; made by `openTelemetryMetrics`. */
export interface ExportedMetrics extends Disposable {
  /** Exports no more: flush the provider before, if the last numbers matter. Called again, it does nothing. */
  close(): void
}

const NAMES = ["meterProvider", "attributes", "measureEveryMs", "sampleRequests", "maxSeries", "boundsSeconds", "log"] as const

const provider = optional(
  field<Api.MeterProvider>((value) => typeof memberOf(value, "getMeter") === "function", "a MeterProvider of OpenTelemetry"),
)

const METER = ["createHistogram", "createObservableCounter", "createObservableGauge", "addBatchObservableCallback"]

/**
 * Exports the numbers of a runtime through OpenTelemetry, until it is closed: messages, inboxes, restarts, denials, stores, turns.
 *
 * Units   as `metricsOf`: seconds and bytes.
 * Errors  Invalid for options; what the provider throws meanwhile. What it throws later costs numbers alone.
 * Cost    as `metricsOf`; a snapshot for each collection, and a call of the meter for each message that is sampled.
 *
 * @example
 * using exported = openTelemetryMetrics(runtime, { sampleRequests: 0.1 })
 */
export function openTelemetryMetrics<S extends object>(runtime: Runtime<S>, options?: OpenTelemetryMetricsOptions): ExportedMetrics {
  if (!isA(runtime, Runtime)) throw invalid("runtime", `must be what start gives; got ${shown(runtime)}`)
  const { meterProvider, attributes, ...measured } = checkOptions(options, NAMES)
  const meter = meterOf(provider(meterProvider, "meterProvider"))
  const own = attributesOf(attributes)
  return new Export(runtime, measured, meter, own)
}

function meterOf(given: Api.MeterProvider | undefined): Api.Meter {
  const meter = given === undefined ? Api.metrics.getMeter(SCOPE, SCOPE_VERSION) : given.getMeter(SCOPE, SCOPE_VERSION)
  if (METER.every((name) => typeof memberOf(meter, name) === "function")) return meter
  throw invalid("meterProvider", `must give a Meter of OpenTelemetry; it gave ${shown(meter)}`)
}

function attributesOf(given: unknown): MetricAttributes {
  const parts = given === undefined ? {} : ownFields(given, "attributes")
  const read = Object.entries(parts).map(([name, value]) => {
    if (typeof value === "string") return [name, value] as const
    throw invalid(`attributes.${name}`, `must be text; got ${shown(value)}`)
  })
  return Object.freeze(Object.fromEntries(read))
}

class Export implements ExportedMetrics {
  readonly #meter: Api.Meter
  readonly #own: MetricAttributes
  readonly #metrics: Metrics
  readonly #observables: ReadonlyMap<string, Api.Observable>
  #isClosed = false

  constructor(runtime: Runtime, measured: MetricsOptions, meter: Api.Meter, own: MetricAttributes) {
    this.#meter = meter
    this.#own = own
    this.#metrics = new Metrics(runtime, measured, (options, bounds) => this.#recorder(options, bounds))
    try {
      this.#observables = this.#observablesOf()
      meter.addBatchObservableCallback(this.#observe, [...this.#observables.values()])
    } catch (error) {
      this.#metrics.close()
      throw error
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#metrics.close()
    try {
      this.#meter.removeBatchObservableCallback(this.#observe, [...this.#observables.values()])
    } catch (error) {
      complain("metrics could not be taken back", error)
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #recorder({ name, help, unit }: FamilyOptions, bounds: readonly number[]): Recorder {
    const advice = { explicitBucketBoundaries: [...bounds] }
    const histogram = this.#meter.createHistogram(name, { description: help, unit, advice })
    let hasFailed = false
    return (amount, attributes) => {
      try {
        histogram.record(amount, { ...attributes, ...this.#own })
      } catch (error) {
        if (!hasFailed) complain(`${name} could not be recorded`, error)
        hasFailed = true
      }
    }
  }

  /** By name. All metrics are there from the beginning, with numbers or without. */
  #observablesOf(): ReadonlyMap<string, Api.Observable> {
    const observables = new Map<string, Api.Observable>()
    for (const { name, help, unit, type } of this.#metrics.snapshot()) {
      const options = { description: help, unit }
      if (type === "counter") observables.set(name, this.#meter.createObservableCounter(name, options))
      if (type === "gauge") observables.set(name, this.#meter.createObservableGauge(name, options))
    }
    return observables
  }

  /** Called for each collection: what it throws is its caller's to report. */
  readonly #observe = (result: Api.BatchObservableResult): void => {
    if (this.#isClosed) return
    for (const metric of this.#metrics.snapshot()) {
      const observable = this.#observables.get(metric.name)
      if (observable === undefined || metric.type === "histogram") continue
      for (const { value, attributes } of metric.points) result.observe(observable, value, { ...attributes, ...this.#own })
    }
  }
}
