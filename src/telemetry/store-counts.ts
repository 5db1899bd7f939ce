/**
 * What stores say of themselves, as counters that never go back and gauges.
 *
 * Invariants
 * - A store's own figures begin anew with each of its tables; what is counted here goes on. A table that is retained over a crash goes on, too, and
 *   is not counted again.
 * - Partitions, and children of a dynamic supervisor, add up under their service.
 * - What has ended is forgotten; what it did between its last report and its end nobody has heard.
 */

import type { Pid } from "../kernel/pid.ts"
import type { MeasuredEvent } from "../process/measurements.ts"
import { CounterFamily, type FamilyOptions, GaugeFamily } from "./families.ts"
import type { NumberMetric } from "./metric.ts"
import type { SeriesLimit } from "./series.ts"
import { SERVICE } from "./vocabulary.ts"

/** Stores that have ended and may come back with their table: most do within a moment, or never. */
const MOST_LEFT = 1000

type Figures = MeasuredEvent["measurements"]

/** By the store's own name for it. */
const COUNTED: Readonly<Record<string, readonly [name: string, help: string, unit: string]>> = {
  hits: ["pigeonhole.store.hits", "Values that were looked for and found.", "{hit}"],
  misses: ["pigeonhole.store.misses", "Keys that were looked for and not found.", "{miss}"],
  sets: ["pigeonhole.store.sets", "Values that were kept.", "{set}"],
  deletes: ["pigeonhole.store.deletes", "Keys that were deleted.", "{delete}"],
  evicted: ["pigeonhole.store.evictions", "Entries removed to make room for others.", "{eviction}"],
  expired: ["pigeonhole.store.expiries", "Entries removed as their time was over.", "{expiry}"],
  refused: ["pigeonhole.store.refusals", "Values turned away, as the store was full.", "{refusal}"],
}

const by = [SERVICE]
const ENTRIES: FamilyOptions = { name: "pigeonhole.store.entries", help: "Entries held now.", unit: "{entry}", by }
const SIZE: FamilyOptions = { name: "pigeonhole.store.size", help: "What the entries weigh, where that is limited.", unit: "By", by }
const LAG: FamilyOptions = { name: "pigeonhole.store.expiry.lag", help: "How late what has expired is removed, at worst.", unit: "s", by }

interface Present {
  readonly label: string
  readonly place: string
  readonly figures: Figures
}

export class StoreCounts {
  readonly #counters: readonly (readonly [figure: string, family: CounterFamily])[]
  readonly #entries: GaugeFamily
  readonly #size: GaugeFamily
  readonly #lag: GaugeFamily
  readonly #present = new Map<Pid, Present>()
  /** What was said last before an end, by label: who is left the table goes on from there. The oldest first. */
  readonly #left = new Map<string, Figures>()

  constructor(limit: SeriesLimit) {
    this.#counters = Object.entries(COUNTED).map(([figure, [name, help, unit]]) => [
      figure,
      new CounterFamily({ name, help, unit, by }, limit),
    ])
    this.#entries = new GaugeFamily(ENTRIES, limit)
    this.#size = new GaugeFamily(SIZE, limit)
    this.#lag = new GaugeFamily(LAG, limit)
  }

  /** What has no hits and misses is no store. */
  measured({ pid, label, measurements: figures }: MeasuredEvent, place: string): void {
    if (figures.hits === undefined || figures.misses === undefined) return
    const last = this.#present.get(pid)?.figures ?? this.#leftTo(label, figures)
    for (const [figure, family] of this.#counters) family.add(risen(last?.[figure], figures[figure] ?? 0), place)
    this.#present.set(pid, { label, place, figures })
  }

  ended(pid: Pid): void {
    const present = this.#present.get(pid)
    if (present === undefined) return
    this.#present.delete(pid)
    this.#left.set(present.label, present.figures)
    if (this.#left.size <= MOST_LEFT) return
    for (const [oldest] of this.#left) return void this.#left.delete(oldest)
  }

  /** A table that was made anew has counted since a later moment. */
  #leftTo(label: string, { countedSince }: Figures): Figures | undefined {
    const left = this.#left.get(label)
    this.#left.delete(label)
    return countedSince !== undefined && left?.countedSince === countedSince ? left : undefined
  }

  metrics(): NumberMetric[] {
    const gauges = [this.#entries, this.#size, this.#lag]
    for (const gauge of gauges) gauge.clear()
    for (const present of this.#present.values()) this.#fill(present)
    return [...this.#counters.map(([, family]) => family), ...gauges].map((family) => family.metric())
  }

  #fill({ place, figures: { entries, bytes, expiryLagMs } }: Present): void {
    if (entries !== undefined) this.#entries.add(entries, place)
    if (bytes !== undefined) this.#size.add(bytes, place)
    if (expiryLagMs !== undefined) this.#lag.raise(expiryLagMs / 1000, place)
  }
}

/** Whoever has begun anew has all that it says from this beginning. */
function risen(last: number | undefined, now: number): number {
  return last === undefined || now < last ? now : now - last
}
