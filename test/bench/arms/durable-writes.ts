/**
 * Writers of a durable store, each of which waits for its acknowledgement before it writes again, and the bare loop that writes the same in the same
 * order, as many a commit as there are writers. They take turns of a fraction of a second on the same disk: what else goes on there hits both.
 */

import { join } from "node:path"
import { BareLoop, contentsOf, countedDatabase, Entries, fill, inFolder, startStore } from "../durable/place.ts"
import { randomIndexes } from "../random.ts"
import { type ArmReport, parameters, report } from "../report.ts"
import { Measurements } from "../sample.ts"
import { SESSION_TTL } from "../session.ts"

const { writers, entries, commits, warmups, pairs } = parameters<{
  writers: number
  entries: number
  commits: number
  warmups: number
  pairs: number
}>()

const OWN = "µs a write"
const BARE = "µs a write, bare loop"
const RATIO = "of a bare loop's speed"
const MAIN = "µs of the event loop's thread a write"
const TOGETHER = "writes a commit"

/** How long it took, and how long this thread was on a processor, in µs. */
async function timed(work: () => Promise<void> | void): Promise<{ readonly took: number; readonly busy: number }> {
  const busy = process.threadCpuUsage()
  const from = process.hrtime.bigint()
  await work()
  const took = Number(process.hrtime.bigint() - from) / 1000
  const { user, system } = process.threadCpuUsage(busy)
  return { took, busy: user + system }
}

report(
  await inFolder(async (folder): Promise<ArmReport> => {
    const all = new Entries(entries)
    const [ownPath, barePath] = [join(folder, "own.db"), join(folder, "bare.db")]
    const counted = countedDatabase(ownPath)
    const { mailbox, stop } = await startStore({ database: counted.database })
    await fill(mailbox, all)
    const bare = new BareLoop(barePath, all)
    const measurements = new Measurements()
    const operations = writers * commits

    /** The n-th commit holds the n-th write of each, in the order of the writers. */
    const write = async (order: Uint32Array): Promise<number> => {
      let acknowledged = 0
      const one = async (writer: number): Promise<void> => {
        for (let at = writer; at < order.length; at += writers) {
          const number = order[at] as number
          if (await mailbox.set(all.keys[number] as string, all.values[number] as never, SESSION_TTL)) acknowledged += 1
        }
      }
      await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)))
      return acknowledged
    }

    for (let pair = 0; pair < warmups + pairs; pair += 1) {
      const order = randomIndexes(operations, entries, pair + 1)
      const before = counted.commits.count
      let acknowledged = 0
      const own = await timed(async () => {
        acknowledged = await write(order)
      })
      const together = acknowledged / (counted.commits.count - before)
      const loop = await timed(() => {
        for (let from = 0; from < operations; from += writers) bare.commit(order, from, from + writers)
      })
      if (pair < warmups) continue
      measurements.add(RATIO, loop.took / own.took)
      measurements.add(OWN, own.took / operations, operations, acknowledged)
      measurements.add(BARE, loop.took / operations)
      measurements.add(MAIN, own.busy / operations)
      measurements.add(TOGETHER, together)
    }
    await stop()
    bare.close()
    if (contentsOf(ownPath) !== contentsOf(barePath)) throw new Error("the store and the bare loop have not written the same")
    return measurements.report
  }),
)
