/** What many measurements come to: the median, and how far they spread. */

export interface Summary {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly count: number
}

/** Errors  RangeError where nothing was measured: a missing figure must not pass for a number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other)
  const low = sorted[0]
  const high = sorted.at(-1)
  if (low === undefined || high === undefined) throw new RangeError("nothing was measured")
  return { median: quantile(sorted, 0.5), low, high, count: sorted.length }
}

/** The value below which a share of the sorted ones lies, between its two neighbours in proportion. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (above - below) * (position - Math.floor(position))
}
