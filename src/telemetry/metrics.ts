/**
 * The numbers of a running application: counted from its inspection stream, and read from it when somebody looks.
 *
 * Invariants
 * - A counter never goes back, whatever is restarted.
 * - The number of series is bounded, whatever callers do.
 * - After `close` the runtime pays for nothing of it.
 */

import { Runtime } from "../app/runtime.ts"
import { consoleLog, type Log } from "../inspection/log.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { callback, field, listOf, otherwise, period, share, wholeNumber } from "../kernel/option-fields.ts"
import type { Field } from "../kernel/options.ts"
import { readOptions } from "../kernel/options.ts"
import { contain } from "../kernel/thenable.ts"
import { EventCounts } from "./event-counts.ts"
import type { RecorderOf } from "./families.ts"
import type { Metric } from "./metric.ts"
import { RuntimeReadings } from "./runtime-readings.ts"
import { SeriesLimit } from "./series.ts"

/** What is measured, and how finely; all of it may be left out. */
export interface MetricsOptions {
  /**
   * Milliseconds between two looks at the numbers of each store: what a snapshot says of stores is so old at most. `Infinity`: nothing is said of
   * stores. Default 1000.
   */
  readonly measureEveryMs?: number
  /**
   * Which share of messages, from 0 to 1, has its wait and its handling measured. The histograms count those that are measured, and nothing is
   * made up for the others. Default 1.
   */
  readonly sampleRequests?: number
  /**
   * Series of all metrics together, from 1; a histogram's is one. What comes when there are so many is counted in one more series of its
   * metric, whose attributes are `other`. Default 2000.
   */
  readonly maxSeries?: number
  /** Upper bounds of the histograms, in seconds, rising. Default: from 10 µs to 10 s. */
  readonly boundsSeconds?: readonly number[]
  /** Told once when there are as many series as there may be. Default: standard error. */
  readonly log?: Log
}

/** From what a handler takes that does not wait to what nobody waits for. */
const BOUNDS: readonly number[] = [
  ...[0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005],
  ...[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
]

const MOST_BOUNDS = 100

const bound: Field<number> = field((value) => typeof value === "number" && Number.isFinite(value), "a finite number of seconds")
const boundList = listOf(bound, "a list of numbers of seconds")

const bounds: Field<readonly number[]> = (value, path) => {
  const list = boundList(value, path)
  const isRising = list.every((each, index) => index === 0 || each > (list[index - 1] ?? each))
  if (isRising && list.length > 0 && list.length <= MOST_BOUNDS) return list
  throw invalid(path, `must be from 1 to ${MOST_BOUNDS} rising numbers; got ${shown(value)}`)
}

/** The options, read once and with what is not said. Throws `Invalid`. */
export function metricsSettings(options: unknown): Required<MetricsOptions> {
  return readOptions(options, {
    measureEveryMs: otherwise(period, 1000),
    sampleRequests: otherwise(share, 1),
    maxSeries: otherwise(wholeNumber(1), 2000),
    boundsSeconds: otherwise(bounds, BOUNDS),
    log: otherwise(callback<Log>(), consoleLog),
  })
}

/** The numbers of one runtime; made by `metricsOf`. */
export class Metrics {
  readonly #counts: EventCounts
  readonly #readings: RuntimeReadings
  readonly #remove: () => void
  #last: readonly Metric[] | undefined = undefined

  /** Use `metricsOf`. `recorderOf`: who is told of what histograms observe, too. */
  constructor(runtime: Runtime, options: unknown, recorderOf?: RecorderOf) {
    const { measureEveryMs, sampleRequests, maxSeries, boundsSeconds, log } = metricsSettings(options)
    const limit = new SeriesLimit(maxSeries, () => sayMet(log, maxSeries))
    this.#counts = new EventCounts({ limit, mostServices: maxSeries, bounds: boundsSeconds, recorderOf })
    this.#readings = new RuntimeReadings(runtime, this.#counts.places, limit)
    this.#counts.places.addTree(runtime.tree())
    this.#remove = runtime.inspect((event) => this.#counts.observe(event), { measureEveryMs, sampleRequests, measureTurns: true })
  }

  /**
   * All metrics as they are now, in an order that stays. Once it is closed: as they were then.
   *
   * Cost  a look at each inbox and each child of the tree.
   *
   * @example
   * const metrics = metricsOf(runtime)
   * await cache.get("nobody")
   * const handled = metrics.snapshot().find(({ name }) => name === "pigeonhole.messages.handled")
   * handled?.points.map((point) => "value" in point && point.value >= 1) // => [true]
   * metrics.close()
   */
  snapshot(): readonly Metric[] {
    return this.#last ?? [...this.#readings.metrics(), ...this.#counts.metrics()]
  }

  /** Listens no more. Called again, it does nothing. */
  close(): void {
    if (this.#last !== undefined) return
    this.#last = this.snapshot()
    this.#remove()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * Begins to count what a runtime does.
 *
 * Messages, processes, timeouts: since the runtime was started. What comes from its stream: since now. Attributes are ids of services and
 * names of operations; partitions, workers of a pool and children of a dynamic supervisor count under the id that is acquired; whatever else
 * has a name is `other`.
 *
 * Units   seconds and bytes; counters rise as long as the runtime lives.
 * Errors  Invalid.
 * Cost    the inspection stream; a timer where there are stores; an event for each message that is sampled, some 2 µs.
 * Source  OpenTelemetry's semantic conventions, Prometheus' rules for names.
 *
 * @example
 * using metrics = metricsOf(runtime, { sampleRequests: 0.01 })
 * metrics.snapshot().some(({ name, unit }) => name === "pigeonhole.turn.duration" && unit === "s") // => true
 */
export function metricsOf<S extends object>(runtime: Runtime<S>, options?: MetricsOptions): Metrics {
  if (!isA(runtime, Runtime)) throw invalid("runtime", `must be what start gives; got ${shown(runtime)}`)
  return new Metrics(runtime, options)
}

/** In the middle of the runtime's work: a log that fails must not end that. */
function sayMet(log: Log, maxSeries: number): void {
  const message = `there are ${maxSeries} series of metrics, and more are counted as other: raise maxSeries, or look for names that are made up`
  try {
    contain(log({ level: "warn", message, fields: { maxSeries } }))
  } catch {
    // Nobody else is left to tell.
  }
}
