/**
 * The series of one metric, by the values of its attributes, and how many there may be of all metrics together.
 *
 * Invariant: no more series than the limit, and one more for each metric that has met it: what is beyond is counted there, and not lost.
 */

import { type MetricAttributes, OTHER } from "./metric.ts"

/** Shared by all metrics. */
export class SeriesLimit {
  readonly #most: number
  readonly #met: () => void
  #count = 0
  #isMet = false

  /** `met`: told once, when the first series has no room. */
  constructor(most: number, met: () => void) {
    this.#most = most
    this.#met = met
  }

  /** Whether there is room for one more, which is taken then. */
  take(): boolean {
    if (this.#count < this.#most) {
      this.#count += 1
      return true
    }
    const isFirst = !this.#isMet
    this.#isMet = true
    if (isFirst) this.#met()
    return false
  }
}

export class SeriesTable<Series> {
  readonly #names: readonly string[]
  readonly #limit: SeriesLimit
  readonly #make: (attributes: MetricAttributes) => Series
  readonly #series = new Map<string, Series>()
  #beyond: Series | undefined = undefined

  /** `names`: of the attributes, in the order of the values. */
  constructor(names: readonly string[], limit: SeriesLimit, make: (attributes: MetricAttributes) => Series) {
    this.#names = names
    this.#limit = limit
    this.#make = make
  }

  /** The series of these values; it is made where there was none. */
  of(values: readonly string[]): Series {
    const key = keyOf(values)
    const present = this.#series.get(key)
    if (present !== undefined) return present
    if (!this.#limit.take()) return this.#other()
    const series = this.#make(this.#attributes((index) => values[index] ?? ""))
    this.#series.set(key, series)
    return series
  }

  /** In the order of coming. */
  all(): Series[] {
    const all = [...this.#series.values()]
    return this.#beyond === undefined ? all : [...all, this.#beyond]
  }

  #other(): Series {
    this.#beyond ??= this.#make(this.#attributes(() => OTHER))
    return this.#beyond
  }

  /** An attribute without a value is left out. */
  #attributes(valueAt: (index: number) => string): MetricAttributes {
    const pairs = this.#names.map((name, index) => [name, valueAt(index)] as const)
    return Object.freeze(Object.fromEntries(pairs.filter(([, value]) => value !== "")))
  }
}

/** With their lengths, so that no two sets of values have one key, whatever is in them. */
function keyOf(values: readonly string[]): string {
  let key = ""
  for (const value of values) key += `${value.length}:${value}`
  return key
}
