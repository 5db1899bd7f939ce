import { describe, expect, it } from "vitest"
import {
  actor,
  isWatchNotice,
  PermissionDenied,
  type Policy,
  refuse,
  StoreMailbox,
  type StoreWatch,
  type WatchEvent,
} from "../../../actors/index.ts"
import { keysOf } from "../../support/partitioned-counters.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStageOptions } from "../../support/store-stage.ts"

const PARTITIONS = 3
/** One of each partition, in order. */
const KEYS = keysOf(PARTITIONS)
const [K0, K1, K2] = KEYS as [string, string, string]

const openPartitioned = (options: StoreStageOptions = {}) => openStore({ ...options, store: { partitions: PARTITIONS, ...options.store } })

const short = ({ type, key, value, cause }: WatchEvent): string =>
  [type, key, value === undefined ? undefined : JSON.stringify(value), cause].filter((part) => part !== undefined).join(" ")

/** What has been told so far, and how it ended, of a watch that is read as it comes. */
function reading(watch: StoreWatch<unknown>) {
  const told: WatchEvent[] = []
  const story = { told, events: [] as string[], end: undefined as unknown, isOver: false }
  const read = async (): Promise<void> => {
    for await (const event of watch) {
      told.push(event)
      story.events.push(short(event))
    }
  }
  void read()
    .catch((error: unknown) => {
      story.end = error
    })
    .then(() => {
      story.isOver = true
    })
  return story
}

/** What who forgets all at each reset and gap has in the end. */
function mirrored(events: readonly WatchEvent[]): ReadonlyMap<string, unknown> {
  const mirror = new Map<string, unknown>()
  for (const { type, key, value } of events) {
    if (key === undefined) mirror.clear()
    else if (type === "set") mirror.set(key, value)
    else mirror.delete(key)
  }
  return mirror
}

describe("a watch of a prefix, in a store with partitions", () => {
  it("tells of the keys of all of them", async () => {
    const { cache, time } = await openPartitioned()
    const story = reading(cache.watch({ prefix: "k" }))
    for (const key of KEYS) await cache.set(key, 1)
    await cache.set("other", 1)
    await cache.delete(K1)
    await time.settle()
    expect(story.events.toSorted()).toEqual([...KEYS.map((key) => `set ${key} 1 set`), `delete ${K1} delete`].toSorted())
  })

  it("tells first what is there, of all of them", async () => {
    const { cache, time } = await openPartitioned()
    await cache.setMany(KEYS.map((key) => [key, 1]))
    const watch = cache.watch({ prefix: "", initial: true })
    const story = reading(watch)
    await time.settle()
    expect(story.events.toSorted()).toEqual(KEYS.map((key) => `set ${key} 1 initial`).toSorted())
    expect(watch.version).not.toBeUndefined()
  })

  it("goes on where the whole of another has ended", async () => {
    const { cache, time } = await openPartitioned()
    const first = cache.watch({ prefix: "" })
    const before = reading(first)
    for (const key of KEYS) await cache.set(key, 1)
    await time.settle()
    expect(before.events.length).toBe(PARTITIONS)
    const { version } = first
    first.close()
    await cache.set(K2, 2)
    await cache.set(K0, 2)
    const after = reading(cache.watch({ prefix: "", ...(version === undefined ? {} : { from: version }) }))
    await time.settle()
    expect(after.events.toSorted()).toEqual([`set ${K0} 2 set`, `set ${K2} 2 set`].toSorted())
  })

  it("says of the others that they do not go on, where it is given the version of one event", async () => {
    const { cache, time } = await openPartitioned()
    cache.watch({ prefix: "" })
    const { version } = await cache.put(K1, 1)
    await cache.set(K1, 2)
    const story = reading(cache.watch({ prefix: "", from: version }))
    await time.settle()
    expect(story.events.toSorted()).toEqual(["reset restart", "reset restart", `set ${K1} 2 set`].toSorted())
    expect((await refusalOf(cache.watch({ prefix: "", from: "no version" }).next())).details.field).toBe("from")
  })

  it("goes on with the others where one crashes, and has all that is there in the end", async () => {
    const { cache, time, crash } = await openPartitioned()
    await cache.setMany(KEYS.map((key) => [key, 1]))
    const watch = cache.watch({ prefix: "", initial: true })
    const { told } = reading(watch)
    await time.settle()
    await crash("app:cache#1")
    await cache.set(K0, 2)
    await cache.delete(K2)
    await time.settle()
    expect(told.filter(({ type }) => type === "reset").length).toBe(1)
    expect(mirrored(told)).toEqual(new Map([[K0, 2]]))
    await cache.set(K1, 3)
    await time.settle()
    expect(mirrored(told)).toEqual(
      new Map([
        [K0, 2],
        [K1, 3],
      ]),
    )
    expect(watch.version).not.toBeUndefined()
  })

  it("tells anew what is there, of all of them, where it was too slow for one", async () => {
    const { cache, time } = await openPartitioned()
    await cache.setMany(KEYS.map((key) => [key, 0]))
    const watch = cache.watch({ prefix: "", initial: true, room: 4 })
    await time.settle()
    for (let n = 1; n <= 10; n += 1) await cache.set(K1, n)
    const { told } = reading(watch)
    await time.settle()
    expect(told.map(short)).toContain("gap slow")
    expect(mirrored(told)).toEqual(
      new Map<string, unknown>([
        [K0, 0],
        [K1, 10],
        [K2, 0],
      ]),
    )
  })

  it("lets none of them wait for another that has much to tell", async () => {
    const { cache, time } = await openPartitioned()
    const watch = cache.watch({ prefix: "" })
    await time.settle()
    for (let n = 0; n < 10; n += 1) await cache.set(K0, n)
    await cache.set(K2, 1)
    await time.settle()
    const keys = [(await watch.next()).value?.key, (await watch.next()).value?.key]
    expect(keys.toSorted()).toEqual([K0, K2].toSorted())
  })

  it("ends with its mailbox, told what was told before; with its loop; not with a refused release", async () => {
    const { runtime, time } = await openPartitioned()
    const other = await runtime.acquire("app:cache")
    const [story, closed] = [reading(other.watch({ prefix: "" })), other.watch({ prefix: "" })]
    const own = reading(closed)
    for (const key of KEYS) void other.set(key, 1)
    expect(await other.release()).toBe(true)
    await time.settle()
    expect([story.events.length, story.isOver, story.end]).toEqual([PARTITIONS, true, undefined])
    expect([own.isOver, closed.isActive]).toEqual([true, false])
    const kept = await openPartitioned({ child: { onDetach: refuse } })
    const watch = kept.cache.watch({ prefix: "" })
    expect(await kept.cache.release()).toBe(false)
    await kept.cache.set(K1, 1)
    expect((await watch.next()).value?.key).toBe(K1)
    await watch.return()
    expect([watch.isActive, await watch.next()]).toEqual([false, { done: true, value: undefined }])
  })

  it("ends at once, and once, with the first that may not be told any more", async () => {
    const { cache, runtime, time } = await openPartitioned()
    const story = reading(cache.watch({ prefix: "k" }))
    await cache.set(K0, 1)
    await time.settle()
    const watching: Policy = { effect: "deny", actions: "store.key.watch", resources: "app:cache" }
    runtime.security.setPolicies([{ effect: "allow", actions: "store.*", resources: "app:cache" }, watching])
    for (const key of KEYS) await cache.set(key, 2)
    await time.settle()
    expect(story.events).toEqual([`set ${K0} 1 set`])
    expect(story.end).toBeInstanceOf(PermissionDenied)
    expect((await refusalOf(cache.watch({ prefix: "k" }).next())).kind).toBe("PERMISSION_DENIED")
  })

  it("ends with the first that is stopped for good", async () => {
    const { cache, runtime, time } = await openPartitioned({ child: { restart: "transient" } })
    const watch = cache.watch({ prefix: "" })
    const story = reading(watch)
    await cache.set(K0, 1)
    const pid = runtime.whereis("app:cache#1")
    if (pid !== undefined) await runtime.stopProcess(pid)
    await time.settle()
    expect(story.events).toEqual([`set ${K0} 1 set`])
    expect(story.end).toMatchObject({ kind: "UNAVAILABLE" })
    expect([watch.isActive, await watch.next()]).toEqual([false, { done: true, value: undefined }])
  })

  it("ends with its signal", async () => {
    const { cache, time } = await openPartitioned()
    const controller = new AbortController()
    const story = reading(cache.watch({ prefix: "", signal: controller.signal }))
    await time.settle()
    controller.abort()
    await cache.set(K0, 1)
    await time.settle()
    expect([story.events, story.isOver]).toEqual([[], true])
    expect(story.end).toMatchObject({ kind: "CANCELED" })
    expect((await refusalOf(cache.watch({ prefix: "", signal: controller.signal }).next())).kind).toBe("CANCELED")
  })

  it("is sent to a process", async () => {
    const { runtime } = await openPartitioned()
    const seen: string[] = []
    const observer = actor(async (self) => {
      const box = await self.acquire("app:cache", { as: StoreMailbox })
      box.watch({ prefix: "" }).sendTo(self)
      for (const key of KEYS) await box.set(key, 1)
      for (let n = 0; n < PARTITIONS; n += 1) seen.push(String((await self.receive(isWatchNotice)).event?.key))
    })
    await runtime.whenEnded(runtime.spawn(observer))
    expect(seen.toSorted()).toEqual(KEYS.toSorted())
  })
})

describe("what is about one key, in a store with partitions", () => {
  it("is watched in its partition alone, also from a version of the whole", async () => {
    const { cache, runtime, time, crash } = await openPartitioned()
    const whole = cache.watch({ prefix: "" })
    for (const key of KEYS) await cache.set(key, 1)
    const read = reading(whole)
    await time.settle()
    expect(read.events.length).toBe(3)
    await runtime.sys.suspend("app:cache#0")
    const watch = cache.watch({ key: K1, from: whole.version })
    await cache.set(K1, 2)
    expect((await watch.next()).value).toMatchObject({ key: K1, value: 2 })
    await runtime.sys.resume("app:cache#0")
    await crash("app:cache#1")
    expect((await watch.next()).value?.type).toBe("reset")
  })

  it("is leased there, with a fence that rises in the whole of the store", async () => {
    const { cache, runtime } = await openPartitioned()
    const other = await runtime.acquire("app:cache")
    const fences: number[] = []
    for (const key of [...KEYS, ...KEYS]) {
      const lease = await cache.lease(key, { ttl: 10 })
      fences.push(lease.fence)
      expect((await refusalOf(other.lease(key))).kind).toBe("CONFLICT")
      expect(await other.leaseOf(key)).toMatchObject({ fence: lease.fence })
      await lease.renew(20)
      expect(await lease.release()).toBe(true)
    }
    expect(fences).toEqual([...new Set(fences)].toSorted((one, two) => one - two))
    const lease = await cache.lease(K1)
    expect([await other.breakLease(K1), lease.isHeld]).toEqual([true, false])
    const held = await Promise.all(KEYS.map((key) => cache.lease(key)))
    await cache.release()
    expect(held.map(({ isHeld }) => isHeld)).toEqual([false, false, false])
  })
})
