/**
 * One structure that knows which entry expires next, through an entry's life: set, put off, overwritten, expired. Time is
 * simulated; the TTLs are those of production caches.
 */

import { type Candidate, create } from "../expiry/candidates.ts"
import type { ExpiryIndex } from "../expiry/expiry-index.ts"
import { drawTtls } from "../expiry/production-ttl.ts"
import { selfCheck } from "../expiry/self-check.ts"
import { heapBytes } from "../heap-bytes.ts"
import { randomIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { Measurements } from "../sample.ts"

const { candidate, entries, samples } = parameters<{ candidate: Candidate; entries: number; samples: number }>()

/** As the store: removals in a turn, and how long after the earliest deadline it sweeps. */
const LIMIT = 512
const SWEEP_EVERY_MS = 50

/** Simulated time: when the first entry is set, and how long setting or putting off all of them takes. */
const START = 1_000_000
const LOAD_MS = 60_000
const BURST_MS = 1000

const ttls = drawTtls(entries, 1)
const otherTtls = drawTtls(entries, 2)
const order = randomIndexes(entries, entries)

const ttlAt = (i: number): number => ttls[i] as number

/** Sets every slot in turn, `batch` at a time; gives the longest batch, in ms. */
function scheduleAll(index: ExpiryIndex, from: number, duringMs: number, ttl: (slot: number) => number): number {
  let worst = 0
  for (let start = 0; start < entries; start += LIMIT) {
    const startedAt = performance.now()
    const end = Math.min(start + LIMIT, entries)
    for (let slot = start; slot < end; slot += 1) index.schedule(slot, from + (slot / entries) * duringMs + ttl(slot))
    worst = Math.max(worst, performance.now() - startedAt)
  }
  return worst
}

/** Puts as many random slots off as there are, each by its own TTL from now. */
function extend(index: ExpiryIndex, from: number): number {
  for (let i = 0; i < entries; i += 1) {
    const slot = order[i] as number
    index.schedule(slot, from + (i / entries) * LOAD_MS + ttlAt(slot))
  }
  return entries
}

/** Gives as many random slots another TTL, which may be shorter. */
function overwrite(index: ExpiryIndex, from: number): number {
  for (let i = 0; i < entries; i += 1) index.schedule(order[i] as number, from + (i / entries) * LOAD_MS + (otherTtls[i] as number))
  return entries
}

/** Lets all expire as the store does; gives how many did, and the longest turn in ms. */
function expireAll(index: ExpiryIndex): { expired: number; worst: number } {
  let expired = 0
  let worst = 0
  const count = (): void => {
    expired += 1
  }
  for (let now = START; index.size > 0; ) {
    now = Math.max(now, index.earliest()) + SWEEP_EVERY_MS
    for (let isMore = true; isMore; ) {
      const startedAt = performance.now()
      isMore = index.sweep(now, LIMIT, count)
      worst = Math.max(worst, performance.now() - startedAt)
    }
  }
  return { expired, worst }
}

async function liveOnce(into: Measurements, isKept: boolean): Promise<void> {
  const index = create(candidate)
  const before = isKept ? await heapBytes() : 0
  let worst = 0
  const add = (name: string, value: number): void => (isKept ? into.add(name, value) : undefined)
  await into.time(
    "ns a schedule",
    entries,
    () => {
      worst = scheduleAll(index, START, LOAD_MS, ttlAt)
      return index.size
    },
    isKept,
  )
  add("worst turn scheduling, ms", worst)
  if (isKept) add("bytes an entry", ((await heapBytes()) - before) / entries)
  await into.time("ns an extension", entries, () => extend(index, START + LOAD_MS), isKept)
  await into.time("ns an overwrite", entries, () => overwrite(index, START + 2 * LOAD_MS), isKept)
  await into.time(
    "ns an expiry",
    entries,
    () => {
      const outcome = expireAll(index)
      worst = outcome.worst
      return outcome.expired
    },
    isKept,
  )
  add("worst turn expiring, ms", worst)
}

/** All set in one burst and all put off half their life later: then the old deadlines come up in one burst too. */
function burst(into: Measurements): void {
  const index = create(candidate)
  const ttl = (): number => 3_600_000
  scheduleAll(index, START, BURST_MS, ttl)
  scheduleAll(index, START + 1_800_000, BURST_MS, ttl)
  const { expired, worst } = expireAll(index)
  into.add("worst turn after a burst put off, ms", worst, entries, expired)
}

for (let seed = 1; seed <= 2; seed += 1) selfCheck(create(candidate), seed)
const measurements = new Measurements()
// The first life warms up; the largest sizes are warm long before they end.
if (entries <= 1_000_000) await liveOnce(measurements, false)
for (let i = 0; i < samples; i += 1) {
  await liveOnce(measurements, true)
  burst(measurements)
}
report(measurements.report)
