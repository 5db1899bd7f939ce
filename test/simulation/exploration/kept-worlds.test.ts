/** What a schedule was of goes with it: nothing of its world is left for the host's great collection, which would cost more than the schedule. */

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { actor, type MailboxOf, type Runtime, StoreMailbox, server, store } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as (options: { readonly type: "minor" | "major" }) => void

const counter = server({
  init: () => ({ count: 0 }),
  call: { add: (state) => ++state.count },
  cast: { reset: (state) => void Object.assign(state, { count: 0 }) },
})
const kept = store<number>()

const visitor = actor(async (self) => {
  const counts = await self.acquire<MailboxOf<typeof counter>>("app:counter")
  const entries = await self.acquire("app:kept", { as: StoreMailbox<number> })
  await entries.set("k", await counts.call.add())
  counts.cast.reset()
})

const spawnCounter = (runtime: Runtime) => runtime.spawn(counter)

function application() {
  let own: ReturnType<typeof spawnCounter> | undefined
  return {
    tree: { "app:counter": counter, "app:kept": kept },
    async run(runtime: Runtime): Promise<void> {
      own = spawnCounter(runtime)
      await own.call.add()
      await runtime.whenEnded(runtime.spawn(visitor))
    },
    async check(): Promise<string | undefined> {
      return (await own?.call.add()) === 2 ? undefined : "was not counted"
    },
  }
}

const SCHEDULES = 150

/** What is left of each schedule, in bytes, where the host has tidied up what is young. No strategy that remembers. */
async function leftOfEach(): Promise<number> {
  collect({ type: "major" })
  const before = process.memoryUsage().heapUsed
  await explore(application, { schedules: SCHEDULES, seed: 1, strategy: "random" })
  for (let times = 0; times < 3; times += 1) collect({ type: "minor" })
  return (process.memoryUsage().heapUsed - before) / SCHEDULES
}

describe("a schedule that is over", () => {
  it("leaves nothing of its world behind", async () => {
    await leftOfEach()
    expect(await leftOfEach()).toBeLessThan(20_000)
  })
})
