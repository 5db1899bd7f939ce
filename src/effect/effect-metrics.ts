/**
 * The numbers of a running application as metrics of Effect: those of `pigeonhole/telemetry`, under the same names and with the same bounds, for whatever exports Effect's.
 *
 * Counters and gauges are written at an interval, histograms as each amount comes.
 *
 * Invariants
 * - A counter only rises, also over several applications in a row that share a registry.
 * - Once the scope is closed the runtime pays for nothing of it, and no gauge says what was.
 */

import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EffectMetric from "effect/Metric"
import type { Runtime } from "../app/runtime.ts"
import { checkOptions } from "../kernel/options.ts"
import type { FamilyOptions, Recorder } from "../telemetry/families.ts"
import type { Metric, MetricAttributes, NumberMetric } from "../telemetry/metric.ts"
import { Metrics, type MetricsOptions, metricsSettings } from "../telemetry/metrics.ts"
import { effectLog } from "./effect-log.ts"
import { CurrentRuntime } from "./runtime-service.ts"
import { timeLimitOf } from "./time-limits.ts"

/** What is measured, and how finely; all of it may be left out. */
export interface EffectMetricsOptions extends Omit<MetricsOptions, "measureEveryMs" | "log"> {
  /** How often counters and gauges are written, and the numbers of stores looked at: what they say is so old at most, that of stores twice. Default 1 second. */
  readonly measureEvery?: Duration.Input | undefined
}

const NAMES = ["measureEvery", "sampleRequests", "maxSeries", "boundsSeconds"] as const

const DEFAULT_EVERY = 1000

/**
 * Feeds Effect's metrics with the numbers of the running application, for the scope of the layer: messages, inboxes, restarts, denials, stores, turns. They are in the registry
 * of the context, with the attributes that it says (`Metric.CurrentMetricAttributes`), and with their unit as `unit`.
 *
 * Units   seconds and bytes.
 * Errors  Invalid, naming the option, at the call.
 * Cost    as `metricsOf`.
 *
 * @example
 * import { Effect, Layer, Metric } from "effect"
 * import { effectMetrics, Pigeonhole } from "pigeonhole/effect"
 * const names = Effect.map(Metric.snapshot, (all) => all.map(({ id }) => id))
 * const layer = effectMetrics({ sampleRequests: 0.1 }).pipe(Layer.provideMerge(Pigeonhole.layer({ "app:cache": store() })))
 * const seen = await Effect.runPromise(Effect.provide(names, layer))
 * seen.includes("pigeonhole.inbox.depth") // => true
 */
export function effectMetrics(options?: EffectMetricsOptions): Layer.Layer<never, never, CurrentRuntime> {
  const { measureEvery, ...said } = checkOptions(options, NAMES)
  const everyMs = measureEvery === undefined ? DEFAULT_EVERY : timeLimitOf(measureEvery, "measureEvery")
  const settings = metricsSettings({ ...said, measureEveryMs: everyMs })
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const context = yield* Effect.context<CurrentRuntime>()
      const feed = yield* Effect.acquireRelease(
        Effect.sync(() => new Feed(Context.get(context, CurrentRuntime).runtime, { ...settings, log: effectLog(context) }, context)),
        (opened) => Effect.sync(() => opened.close()),
      )
      const often = Effect.sleep(Number.isFinite(everyMs) ? everyMs : DEFAULT_EVERY)
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.andThen(
            often,
            Effect.sync(() => feed.write()),
          ),
        ),
      )
    }),
  )
}

type Written = EffectMetric.Counter<number> | EffectMetric.Gauge<number>

/** A series, as it was written last. */
interface Series {
  readonly metric: Written
  readonly isCounter: boolean
  value: number
}

class Feed {
  readonly #context: Context.Context<never>
  readonly #metrics: Metrics
  readonly #series = new Map<string, Series>()

  constructor(runtime: Runtime<object>, options: MetricsOptions, context: Context.Context<never>) {
    this.#context = context
    this.#metrics = new Metrics(runtime, options, (family, bounds) => this.#recorder(family, bounds))
    this.write()
  }

  /** What there is now; a series that is not any more says 0. */
  write(): void {
    const seen = new Set<string>()
    for (const metric of this.#metrics.snapshot()) if (metric.type !== "histogram") this.#writeAll(metric, seen)
    for (const [key, series] of this.#series) if (!seen.has(key) && !series.isCounter) this.#set(series, 0)
  }

  close(): void {
    this.#metrics.close()
    this.write()
    for (const series of this.#series.values()) if (!series.isCounter) this.#set(series, 0)
  }

  #writeAll(metric: NumberMetric, seen: Set<string>): void {
    for (const { attributes, value } of metric.points) {
      const key = JSON.stringify([metric.name, attributes])
      seen.add(key)
      const series = this.#series.get(key) ?? seriesOf(metric, attributes)
      this.#series.set(key, series)
      this.#set(series, value)
    }
  }

  /** Counters take what has come since, so that they go on where another application has left them. */
  #set(series: Series, value: number): void {
    const { metric, isCounter } = series
    metric.updateUnsafe(isCounter ? value - series.value : value, this.#context)
    series.value = value
  }

  #recorder({ name, help, unit }: FamilyOptions, boundaries: readonly number[]): Recorder {
    const histogram = EffectMetric.histogram(name, { description: help, boundaries, attributes: { unit } })
    const byAttributes = new WeakMap<MetricAttributes, EffectMetric.Metric<number, unknown>>()
    return (amount, attributes) => {
      const own = byAttributes.get(attributes) ?? EffectMetric.withAttributes(histogram, { ...attributes, unit })
      byAttributes.set(attributes, own)
      own.updateUnsafe(amount, this.#context)
    }
  }
}

function seriesOf({ name, help, unit, type }: Metric, attributes: MetricAttributes): Series {
  const options = { description: help, attributes: { ...attributes, unit } }
  const isCounter = type === "counter"
  const metric = isCounter ? EffectMetric.counter(name, { ...options, incremental: true }) : EffectMetric.gauge(name, options)
  return { metric, isCounter, value: 0 }
}
