/** Recorded requests of real programs, where they are at hand: `../shared/data` beside the project, one key a line, in the order of the requests. */

import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"

export const TRACES = ["loop", "multi2", "sprite", "web12"] as const
export type TraceName = (typeof TRACES)[number]
/** Percent of a trace's distinct keys that a cache holds. */
export const SIZES = [1, 5, 10, 25] as const

const FOLDER = new URL("../../../../shared/data/", import.meta.url)

export interface Trace {
  /** Keys by number, as they were first asked for. */
  readonly keys: Uint32Array
  readonly distinct: number
}

/** Why there are none here; `undefined` where they are. */
export function absenceOfTraces(): string | undefined {
  const missing = TRACES.find((name) => !existsSync(pathOf(name)))
  return missing === undefined ? undefined : `no traces at ../shared/data (${missing}.keys.gz)`
}

export function readTrace(name: TraceName): Trace {
  return numbered(
    gunzipSync(readFileSync(pathOf(name)))
      .toString("latin1")
      .trim()
      .split("\n"),
  )
}

export function numbered(names: readonly (string | number)[]): Trace {
  const numbers = new Map<string | number, number>()
  const keys = Uint32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  })
  return { keys, distinct: numbers.size }
}

export function capacityAt(trace: Trace, percent: number): number {
  return Math.max(1, Math.floor((trace.distinct * percent) / 100))
}

function pathOf(name: TraceName): string {
  return fileURLToPath(new URL(`${name}.keys.gz`, FOLDER))
}
