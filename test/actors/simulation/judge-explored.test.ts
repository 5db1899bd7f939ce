/** Stores under schedules that no single runtime would have: answers that come late, in any order or never, faults, callers that die. */

import { describe, expect, it } from "vitest"
import { child, type Runtime, StoreMailbox, type StoreOptions, store } from "../../../actors/index.ts"
import { type Application, type ExploreOptions, explore, type World } from "../../../actors/simulation.ts"

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
