/** Stores that begin with what an earlier life has kept, and what they keep. */

import { inspect } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import {
  type ChildOptions,
  Conflict,
  child,
  type LogEntry,
  type Pid,
  reset,
  type SnapshotPlace,
  type StoreMailbox,
  type StoreOptions,
  start,
  stopWhenIdle,
  store,
  Unavailable,
} from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { refusal } from "../../support/errors.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

const EVERY_MS = 1000
const NOON = 1_000_000_000_000

interface Life extends StoreStage {
  readonly place: MemorySnapshot
}

/** A store that keeps its snapshots there, stopped at the end of the test. */
async function live(place: MemorySnapshot, options: StoreOptions = {}, rules: ChildOptions = {}, systemTimeMs = NOON): Promise<Life> {
  const snapshot = { to: place, everyMs: EVERY_MS }
  const stage = await buildStore({ store: { snapshot, ...options }, child: { backoff: { initialMs: 0 }, ...rules }, systemTimeMs })
  onTestFinished(() => stage.runtime.stop({ timeoutMs: 0 }))
  return { ...stage, place }
}

/** What a program finds that is started then. */
async function entriesIn(place: MemorySnapshot, systemTimeMs = NOON, options: StoreOptions = {}): Promise<Record<string, unknown>> {
  const copy = new MemorySnapshot()
  copy.kept = place.kept
  const { cache, runtime } = await live(copy, options, {}, systemTimeMs)
  const found: Record<string, unknown> = {}
  for (const key of KEYS) if (await cache.has(key)) found[key] = await cache.get(key)
  await runtime.stop()
  return found
}

const thrower = (): never => {
  throw new Error("no")
}

const KEYS = ["a", "b", "c", "d", "e"]

const reports = ({ events }: StoreStage): string[] => events.flatMap((event) => (event.type === "reported" ? [event.message] : []))
const lines = ({ log }: { readonly log: readonly LogEntry[] }): LogEntry[] => log.filter(({ fields }) => fields?.event === "reported")

/** A place of which one step waits until it is let go. */
class SlowSnapshot extends MemorySnapshot {
  gate: Latch = latch()
  reached = 0

  override async write(): ReturnType<MemorySnapshot["write"]> {
    const writer = await super.write()
    return {
      ...writer,
      append: async (piece) => {
        this.reached += 1
        await this.gate.promise
        await writer.append(piece)
      },
    }
  }
}

function slowAtCommit(place: MemorySnapshot): { readonly gate: Latch; isReached(): boolean } {
  const gate: Latch = latch()
  const write = place.write.bind(place)
  let isReached = false
  place.write = async () => {
    const writer = await write()
    const commit = async (): Promise<void> => {
      isReached = true
      await gate.promise
      await writer.commit()
    }
    return { ...writer, commit }
  }
  return { gate, isReached: () => isReached }
}

describe("a store that keeps a snapshot", () => {
  it("begins with what there was at the stop of the program before", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    await cache.set("a", { list: [1, { deep: new Map([[1, new Date(5)]]) }] })
    await cache.set("b", "text", 60)
    await cache.set("c", "bound", 0, { bound: true } as never).catch(() => {})
    await cache.put("c", "bound", { bound: true })
    await cache.set("d", 1)
    await cache.delete("d")
    await runtime.stop()
    expect(await entriesIn(place)).toEqual({ a: { list: [1, { deep: new Map([[1, new Date(5)]]) }] }, b: "text" })
  })

  it("counts the time in between by the calendar", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    for (const [index, key] of KEYS.entries()) await cache.set(key, index, [0, 10, 20, 30, 40][index])
    await runtime.stop()
    expect(Object.keys(await entriesIn(place, NOON + 9_999))).toEqual(KEYS)
    expect(Object.keys(await entriesIn(place, NOON + 10_000))).toEqual(["a", "c", "d", "e"])
    expect(Object.keys(await entriesIn(place, NOON + 30_000))).toEqual(["a", "e"])
    const { cache: later, time } = await live(place, {}, {}, NOON + 15_000)
    expect([await later.ttl("a"), await later.ttl("b"), await later.ttl("c")]).toEqual([Number.POSITIVE_INFINITY, undefined, 5])
    await time.advance(5000)
    expect([await later.has("c"), await later.has("d")]).toEqual([false, true])
  })

  it("revives nothing where the calendar was set back, and gives nothing more time than it had", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime, time } = await live(place)
    await cache.set("a", 1, 10)
    await cache.set("b", 2, 20)
    await time.advance(10_000)
    await runtime.stop()
    const { cache: later } = await live(place, {}, {}, NOON - 86_400_000)
    expect([await later.ttl("a"), await later.ttl("b")]).toEqual([undefined, 10])
  })

  it("keeps for how long an entry lives from each reading on, and until when at most", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime, time } = await live(place)
    await cache.put("a", 1, { idle: 10, ttl: 25 })
    await cache.put("b", 2, { idle: 10 })
    await time.advance(4000)
    await runtime.stop()
    const { cache: later, time: laterTime } = await live(place, {}, {}, NOON + 8000)
    expect([await later.ttl("a"), await later.ttl("b")]).toEqual([2, 2])
    await laterTime.advance(1000)
    expect([await later.get("a"), await later.get("b")]).toEqual([1, 2])
    expect([await later.ttl("a"), await later.ttl("b")]).toEqual([10, 10])
    await laterTime.advance(8000)
    await later.get("a")
    await later.get("b")
    expect([await later.ttl("a"), await later.ttl("b")]).toEqual([8, 10])
  })

  it("gives versions that are greater than all before, where the calendar was set back too", async () => {
    const place = new MemorySnapshot()
    let last = ""
    for (const systemTimeMs of [NOON, NOON + 1, NOON - 500_000, 5, NOON]) {
      const { cache, runtime } = await live(place, {}, {}, systemTimeMs)
      const restored = await cache.entry("a")
      if (restored !== undefined) expect(restored.version > last).toBe(true)
      const { version } = await cache.put("a", systemTimeMs)
      expect(version > last).toBe(true)
      last = version
      await runtime.stop()
    }
  })

  it("says what it is, and when the last one was taken", async () => {
    const place = new MemorySnapshot()
    const { cache, time, runtime } = await live(place)
    expect(await cache.info()).toMatchObject({ durability: "snapshot" })
    expect(await cache.statistics()).toMatchObject({ lastSnapshotAt: undefined, lastSnapshotEntries: undefined })
    await cache.set("a", 1)
    await cache.put("b", 1, { bound: true })
    await time.advance(EVERY_MS)
    expect(await cache.statistics()).toMatchObject({ lastSnapshotAt: NOON + EVERY_MS, lastSnapshotEntries: 1 })
    await runtime.stop()
    const { cache: later } = await live(place, {}, {}, NOON + 50_000)
    // The bound one has gone with its mailbox, which is a change.
    expect(await later.statistics()).toMatchObject({ entries: 1, sets: 0, lastSnapshotAt: NOON + EVERY_MS, lastSnapshotEntries: 1 })
  })

  it("is restored after a crash, with what the last one had that was complete", async () => {
    const { cache, time, crash } = await live(new MemorySnapshot())
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await cache.set("a", 2)
    await cache.set("b", 2)
    await crash()
    expect([await cache.get("a"), await cache.get("b")]).toEqual([1, undefined])
  })

  it("is restored after a crash with what was being made complete at that moment", async () => {
    const place = new MemorySnapshot()
    const { gate, isReached } = slowAtCommit(place)
    const { cache, time, crash } = await live(place)
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    expect(isReached()).toBe(true)
    const crashed = crash()
    const found = cache.get("a")
    await time.settle()
    gate.open()
    await crashed
    expect(await found).toBe(1)
  })

  it("has all that was there where its state is retained, and the place has it in time", async () => {
    const { cache, time, crash, place } = await live(new MemorySnapshot(), {}, { state: "retain" })
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await cache.set("b", 2)
    await crash()
    expect([await cache.get("a"), await cache.get("b")]).toEqual([1, 2])
    expect(await cache.statistics()).toMatchObject({ lastSnapshotAt: NOON + EVERY_MS })
    expect(await entriesIn(place)).toEqual({ a: 1 })
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({ a: 1, b: 2 })
  })

  it("begins with the place where its state is to be retained, and nothing was left", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    await cache.set("a", 1)
    await runtime.stop()
    const { cache: later } = await live(place, {}, { state: "retain" })
    expect(await later.get("a")).toBe(1)
  })

  it("begins with nothing where it is to be reset, and so does the place", async () => {
    const { cache, time, crash, place } = await live(new MemorySnapshot(), {}, { state: "reset" })
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await crash()
    expect(await cache.get("a")).toBeUndefined()
    await time.advance(1)
    expect(await entriesIn(place)).toEqual({})
  })

  it("is empty after a reset by its detach policy, whatever was kept at the stop for that", async () => {
    const { cache, runtime, time, crash } = await live(new MemorySnapshot(), {}, { onDetach: reset })
    await cache.set("a", 1)
    await cache.release()
    await time.settle()
    const again = await runtime.acquire("app:cache")
    expect(await again.get("a")).toBeUndefined()
    await time.advance(1)
    await crash()
    expect(await again.get("a")).toBeUndefined()
  })

  it("that is stopped for want of callers is there again when it is woken", async () => {
    const { cache, runtime, time } = await live(new MemorySnapshot(), {}, { onDetach: stopWhenIdle() })
    await cache.set("a", 1)
    await cache.release()
    await time.settle()
    expect(runtime.whereis("app:cache")).toBeUndefined()
    expect(await (await runtime.acquire("app:cache")).get("a")).toBe(1)
  })
})

describe("snapshots are taken", () => {
  it("so long after the first change that the last one has not, and not while nothing changes", async () => {
    const { cache, time, place } = await live(new MemorySnapshot())
    expect(time.armedTimers).toBe(0)
    await time.advance(10 * EVERY_MS)
    expect(place.kept).toBeUndefined()
    await cache.set("a", 1)
    await time.advance(EVERY_MS - 1)
    await cache.set("a", 2)
    expect(place.kept).toBeUndefined()
    await time.advance(1)
    expect(await entriesIn(place)).toEqual({ a: 2 })
    const { kept } = place
    expect(time.armedTimers).toBe(0)
    await cache.get("a")
    await time.advance(10 * EVERY_MS)
    expect(place.kept).toBe(kept)
    await cache.delete("a")
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({})
  })

  it("without what has not changed since, at a stop neither", async () => {
    const { cache, time, place, runtime } = await live(new MemorySnapshot())
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    const { kept } = place
    await runtime.stop()
    expect(place.kept).toBe(kept)
  })

  it("at a stop alone where no time is said", async () => {
    const place = new MemorySnapshot()
    const { cache, time, runtime } = await live(place, { snapshot: { to: place, everyMs: Number.POSITIVE_INFINITY } })
    await cache.set("a", 1)
    await time.advance(1_000_000_000)
    expect([place.kept, time.armedTimers]).toEqual([undefined, 0])
    await runtime.stop()
    expect(await entriesIn(place)).toEqual({ a: 1 })
  })

  it("in slices, between which others are served, and as of one moment", async () => {
    const place = new SlowSnapshot()
    const { cache, time } = await live(place, { maxEntries: 0 })
    for (let n = 0; n < 3000; n += 1) await cache.set(`key ${n}`, `old ${"x".repeat(100)}`)
    for (let n = 0; n < 3000; n += 10) await cache.delete(`key ${n}`)
    await time.advance(EVERY_MS)
    expect(place.reached).toBeGreaterThan(0)
    for (let n = 0; n < 3000; n += 7) await cache.set(`key ${n}`, "new")
    for (let n = 1; n < 3000; n += 7) await cache.delete(`key ${n}`)
    for (let n = 0; n < 500; n += 1) await cache.set(`later ${n}`, "new")
    place.gate.open()
    await time.settle()
    const { cache: later } = await live(Object.assign(new MemorySnapshot(), { kept: place.kept }), { maxEntries: 0 })
    expect((await later.statistics()).entries).toBe(2700)
    for (let n = 0; n < 3000; n += 1) {
      const value = (await later.get(`key ${n}`)) as string | undefined
      expect(value?.slice(0, 3)).toBe(n % 10 === 0 ? undefined : "old")
    }
  })

  it("one at a time: while the place is slow, what changes is the next one's", async () => {
    const place = new SlowSnapshot()
    const { cache, time } = await live(place)
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await cache.set("a", 2)
    await time.advance(EVERY_MS)
    expect(place.open).toBe(1)
    place.gate.open()
    await time.settle()
    expect(await entriesIn(place)).toEqual({ a: 1 })
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({ a: 2 })
    expect(place.open).toBe(0)
  })

  it("no more of a place that does not answer, until it does; that is said once", async () => {
    const place = new SlowSnapshot()
    const life = await live(place)
    const { cache, time } = life
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await cache.set("a", 2)
    await time.advance(10 * EVERY_MS)
    expect(reports(life)).toEqual(["a snapshot is given up, as its place does not take it; the next is taken once that has answered"])
    expect(await cache.get("a")).toBe(2)
    place.gate.open()
    await time.settle()
    expect([place.kept, place.open]).toEqual([undefined, 0])
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({ a: 2 })
  })

  it.each(["write", "append", "commit"] as const)(
    "again after one that failed at %s, which is reported at a bounded rate",
    async (failsAt) => {
      const life = await live(new MemorySnapshot())
      const { cache, time, place } = life
      place.failsAt = failsAt
      await cache.set("a", 1)
      await time.advance(EVERY_MS)
      expect(reports(life)).toEqual(["a snapshot could not be taken; it is tried again in 1000 ms"])
      expect(lines(life)[0]).toMatchObject({ level: "error", error: { message: `${failsAt} failed` }, fields: { process: "app:cache" } })
      await time.advance(30 * EVERY_MS)
      expect(reports(life)).toHaveLength(31)
      expect(lines(life).length).toBeLessThan(36)
      expect([await cache.get("a"), place.open]).toEqual([1, 0])
      place.failsAt = undefined
      await time.advance(EVERY_MS)
      expect(await entriesIn(place)).toEqual({ a: 1 })
    },
  )

  it("without what cannot be written, which is said once, and without its content", async () => {
    const life = await live(new MemorySnapshot())
    const { cache, time, place } = life
    await cache.set("a", 1)
    await cache.set("secret", new Blob(["x"]))
    for (let n = 0; n < 5; n += 1) {
      await cache.set("a", n)
      await time.advance(EVERY_MS)
    }
    expect(reports(life)).toEqual(["1 of 2 entries are not in the snapshot: they have a Blob or a File in them, or are too large"])
    expect(inspect(life.log)).not.toContain("secret")
    expect(await entriesIn(place)).toEqual({ a: 4 })
  })

  it("of what an incarnation has that lives, whatever an earlier one had under way", async () => {
    const place = new SlowSnapshot()
    const { cache, time, crash } = await live(place, {}, { state: "retain" })
    for (let n = 0; n < 3000; n += 1) await cache.set(`key ${n}`, "x".repeat(100))
    await time.advance(EVERY_MS)
    await crash()
    await cache.set("a", 2)
    place.gate.open()
    await time.settle()
    expect([place.kept, place.open]).toEqual([undefined, 0])
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({ a: 2 })
    await cache.set("a", 3)
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toEqual({ a: 3 })
  })
})

describe("at a stop", () => {
  it("what is under way makes place for the last one", async () => {
    const place = new SlowSnapshot()
    const { cache, time, runtime } = await live(place)
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await cache.set("a", 2)
    const stopped = runtime.stop()
    await time.settle()
    place.gate.open()
    await stopped
    expect(await entriesIn(place)).toEqual({ a: 2 })
    expect(place.open).toBe(0)
  })

  it("what is under way and goes on at that very moment makes place, too", async () => {
    const place = new SlowSnapshot()
    const { cache, time, runtime } = await live(place, { maxEntries: 0 })
    for (let n = 0; n < 3000; n += 1) await cache.set(`key ${n}`, "x".repeat(100))
    await time.advance(EVERY_MS)
    await cache.set("a", 2)
    place.gate.open()
    await runtime.stop()
    expect(await entriesIn(place)).toEqual({ a: 2 })
  })

  it("it is waited for within the shutdown limit, and given up after that, also by what goes on", async () => {
    const place = new SlowSnapshot()
    const { cache, time, runtime } = await live(place, { maxEntries: 0 }, { shutdown: 200 })
    for (let n = 0; n < 3000; n += 1) await cache.set(`key ${n}`, "x".repeat(100))
    const stopped = runtime.stop()
    await time.advance(199)
    expect(runtime.whereis("app:cache")).toBeDefined()
    await time.advance(1)
    await stopped
    place.gate.open()
    await time.settle()
    expect([place.kept, place.open]).toEqual([undefined, 0])
  })

  it("a failure is reported, and it is a stop all the same", async () => {
    const life = await live(new MemorySnapshot())
    life.place.failsAt = "commit"
    await life.cache.set("a", 1)
    await life.runtime.stop()
    expect(reports(life)).toEqual(["a snapshot could not be taken; the one before it stays"])
    expect(life.events.filter(({ type }) => type === "crash_report")).toEqual([])
  })

  it("by brutal_kill none is taken", async () => {
    const { cache, runtime, place } = await live(new MemorySnapshot(), {}, { shutdown: "brutal_kill" })
    await cache.set("a", 1)
    await runtime.stop()
    expect(place.kept).toBeUndefined()
  })

  it("a kill in the middle of a slice leaves the place free for the next incarnation", async () => {
    const { cache, runtime, time, place } = await live(new MemorySnapshot(), { maxEntries: 0 })
    for (let n = 0; n < 2000; n += 1) await cache.set(`key ${n}`, n)
    const advanced = time.advance(EVERY_MS)
    runtime.exit(runtime.whereis("app:cache") as Pid, "kill")
    await advanced
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    expect(await entriesIn(place)).toMatchObject({ a: 1 })
    expect(place.open).toBe(0)
  })
})

describe("a snapshot that cannot be read", () => {
  it.each<readonly [problem: string, spoil: (bytes: Uint8Array) => Uint8Array]>([
    ["torn", (bytes) => bytes.subarray(0, -1)],
    ["foreign", () => Buffer.from("a letter to Alice")],
    ["damaged", (bytes) => bytes.with(bytes.length - 20, (bytes.at(-20) as number) ^ 1)],
  ])("is set aside where it is %s, that is said, and the store starts empty", async (problem, spoil) => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    for (const key of KEYS) await cache.set(key, key)
    await runtime.stop()
    place.kept = spoil(place.kept as Uint8Array)
    const spoilt = place.kept
    const life = await live(place)
    expect((await life.cache.statistics()).entries).toBe(0)
    expect([place.kept, place.aside.get(`${problem}-1`)]).toEqual([undefined, spoilt])
    expect(lines(life)).toMatchObject([{ level: "error", error: { kind: "INVALID" }, fields: { problem, aside: `${problem}-1` } }])
    expect(lines(life)[0]?.message).toContain("the store starts empty")
    await life.cache.set("a", 2)
    await life.runtime.stop()
    expect(await entriesIn(place)).toEqual({ a: 2 })
  })

  it("for want of its place fails the start, which is tried again: it may be sound", async () => {
    const life = await live(new MemorySnapshot(), {}, { backoff: { initialMs: 10, jitter: 0 } })
    const { cache, time, crash, place } = life
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    place.failsAt = "read"
    await crash()
    expect(life.runtime.whereis("app:cache")).toBeUndefined()
    place.failsAt = undefined
    await time.advance(100)
    expect(await cache.get("a")).toBe(1)
  })

  it.each([
    () => Promise.reject(new Error("not left")),
    () => {
      throw new Error("not left")
    },
  ])("for want of its place says so, whatever that says to being left", async (leave) => {
    const place = Object.assign(new MemorySnapshot(), { leave })
    place.failsAt = "read"
    expect(await refusal(live(place))).toMatchObject({ cause: { cause: { message: "read failed" } } })
  })

  it.each(["read", "setAside"] as const)(
    "for want of its place (%s) fails the start of a program, and nothing is lost",
    async (failsAt) => {
      const place = new MemorySnapshot()
      place.kept = Buffer.from("a letter to Alice")
      place.failsAt = failsAt
      const starting = start({ "app:cache": store({ snapshot: { to: place } }) }, { host: virtualTime({ unseenMs: 0 }), log: () => {} })
      const error = await refusal(starting)
      expect(error).toBeInstanceOf(Unavailable)
      const reason = { error: { kind: "UNAVAILABLE", details: { field: "snapshot.to" }, cause: { message: `${failsAt} failed` } } }
      expect(error).toMatchObject({ details: { child: "app:cache", reason } })
      expect(place.kept).toBeDefined()
    },
  )

  it("leaves out what finds no room any more, or cannot be weighed, and says how much", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    for (const key of KEYS) await cache.set(key, key)
    await runtime.stop()
    const small = await live(Object.assign(new MemorySnapshot(), { kept: place.kept }), { maxEntries: 3 })
    expect(await small.cache.statistics()).toMatchObject({ entries: 3, refused: 0, sets: 0 })
    expect(lines(small)).toMatchObject([{ level: "warn", fields: { leftOut: 2, entries: 5 } }])
    const weigh = (_value: unknown, key: string): number => {
      if (key === "b") throw new Error("boom")
      return 1
    }
    const weighed = await live(Object.assign(new MemorySnapshot(), { kept: place.kept }), { maxBytes: 100, weigh })
    expect(await weighed.cache.statistics()).toMatchObject({ entries: 4, bytes: 4 })
    expect(lines(weighed)).toMatchObject([{ fields: { leftOut: 1 }, error: { message: "boom" } }])
    expect(inspect(weighed.log)).not.toContain('"b"')
  })

  it("lets others go where the store evicts", async () => {
    const place = new MemorySnapshot()
    const { cache, runtime } = await live(place)
    for (const [index, key] of KEYS.entries()) await cache.set(key, key, 100 - index)
    await runtime.stop()
    const small = await live(place, { maxEntries: 2, whenFull: "soonest" })
    expect(await small.cache.statistics()).toMatchObject({ entries: 2, evicted: 0 })
    expect(reports(small)).toEqual([])
  })
})

const attic = new Map<unknown, object>()

function twice(place: SnapshotPlace): [SnapshotPlace, SnapshotPlace] {
  return [place, place]
}

/** Each time another object, with the same identity. */
function named(name: unknown): SnapshotPlace {
  const identity = attic.get(name) ?? { name }
  attic.set(name, identity)
  return Object.assign(new MemorySnapshot(), { identity }) as SnapshotPlace
}

describe("the place of a snapshot", () => {
  it("is one store's", async () => {
    const definition = store({ snapshot: { to: new MemorySnapshot() } })
    const error = await refusal(start({ "app:a": definition, "app:b": definition }, { host: virtualTime({ unseenMs: 0 }), log: () => {} }))
    expect(error).toMatchObject({ details: { child: "app:b", reason: { error: expect.any(Conflict) } } })
  })

  it.each<readonly [how: string, places: readonly [SnapshotPlace, SnapshotPlace], message: string]>([
    ["told of twice", twice(new MemorySnapshot()), "the place of the snapshot is another store's: each needs one of its own"],
    ["that two objects stand for", [named("the attic"), named("the attic")], "the attic is another store's: each needs one of its own"],
    ["whose name is none", [named(3), named(3)], "the place of the snapshot is another store's: each needs one of its own"],
  ])("is one store's, too, where it is one %s", async (_how, [one, other], message) => {
    const tree = { "app:a": store({ snapshot: { to: one } }), "app:b": store({ snapshot: { to: other } }) }
    const error = await refusal(start(tree, { host: virtualTime({ unseenMs: 0 }), log: () => {} }))
    expect(error).toMatchObject({ details: { child: "app:b", reason: { error: { message } } } })
  })

  it("may be known by what cannot be looked at", async () => {
    const secretive = Object.defineProperty(new MemorySnapshot(), "identity", {
      get: () => {
        throw new Error("boom")
      },
    })
    const { cache } = await live(secretive)
    expect(await cache.set("a", 1)).toBe(true)
  })

  it("is needed for state: restore", () => {
    expect(() => child(store(), { state: "restore" })).toThrow("nothing that could be restored")
    child(store({ snapshot: { to: new MemorySnapshot() } }), { state: "restore" })
  })

  it.each<readonly [field: string, snapshot: unknown]>([
    ["snapshot", 3],
    ["snapshot.to", {}],
    ["snapshot.to", { to: "file" }],
    ["snapshot.to", { to: { read: () => undefined, write: 1, setAside: () => "" } }],
    ["snapshot.everyMs", { to: new MemorySnapshot(), everyMs: 0 }],
    ["snapshot.everyMs", { to: new MemorySnapshot(), everyMs: "1" }],
    ["snapshot.every", { to: new MemorySnapshot(), every: 1 }],
  ])("is refused where %s is wrong", (field, snapshot) => {
    expect(() => store({ snapshot } as StoreOptions)).toThrow(
      expect.objectContaining({ kind: "INVALID", details: expect.objectContaining({ field }) }),
    )
  })

  it("has one for each partition, or is of no use to a store that has some", () => {
    const kept = new MemorySnapshot()
    const place = { read: () => kept.read(), write: () => kept.write(), setAside: (problem: string) => kept.setAside(problem) }
    const parts: readonly unknown[] = [undefined, 3, () => ({}), () => undefined, () => thrower()]
    for (const part of parts) {
      const options = { partitions: 2, snapshot: { to: { ...place, part } } } as StoreOptions
      expect(() => store(options)).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "snapshot.to" } }))
    }
  })

  it("may throw, or give what is no promise", async () => {
    const sync: Record<string, () => unknown> = {
      read: () => undefined,
      write: () => {
        throw new Error("no")
      },
      setAside: () => "aside",
    }
    const { runtime, time, cache, events } = await buildStore({ store: { snapshot: { to: sync as never, everyMs: EVERY_MS } } })
    onTestFinished(() => runtime.stop())
    const mailbox: StoreMailbox = cache
    await mailbox.set("a", 1)
    await time.advance(EVERY_MS)
    expect(events).toContainEqual(expect.objectContaining({ type: "reported", level: "error" }))
    expect(await mailbox.get("a")).toBe(1)
  })
})
