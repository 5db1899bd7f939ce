/** Durable stores under crashes and a database that fails: what was acknowledged is there, a batch is whole, fences rise, and who watches is told of nothing else than what is on disk. */

import { durableStore } from "pigeonhole/durable"
import type { Application, World } from "pigeonhole/simulation"
import { child, isWatchNotice, StoreMailbox } from "../../../actors/index.ts"
import { newTable, SimulatedDatabase } from "../../../actors/simulation/simulated-database.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const stores = { "app:store": child(durableStore<number>({ path: "own.db" }), { backoff: { initialMs: 5 } }) }
const boxOf = (self: Self) => self.acquire<StoreMailbox<number>>("app:store")
/** What is on disk under these keys; `undefined` where nobody can look, between two incarnations. */
const onDisk = (world: World, keys: readonly string[]): readonly unknown[] | undefined => {
  const entries = world.entriesOf("app:store")
  return entries && keys.map((key) => entries.get(key))
}

/** Whether it was acknowledged. */
async function isDone(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch {
    return false
  }
}

/** Each writes under a key of its own, and sees what it has written last; whatever else it sees is judged by what the store answers. */
const acknowledged = (): Application => {
  const verdict = new Verdict()
  return {
    tree: stores,
    async run(runtime) {
      const write = (key: string) => async (self: Self) => {
        const box = await boxOf(self)
        let least = 0
        for (let value = 1; value <= 3; value += 1) {
          if (await isDone(() => box.set(key, value, undefined, patient))) least = value
          // What was written last may be there, though that was not acknowledged.
          const seen = await box.get(key, patient).catch(() => value)
          verdict.expect((seen ?? 0) >= least, `${key} was ${seen} after ${least} was acknowledged`)
        }
        await box.update("both", (sum = 0) => sum + 1, undefined, patient).catch(() => {})
      }
      // What one was given once is there for good.
      const read = async (self: Self): Promise<void> => {
        const box = await boxOf(self)
        for (let step = 0; step < 4; step += 1) await box.get("a", patient).catch(() => {})
      }
      await parts(runtime, write("a"), write("b"), read)
    },
    check: verdict.look,
  }
}

/** Two keys that are written together are never seen apart on disk, after whatever crash. */
const whole = (): Application => {
  const verdict = new Verdict()
  return {
    tree: stores,
    async run(runtime, world) {
      const write = (first: number) => async (self: Self) => {
        const box = await boxOf(self)
        for (const value of [first, first + 1]) {
          const pairs = [["x", value] as const, ["y", value] as const]
          const isAcknowledged = await isDone(() => box.setMany(pairs, undefined, patient))
          const [x, y] = onDisk(world, ["x", "y"]) ?? [value, value]
          verdict.expect(!isAcknowledged || x !== undefined, "a batch was acknowledged, and nothing is there")
          verdict.expect(x === y, `half of a batch: ${x} and ${y}`)
        }
      }
      await parts(runtime, write(1), write(10))
    },
    async check(runtime) {
      const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
      const [x, y] = [await box.get("x", patient), await box.get("y", patient)]
      verdict.expect(x === y, `half of a batch: ${x} and ${y}`)
      return verdict.look()
    },
  }
}

/** Whoever is given a lease after another has a greater fence, of whatever incarnation. */
const fenced = (): Application => {
  const verdict = new Verdict()
  let highest = 0
  return {
    tree: stores,
    async run(runtime) {
      const take = async (self: Self): Promise<void> => {
        const box = await boxOf(self)
        for (let turn = 0; turn < 2; turn += 1) {
          const before = highest
          const lease = await box.lease("right", { ttl: 10 }, patient).catch(() => undefined)
          if (lease === undefined) continue
          verdict.expect(lease.fence > before, `the fence ${lease.fence} came after ${before}`)
          highest = Math.max(highest, lease.fence)
          await lease.release()
        }
      }
      await parts(runtime, take, take)
    },
    check: verdict.look,
  }
}

/** What was told to who watches is on disk when it is told, and stays there. */
const told = (): Application => {
  const verdict = new Verdict()
  return {
    tree: stores,
    async run(runtime, world) {
      let last = 0
      let isOver = false
      const watch = async (self: Self): Promise<void> => {
        const box = await boxOf(self)
        for await (const event of box.watch({ key: "a" })) {
          if (isWatchNotice(event) || event.type !== "set") continue
          const value = Number(event.value)
          const [there] = onDisk(world, ["a"]) ?? [value]
          verdict.expect(Number(there) >= value, `${value} was told, and ${there} is on disk`)
          last = Math.max(last, value)
          if (value === 9) break
        }
        isOver = true
      }
      const watching = parts(runtime, watch)
      await parts(runtime, async (self) => {
        const box = await boxOf(self)
        for (let value = 1; value <= 3; value += 1) await box.set("a", value, undefined, patient).catch(() => {})
        const seen = await box.get("a", patient).catch(() => undefined)
        verdict.expect(seen === undefined || seen >= last, `${last} was told, and ${seen} is there`)
        while (!isOver) {
          await box.set("a", 9, undefined, patient).catch(() => {})
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })
      await watching
    },
    check: verdict.look,
  }
}

/** What each of them has written last, by key, as far as anybody saw it on disk. */
const highest = new WeakMap<World, Map<string, number>>()
const KEYS = ["a", "b", "c"]

/** Each value of a key is greater than those before: what an incarnation that has ended still has to write must not take its place. */
const forward = (world: World): string | undefined => {
  const seen = highest.get(world) ?? new Map<string, number>()
  highest.set(world, seen)
  for (const [key, value] of world.entriesOf("app:store") ?? []) {
    const before = seen.get(key) ?? 0
    if (Number(value) < before) return `${key} was ${before} on disk, and is ${value}`
    seen.set(key, Number(value))
  }
  return undefined
}

/** A database that has a commit on disk some time before it says so. */
class LateDatabase extends SimulatedDatabase {
  override async commit(changes: Parameters<SimulatedDatabase["commit"]>[0], now: number): Promise<void> {
    await super.commit(changes, now)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Writes that wait behind a commit that is late, while the store is killed and restarts at once, again and again. */
const overtaken = (world: World): Application => {
  const verdict = new Verdict()
  const acknowledged = new Map<string, number>()
  const database = new LateDatabase(world, "database", newTable(world))
  return {
    tree: { "app:store": child(durableStore<number>({ database }), { backoff: { initialMs: 0 } }) },
    async run(runtime) {
      const write = (key: string) => async (self: Self) => {
        const box = await boxOf(self)
        for (let value = 1; value <= 3; value += 1) {
          if (await isDone(() => box.set(key, value, undefined, patient))) acknowledged.set(key, value)
        }
      }
      await parts(runtime, ...KEYS.map(write))
    },
    async check(runtime) {
      // Once it is up, there is a disk to look at.
      const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
      await box.get("a", patient)
      const there = onDisk(world, KEYS) ?? []
      KEYS.forEach((key, place) => {
        const least = acknowledged.get(key) ?? 0
        verdict.expect(Number(there[place] ?? 0) >= least, `${key} is ${there[place]} on disk, and ${least} was acknowledged`)
      })
      return verdict.look()
    },
  }
}

const faults = { crash: 2, databaseFails: 1 } as const

export const durableWrites: OwnScenario = { promises: [38], make: acknowledged, options: { faults } }
export const durableBatches: OwnScenario = { promises: [38], make: whole, options: { faults } }
export const durableLeases: OwnScenario = { promises: [36], make: fenced, options: { faults } }
export const durableWatches: OwnScenario = { promises: [35, 38], make: told, options: { faults } }
export const durableRestarts: OwnScenario = { promises: [38], make: overtaken, options: { faults: { crash: 3 }, always: { forward } } }
