/**
 * One `set` of a new key at a time: in a full store, where one entry alone has expired, somewhere among all the others, whose TTLs were
 * extended; and in a store of as many entries that has room.
 */

import { start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { parameters, report } from "../report.ts"
import { Measurements } from "../sample.ts"

const { entries, warmups, samples } = parameters<{ entries: number; warmups: number; samples: number }>()

/** Seconds: what all live at first, what they are put off to, and what is left to the one that expires. */
const FIRST = 100
const EXTENDED = 10_000
const SHORT = 0.001

const time = virtualTime()
const full = store<number>({ maxEntries: entries })
const roomy = store<number>({ maxEntries: 0 })
const runtime = await start({ "app:full": full, "app:roomy": roomy }, { host: time, log: () => {} })
const stores = { full: await runtime.acquire("app:full"), roomy: await runtime.acquire("app:roomy") }
type Filled = (typeof stores)["full"]

for (const filled of Object.values(stores)) {
  for (const ttl of [FIRST, EXTENDED]) for (let n = 0; n < entries; n += 1) await filled.set(`key ${n}`, n, ttl)
}

async function setNew(into: Filled, n: number): Promise<number> {
  return (await into.set(`new ${n}`, n, EXTENDED)) ? 1 : 0
}

const measurements = new Measurements()
for (let i = 0; i < warmups + samples; i += 1) {
  const isKept = i >= warmups
  // One of them, anywhere, is given a short life, and lives it out; the sweep comes later than that.
  const place = (i * 7919) % entries
  for (const filled of Object.values(stores)) await filled.set(`key ${place}`, place, SHORT)
  await time.advance(2)
  await measurements.time("ns a set where it is full", 1, () => setNew(stores.full, i), isKept)
  await measurements.time("ns a set where there is room", 1, () => setNew(stores.roomy, i), isKept)
}
report(measurements.report)
await runtime.stop()
