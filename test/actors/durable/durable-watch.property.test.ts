/**
 * A durable store under any commands, with ends, holders, failing commits and crashes in between: whoever watches it has in the end what is there, and has
 * been told nothing twice, nothing out of order, and nothing that was not on disk.
 */

import fc from "fast-check"
import { expect, it } from "vitest"
import { type StoreMailbox, type StoreWatch, Unavailable, type WatchEvent } from "../../../actors/index.ts"
import { buildDurable, type DurableStage } from "../../support/durable-stage.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { seeds } from "../../support/seeds.ts"

const KEYS = ["a", "b", "c", "d", "e"]

type Command =
  | { readonly type: "set" | "bind" | "increment" | "delete" | "touch" | "load" | "get"; readonly key: string; readonly ttl: number }
  | { readonly type: "swap"; readonly key: string; readonly other: string }
  | { readonly type: "setMany" | "deleteMany"; readonly keys: readonly string[] }
  | { readonly type: "fail"; readonly isFailing: boolean }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "watch"; readonly isInitial: boolean; readonly room: number }
  | { readonly type: "settle" | "crash" | "leave" | "close" }

const key = fc.constantFrom(...KEYS)
const ttl = fc.constantFrom(0, 0, 1, 2)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constantFrom("set", "bind", "increment", "delete", "touch", "load", "get"), key, ttl }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("swap"), key, other: key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("setMany", "deleteMany"), keys: fc.uniqueArray(key, { minLength: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("advance"), ms: fc.constantFrom(100, 900, 1100) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("watch"), isInitial: fc.boolean(), room: fc.constantFrom(2, 4, 1000) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("settle", "leave", "close") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("fail"), isFailing: fc.boolean() }) },
)

const quiet = async (): Promise<void> => {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Forgets all at a gap and at a reset. */
class Follower {
  readonly known = new Map<string, unknown>()
  readonly watch: StoreWatch<unknown>
  readonly isInitial: boolean
  problem: unknown = undefined
  #versions = new Set<string>()
  #lastVersion = ""
  readonly #database: MemoryDatabase

  constructor(store: StoreMailbox, isInitial: boolean, room: number, database: MemoryDatabase) {
    this.watch = store.watch({ prefix: "", initial: isInitial, room })
    this.isInitial = isInitial
    this.#database = database
    this.#read().catch((error) => {
      this.problem = error
    })
  }

  async #read(): Promise<void> {
    for await (const event of this.watch) this.#hear(event)
  }

  #hear(event: WatchEvent): void {
    const { type, key: about = "", value, version, cause } = event
    if (type === "gap" || type === "reset") {
      this.known.clear()
      this.#versions = new Set()
      return
    }
    expect(this.#versions.has(version), `${type} ${about} ${version} is told twice`).toBe(false)
    this.#versions.add(version)
    // What is there is told in the order of the keys, the changes in that of their versions.
    if (cause !== "initial") {
      expect(version > this.#lastVersion, `${type} ${about} is out of order`).toBe(true)
      this.#lastVersion = version
      const count = Number.parseInt(version.split("-").at(-1) as string, 36)
      const highest = Math.max(...this.#database.commits.flat().map((change) => change.version))
      expect(count, `${type} ${about} is not on disk`).toBeLessThanOrEqual(highest)
    }
    if (type === "set") this.known.set(about, value)
    else {
      if (this.isInitial) expect(this.known.has(about), `${about} is told to go, and was not there`).toBe(true)
      this.known.delete(about)
    }
  }
}

class Run {
  readonly stage: DurableStage
  readonly database: MemoryDatabase
  readonly followers: Follower[] = []
  readonly #open: Promise<unknown>[] = []
  #holder: StoreMailbox | undefined
  #written = 0

  constructor(stage: DurableStage, database: MemoryDatabase) {
    this.stage = stage
    this.database = database
  }

  async step(said: Command): Promise<void> {
    const { store, time } = this.stage
    if (said.type === "advance") await time.advance(said.ms)
    else if (said.type === "settle") await this.settle()
    else if (said.type === "crash") {
      await this.settle()
      await this.stage.crash()
      await time.advance(60_000)
    } else if (said.type === "fail") this.database.failing = said.isFailing ? new Unavailable("the disk is full") : undefined
    else if (said.type === "watch") this.followers.push(new Follower(store, said.isInitial, said.room, this.database))
    else if (said.type === "close") this.followers.pop()?.watch.close()
    else if (said.type === "leave") {
      const holder = this.#holder
      this.#holder = undefined
      if (holder !== undefined) this.#open.push(holder.release())
    } else {
      if (said.type === "bind") this.#holder ??= await this.stage.runtime.acquire("app:entries")
      this.#open.push(this.#work(said).catch(() => {}))
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#open.splice(0))
    await quiet()
  }

  #work(said: Command): Promise<unknown> {
    const store = this.stage.store as StoreMailbox<number>
    this.#written += 1
    const n = this.#written
    switch (said.type) {
      case "set":
        return store.set(said.key, n, said.ttl)
      case "bind":
        return (this.#holder ?? store).set(said.key, n, { bound: true, ttl: said.ttl })
      case "increment":
        return store.increment(said.key, n)
      case "delete":
        return store.delete(said.key)
      case "touch":
        return store.touch(said.key, said.ttl)
      case "load":
        return store.getOrSet(said.key, () => n, { ttl: said.ttl })
      case "get":
        return store.get(said.key)
      case "swap":
        return store.transaction([said.key, said.other], (tx) => {
          const [one, other] = [tx.get(said.key), tx.get(said.other)]
          tx.delete(said.key)
          if (other !== undefined) tx.set(said.key, other)
          if (one !== undefined) tx.set(said.other, one)
        })
      case "setMany":
        return store.setMany(said.keys.map((each) => [each, n]))
      case "deleteMany":
        return store.deleteMany(said.keys)
      default:
        throw new Error(`${said.type} is no work`)
    }
  }

  /** What is there, once all ends are told. */
  async check(): Promise<void> {
    const { store, time } = this.stage
    this.database.failing = undefined
    for (let round = 0; round < 5; round += 1) {
      await this.settle()
      await time.advance(1100)
    }
    await this.settle()
    const there = new Map<string, unknown>()
    for await (const entry of store.entries()) there.set(entry.key, entry.value)
    const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort()
    for (const { known, isInitial, problem } of this.followers) {
      expect(problem).toBeUndefined()
      if (isInitial) expect(sorted(known)).toEqual(sorted(there))
      else for (const [each, value] of known) expect(there.get(each)).toEqual(value)
    }
  }
}

/** What was found to go wrong while this was written. */
const FOUND: readonly (readonly Command[])[] = [
  [
    { type: "set", key: "a", ttl: 1 },
    { type: "advance", ms: 1100 },
    { type: "watch", isInitial: false, room: 2 },
    { type: "setMany", keys: ["c", "a"] },
  ],
  [
    { type: "bind", key: "a", ttl: 0 },
    { type: "watch", isInitial: true, room: 2 },
    { type: "advance", ms: 100 },
    { type: "deleteMany", keys: ["a", "b"] },
    { type: "leave" },
  ],
  [
    { type: "watch", isInitial: true, room: 1000 },
    { type: "bind", key: "a", ttl: 0 },
    { type: "increment", key: "a", ttl: 0 },
    { type: "deleteMany", keys: ["a"] },
    { type: "leave" },
  ],
  [{ type: "watch", isInitial: true, room: 2 }, { type: "bind", key: "a", ttl: 0 }, { type: "set", key: "a", ttl: 0 }, { type: "leave" }],
  [
    { type: "bind", key: "e", ttl: 0 },
    { type: "watch", isInitial: true, room: 2 },
    { type: "increment", key: "e", ttl: 0 },
    { type: "touch", key: "e", ttl: 0 },
    { type: "leave" },
  ],
  [
    { type: "bind", key: "a", ttl: 0 },
    { type: "watch", isInitial: true, room: 2 },
    { type: "delete", key: "a", ttl: 0 },
    { type: "leave" },
  ],
  [
    { type: "bind", key: "b", ttl: 0 },
    { type: "advance", ms: 100 },
    { type: "watch", isInitial: true, room: 2 },
    { type: "set", key: "e", ttl: 0 },
    { type: "fail", isFailing: true },
    { type: "set", key: "a", ttl: 0 },
    { type: "swap", key: "b", other: "e" },
    { type: "leave" },
    { type: "advance", ms: 100 },
  ],
  [
    { type: "watch", isInitial: false, room: 2 },
    { type: "set", key: "a", ttl: 1 },
    { type: "advance", ms: 100 },
    { type: "fail", isFailing: true },
    { type: "advance", ms: 1100 },
    { type: "watch", isInitial: true, room: 2 },
    { type: "setMany", keys: ["a"] },
  ],
  [
    { type: "watch", isInitial: true, room: 1000 },
    { type: "bind", key: "d", ttl: 0 },
    { type: "leave" },
    { type: "increment", key: "d", ttl: 0 },
    { type: "increment", key: "d", ttl: 0 },
  ],
]

it("tells all who watch what is there in the end, each change once and in order, and after its commit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.constantFrom(1, 100), async (commands, maxHotEntries) => {
      const database = new MemoryDatabase()
      const stage = await buildDurable({}, { store: { database, maxHotEntries } })
      const run = new Run(stage, database)
      try {
        for (const said of commands) await run.step(said)
        await run.check()
      } finally {
        await stage.runtime.stop()
      }
    }),
    { ...seeds(150, 8), timeout: 10_000, examples: FOUND.map((commands) => [[...commands], 1]) },
  )
}, 60_000)
