/** A host timer a key: real time, so its TTLs are short and its expiry is told in time of the processor. */

import { heapBytes } from "../heap-bytes.ts"
import { randomIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { Measurements } from "../sample.ts"

const LONG_MS = 3_600_000
const SHORT_MS = 200

const { entries, samples } = parameters<{ entries: number; samples: number }>()
const order = randomIndexes(entries, entries)

/** Arms timers that all come within `SHORT_MS`; gives the time of the processor from then until the last has come. */
async function expireAll(): Promise<{ expired: number; nanoseconds: number }> {
  let expired = 0
  for (let slot = 0; slot < entries; slot += 1) setTimeout(() => (expired += 1), 1 + (slot % SHORT_MS))
  const before = process.cpuUsage()
  while (expired < entries) await new Promise<void>((resolve) => setTimeout(resolve, SHORT_MS))
  const { user, system } = process.cpuUsage(before)
  return { expired, nanoseconds: (user + system) * 1000 }
}

async function liveOnce(into: Measurements, isKept: boolean): Promise<void> {
  const timers = new Array<NodeJS.Timeout | undefined>(entries).fill(undefined)
  const before = await heapBytes()
  const arm = (slot: number): void => {
    clearTimeout(timers[slot])
    timers[slot] = setTimeout(() => timers[slot], LONG_MS + (slot % 60_000))
  }
  await into.time(
    "ns a schedule",
    entries,
    (count) => {
      for (let slot = 0; slot < count; slot += 1) arm(slot)
      return count
    },
    isKept,
  )
  if (isKept) into.add("bytes an entry", ((await heapBytes()) - before) / entries)
  await into.time(
    "ns an extension",
    entries,
    (count) => {
      for (const slot of order) arm(slot)
      return count
    },
    isKept,
  )
  for (const timer of timers) clearTimeout(timer)
  const outcome = await expireAll()
  if (isKept) into.add("ns an expiry", outcome.nanoseconds / outcome.expired, entries, outcome.expired)
}

const measurements = new Measurements()
await liveOnce(measurements, false)
for (let i = 0; i < samples; i += 1) await liveOnce(measurements, true)
report(measurements.report)
