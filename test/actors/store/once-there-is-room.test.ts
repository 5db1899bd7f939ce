/** A write for which very many go has them go by and by: others are served meanwhile, and the store is at no moment above its limit. */

import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { StoreMailbox, StoreOptions } from "../../../actors/index.ts"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { batchCalls } from "../../../actors/store/batch-operations.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { entryCalls } from "../../../actors/store/entry-operations.ts"
import { EntryTable } from "../../../actors/store/entry-table.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { Lane } from "../../../actors/store/slices.ts"
import { StoreState } from "../../../actors/store/store-state.ts"
import { Deferred, Failure } from "../../../src/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"
import { StoreTurns } from "../../support/store-turns.ts"

const LIGHT = 2000
const WEIGHED = { maxBytes: LIGHT, weigh: (value: unknown) => value as number }
/** What goes in the turn of the request and in the first slice, before others come. */
const FEW = 70
const NOBODY = { requestSignal: new AbortController().signal, defer: () => new Deferred<never>(undefined) }

type Write = (cache: StoreMailbox) => Promise<unknown>

const writes: readonly (readonly [string, Write])[] = [
  ["set", (cache) => cache.set("heavy", LIGHT, 60)],
  ["set with an idle time", (cache) => cache.set("heavy", LIGHT, { idle: 60 })],
  ["put", (cache) => cache.put("heavy", LIGHT, { onlyIfAbsent: true, ttl: 60 })],
  ["update", (cache) => cache.update("heavy", () => LIGHT, { ttl: 60 })],
  ["increment", (cache) => cache.increment("heavy", LIGHT, { ttl: 60 })],
  ["getOrSet", (cache) => cache.getOrSet("heavy", () => LIGHT, { ttl: 60 })],
  ["transaction", (cache) => cache.transaction(["heavy"], (tx) => tx.set("heavy", LIGHT, 60))],
  ["setMany", (cache) => cache.setMany([["heavy", LIGHT, 60]])],
  [
    "setMany of many",
    (cache) => cache.setMany([["heavy", LIGHT, 60], ...Array.from({ length: 200 }, (_, n) => [`zero ${n}`, 0, 60] as const)]),
  ],
]

async function filled(options: StoreOptions) {
  const stage = await openStore({ store: { ...WEIGHED, ...options } as StoreOptions })
  await stage.cache.setMany(
    Array.from({ length: LIGHT }, (_, n) => [`light ${n}`, 1] as const),
    3600,
  )
  return stage
}

/** How many go at once, at most: in one message of the store's. */
function longestRun(): () => number {
  let run = 0
  let longest = 0
  const counted = (counts: boolean, own: (...given: never[]) => unknown) =>
    function counting(this: unknown, ...given: never[]) {
      run = counts ? run + 1 : 0
      longest = Math.max(longest, run)
      return own.apply(this, given)
    } as never
  const { evict, removeDead } = EntryTable.prototype
  const { step } = Lane.prototype
  const { sweep } = StoreState.prototype
  const spies = [
    vi.spyOn(EntryTable.prototype, "evict").mockImplementation(counted(true, evict)),
    vi.spyOn(EntryTable.prototype, "removeDead").mockImplementation(counted(true, removeDead)),
    vi.spyOn(Lane.prototype, "step").mockImplementation(counted(false, step)),
    vi.spyOn(StoreState.prototype, "sweep").mockImplementation(counted(false, sweep)),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return () => longest
}

describe.each(writes)("%s of what takes the whole store", (_name, write) => {
  it.each(["lru", "adaptive", "soonest"] as const)("has others go a few at a time: %s", async (whenFull) => {
    const { cache } = await filled({ whenFull })
    const longest = longestRun()
    await write(cache)
    expect(longest()).toBeLessThanOrEqual(FEW)
    expect(await cache.get("heavy")).toBe(LIGHT)
    expect(await cache.statistics()).toMatchObject({ evicted: LIGHT, refused: 0 })
  })
})

describe("what is over, in a store that lets nobody go", () => {
  const weigh = (_key: string, value: unknown) => value as number
  const batch = (more: number) => {
    const zeros = Array.from({ length: more }, (_, n) => [`zero ${n}`, 0] as const)
    return new SetManyRequest(readEntries([...zeros, ["heavy", LIGHT]], undefined, { id: 1, weigh }))
  }

  it.each([
    ["a set", (state: StoreState) => entryCalls.set(state, new SetRequest("heavy", LIGHT, 1000, 0, LIGHT), NOBODY)],
    ["a batch in one step", (state: StoreState) => batchCalls.setMany(state, batch(10), NOBODY as never)],
    ["a batch in slices", (state: StoreState) => batchCalls.setMany(state, batch(200), NOBODY as never)],
  ] as const)("is removed a few at a time before %s", (_name, write) => {
    const store = new StoreTurns({ maxBytes: LIGHT })
    for (let n = 0; n < LIGHT; n += 1) store.set(`light ${n}`, 1, 1000, 1)
    store.now = 1000
    const longest = longestRun()
    write(store.state)
    while (!store.state.changes.isFree) store.state.changes.step()
    expect(longest()).toBeLessThanOrEqual(FEW)
    const { table } = store.state
    expect([table.has("heavy", store.state.now), table.weight, table.counters.refused]).toEqual([true, LIGHT, 0])
  })
})

describe("while room is made for a heavy write", () => {
  it("who comes after it has the last word on its key", async () => {
    const { cache } = await filled({ whenFull: "lru" })
    const heavy = cache.set("key", LIGHT)
    const light = cache.set("key", 1)
    expect([await light, await heavy, await cache.get("key")]).toEqual([true, true, 1])
    const again = cache.set("key", LIGHT)
    expect([await cache.delete("key"), await again, await cache.get("key")]).toEqual([true, true, undefined])
  })

  it("others are written, each of them, and the heavy one is in all the same", async () => {
    const { cache } = await filled({ whenFull: "lru" })
    let isIn = false
    const heavy = cache.set("heavy", LIGHT - 100).finally(() => {
      isIn = true
    })
    for (let n = 0; !isIn; n += 1) {
      expect(await cache.set(`new ${n}`, 1)).toBe(true)
      expect(await cache.get(`new ${n}`)).toBe(1)
    }
    expect([await heavy, await cache.has("heavy")]).toEqual([true, true])
  })

  it("what has gone for it is kept from others, however fast they write", () => {
    const store = new StoreTurns({ maxBytes: LIGHT, whenFull: "lru" })
    const { state } = store
    for (let n = 0; n < LIGHT; n += 1) store.set(`light ${n}`, 1, 0, 1)
    entryCalls.set(state, new SetRequest("heavy", LIGHT / 2, 1000, 0, LIGHT / 2), NOBODY)
    for (let steps = 0; !state.changes.isFree; steps += 1) {
      expect(steps).toBeLessThan(LIGHT)
      for (let n = 0; n < 40; n += 1) expect(store.set(`new ${steps}/${n}`, 1, 0, 1)).toBe(true)
      state.changes.step()
    }
    expect(state.table.has("heavy", state.now)).toBe(true)
  })

  it("one that is too heavy for the store is refused as ever, and nobody goes for it", () => {
    const { state } = new StoreTurns({ maxBytes: LIGHT, whenFull: "lru" })
    const set = (key: string, weight: number) => entryCalls.set(state, new SetRequest(key, weight, 1000, 0, weight), NOBODY)
    for (let n = 0; n < LIGHT; n += 1) set(`light ${n}`, 1)
    expect(set("heavy", LIGHT)).toBeInstanceOf(Deferred)
    const { evicted } = state.table.counters
    expect(set("heavier", LIGHT + 1)).toBeInstanceOf(Failure)
    expect(state.table.counters.evicted).toBe(evicted)
  })

  it("a second heavy one waits its turn, and both are answered", async () => {
    const { cache } = await filled({ whenFull: "lru" })
    const order: string[] = []
    const note = (name: string) => () => order.push(name)
    await Promise.all([cache.set("first", LIGHT).then(note("first")), cache.set("second", LIGHT).then(note("second"))])
    expect([order, await cache.has("first"), await cache.has("second")]).toEqual([["first", "second"], false, true])
  })

  it("nobody takes from it what may still go: what stays comes behind it, and is refused or kept as it would have been", async () => {
    const { cache } = await filled({ whenFull: "lru" })
    const heavy = cache.set("heavy", LIGHT, { bound: true })
    const refused = refusalOf(cache.set("bound", 1, { bound: true }))
    expect(await cache.set("light", 0)).toBe(true)
    expect([await heavy, (await refused).kind]).toEqual([true, "UNAVAILABLE"])
    expect(await cache.has("heavy")).toBe(true)
  })

  it("what it has read of its own key stays there for it", async () => {
    const { cache } = await filled({ whenFull: "lru" })
    await cache.delete("light 1")
    await cache.set("count", 1)
    for (let n = 2; n < LIGHT; n += 1) await cache.get(`light ${n}`)
    const entry = await cache.increment("count", LIGHT - 1)
    expect(entry.value).toBe(LIGHT)
    await cache.clear()
    for (let n = 0; n < LIGHT - 2; n += 1) {
      await cache.set(`light ${n}`, 1)
      if (n === LIGHT / 2) await cache.set("a", 2)
    }
    await cache.transaction(["a", "b"], (tx) => tx.set("b", (tx.get("a") as number) + LIGHT - 4))
    expect(await cache.getMany(["a", "b"])).toEqual([2, LIGHT - 2])
  })

  it("what was written for a mailbox that was given back meanwhile goes with it", async () => {
    const { cache, runtime } = await filled({ whenFull: "lru" })
    const other = await runtime.acquire("app:cache")
    void other.set("heavy", LIGHT, { bound: true }).catch(() => {})
    await cache.statistics()
    await other.release()
    await cache.setMany([["last", 1]])
    expect(await cache.has("heavy")).toBe(false)
  })

  it("a crash leaves what had not gone, and no room that is kept", () => {
    const { state } = new StoreTurns({ maxBytes: LIGHT, whenFull: "lru" })
    const set = (of: StoreState, key: string, weight: number) => entryCalls.set(of, new SetRequest(key, weight, 1000, 0, weight), NOBODY)
    for (let n = 0; n < LIGHT; n += 1) set(state, `light ${n}`, 1)
    set(state, "heavy", LIGHT)
    state.changes.step()
    const { evicted } = state.table.counters
    expect(evicted).toBeLessThan(LIGHT)
    const next = new StoreState(state.settings, state.self, state)
    for (let n = 0; n < evicted; n += 1) expect(set(next, `more ${n}`, 1)).toBe(true)
    expect([next.table.counters.evicted, next.table.weight]).toEqual([evicted, LIGHT])
    expect(set(next, "bound", LIGHT)).toBeInstanceOf(Deferred)
  })
})
