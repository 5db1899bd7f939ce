/**
 * What a process says of itself in numbers, at an interval, to those inspectors who want that.
 *
 * Invariants
 * - Numbers under names that its definition has, few of them: nothing of what callers have sent has a place here.
 * - What it gives is read once, into an object of our own.
 *
 * Source  Telemetry, `telemetry_poller`: measurements.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { entriesOf } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"

/** Numbers by name; one that is `undefined` is left out: there is nothing to be measured now. */
export type Measurements = Readonly<Record<string, number | undefined>>

/** The numbers of a process, as its definition's `measure` gives them: at an interval, to an inspector that wants them. */
export interface MeasuredEvent {
  readonly type: "measured"
  /** Whose they are; of a service with partitions, each partition tells its own. */
  readonly pid: Pid
  /** Its name, or its pid where it has none. */
  readonly label: string
  /** By name, as its definition calls them. */
  readonly measurements: Readonly<Record<string, number>>
}

/** As many figures as anybody will draw; a name for each key of something would be more. */
const MOST = 64
/** Letters of a name. */
const LONGEST = 64

/** Reads what `measure` has given. Throws `Invalid` that names the figure. */
export function measurementsOf(value: unknown): Readonly<Record<string, number>> {
  const figures = entriesOf(value, "measure").filter(([, figure]) => figure !== undefined)
  if (figures.length > MOST) throw invalid("measure", `must give at most ${MOST} numbers; got ${figures.length}`)
  return Object.freeze(Object.fromEntries(figures.map(([name, figure]) => [nameOf(name), numberOf(figure, name)])))
}

function nameOf(name: string): string {
  if (name.length <= LONGEST) return name
  throw invalid("measure", `must give names of at most ${LONGEST} letters; got one of ${name.length}`)
}

function numberOf(figure: unknown, name: string): number {
  if (typeof figure === "number" && Number.isFinite(figure)) return figure
  throw invalid(`measure.${name}`, `must be a finite number; got ${shown(figure)}`)
}
