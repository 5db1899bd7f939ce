/**
 * What takes the present time where none is given, answered by the world that has the globals: `Intl.DateTimeFormat`, `performance.mark` and `measure`. A time
 * that is given is as ever, and what is refused is refused by the host, in its own words.
 */

import type { Patches } from "./patches.ts"
import { calendarOf, presentWorld } from "./world-clock.ts"
import { hostPerformance } from "./world-time.ts"

/** Taken hold of when this module is loaded, before anything is replaced. */
const { prototype: formatters } = Intl.DateTimeFormat
const hostFormat = Reflect.getOwnPropertyDescriptor(formatters, "format")?.get
const hostFormatToParts: unknown = Reflect.get(formatters, "formatToParts")
const [hostMark, hostMeasure] = [Reflect.get(hostPerformance, "mark"), Reflect.get(hostPerformance, "measure")]

/** Puts the world's in the place of the host's. */
export function replaceFormats(patches: Patches): void {
  if (hostFormat !== undefined) patches.replace(formatters, "format", { get: formatOf })
  patches.replace(formatters, "formatToParts", { value: formatToParts })
  if (typeof hostMark === "function") patches.replace(hostPerformance, "mark", { value: mark })
  if (typeof hostMeasure === "function") patches.replace(hostPerformance, "measure", { value: measure })
}

// -- dates -------------------------------------------------------------------------------------------------------------

type Format = (date?: unknown) => string

/** One for each formatter, as the host has it. */
const formats = new WeakMap<object, Format>()

function formatOf(this: unknown): Format {
  const host = Reflect.apply(hostFormat as () => Format, this, [])
  const known = formats.get(host) ?? ((date?: unknown) => host(date ?? timeInstead(date)))
  formats.set(host, known)
  return known
}

function formatToParts(this: unknown, date?: unknown): unknown {
  return Reflect.apply(hostFormatToParts as Function, this, [date ?? timeInstead(date)])
}

/** Nothing is now; all else is what it is. */
function timeInstead(date: unknown): unknown {
  const clock = presentWorld()
  return date === undefined && clock !== undefined ? calendarOf(clock) : date
}

// -- performance -------------------------------------------------------------------------------------------------------

function mark(...given: readonly unknown[]): unknown {
  const clock = presentWorld()
  const [name, options] = given
  const isTold = !isRecord(options) || options.startTime !== undefined
  if (clock === undefined || (options !== undefined && isTold)) return Reflect.apply(hostMark, hostPerformance, given)
  return Reflect.apply(hostMark, hostPerformance, [name, { ...(isRecord(options) ? options : {}), startTime: clock.now() }])
}

/** To now, where its end is not said. */
function measure(...given: readonly unknown[]): unknown {
  const clock = presentWorld()
  const [name, from, to] = given
  const options = isRecord(from) ? from : { ...(from === undefined ? {} : { start: from }), ...(to === undefined ? {} : { end: to }) }
  const isTold = options.end !== undefined || options.duration !== undefined
  if (clock === undefined || isTold) return Reflect.apply(hostMeasure, hostPerformance, given)
  return Reflect.apply(hostMeasure, hostPerformance, [name, { ...options, end: clock.now() }])
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}
