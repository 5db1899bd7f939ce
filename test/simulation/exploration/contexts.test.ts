/** Async contexts in a simulation: a message is handled in its sender's, whoever else sends, and whose code runs is known there after an `await`, too. */

import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import { actor, type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { type Application, explore, type World } from "../../../actors/simulation.ts"

const storage = new AsyncLocalStorage<string>()

/** That of the schedule that is carried out. */
let present: World

const desk = server({
  init: () => ({}),
  call: {
    who: async () => {
      const before = storage.getStore()
      await present.external("bank", () => 1)
      return [before, storage.getStore()]
    },
  },
})
type Desk = MailboxOf<typeof desk>
const tree = { "app:desk": desk }

/** Callers in contexts of their own, one in none, and processes among them. */
function callers(world: World, heard: Map<string | undefined, unknown[]>): Application {
  present = world
  const ask = async (acquired: () => Promise<Desk>): Promise<void> => {
    const by = storage.getStore()
    const box = await acquired()
    for (let times = 0; times < 2; times += 1) heard.set(by, [...(heard.get(by) ?? []), ...(await box.call.who())])
    expect(storage.getStore()).toBe(by)
  }
  const caller = actor(async (self) => ask(() => self.acquire<Desk>("app:desk")))
  return {
    tree,
    async run(runtime) {
      const outside = (): Promise<void> => ask(() => (runtime as Runtime<{ "app:desk": Desk }>).acquire("app:desk"))
      const spawned = (): Promise<unknown> => runtime.whenEnded(runtime.spawn(caller))
      await Promise.all([outside(), storage.run("a", outside), storage.run("b", spawned), storage.run("c", spawned)])
    },
  }
}

describe("a handler in a simulation", () => {
  it("runs in its sender's context, after an await of it, too", async () => {
    const all: Map<string | undefined, unknown[]>[] = []
    const report = await explore((world) => callers(world, all[all.push(new Map()) - 1] as Map<string | undefined, unknown[]>), {
      schedules: 40,
    })
    expect(report.failure).toBe(undefined)
    for (const heard of all) {
      expect(heard.size).toBe(4)
      for (const [by, told] of heard) expect(told).toEqual([by, by, by, by])
    }
  })

  it("is its process's, whoever has sent and however often: what it asks outside is asked by that", async () => {
    const report = await explore(
      (world) => {
        const application = callers(world, new Map())
        return {
          ...application,
          run: async (runtime) => {
            await application.run(runtime, world)
            throw new Error("enough")
          },
        }
      },
      { schedules: 1, shrink: false },
    )
    const asked = report.failure?.steps.flatMap(({ sent }) => sent.filter(({ to }) => to === "bank")) ?? []
    expect(asked.map(({ from }) => from)).toEqual(Array.from({ length: 8 }, () => "app:desk"))
  })

  it("leaves nothing of what it enters behind, for the next one or for whoever explores", async () => {
    const seen: (string | undefined)[] = []
    const made: (string | undefined)[] = []
    const enters = server({
      init: () => ({}),
      call: {
        enter: () => {
          seen.push(storage.getStore())
          storage.enterWith("left behind")
        },
      },
    })
    await storage.run("mine", async () => {
      const report = await explore(
        () => {
          made.push(storage.getStore())
          return {
            tree: { "app:enters": enters },
            async run(runtime) {
              storage.enterWith("the scenario's")
              const box = await runtime.acquire("app:enters")
              await box.call.enter()
              await box.call.enter()
            },
          }
        },
        { schedules: 5 },
      )
      expect(report.failure).toBe(undefined)
      expect(storage.getStore()).toBe("mine")
    })
    expect(made).toEqual(["mine", "mine", "mine", "mine", "mine"])
    expect(new Set(seen)).toEqual(new Set(["the scenario's"]))
  })
})
