/** What a scenario and its invariants see of the world that they run in. */

import { describe, expect, it } from "vitest"
import { type Runtime, type StoreMailbox, server, store } from "../../../actors/index.ts"
import { type Application, explore, type World } from "../../../actors/simulation.ts"

type Stored = Runtime<{ "app:store": StoreMailbox<number> }>

/** Puts three keys, one of them for a second; all has come to rest when it is looked at. */
function storing(partitions?: number): Application {
  return {
    tree: {
      "app:store": store<number>(partitions === undefined ? {} : { partitions }),
      "app:count": server({ init: () => ({ of: 1 }) }),
    },
    async run(runtime) {
      const box = await (runtime as Stored).acquire("app:store")
      await box.set("short", 1, 1)
      await box.set("long", 2)
      await box.set("gone", 3)
      await box.delete("gone")
    },
  }
}

/** What is seen at the end, in the order in which each runs until it waits. */
async function seen<Value>(application: Application, look: (world: World) => Value): Promise<Value | undefined> {
  let value: Value | undefined
  const { failure } = await explore(() => application, {
    strategy: "runOn",
    schedules: 1,
    finally: {
      look: (world) => {
        value = look(world)
      },
    },
  })
  expect(failure).toBeUndefined()
  return value
}

describe("a world", () => {
  it.each([undefined, 3])("shows what a store holds, of all its partitions (%s)", async (partitions) => {
    const entries = await seen(storing(partitions), (world) => world.entriesOf("app:store"))
    expect([...(entries ?? [])].sort()).toEqual([
      ["long", 2],
      ["short", 1],
    ])
  })

  it("shows nothing of a store whose time is over", async () => {
    const application = storing()
    const waits: Application = {
      ...application,
      async run(runtime, world) {
        await application.run(runtime, world)
        await new Promise((resolve) => setTimeout(resolve, 1000))
      },
    }
    expect([...((await seen(waits, (world) => world.entriesOf("app:store"))) ?? []).keys()]).toEqual(["long"])
  })

  it("shows the state of a server, and no entries of what is no store or is not there", async () => {
    const look = (world: World) => [
      world.stateOf("app:count"),
      world.entriesOf("app:count"),
      world.entriesOf("app:none"),
      world.stateOf("app:none"),
    ]
    expect(await seen(storing(), look)).toEqual([{ of: 1 }, undefined, undefined, undefined])
  })

  it("knows who lives, in the order of their starts", async () => {
    expect(await seen(storing(), (world) => world.processes)).toEqual(["root", "app:store", "app:count"])
  })
})
