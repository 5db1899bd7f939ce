/**
 * What tells the time, answered by the world that has the globals: `Date`, `performance.now`, `process.hrtime`, `process.uptime`, and
 * `Temporal.Now` where the host has it.
 *
 * Dates are the host's own: `instanceof`, `Date.UTC`, `Date.parse` and dates of a given time are as ever, also after the run. `Date.now` is
 * replaced on the host's `Date` itself, for who took hold of that before.
 *
 * Not reached: a `Date` that was taken hold of before and is called without a time, a class that extended it before, the time stamps of events and files.
 */

import type { Patches } from "./patches.ts"
import { calendarOf, presentTimeOrigin, presentWorld } from "./world-clock.ts"

/** Taken hold of when this module is loaded, before anything is replaced. */
const { Date: HostDate, process: hostProcess } = globalThis
export const { performance: hostPerformance } = globalThis
const { now: readHostCalendar } = HostDate
const readHostClock = hostPerformance.now.bind(hostPerformance)
const { timeOrigin: hostTimeOrigin } = hostPerformance
const hostHrtime: NodeJS.HRTime | undefined = hostProcess?.hrtime
const hostUptime: (() => number) | undefined = hostProcess?.uptime

const NANOSECONDS = 1_000_000_000

/** `Date`, of the world's calendar where no time is given. */
const WorldDate: DateConstructor = new Proxy(HostDate, {
  construct(target, given: unknown[], made: Function): Date {
    const clock = presentWorld()
    return Reflect.construct(target, clock !== undefined && given.length === 0 ? [calendarOf(clock)] : given, made)
  },
  apply(target, self, given: unknown[]): string {
    const clock = presentWorld()
    return clock === undefined ? Reflect.apply(target, self, given) : new target(calendarOf(clock)).toString()
  },
})

/** Puts the world's in the place of the host's. */
export function replaceTime(patches: Patches): void {
  patches.replace(globalThis, "Date", { value: WorldDate })
  patches.replace(HostDate, "now", { value: readCalendar })
  // Who compares a date's constructor with the global finds them to be one.
  patches.replace(HostDate.prototype, "constructor", { value: WorldDate })
  // Fake timers may have put another in its place.
  patches.replace(globalThis, "performance", { value: hostPerformance })
  patches.replace(hostPerformance, "now", { value: readClock })
  patches.replace(hostPerformance, "timeOrigin", { get: readTimeOrigin })
  patches.replace(hostProcess, "hrtime", { value: hrtime })
  patches.replace(hostHrtime, "bigint", { value: hrtime.bigint })
  patches.replace(hostProcess, "uptime", { value: uptime })
  replaceTemporal(patches)
}

function readCalendar(): number {
  const clock = presentWorld()
  return clock === undefined ? readHostCalendar() : calendarOf(clock)
}

function readClock(): number {
  const clock = presentWorld()
  return clock === undefined ? readHostClock() : clock.now()
}

/** With the time since then it gives the calendar's, as ever. */
function readTimeOrigin(): number {
  return presentWorld() === undefined ? hostTimeOrigin : presentTimeOrigin()
}

function uptime(): number {
  const clock = presentWorld()
  return clock === undefined ? Reflect.apply(hostUptime as () => number, hostProcess, []) : clock.now() / 1000
}

// -- Node's, in nanoseconds -------------------------------------------------------------------------------------------------------

/** Read when it is called: another replaces `bigint` on it. */
const readHostNanoseconds = hostHrtime?.bigint

function readNanoseconds(): bigint {
  const clock = presentWorld()
  return clock === undefined ? (readHostNanoseconds as () => bigint)() : BigInt(Math.round(clock.now() * 1e6))
}

const hrtime: NodeJS.HRTime = Object.assign(readPair, { bigint: readNanoseconds })

/** What is no pair is refused by the host, in its own words. */
function readPair(before?: [number, number]): [number, number] {
  const clock = presentWorld()
  if (clock === undefined || !(before === undefined || (Array.isArray(before) && before.length === 2))) {
    return Reflect.apply(hostHrtime as NodeJS.HRTime, hostProcess, [before])
  }
  const nanoseconds = Math.round(clock.now() * 1e6)
  return since([Math.floor(nanoseconds / NANOSECONDS), nanoseconds % NANOSECONDS], before ?? [0, 0])
}

function since([seconds, nanoseconds]: [number, number], [fromSeconds, fromNanoseconds]: [number, number]): [number, number] {
  const rest = nanoseconds - fromNanoseconds
  return rest < 0 ? [seconds - fromSeconds - 1, rest + NANOSECONDS] : [seconds - fromSeconds, rest]
}

// -- Temporal, where there is one -------------------------------------------------------------------------------------------------

interface Zoned {
  toPlainDateTime(): object
  toPlainDate(): object
  toPlainTime(): object
}

interface HostTemporal {
  readonly Now: { instant(): object; timeZoneId(): string }
  readonly Instant: { fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: unknown): Zoned } }
}

/** Each of its questions, asked of an instant of the world's. */
function replaceTemporal(patches: Patches): void {
  const { Temporal } = globalThis as { readonly Temporal?: HostTemporal }
  if (Temporal === undefined) return
  const { Now, Instant } = Temporal
  const zoned = (clock: WorldCalendar, zone: unknown = Now.timeZoneId()): Zoned => instantOf(clock).toZonedDateTimeISO(zone)
  const instantOf = (clock: WorldCalendar) => Instant.fromEpochMilliseconds(calendarOf(clock))
  const replace = (name: string, ask: (clock: WorldCalendar, zone?: unknown) => object): void => {
    const host: unknown = Reflect.get(Now, name)
    if (typeof host === "function") patches.replace(Now, name, { value: answered(host, Now, ask) })
  }
  replace("instant", instantOf)
  replace("zonedDateTimeISO", zoned)
  replace("plainDateTimeISO", (clock, zone) => zoned(clock, zone).toPlainDateTime())
  replace("plainDateISO", (clock, zone) => zoned(clock, zone).toPlainDate())
  replace("plainTimeISO", (clock, zone) => zoned(clock, zone).toPlainTime())
}

type WorldCalendar = NonNullable<ReturnType<typeof presentWorld>>

function answered(host: Function, self: object, ask: (clock: WorldCalendar, zone?: unknown) => object): (...given: unknown[]) => object {
  return (...given) => {
    const clock = presentWorld()
    return clock === undefined ? Reflect.apply(host, self, given) : ask(clock, given[0])
  }
}
