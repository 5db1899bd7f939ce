/** Looks numbers up in a snapshot. */

import type { HistogramPoint, Metric } from "../../src/telemetry.ts"

type Snapshot = readonly Metric[]

/** The values of a metric by its attributes, as text: `{}` where it has none. */
export function valuesOf(snapshot: Snapshot, name: string): Record<string, number> {
  const metric = snapshot.find((each) => each.name === name)
  if (metric === undefined || metric.type === "histogram") throw new Error(`there is no counter or gauge ${name}`)
  return Object.fromEntries(metric.points.map(({ attributes, value }) => [textOf(attributes), value]))
}

export function histogramOf(snapshot: Snapshot, name: string): Record<string, HistogramPoint> {
  const metric = snapshot.find((each) => each.name === name)
  if (metric?.type !== "histogram") throw new Error(`there is no histogram ${name}`)
  return Object.fromEntries(metric.points.map((point) => [textOf(point.attributes), point]))
}

/** Without the namespace, values alone. */
function textOf(attributes: Readonly<Record<string, string>>): string {
  return Object.values(attributes).join(" ")
}

/** What is not 0. */
export function risenOf(snapshot: Snapshot, name: string): Record<string, number> {
  return Object.fromEntries(Object.entries(valuesOf(snapshot, name)).filter(([, value]) => value !== 0))
}
