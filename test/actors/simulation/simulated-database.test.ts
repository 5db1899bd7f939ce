/** A simulated database: it does what the port of stores says, as late as a schedule likes; a crash tears it, and faults befall it. */

import { existsSync } from "node:fs"
import { durableStore, sqliteDatabase } from "pigeonhole/durable"
import { type Application, type ExploreOptions, explore, simulatedDatabase, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { child, Invalid, type Runtime, StoreMailbox, server, start } from "../../../actors/index.ts"
import { newTable, SimulatedDatabase } from "../../../actors/simulation/simulated-database.ts"
import { storeDatabaseContract } from "../../contracts/store-database.ts"
import { nothingFailed, patient } from "../../support/explored.ts"
import { IdleWorld } from "../../support/idle-world.ts"

storeDatabaseContract("a simulated database", async () => {
  const idle = new IdleWorld()
  const table = newTable(idle.world)
  return { database: () => idle.driving(new SimulatedDatabase(idle.world, "database", table)), remove: async () => {} }
})

const boxOf = (runtime: Runtime) => runtime.acquire("app:store", { as: StoreMailbox<number> })

/** What scenarios of these applications have noted, over all schedules; throws where one fails. */
async function notedBy(
  tree: (world: World) => Application["tree"],
  run: (box: StoreMailbox<number>, note: (text: string) => void, runtime: Runtime, world: World) => unknown,
  options: ExploreOptions = {},
): Promise<string[]> {
  const seen = new Set<string>()
  const make = (world: World): Application => ({
    tree: tree(world),
    run: async (runtime, own) => void (await run(await boxOf(runtime), (text) => seen.add(text), runtime, own)),
  })
  nothingFailed(await explore(make, { schedules: 150, ...options }))
  return [...seen].sort()
}

/** Of one definition for all schedules. */
const IN_A_FILE = { "app:store": child(durableStore<number>({ path: "/nowhere/at-all.db" }), { backoff: { initialMs: 5 } }) }
const inAFile = () => IN_A_FILE

describe("simulatedDatabase", () => {
  it("refuses what is no world, and names what is wrong", () => {
    expect(() => simulatedDatabase({} as World)).toThrow(Invalid)
    const { world } = new IdleWorld()
    expect(() => simulatedDatabase(world, { name: "" })).toThrow("name must be a text that is not empty")
    expect(() => simulatedDatabase(world, { nmae: "a" } as never)).toThrow("nmae")
  })

  it("is what a durable store stands on, and is what stories call it", async () => {
    const report = await explore(
      (world) => ({
        tree: { "app:store": durableStore<number>({ database: simulatedDatabase(world, { name: "orders" }) }) },
        async run(runtime) {
          const box = await boxOf(runtime)
          await box.set("a", 1, undefined, patient)
          return box.get("a", patient)
        },
        check: (_runtime, own) => own.entriesOf("app:store")?.get("a") !== 1,
      }),
      { schedules: 1 },
    )
    expect(report.failure).toMatchObject({ kind: "check" })
    expect(report.text).toContain("orders")
  })
})

describe("a durable store with a path", () => {
  it("opens no file in a simulation, however it was defined, and begins with nothing in each schedule", async () => {
    const own = { "app:store": durableStore<number>({ database: sqliteDatabase({ path: "/nowhere/at-all.db" }) }) }
    for (const tree of [inAFile, () => own]) {
      const noted = await notedBy(tree, async (box, note) => {
        note(`${await box.get("a", patient)}`)
        await box.set("a", 1, undefined, patient)
        note(`${await box.get("a", patient)}`)
      })
      expect(noted).toEqual(["1", "undefined"])
    }
    expect(existsSync("/nowhere")).toBe(false)
  })

  it("is not in the way of a later schedule where an earlier one has failed", async () => {
    let made = 0
    const fails = await explore(
      () => ({
        tree: IN_A_FILE,
        run: () => {
          made += 1
          throw new Error("on purpose")
        },
      }),
      { shrink: false },
    )
    expect([fails.failure?.kind, made]).toEqual(["run", 2])
    expect(await notedBy(inAFile, async (box, note) => note(`${await box.get("a", patient)}`), { schedules: 5 })).toEqual(["undefined"])
  })

  it("is on the host's disk again afterwards", async () => {
    await notedBy(inAFile, () => {}, { schedules: 1 })
    await expect(sqliteDatabase({ path: "/nowhere/at-all.db" }).open()).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    const { start } = await import("../../../actors/index.ts")
    await expect(start(IN_A_FILE, { log: () => {} })).rejects.toThrow("cannot be opened")
  })

  it("has its file to itself: another store of the same is refused", async () => {
    const tree = { "app:store": durableStore({ path: "a.db" }), "app:other": durableStore({ path: "./a.db", table: "ENTRIES" }) }
    const { failure } = await explore(() => ({ tree, run: () => {} }), { schedules: 1 })
    expect(failure).toMatchObject({ kind: "start", message: expect.stringContaining("open elsewhere") })
  })
})

describe("a commit", () => {
  it("is acknowledged as late as the schedule likes", async () => {
    const noted = await notedBy(inAFile, async (box, note, _runtime, world) => {
      let isAcknowledged = false
      const set = box.set("a", 1, undefined, patient).then(() => {
        isAcknowledged = true
      })
      await world.external("elsewhere", () => {})
      note(`${world.entriesOf("app:store")?.get("a")} ${isAcknowledged}`)
      await set
    })
    expect(noted).toEqual(["1 false", "1 true", "undefined false"])
  })

  it("is kept or lost as a whole where the store is killed before it was acknowledged; what was acknowledged stays", async () => {
    const noted = await notedBy(
      inAFile,
      async (box, note) => {
        const pairs = [["a", 1] as const, ["b", 1] as const]
        const isDone = await box.setMany(pairs, undefined, patient).then(
          () => true,
          () => false,
        )
        const there = await box.getMany(["a", "b"], patient).catch(() => [])
        if (there.length > 0) note(`${isDone} ${there.join()}`)
      },
      { faults: { crash: 1 }, schedules: 600 },
    )
    expect(noted).toEqual(["false ,", "false 1,1", "true 1,1"])
  })

  it("fails where a fault falls, done or not, and says that it may come right", async () => {
    const noted = await notedBy(
      inAFile,
      async (box, note) => {
        const told = await box.set("a", 1, undefined, patient).then(
          () => "done",
          (error) => `${error.kind} ${error.retryable}`,
        )
        note(`${told} ${await box.get("a", patient).catch(() => "unread")}`)
      },
      { faults: { databaseFails: 1 }, schedules: 400 },
    )
    expect(noted).toEqual(
      ["UNAVAILABLE true 1", "UNAVAILABLE true undefined", "done 1", "done unread"].filter((text) => noted.includes(text)),
    )
    expect(noted).toEqual(expect.arrayContaining(["UNAVAILABLE true 1", "UNAVAILABLE true undefined", "done 1"]))
  })
})

describe("databaseFails, of an application that the scenario starts itself", () => {
  it("falls once that has started: one that cannot start is none", async () => {
    const seen = new Set<string>()
    const make = (world: World): Application => ({
      tree: {},
      run: async () => {
        await using runtime = await start(inAFile(), { host: world.host, log: () => {} })
        const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
        seen.add(
          await box.set("a", 1, undefined, patient).then(
            () => "done",
            ({ kind }) => kind,
          ),
        )
      },
    })
    nothingFailed(await explore(make, { schedules: 200, faults: { databaseFails: 2 } }))
    expect([...seen].sort()).toEqual(["UNAVAILABLE", "done"])
  })
})

describe("externalFails", () => {
  const desk = { "app:store": server({ init: () => 0 }) }

  it("fails a call of world.external, done or not; unasked none fails", async () => {
    const calls = async (options: ExploreOptions): Promise<string[]> => {
      const seen = new Set<string>()
      const make = (): Application => {
        let isDone = false
        const pay = () => {
          isDone = true
          return "paid"
        }
        const run: Application["run"] = async (_runtime, world) => {
          const told = await world.external("bank", pay).catch((error: unknown) => (error as { readonly kind: string }).kind)
          seen.add(`${told} ${isDone}`)
        }
        return { tree: desk, run }
      }
      nothingFailed(await explore(make, { schedules: 100, ...options }))
      return [...seen].sort()
    }
    expect(await calls({})).toEqual(["paid true"])
    expect(await calls({ faults: { databaseFails: 1 } })).toEqual(["paid true"])
    expect(await calls({ faults: { externalFails: 1 } })).toEqual(["UNAVAILABLE false", "UNAVAILABLE true", "paid true"])
  })
})

// -- what is judged ----------------------------------------------------------------------------------------------------

/** Says that it has done each commit, and does one in two. */
class Liar extends SimulatedDatabase {
  #commits = 0
  override async commit(...given: Parameters<SimulatedDatabase["commit"]>): Promise<void> {
    this.#commits += 1
    if (this.#commits % 2 === 1) await super.commit(...given)
  }
}

describe("a durable store", () => {
  const reading = (database: (world: World) => SimulatedDatabase, options: Partial<Parameters<typeof durableStore>[0]> = {}) =>
    explore(
      (world) => ({
        tree: { "app:store": child(durableStore<number>({ database: database(world), ...options }), { backoff: { initialMs: 5 } }) },
        async run(runtime) {
          const box = await boxOf(runtime)
          for (const value of [1, 2]) await box.set("a", value, undefined, patient).catch(() => {})
          await box.get("a", patient).catch(() => {})
        },
      }),
      { faults: { crash: 1 }, schedules: 300 },
    )

  it("is judged unasked: what was acknowledged and is not there after a crash is a violation", async () => {
    const { failure } = await reading((world) => new Liar(world, "liar", newTable(world)))
    expect(failure).toMatchObject({ kind: "history", name: "app:store" })
    expect((await reading((world) => new SimulatedDatabase(world, "database", newTable(world)))).failure).toBeUndefined()
  })

  it("is not blamed for what it has not promised: what stood in its database before, what an interval may lose", async () => {
    const full = (world: World): SimulatedDatabase => {
      const table = newTable(world)
      table.commit(
        [
          {
            type: "put",
            key: "a",
            version: 1,
            value: Uint8Array.of(0),
            ...{ expiresAt: undefined, idleMs: undefined, limitAt: undefined },
          },
        ],
        0,
      )
      return new SimulatedDatabase(world, "database", table)
    }
    expect((await reading(full)).failure).toBeUndefined()
    const lazy = await reading((world) => new Liar(world, "liar", newTable(world)), { durability: "interval", commitIntervalMs: 50 })
    expect(lazy.failure).toBeUndefined()
  })

  it("shows what is on disk to invariants, and of another's database nothing", async () => {
    const report = await explore(
      (world) => ({
        tree: { "app:store": durableStore<number>({ database: simulatedDatabase(world) }) },
        async run(runtime) {
          await (await boxOf(runtime)).set("a", 1, { ttl: 1 }, patient)
          await new Promise((resolve) => setTimeout(resolve, 2000))
        },
      }),
      {
        schedules: 20,
        sometimes: {
          held: (world) => world.entriesOf("app:store")?.get("a") === 1,
          over: (world) => world.now >= 2000 && world.entriesOf("app:store")?.size === 0,
        },
      },
    )
    nothingFailed(report)
    expect(report.neverSeen).toEqual([])
  })
})
