/** What a judge of stores refuses: each sort of wrong answer, planted into what a real store has answered. */

import { describe, expect, it } from "vitest"
import { AlreadyExists, type Conflict, type StoreMailbox, type WatchEvent } from "../../../actors/index.ts"
import { judgeLeases } from "../../../actors/simulation/judge-leases.ts"
import { JUDGED_CALLS, judgeStore, PASSED_OVER, PASSED_OVER_IN_PART } from "../../../actors/simulation/judge-store.ts"
import { judgeWatches } from "../../../actors/simulation/judge-watches.ts"
import { STORE_CALLS } from "../../../actors/store/store-face.ts"
import type { Operation } from "../../../src/simulation.ts"
import { openRecorded, type RecordedStore } from "../../support/recorded-store.ts"

const RULES = { evicts: false }

/** What was answered last is another answer. */
function falsified({ history }: RecordedStore, value: unknown, back = 1): readonly Operation[] {
  const place = history.length - back
  return history.map((operation, at) => (at === place ? { ...operation, outcome: { value } } : operation))
}

/** Its last answer is right, and would not be another one. */
function judged(stage: RecordedStore, wrong: unknown, back = 1) {
  expect(judgeStore(stage.history, RULES)).toEqual({ verdict: "linearizable" })
  return judgeStore(falsified(stage, wrong, back), RULES)
}

/** The entry as it was answered last, with something else in it. */
function entryWith({ history }: RecordedStore, change: Readonly<Record<string, unknown>>): unknown {
  const { outcome } = history.at(-1) as Operation
  return { ...(outcome as { readonly value: object }).value, ...change }
}

describe("judgeStore", () => {
  it("refuses the value of another key, and says what could have been given", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    await stage.cache.set("b", 2)
    await stage.cache.get("a")
    const { caller } = stage.history[0] as Operation
    expect(judged(stage, 2)).toEqual({
      verdict: "violated",
      key: "a",
      why: `${caller}'s get("a") gave 2, and no order of what was asked explains that. It could have given 1 (after ${caller}'s set("a", 1)).`,
    })
  })

  it("refuses a stale value", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", { n: 1 })
    await stage.cache.set("a", { n: 2 })
    await stage.cache.get("a")
    expect(judged(stage, { n: 1 }).verdict).toBe("violated")
  })

  it("refuses a lost write, and one that comes back after its removal", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    await stage.cache.get("a")
    expect(judged(stage, undefined).verdict).toBe("violated")
    await stage.cache.delete("a")
    await stage.cache.get("a")
    expect(judged(stage, 1).verdict).toBe("violated")
  })

  it("refuses what was written though there was no room for it", async () => {
    const stage = await openRecorded({ store: { maxEntries: 1, whenFull: "reject" } })
    await stage.cache.set("a", 1)
    await expect(stage.cache.set("b", 2)).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await expect(stage.cache.put("b", 2)).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await expect(stage.cache.increment("b", 2)).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await expect(stage.cache.update("b", () => 2)).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await expect(stage.cache.transaction(["b"], (tx) => tx.set("b", 2))).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await expect(
      stage.cache.setMany([
        ["b", 2],
        ["c", 2],
      ]),
    ).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await stage.cache.get("b")
    expect(judged(stage, 2).verdict).toBe("violated")
  })

  it("knows nothing of a batch that a store has no room for which makes room", async () => {
    const stage = await openRecorded({ store: { maxEntries: 1, whenFull: "lru" } })
    await stage.cache.set("a", 1, { bound: true })
    await expect(
      stage.cache.setMany([
        ["b", 2],
        ["c", 2],
      ]),
    ).rejects.toMatchObject({ kind: "UNAVAILABLE" })
    await stage.cache.get("b")
    expect(judgeStore(falsified(stage, 2), { evicts: true })).toEqual({ verdict: "linearizable" })
  })

  it("knows that a batch of few may wait behind a clear that walks where many were, and that who comes meanwhile has the last word", async () => {
    const stage = await openRecorded()
    const { cache } = stage
    const many = Array.from({ length: 300 }, (_, at) => [`many ${at}`, at] as const)
    await cache.setMany(many)
    await cache.deleteMany(many.map(([key]) => key))
    const found: unknown[] = []
    await Promise.all([cache.clear(), cache.setMany([["a", 1]]), cache.update("a", (value) => void found.push(value))])
    expect([found, await cache.get("a")]).toEqual([[undefined], undefined])
    expect(judged(stage, 2).verdict).toBe("violated")
  })

  it("refuses an expired value, and one that expired too soon", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1, 1)
    await stage.time.advance(999)
    await stage.cache.get("a")
    expect(judged(stage, undefined).verdict).toBe("violated")
    await stage.time.advance(1)
    await stage.cache.get("a")
    expect(judged(stage, 1).verdict).toBe("violated")
  })

  it("allows either while it is not known when a TTL began to count", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1, 1)
    await stage.time.advance(1005)
    await stage.cache.get("a")
    const set = { ...(stage.history[0] as Operation), answeredAt: 10 }
    const seeing = (value: unknown, askedAt: number) =>
      judgeStore([set, { ...(stage.history[1] as Operation), askedAt, answeredAt: askedAt, outcome: { value } }], RULES).verdict
    expect([seeing(1, 1005), seeing(undefined, 1005)]).toEqual(["linearizable", "linearizable"])
    expect([seeing(1, 1010), seeing(undefined, 999)]).toEqual(["violated", "violated"])
  })

  it("refuses a time that idle reading should have moved, or should not", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1, { idle: 1 })
    await stage.time.advance(600)
    await stage.cache.get("a")
    await stage.time.advance(600)
    await stage.cache.has("a")
    expect(judged(stage, false).verdict).toBe("violated")
    await stage.time.advance(600)
    await stage.cache.has("a")
    expect(judged(stage, true).verdict).toBe("violated")
  })

  it("refuses a wrong time to live", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1, 2)
    await stage.time.advance(500)
    await stage.cache.ttl("a")
    expect(judged(stage, 1.6).verdict).toBe("violated")
    expect(judged(stage, Number.POSITIVE_INFINITY).verdict).toBe("violated")
    await stage.cache.persist("a")
    await stage.cache.ttl("a")
    expect(judged(stage, 1.5).verdict).toBe("violated")
    await stage.cache.touch("a", 3)
    await stage.cache.ttl("a")
    expect(judged(stage, Number.POSITIVE_INFINITY).verdict).toBe("violated")
  })

  it("refuses two winners of onlyIfAbsent, and one who was refused for nothing", async () => {
    const stage = await openRecorded()
    await stage.cache.put("a", 1, { onlyIfAbsent: true })
    await stage.cache.delete("a")
    await stage.cache.put("a", 2, { onlyIfAbsent: true })
    expect(judged(stage, undefined).verdict).toBe("violated")
    const [first, , second] = stage.history as [Operation, Operation, Operation]
    expect(judgeStore([first, second], RULES)).toMatchObject({
      verdict: "violated",
      why: expect.stringMatching(/could have given the error ALREADY_EXISTS/),
    })
    const refusal = { ...second, outcome: { error: new AlreadyExists("there is one") } }
    expect(judgeStore([first, refusal], RULES).verdict).toBe("linearizable")
    expect(judgeStore([...stage.history.slice(0, 2), refusal], RULES).verdict).toBe("violated")
  })

  it("refuses a write on a version that is not there any more", async () => {
    const stage = await openRecorded()
    const { version } = await stage.cache.put("a", 1)
    const next = await stage.cache.put("a", 2, { ifVersion: version })
    await stage.cache.put("a", 3, { ifVersion: version }).catch((error: Conflict) => expect(error.kind).toBe("CONFLICT"))
    expect(judged(stage, { key: "a", value: 3, version: `${next.version}9`, expiresAt: undefined }).verdict).toBe("violated")
  })

  it("refuses a version that falls, that is another one, or that changes without a write", async () => {
    const stage = await openRecorded()
    const first = await stage.cache.put("a", 1)
    await stage.cache.put("a", 2)
    expect(judged(stage, entryWith(stage, { version: first.version })).verdict).toBe("violated")
    await stage.cache.entry("a")
    expect(judged(stage, entryWith(stage, { version: first.version })).verdict).toBe("violated")
    expect(judged(stage, entryWith(stage, { version: "zzz" })).verdict).toBe("violated")
    expect(judged(stage, entryWith(stage, { key: "b" })).verdict).toBe("violated")
    expect(judged(stage, entryWith(stage, { value: 1 })).verdict).toBe("violated")
    expect(judged(stage, entryWith(stage, { expiresAt: 5 })).verdict).toBe("violated")
  })

  it("refuses a lost update: two that were made of the same", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    const add = (by: number) => stage.cache.update("a", (value) => (value as number) + by)
    await Promise.all([add(1), add(10)])
    expect(judgeStore(stage.history, RULES).verdict).toBe("linearizable")
    const [set, one, other] = stage.history as [Operation, Operation, Operation]
    // As if the second had not seen the first.
    expect(judgeStore([set, other], RULES).verdict).toBe("violated")
    expect(judgeStore([set, one], RULES).verdict).toBe("linearizable")
  })

  it("refuses a count that misses one", async () => {
    const stage = await openRecorded()
    await stage.cache.increment("a")
    await stage.cache.increment("a", 2)
    expect(judged(stage, entryWith(stage, { value: 2 })).verdict).toBe("violated")
  })

  it("refuses a transaction that saw what never stood together", async () => {
    const stage = await openRecorded()
    const move = (sum: number) =>
      stage.cache.transaction(["a", "b"], (tx) => {
        tx.set("a", Number(tx.get("a") ?? 0) - sum)
        tx.set("b", Number(tx.get("b") ?? 0) + sum)
      })
    await move(1)
    await stage.cache.get("a")
    await move(2)
    expect(judgeStore(stage.history, RULES)).toEqual({ verdict: "linearizable" })
    const [first, between, second] = stage.history as [Operation, Operation, Operation]
    expect(judgeStore([second], RULES)).toMatchObject({ verdict: "violated", key: "a, b" })
    expect(judgeStore([first, { ...between, outcome: { value: 0 } }, second], RULES).verdict).toBe("violated")
  })

  it("refuses a transaction of which half was done", async () => {
    const stage = await openRecorded()
    await stage.cache.transaction(["a", "b"], (tx) => {
      tx.set("a", 1)
      tx.set("b", 1)
    })
    await stage.cache.getMany(["a", "b"])
    expect(judged(stage, [1, undefined]).verdict).toBe("violated")
  })

  it("refuses wrong answers of many keys at once", async () => {
    const stage = await openRecorded()
    await stage.cache.setMany([
      ["a", 1],
      ["b", 2],
    ])
    await stage.cache.getMany(["b", "a", "c"])
    expect(judged(stage, [1, 2, undefined]).verdict).toBe("violated")
    await stage.cache.deleteMany(["a", "c"])
    expect(judged(stage, [false, false]).verdict).toBe("violated")
    expect(judged(stage, [true, true]).verdict).toBe("violated")
    await stage.cache.getMany(["a", "b"])
    expect(judged(stage, [1, 2]).verdict).toBe("violated")
  })

  it("refuses a list that misses a key, or has one that is not there", async () => {
    const stage = await openRecorded()
    await stage.cache.setMany([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ])
    await stage.cache.delete("c")
    await stage.cache.entry("b")
    const { items, ...rest } = await stage.cache.list()
    const [a, b] = items as [unknown, unknown]
    expect(judged(stage, { items: [a], ...rest }).verdict).toBe("violated")
    expect(judged(stage, { items: [a, b, { key: "c", version: "zzz", expiresAt: undefined }], ...rest }).verdict).toBe("violated")
    expect(judged(stage, { items: [a, { key: "b", version: "0", expiresAt: undefined }], ...rest }).verdict).toBe("violated")
    // Of a page that is not the last, what comes behind it is not missing; of a part of the store, nothing is.
    expect(judged(stage, { items: [a], cursor: "a", hasMore: true }).verdict).toBe("linearizable")
    expect(judgeStore(falsified(stage, { ...rest, items: [a], cursor: "a" }), { evicts: false, partitioned: true }).verdict).toBe(
      "linearizable",
    )
  })

  it("refuses a page out of order, of other keys, of too many, or with another cursor than its last key", async () => {
    const stage = await openRecorded()
    // By code units the second, of two, is before the third, though its code point is behind it.
    const keys = ["k", "k\u{1f600}", "k\uffee", "m"]
    await stage.cache.setMany(keys.map((key) => [key, 1] as const))
    const page = await stage.cache.list({ prefix: "k", limit: 2 })
    const [one, two] = page.items as [unknown, unknown]
    expect(judged(stage, page).verdict).toBe("linearizable")
    const wrong = (items: readonly unknown[], cursor: string | undefined) => judged(stage, { items, cursor, hasMore: true })
    expect(wrong([two, one], "k").why).toMatch(/list gave "k" behind "k.*"\.$/u)
    expect(wrong([one, one], "k").verdict).toBe("violated")
    expect(wrong([one, two], "k")).toMatchObject({
      verdict: "violated",
      why: expect.stringContaining("as its cursor, and the last key is"),
    })
    await stage.cache.list({ prefix: "k", after: "k", limit: 2 })
    expect(wrong([one, two], keys[1]).verdict).toBe("violated")
    await stage.cache.list({ prefix: "k", limit: 1 })
    expect(wrong([one, two], keys[1]).why).toMatch(/2 keys, and was asked for 1 at most/)
    await stage.cache.list({ prefix: "l" })
    expect(wrong([one], "k").why).toMatch(/"k", which does not begin with "l"/)
    await stage.cache.list({ prefix: "l", after: "lq" })
    expect(judged(stage, { items: [], cursor: undefined, hasMore: false }).verdict).toBe("violated")
    expect(judged(stage, { items: [], cursor: "lq", hasMore: false }).verdict).toBe("linearizable")
  })

  it("refuses what clear has not found; but not where somebody has written it behind that, while a batch was before it", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    await stage.cache.clear()
    expect(judged(stage, [], 2).verdict).toBe("violated")
    await stage.cache.set("a299", 0)
    const batch = Array.from({ length: 300 }, (_, at) => [`a${at}`, 1] as const)
    await Promise.all([stage.cache.setMany(batch), stage.cache.clear(), stage.cache.set("a299", 2)])
    expect(await stage.cache.get("a299")).toBe(2)
    expect(judgeStore(stage.history, RULES)).toEqual({ verdict: "linearizable" })
  })

  it("refuses what is cleared and stays", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    await stage.cache.clear()
    await stage.cache.get("a")
    expect(judged(stage, 1).verdict).toBe("violated")
  })

  it("refuses a loaded value that nobody has written or loaded, and takes one that was loaded", async () => {
    const stage = await openRecorded()
    await stage.cache.getOrSet("a", () => 1)
    await stage.cache.getOrSet("a", () => 2)
    expect(judged(stage, 3)).toMatchObject({ verdict: "violated", key: "a" })
    await stage.cache.get("a")
    expect(judged(stage, 2).verdict).toBe("violated")
  })

  it("knows that what was lost is gone, and of what may be lost nothing", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    stage.forgets()
    await stage.cache.get("a")
    const { history, lost } = stage
    const seeing = (value: unknown, leaves: "nothing" | "some" | "unknown") =>
      judgeStore(falsified(stage, value), { evicts: false, lost: lost.map((loss) => ({ ...loss, leaves })) }).verdict
    expect(history).toHaveLength(2)
    expect([1, undefined].map((value) => seeing(value, "nothing"))).toEqual(["violated", "linearizable"])
    expect([1, undefined, 2].map((value) => seeing(value, "some"))).toEqual(["linearizable", "linearizable", "violated"])
    expect([1, undefined, 2].map((value) => seeing(value, "unknown"))).toEqual(["linearizable", "linearizable", "linearizable"])
  })

  it("takes it that what somebody holds, or what makes room, may go at any time, and does not come back", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1, { bound: true })
    await stage.cache.set("b", 1)
    await stage.cache.getMany(["a", "b"])
    await stage.cache.getMany(["a", "b"])
    const seeing = (first: readonly unknown[], second: readonly unknown[], evicts: boolean) => {
      const [one, other, third, fourth] = stage.history as [Operation, Operation, Operation, Operation]
      return judgeStore([one, other, { ...third, outcome: { value: first } }, { ...fourth, outcome: { value: second } }], { evicts })
        .verdict
    }
    expect(seeing([1, 1], [undefined, 1], false)).toBe("linearizable")
    expect(seeing([undefined, 1], [1, 1], false)).toBe("violated")
    expect(seeing([1, 1], [1, undefined], false)).toBe("violated")
    expect(seeing([1, 1], [1, undefined], true)).toBe("linearizable")
  })

  it("says so where there is too much to be judged", async () => {
    const stage = await openRecorded()
    await stage.cache.set("a", 1)
    await stage.cache.get("a")
    expect(judgeStore(stage.history, { evicts: false, limit: 1 })).toMatchObject({ verdict: "undecided", key: "a" })
  })

  it("judges every operation of a store, or says why not", () => {
    expect([...JUDGED_CALLS, ...Object.keys(PASSED_OVER)].toSorted()).toEqual([...STORE_CALLS].toSorted())
    expect(Object.keys(PASSED_OVER).toSorted()).toEqual(["count", "info", "keepLease", "statistics", "watch"])
    expect(Object.keys(PASSED_OVER_IN_PART).filter((name) => !JUDGED_CALLS.includes(name))).toEqual([])
  })

  it("refuses what it cannot be told", () => {
    const about = (field: string) => expect.objectContaining({ kind: "INVALID", details: { field } })
    const run = (history: unknown, options: unknown) => () => judgeStore(history as Operation[], options as { evicts: boolean })
    expect(run([], {})).toThrow(about("evicts"))
    expect(run([], { evicts: false, partitioned: 1 })).toThrow(about("partitioned"))
    expect(run([], { evicts: false, lost: 1 })).toThrow(about("lost"))
    expect(run([], { evicts: false, limit: 0.5 })).toThrow(about("limit"))
    expect(run([], { evict: false })).toThrow(about("evict"))
    expect(run([1], { evicts: false })).toThrow(about("history[0]"))
  })
})

describe("leases", () => {
  const leased = async (ttl: number, afterMs: number): Promise<RecordedStore & { readonly other: StoreMailbox }> => {
    const stage = await openRecorded()
    const other = await stage.acquire()
    await stage.cache.lease("a", { ttl: 5 })
    await other.lease("b", { ttl })
    await stage.time.advance(afterMs)
    return { ...stage, other }
  }
  /** As if the lease of `b` had been one of `a`. */
  const ofOneKey = ({ history }: RecordedStore, change: (second: Operation) => Operation = (second) => second) => {
    const [first, second] = history as [Operation, Operation]
    const { argument } = second
    if (typeof argument === "object" && argument !== null) Reflect.set(argument, "key", "a")
    return judgeLeases([first, change(second)], [])
  }

  it("are refused where two are held at once", async () => {
    const stage = await leased(5, 1)
    expect(judgeLeases(stage.history, [])).toBeUndefined()
    expect(ofOneKey(stage)).toMatchObject({ verdict: "violated", key: "a", why: expect.stringMatching(/was still held when/) })
  })

  it("are taken where the first was over, broken, given back or may be forgotten", async () => {
    const stage = await leased(5, 1)
    expect(ofOneKey(stage, (second) => ({ ...second, answeredAt: 5000 }))).toBeUndefined()
    const [first, second] = stage.history as [Operation, Operation]
    expect(judgeLeases([first, second], [{ at: 2.5, keys: "all", leaves: "nothing" }])).toBeUndefined()
    expect(judgeLeases([first, second], [{ at: 9, keys: "all", leaves: "nothing" }])).toMatchObject({ verdict: "violated" })
    const token = first.argument
    if (typeof token === "object" && token !== null) Reflect.set(token, "hasLeft", true)
    expect(judgeLeases([first, second], [])).toBeUndefined()
  })

  it("are refused where a fence falls, or comes twice", async () => {
    const stage = await leased(5, 1)
    const withFence = (fence: number) => (second: Operation) => ({ ...second, outcome: { value: { fence, expiresAt: 1 } } })
    const { outcome } = stage.history[0] as Operation
    const { fence } = (outcome as { readonly value: { readonly fence: number } }).value
    expect(ofOneKey(stage, withFence(fence - 1))).toMatchObject({ why: expect.stringMatching(/a fence has to rise/) })
    expect(ofOneKey(stage, withFence(fence))).toMatchObject({ why: expect.stringMatching(/the same fence/) })
  })

  it("are refused where somebody is said to hold what nobody was given", async () => {
    const stage = await openRecorded()
    await stage.cache.lease("a")
    await stage.cache.leaseOf("a")
    expect(judgeStore(stage.history, RULES).verdict).toBe("linearizable")
    const wrong = falsified(stage, { key: "a", holder: "x", fence: 1e15, expiresAt: undefined })
    expect(judgeStore(wrong, RULES)).toMatchObject({ verdict: "violated", key: "a", why: expect.stringMatching(/which nobody was given/) })
  })
})

describe("watches", () => {
  const told = async (): Promise<WatchEvent[]> => {
    const { cache, time } = await openRecorded()
    const events: WatchEvent[] = []
    const watch = cache.watch({ prefix: "", initial: true })
    const listening = (async () => {
      for await (const event of watch) events.push(event)
    })()
    await cache.set("a", 1)
    await cache.set("b", 1)
    await cache.set("a", 2)
    await cache.delete("a")
    await time.settle()
    watch.close()
    await listening
    return events
  }
  const verdictOf = (...all: (readonly WatchEvent[])[]) => judgeWatches(all.map((events, at) => ({ caller: `c${at}`, events })))

  it("are taken as they are told", async () => {
    const events = await told()
    expect(events.map(({ type }) => type)).toEqual(["set", "set", "set", "delete"])
    expect(verdictOf(events, events)).toBeUndefined()
  })

  it("are refused where an event comes twice, or out of order", async () => {
    const [one, other, two, gone] = (await told()) as [WatchEvent, WatchEvent, WatchEvent, WatchEvent]
    expect(verdictOf([one, one])).toMatchObject({ key: "a", why: expect.stringMatching(/was told set of "a" again/) })
    expect(verdictOf([other, two, one])).toMatchObject({ key: "a", why: expect.stringMatching(/after what came later/) })
    expect(verdictOf([one, gone, { ...gone, version: `${gone.version}1` }])).toMatchObject({
      why: expect.stringMatching(/which was gone already/),
    })
    expect(verdictOf([one, two], [{ ...two, value: 7 } as WatchEvent])).toMatchObject({ why: expect.stringMatching(/of the same version/) })
  })

  it("are refused where one leaves out what another was told", async () => {
    const [one, , two, gone] = (await told()) as [WatchEvent, WatchEvent, WatchEvent, WatchEvent]
    expect(verdictOf([one, two, gone], [one, gone])).toMatchObject({ key: "a", why: expect.stringMatching(/c1's .* never of version /) })
    expect(verdictOf([one, two, gone], [two, gone], [one])).toBeUndefined()
    const gap: WatchEvent = { type: "gap", key: undefined, value: undefined, version: two.version, cause: "slow" }
    expect(verdictOf([one, two, gone], [one, gap, gone])).toBeUndefined()
  })

  it("may leave out nothing behind a key that was gone", async () => {
    const [one, , , gone] = (await told()) as [WatchEvent, WatchEvent, WatchEvent, WatchEvent]
    const again = (more: string): WatchEvent => ({ ...one, version: `${gone.version}${more}` })
    const whole = { caller: "whole", events: [one, gone, again("1"), { ...gone, version: `${gone.version}2` }, again("3")] }
    const slow = { caller: "slow", events: [one, gone, again("3")] }
    expect(judgeWatches([whole, slow])).toMatchObject({ key: "a", why: expect.stringMatching(/slow's .* never of version /) })
  })

  it("may tell again as what is there what they told, and nothing that is older", async () => {
    const [one, , two] = (await told()) as [WatchEvent, WatchEvent, WatchEvent]
    const initial = (event: WatchEvent): WatchEvent => ({ ...event, cause: "initial" })
    expect(verdictOf([one, two, initial(two)], [one, initial(two)])).toBeUndefined()
    expect(verdictOf([two, initial(one)])).toMatchObject({ why: expect.stringMatching(/after what came later/) })
  })

  it("begin anew after a gap or a reset", async () => {
    const [one] = (await told()) as [WatchEvent]
    const reset: WatchEvent = { type: "reset", key: undefined, value: undefined, version: one.version, cause: "restart" }
    expect(verdictOf([one, reset, one])).toBeUndefined()
  })
})
