/** A write for which very many have to go has them go a few at a time: the host and others have their turns in between, and the store serves nobody else. */

import { describe, expect, it, onTestFinished, vi } from "vitest"
import { type StoreMailbox, type StoreOptions, server } from "../../../actors/index.ts"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { batchCalls } from "../../../actors/store/batch-operations.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { entryCalls } from "../../../actors/store/entry-operations.ts"
import { KeyIndex } from "../../../actors/store/key-index.ts"
import { OwnWork } from "../../../actors/store/own-work.ts"
import { PinnableEviction } from "../../../actors/store/pinnable-eviction.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { Lane, SLICE } from "../../../actors/store/slices.ts"
import { Deferred, Failure, type ServerSelf } from "../../../src/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStageOptions } from "../../support/store-stage.ts"
import { idleSelf, StoreTurns } from "../../support/store-turns.ts"

const LIGHT = 2000
const WEIGHED = { maxBytes: LIGHT, weigh: (value: unknown) => value as number }
/** What goes in one turn, and one for the entry that comes. */
const FEW = 33

type Write = (cache: StoreMailbox) => Promise<unknown>

const zeros = (many: number) => Array.from({ length: many }, (_, n) => [`zero ${n}`, 0, 60] as const)
const writes: readonly (readonly [string, Write])[] = [
  ["set", (cache) => cache.set("heavy", LIGHT, 60)],
  ["set with an idle time", (cache) => cache.set("heavy", LIGHT, { idle: 60 })],
  ["put", (cache) => cache.put("heavy", LIGHT, { onlyIfAbsent: true, ttl: 60 })],
  ["update", (cache) => cache.update("heavy", () => LIGHT, { ttl: 60 })],
  ["increment", (cache) => cache.increment("heavy", LIGHT, { ttl: 60 })],
  ["getOrSet", (cache) => cache.getOrSet("heavy", () => LIGHT, { ttl: 60 })],
  ["transaction", (cache) => cache.transaction(["heavy"], (tx) => tx.set("heavy", LIGHT, 60))],
  ["setMany", (cache) => cache.setMany([["heavy", LIGHT, 60], ...zeros(5)])],
  ["setMany of many", (cache) => cache.setMany([...zeros(2 * SLICE), ["heavy", LIGHT, 60]])],
]

async function filled(options: StoreOptions = { whenFull: "lru" }, child: StoreStageOptions["child"] = {}) {
  const stage = await openStore({ store: { ...WEIGHED, ...options } as StoreOptions, child })
  await stage.cache.setMany(
    Array.from({ length: options.maxBytes ?? LIGHT }, (_, n) => [`light ${n}`, 1] as const),
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
  const { victim } = PinnableEviction.prototype
  const { step } = Lane.prototype
  const { carryOut } = OwnWork.prototype
  const spies = [
    vi.spyOn(PinnableEviction.prototype, "victim").mockImplementation(counted(true, victim)),
    vi.spyOn(Lane.prototype, "step").mockImplementation(counted(false, step)),
    vi.spyOn(OwnWork.prototype, "carryOut").mockImplementation(counted(false, carryOut)),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return () => longest
}

describe.each(writes)("%s of what takes the whole store", (name, write) => {
  it.each(["lru", "adaptive", "soonest"] as const)("has others go a few at a time: %s", async (whenFull) => {
    const { cache } = await filled({ whenFull })
    const longest = longestRun()
    await write(cache)
    expect(longest()).toBeLessThanOrEqual(FEW)
    expect(await cache.get("heavy")).toBe(LIGHT)
    expect(await cache.statistics()).toMatchObject({ evicted: LIGHT, refused: 0 })
  })

  it("is done before whatever is asked for behind it, by whomever", async () => {
    const { cache, runtime } = await filled()
    const other = await runtime.acquire("app:cache")
    const order: string[] = []
    const note =
      (name: string) =>
      (value: unknown): void =>
        void order.push(`${name} ${value}`)
    const heavy = write(cache)
    // A load is no turn of the store's: what it comes to is written once it has come.
    if (name === "getOrSet") await heavy
    await Promise.all([
      heavy,
      cache.get("heavy").then(note("get")),
      other.get("light 1999").then(note("light")),
      other.set("zero 1", 0).then(note("set")),
      cache.take("heavy").then(note("take")),
      cache.set("heavy", 1).then(note("heavy again")),
    ])
    // What is a batch of many comes in slices, between which others come.
    if (name !== "setMany of many")
      expect(order).toEqual([`get ${LIGHT}`, "light undefined", "set true", `take ${LIGHT}`, "heavy again true"])
    expect(await cache.get("heavy")).toBe(1)
  })
})

describe("what is over, in a store that lets nobody go", () => {
  const weigh = (_key: string, value: unknown) => value as number
  const self = { ...idleSelf(), requestSignal: new AbortController().signal } as unknown as ServerSelf
  const batch = (more: number) => new SetManyRequest(readEntries([...zeros(more), ["heavy", LIGHT] as const], undefined, { id: 1, weigh }))

  it.each([
    ["a set", (state: StoreTurns["state"]) => entryCalls.set(state, new SetRequest("heavy", LIGHT, 1000, 0, LIGHT))],
    ["a batch in one step", (state: StoreTurns["state"]) => batchCalls.setMany(state, batch(10), self)],
    ["a batch in slices", (state: StoreTurns["state"]) => batchCalls.setMany(state, batch(2 * SLICE), self)],
  ] as const)("is removed a few at a time before %s", (_name, write) => {
    const store = new StoreTurns({ maxBytes: LIGHT })
    for (let n = 0; n < LIGHT; n += 1) store.set(`light ${n}`, 1, 1000, 1)
    store.now = 1000
    const { table, changes } = store.state
    let before = table.counters.expired
    let longest = 0
    const look = (): void => {
      longest = Math.max(longest, table.counters.expired - before)
      before = table.counters.expired
    }
    expect(write(store.state)).toBeInstanceOf(Deferred)
    look()
    for (;;) {
      // What comes first comes before the lane goes on by itself.
      if (!store.goOn()) {
        if (changes.isFree) break
        changes.step()
      }
      look()
    }
    expect(longest).toBeLessThanOrEqual(SLICE + 2 * FEW)
    expect([table.has("heavy", store.state.now), table.weight, table.counters.refused]).toEqual([true, LIGHT, 0])
  })
})

describe("while room is made for a heavy write", () => {
  it("other processes go on", async () => {
    const weight = 10 * LIGHT
    const { cache, runtime } = await filled({ whenFull: "lru", maxBytes: weight, maxEntries: 0 })
    const victim = vi.spyOn(PinnableEviction.prototype, "victim")
    onTestFinished(() => victim.mockRestore())
    const other = runtime.spawn(server({ init: () => ({}), call: { evicted: () => victim.mock.calls.length } }), undefined)
    await other.call.evicted()
    const heavy = cache.set("heavy", weight)
    const evicted = await other.call.evicted()
    await heavy
    expect(evicted).toBeGreaterThan(0)
    expect(evicted).toBeLessThan(weight / 2)
  })

  it("a caller's function is called once", async () => {
    const { cache } = await filled()
    const update = vi.fn(() => LIGHT)
    const transaction = vi.fn((tx: { set(key: string, value: number): void }) => tx.set("other", LIGHT))
    await cache.update("heavy", update)
    await cache.setMany(Array.from({ length: LIGHT }, (_, n) => [`light ${n}`, 1] as const))
    await cache.transaction(["other"], transaction)
    expect([update.mock.calls.length, transaction.mock.calls.length]).toEqual([1, 1])
  })

  it("no time passes for it: what it has found is there until it is written, and its own time counts from when it came", () => {
    const store = new StoreTurns({ maxBytes: LIGHT, whenFull: "lru" })
    const { state } = store
    const told: string[] = []
    for (let n = 1; n < LIGHT; n += 1) store.set(`light ${n}`, 1, 0, 1)
    store.set("heavy", 1, 10, 1)
    state.observers.add({
      changing: () => {},
      written: (slot, cause) => void told.push(`${state.table.keyAt(slot)} ${cause}`),
      removed: (key, removal) => void (removal === "evict" || told.push(`${key} ${removal}`)),
    })
    expect(entryCalls.set(state, new SetRequest("heavy", LIGHT, 5000, 0, LIGHT))).toBeInstanceOf(Deferred)
    store.now = 1000
    while (store.goOn());
    expect(told).toEqual(["heavy set"])
    expect(state.table.lifetimeAt(state.table.find("heavy", state.now)).deadline).toBe(5000)
  })

  it("nobody goes for one that there is no room for in the end", () => {
    const store = new StoreTurns({ maxBytes: LIGHT, whenFull: "lru" })
    const set = (key: string, weight: number, owner = 0) => entryCalls.set(store.state, new SetRequest(key, weight, 1000, owner, weight))
    for (let n = 1; n < LIGHT; n += 1) set(`light ${n}`, 1)
    set("bound", 1, 7)
    expect(set("heavy", LIGHT)).toBeInstanceOf(Failure)
    expect(set("heavier", LIGHT + 1)).toBeInstanceOf(Failure)
    expect([store.state.table.counters.evicted, store.state.table.counters.refused, store.goOn()]).toEqual([0, 2, false])
    expect(set("heavy", LIGHT - 1)).toBeInstanceOf(Deferred)
  })

  it("one goes at least, however many places those have that are replaced", async () => {
    const { cache } = await filled()
    const keys = Array.from({ length: 2 * FEW }, (_, n) => `key ${n}`)
    for (const key of keys) await cache.set(key, 0, { bound: true })
    await cache.setMany(keys.map((key) => [key, 1] as const))
    expect(await cache.getMany(keys)).toEqual(keys.map(() => 1))
  })

  it("who watches is told of each that goes, and then of what has come", async () => {
    const { cache } = await filled()
    const events: string[] = []
    const watch = cache.watch({ prefix: "", room: 2 * LIGHT })
    const over = (async () => {
      for await (const event of watch) {
        events.push(`${event.type} ${"key" in event ? event.key : ""}`)
        if (events.length > LIGHT) break
      }
    })()
    await cache.statistics()
    await cache.set("heavy", LIGHT)
    await over
    expect(events).toEqual([...Array.from({ length: LIGHT }, (_, n) => `evict light ${n}`), "set heavy"])
  })

  it("what is bound to a mailbox that is given back behind it goes with that", async () => {
    const { cache, runtime } = await filled()
    const other = await runtime.acquire("app:cache")
    const heavy = other.set("heavy", LIGHT, { bound: true })
    await other.release()
    expect([await heavy, await cache.has("heavy")]).toEqual([true, false])
  })

  it.each(["kill", { error: new Error("a bug") }, "shutdown"] as const)(
    "an end of the store is not held up (%j): what had not gone stays",
    async (reason) => {
      const { cache, runtime, time } = await filled({ whenFull: "lru" }, { state: "retain", restart: "permanent" })
      const heavy = refusalOf(cache.set("heavy", LIGHT))
      runtime.exit(runtime.whereis("app:cache") as NonNullable<ReturnType<typeof runtime.whereis>>, reason)
      await time.advance(1000)
      expect((await heavy).kind).toBe("UNAVAILABLE")
      const { entries, evicted } = await cache.statistics()
      expect([entries + evicted, evicted > 0, entries > 0, await cache.has("heavy")]).toEqual([LIGHT, true, true, false])
      expect(await cache.set("heavy", LIGHT)).toBe(true)
    },
  )

  it("a transaction for whose key there is no place in the end is refused, as it is where it needs no second turn", async () => {
    const { cache } = await filled()
    const hasPlace = vi.spyOn(KeyIndex.prototype, "hasRoom", "get").mockReturnValue(false)
    onTestFinished(() => hasPlace.mockRestore())
    for (const weight of [LIGHT, 1]) {
      const { kind } = await refusalOf(cache.transaction(["heavy"], (tx) => tx.set("heavy", weight)))
      expect([kind, await cache.has("heavy")]).toEqual(["UNAVAILABLE", false])
    }
    expect((await cache.statistics()).evicted).toBeGreaterThan(0)
  })

  it("a heavy one in a batch of many has its room, however fast others write", async () => {
    const { cache, runtime } = await filled()
    const other = await runtime.acquire("app:cache")
    let isIn = false
    const heavy = cache.setMany([...zeros(2 * SLICE), ["heavy", LIGHT]]).finally(() => {
      isIn = true
    })
    for (let n = 0; !isIn; n += 1) {
      expect(n).toBeLessThan(100)
      await Promise.all(Array.from({ length: 100 }, (_, at) => other.set(`new ${n}/${at}`, 1)))
    }
    expect(await heavy).toEqual(new Array(2 * SLICE + 1).fill(true))
  })
})
