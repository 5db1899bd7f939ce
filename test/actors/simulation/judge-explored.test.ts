/** Stores under schedules that no single runtime would have: answers that come late, in any order or never, faults, callers that die. */

import { describe, expect, it, vi } from "vitest"
import {
  child,
  type Runtime,
  StoreMailbox,
  type StoreOptions,
  start,
  store,
  type WatchEvent,
  type WatchOptions,
} from "../../../actors/index.ts"
import { type Application, type ExploreOptions, explore, type World } from "../../../actors/simulation.ts"
import { KeyOrder } from "../../../actors/store/key-order.ts"
import { WatchQueue } from "../../../actors/store/watch-queue.ts"

const KEYS = ["a", "b"]

/** Does one thing or another. */
function oneThing(box: StoreMailbox, { random }: { random(): number }, step: number): Promise<unknown> {
  const pick = <Item>(all: readonly Item[]): Item => all[Math.floor(random() * all.length)] as Item
  const key = pick(KEYS)
  return pick<() => Promise<unknown>>([
    () => box.get(key),
    () => box.set(key, step, pick([undefined, 0.01, 1])),
    () => box.set(key, { step }, { idle: 0.05, bound: random() < 0.3 }),
    () => box.delete(key),
    () => box.put(key, step, { onlyIfAbsent: true, ttl: 0.05, jitter: 0.5 }),
    () => box.update(key, (value) => (value === undefined ? step : undefined)),
    () => box.increment(key),
    () => box.take(key),
    () => box.ttl(key),
    () => box.touch(key, 0.5, { when: "gt" }),
    () => box.setMany(KEYS.map((each) => [each, step] as const)),
    () => box.getMany(KEYS),
    () => box.deleteMany(KEYS),
    () => box.list(),
    () => box.clear("a"),
    () =>
      box.transaction(KEYS, (tx) => {
        const value = tx.get("a")
        tx.set("b", value ?? "none", 0.02)
        return tx.delete("a")
      }),
    () => box.getOrSet(key, async () => step, { ttl: 0.02, staleFor: 1 }),
    () => box.lease(key, { ttl: 0.05, wait: true }, { timeoutMs: 200 }).then((lease) => lease.release()),
  ])()
}

function application(options: StoreOptions): Application {
  return {
    tree: { "app:store": child(store(options), { state: "retain" }) },
    async run(runtime: Runtime, world: World) {
      const caller = async (): Promise<void> => {
        const box = await (runtime as Runtime<{ "app:store": StoreMailbox }>).acquire("app:store")
        for (let step = 0; step < 5; step += 1) await oneThing(box, { random: () => world.random() }, step).catch(() => {})
      }
      await Promise.all([caller(), caller(), caller()])
    },
  }
}

/** Beside that, some watch it, of whom one is slow; they watch until the others are done. */
function watched(options: StoreOptions, state: "retain" | "reset", told: WatchEvent[]): Application {
  const { run } = application(options)
  return {
    tree: { "app:store": child(store(options), { state }) },
    async run(runtime: Runtime, world: World) {
      const boxes = await Promise.all([1, 2, 3].map(() => runtime.acquire("app:store", { as: StoreMailbox })))
      const wanted: WatchOptions[] = [{ prefix: "" }, { key: "a", initial: true }, { prefix: "", initial: true, room: 2 }]
      const watches = boxes.map((box, at) => box.watch(wanted[at] ?? { key: "a" }))
      const readers = watches.map(async (watch, at) => {
        for await (const event of watch) {
          told.push(event)
          if (at === 2) await world.external("somewhere", () => undefined)
        }
      })
      const read = Promise.allSettled(readers)
      await run(runtime as never, world)
      for (const watch of watches) watch.close()
      await read
    },
  }
}

describe("watches that are explored", () => {
  it.each<[ExploreOptions, StoreOptions, "retain" | "reset"]>([
    [{}, {}, "retain"],
    [{}, { partitions: 3 }, "retain"],
    [{ faults: { crash: 2, slowReply: true } }, { history: 4 }, "retain"],
    [{ faults: { crash: 2, inboxFull: 0.1 } }, { partitions: 2 }, "reset"],
    [{}, { maxEntries: 1, whenFull: "lru" }, "reset"],
  ])("are never said to be wrong (%o, %o, %s)", async (options, storeOptions, state) => {
    const told: WatchEvent[] = []
    const { failure } = await explore(() => watched(storeOptions, state, told), { schedules: 40, ...options })
    expect(failure?.message).toBeUndefined()
    expect(told.length).toBeGreaterThan(40)
  })

  it.each([undefined, 3])("are said to be wrong where they tell a change twice (of %s partitions)", async (partitions) => {
    const twice = (): Application => ({
      tree: { "app:store": store(partitions === undefined ? {} : { partitions }) },
      async run(runtime) {
        const box = await runtime.acquire("app:store", { as: StoreMailbox })
        const watch = box.watch({ prefix: "" })
        const { shift } = WatchQueue.prototype
        let kept = 1
        const spy = vi.spyOn(WatchQueue.prototype, "shift").mockImplementation(function (this: WatchQueue) {
          if (this.peek()?.type !== "set" || kept-- <= 0) shift.call(this)
        })
        await box.set("k", 1)
        await watch.next()
        await watch.next()
        spy.mockRestore()
      },
    })
    const { failure } = await explore(twice, { schedules: 3 })
    expect(failure).toMatchObject({ kind: "history", name: expect.stringMatching(/^app:store/) })
    expect(failure?.message).toMatch(/outside's watch was told set of "k" again/)
  })
})

describe("a store that is explored", () => {
  it.each<[ExploreOptions, StoreOptions]>([
    [{}, {}],
    [{ order: "runtime" }, {}],
    [{ faults: { slowReply: true, clockJump: 2, lostReply: true } }, {}],
    [{ faults: { crash: 1, slowReply: true, callerDies: true, inboxFull: 0.1 } }, {}],
    [{ faults: { callerDies: true } }, { maxEntries: 2, whenFull: "lru" }],
  ])("is never said to be wrong (%o, %o)", async (options, storeOptions) => {
    const { failure, undecided } = await explore(() => application(storeOptions), { schedules: 40, ...options })
    expect([failure?.message, undecided]).toEqual([undefined, 0])
  })

  it("is never said to be wrong where the scenario starts its application, and it crashes or is started anew", async () => {
    const twice = (world: World): Application => ({
      tree: {},
      async run() {
        for (let left = 2; left > 0; left -= 1) {
          await using runtime = await start({ "app:store": store() }, { host: world.host, log: () => {} })
          const box = await runtime.acquire("app:store", { as: StoreMailbox })
          await box.get("a").catch(() => {})
          await box.set("a", left).catch(() => {})
          await box.get("a").catch(() => {})
        }
      },
    })
    for (const faults of [{}, { crash: 2 }]) {
      const { failure } = await explore(twice, { schedules: 100, faults })
      expect(failure?.message).toBeUndefined()
    }
  })

  it("is said to be wrong where it lists its keys in another order", async () => {
    const listing = (): Application => ({
      tree: { "app:store": store() },
      async run(runtime) {
        const box = await runtime.acquire("app:store", { as: StoreMailbox })
        await box.setMany(KEYS.map((key) => [key, 1] as const))
        await box.list()
      },
    })
    expect((await explore(listing, { schedules: 3 })).failure).toBeUndefined()
    const { page } = KeyOrder.prototype
    const spy = vi.spyOn(KeyOrder.prototype, "page").mockImplementation(function (this: KeyOrder, ...range) {
      return page.apply(this, range).reverse()
    })
    const { failure } = await explore(listing, { schedules: 3 })
    spy.mockRestore()
    expect(failure).toMatchObject({ kind: "history", name: "app:store", message: expect.stringContaining('list gave "a" behind "b"') })
  })

  it("is said to be wrong where it loses what was written", async () => {
    const losing = (): Application => ({
      tree: { "app:store": store() },
      async run(runtime, world) {
        const box = await runtime.acquire("app:store", { as: StoreMailbox })
        await box.set("k", 1)
        ;(world.stateOf("app:store") as { table: { delete(key: string): unknown } }).table.delete("k")
        await box.get("k")
      },
    })
    const { failure } = await explore(losing, { schedules: 3 })
    expect(failure).toMatchObject({ kind: "history", name: "app:store" })
    expect(failure?.message).toContain('get("k") gave undefined')
  })
})
