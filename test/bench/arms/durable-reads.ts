/**
 * One reader of a durable store, and now and then a hundred writers beside it: how long each of its reads takes, of entries that are in memory and of
 * such as have to be read from disk. It gives the host a turn after each, as whoever does something with what was read.
 */

import { join } from "node:path"
import { countedDatabase, Entries, fill, inFolder, startStore } from "../durable/place.ts"
import { randomIndexes } from "../random.ts"
import { type ArmReport, parameters, report } from "../report.ts"
import { Measurements } from "../sample.ts"
import { SESSION_TTL, type Session } from "../session.ts"
import { quantile } from "../statistics.ts"

const { writers, entries, kind, reads, warmups, pairs } = parameters<{
  writers: number
  entries: number
  /** `hot`: always the same hundred. `cold`: one after the other, and of each commit's entries none: there is room for a hundred in memory. */
  kind: "hot" | "cold"
  reads: number
  warmups: number
  pairs: number
}>()

const HOT = 100

report(
  await inFolder(async (folder): Promise<ArmReport> => {
    const all = new Entries(entries)
    const { database, commits } = countedDatabase(join(folder, "store.db"))
    const { mailbox, stop } = await startStore({ database, ...(kind === "cold" ? { maxHotEntries: HOT } : {}) })
    await fill(mailbox, all)
    const measurements = new Measurements()

    /** The lower half is read, and the upper half written. */
    const half = entries / 2
    const numbers = kind === "hot" ? randomIndexes(reads, HOT) : Uint32Array.from({ length: half }, (_, at) => (at * 7919) % half)
    let next = 0
    const read = async (times: Float64Array): Promise<number> => {
      let right = 0
      for (let at = 0; at < times.length; at += 1) {
        const number = numbers[next++ % numbers.length] as number
        const from = performance.now()
        const found = await mailbox.get(all.keys[number] as string)
        times[at] = (performance.now() - from) * 1000
        if (found?.userId === number) right += 1
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      return right
    }

    let isWriting = false
    const order = randomIndexes(100_000, half)
    let written = 0
    const write = async (): Promise<void> => {
      while (isWriting) {
        const number = half + (order[written++ % order.length] as number)
        await mailbox.set(all.keys[number] as string, all.values[number] as Session, SESSION_TTL)
      }
    }

    const phase = async (name: string, isKept: boolean): Promise<void> => {
      const times = new Float64Array(reads)
      const right = await read(times)
      if (!isKept) return
      times.sort()
      measurements.add(`µs a read, p50, ${name}`, quantile(times, 0.5), reads, right)
      measurements.add(`µs a read, p99, ${name}`, quantile(times, 0.99))
      measurements.add(`µs a read, p99.9, ${name}`, quantile(times, 0.999))
    }

    for (let pair = 0; pair < warmups + pairs; pair += 1) {
      const isKept = pair >= warmups
      await phase("quiet", isKept)
      isWriting = true
      const [before, from] = [commits.count, performance.now()]
      const writing = Array.from({ length: writers }, write)
      await phase("beside writers", isKept)
      isWriting = false
      await Promise.all(writing)
      if (isKept) measurements.add("µs a commit meanwhile", ((performance.now() - from) * 1000) / (commits.count - before))
    }
    await stop()
    return measurements.report
  }),
)
