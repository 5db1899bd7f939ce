/** Metrics that are kept: counters that rise, gauges that are set anew for each snapshot, histograms. */

import type { HistogramBucket, HistogramMetric, MetricAttributes, NumberMetric, NumberPoint } from "./metric.ts"
import { type SeriesLimit, SeriesTable } from "./series.ts"

/** What a metric is called, and by what its series are told apart. */
export interface FamilyOptions {
  readonly name: string
  readonly help: string
  readonly unit: string
  /** Names of its attributes. */
  readonly by: readonly string[]
}

interface NumberSeries {
  readonly attributes: MetricAttributes
  value: number | undefined
}

export class CounterFamily {
  readonly #options: FamilyOptions
  readonly #table: SeriesTable<NumberSeries>

  constructor(options: FamilyOptions, limit: SeriesLimit) {
    this.#options = options
    this.#table = new SeriesTable(options.by, limit, (attributes) => ({ attributes, value: 0 }))
  }

  /** What is not above 0 adds nothing; 0 makes the series, so that its first rise is seen. */
  add(amount: number, ...values: readonly string[]): void {
    const series = this.#table.of(values)
    if (amount > 0) series.value = (series.value ?? 0) + amount
  }

  metric(): NumberMetric {
    return numberMetric("counter", this.#options, this.#table.all())
  }
}

export class GaugeFamily {
  readonly #options: FamilyOptions
  readonly #table: SeriesTable<NumberSeries>

  constructor(options: FamilyOptions, limit: SeriesLimit) {
    this.#options = options
    this.#table = new SeriesTable(options.by, limit, (attributes) => ({ attributes, value: undefined }))
  }

  /** From now on nothing is known. */
  clear(): void {
    for (const series of this.#table.all()) series.value = undefined
  }

  /** Of several that share a series: their sum. */
  add(amount: number, ...values: readonly string[]): void {
    const series = this.#table.of(values)
    series.value = (series.value ?? 0) + amount
  }

  /** Of several that share a series: the greatest. */
  raise(amount: number, ...values: readonly string[]): void {
    const series = this.#table.of(values)
    series.value = Math.max(series.value ?? amount, amount)
  }

  metric(): NumberMetric {
    return numberMetric("gauge", this.#options, this.#table.all())
  }
}

function numberMetric(type: NumberMetric["type"], { name, help, unit }: FamilyOptions, all: readonly NumberSeries[]): NumberMetric {
  const points = all.flatMap(({ attributes, value }): NumberPoint[] => (value === undefined ? [] : [{ attributes, value }]))
  return { name, help, unit, type, points }
}

interface HistogramSeries {
  readonly attributes: MetricAttributes
  /** For each bound what was above the one below, and behind them what was above all. */
  readonly counts: number[]
  sum: number
}

/** Told of each amount as it is observed, in the middle of the runtime's work. Must not throw. */
export type Recorder = (amount: number, attributes: MetricAttributes) => void

/** Makes the recorder of a histogram, for who exports each amount and not what has been counted of them. */
export type RecorderOf = (options: FamilyOptions, bounds: readonly number[]) => Recorder

export class HistogramFamily {
  readonly #options: FamilyOptions
  readonly #bounds: readonly number[]
  readonly #table: SeriesTable<HistogramSeries>
  readonly #record: Recorder | undefined

  /** `bounds`: upper ones, rising and finite. */
  constructor(options: FamilyOptions, bounds: readonly number[], limit: SeriesLimit, recorderOf?: RecorderOf) {
    this.#record = recorderOf?.(options, bounds)
    this.#options = options
    this.#bounds = bounds
    const empty = (): number[] => new Array<number>(bounds.length + 1).fill(0)
    this.#table = new SeriesTable(options.by, limit, (attributes) => ({ attributes, counts: empty(), sum: 0 }))
  }

  observe(amount: number, ...values: readonly string[]): void {
    const series = this.#table.of(values)
    const bucket = this.#bucketOf(amount)
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += amount
    this.#record?.(amount, series.attributes)
  }

  metric(): HistogramMetric {
    const { name, help, unit } = this.#options
    const points = this.#table.all().map(({ attributes, counts, sum }) => {
      const buckets = this.#cumulated(counts)
      return { attributes, buckets, sum, count: buckets.at(-1)?.count ?? 0 }
    })
    return { name, help, unit, type: "histogram", points }
  }

  /** There are some twenty: from below is as quick as any other way, as most is short. */
  #bucketOf(amount: number): number {
    let bucket = 0
    while (bucket < this.#bounds.length && amount > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1
    return bucket
  }

  #cumulated(counts: readonly number[]): HistogramBucket[] {
    let count = 0
    return counts.map((each, index) => {
      count += each
      return { le: this.#bounds[index] ?? Number.POSITIVE_INFINITY, count }
    })
  }
}
