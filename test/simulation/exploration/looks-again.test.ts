/** Who looks again and again, without waiting, for what another has to do: the base order lets that one come. */

import { actor, type Runtime, type StoreMailbox, store } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { expect, it } from "vitest"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Shelf = StoreMailbox<string>

/** `pausesMs`: the maker takes so long. The looker begins as the last, and so goes on as the first. */
const plant = (pausesMs: number) => () => {
  const maker = actor(async (self) => {
    const shelf = await self.acquire<Shelf>("plant:shelf")
    if (pausesMs > 0) {
      self.after(pausesMs, "over")
      await self.receive()
    }
    await shelf.set("ready", "yes", undefined, patient)
  })
  const looker = actor(async (self) => {
    const board = await self.acquire<Shelf>("plant:board")
    const shelf = await self.acquire<Shelf>("plant:shelf")
    while (!(await shelf.has("ready", patient))) await board.has("light", patient)
  })
  return {
    tree: { "plant:shelf": store<string>(), "plant:board": store<string>() },
    async run(runtime: Runtime): Promise<void> {
      const both = [runtime.spawn(maker), runtime.spawn(looker)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    check: () => undefined,
  }
}

it.each([0, 20])("ends, where the other needs %d ms", async (pausesMs) => {
  const report = await explore(plant(pausesMs), { strategy: "runOn", schedules: 1, maxSteps: 120 })
  expect(report.failure).toBeUndefined()
})
