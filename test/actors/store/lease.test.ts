import { describe, expect, it } from "vitest"
import {
  actor,
  Canceled,
  Conflict,
  type Lease,
  PermissionDenied,
  type Policy,
  StoreMailbox,
  Timeout,
  Unavailable,
} from "../../../actors/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore, type StoreStage } from "../../support/store-stage.ts"

const allow = (actions: string | readonly string[]): Policy => ({ effect: "allow", actions, resources: "app:cache" })

/** What has become of a request for a lease. */
function asking(asked: Promise<Lease>) {
  const story = { lease: undefined as Lease | undefined, error: undefined as unknown }
  asked.then(
    (lease) => {
      story.lease = lease
    },
    (error) => {
      story.error = error
    },
  )
  return story
}

const another = ({ runtime }: StoreStage, id = "user:bob") => runtime.as({ id }).acquire("app:cache")

describe("lease", () => {
  it("is held by one at a time, whoever else asks is told by whom, and until when", async () => {
    const stage = await openStore({ principal: "user:alice" })
    const lease = await stage.cache.lease("report", { ttl: 30 })
    expect(lease).toMatchObject({ key: "report", isHeld: true, expiresAt: stage.time.systemTime() + 30_000 })
    const error = await refusalOf((await another(stage)).lease("report"))
    expect(error).toBeInstanceOf(Conflict)
    expect(error.retryable).toBe(false)
    expect(error.details).toMatchObject({
      field: "key",
      key: "report",
      holder: "user:alice",
      fence: lease.fence,
      expiresAt: lease.expiresAt,
    })
  })

  it("has two holders in two mailboxes of one principal, and in two requests of one mailbox", async () => {
    const { cache, runtime } = await openStore()
    await cache.lease("a")
    expect(await refusalOf(cache.lease("a"))).toBeInstanceOf(Conflict)
    expect(await refusalOf((await runtime.acquire("app:cache")).lease("a"))).toBeInstanceOf(Conflict)
  })

  it("is apart from the value under its key, and counts as no entry", async () => {
    const { cache } = await openStore({ store: { maxEntries: 1 } })
    await cache.lease("a")
    await cache.lease("b")
    expect(await cache.has("a")).toBe(false)
    await cache.set("a", 1)
    expect(await cache.delete("a")).toBe(true)
    expect((await cache.leaseOf("a"))?.key).toBe("a")
    expect((await cache.statistics()).entries).toBe(0)
  })

  it("gives rising fence numbers, which go on after a restart, and when the calendar is set back", async () => {
    const { cache, crash } = await openStore()
    const first = await cache.lease("a")
    await first.release()
    const second = await cache.lease("a")
    const other = await cache.lease("b")
    await crash()
    const later = await cache.lease("a")
    const fences = [first, second, other, later].map(({ fence }) => fence)
    expect(fences.toSorted((one, two) => one - two)).toEqual(fences)
    expect(new Set(fences).size).toBe(4)
  })

  it("is over when its time is, for its holder and for others, to the millisecond", async () => {
    const stage = await openStore()
    const lease = await stage.cache.lease("a", { ttl: 1 })
    const { signal } = lease
    await stage.time.advance(999)
    expect([lease.isHeld, signal.aborted]).toEqual([true, false])
    await stage.time.advance(1)
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
    expect(signal.reason).toBeInstanceOf(Conflict)
    expect(signal.reason.message).toContain("its time was over")
    expect((await (await another(stage)).lease("a")).isHeld).toBe(true)
  })

  it("without a time is held until it is given back", async () => {
    const { cache, time } = await openStore()
    const lease = await cache.lease("a")
    await time.advance(1e9)
    expect([lease.isHeld, lease.expiresAt]).toEqual([true, undefined])
    expect(await lease.release()).toBe(true)
    expect([lease.isHeld, await lease.release(), lease.signal.aborted]).toEqual([false, false, false])
    expect((await cache.lease("a")).isHeld).toBe(true)
  })

  it("has messages that are bounded, however long its key is", async () => {
    const { cache } = await openStore()
    const key = "x".repeat(100_000)
    const lease = await cache.lease(key)
    const held = await refusalOf(cache.lease(key))
    await cache.breakLease(key)
    for (const error of [held, await refusalOf(lease.renew())]) {
      expect(error).toMatchObject({ kind: "CONFLICT", details: { key } })
      expect((error as Error).message.length).toBeLessThan(1100)
    }
  })

  it("goes with an await using block", async () => {
    const { cache } = await openStore()
    {
      await using lease = await cache.lease("a")
      expect(lease.isHeld).toBe(true)
    }
    expect(await cache.leaseOf("a")).toBeUndefined()
  })

  it("goes with its mailbox, and says so to its holder", async () => {
    const stage = await openStore()
    const bob = await another(stage)
    const lease = await bob.lease("a")
    const { signal } = lease
    await bob.release()
    await stage.time.settle()
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
    expect((await stage.cache.lease("a")).isHeld).toBe(true)
  })

  it("goes with its caller", async () => {
    const { runtime, cache, time } = await openStore()
    const holder = runtime.spawn(
      actor(async (self) => {
        const own = await self.acquire("app:cache", { as: StoreMailbox })
        await own.lease("a")
        await self.receive()
      }),
    )
    await time.settle()
    expect((await cache.leaseOf("a"))?.key).toBe("a")
    const waiting = asking(cache.lease("a", { wait: true }))
    runtime.exit(holder, "kill")
    await time.settle()
    expect(waiting.lease?.isHeld).toBe(true)
  })

  it("refuses bad input as Invalid, and nothing is held", async () => {
    const { cache, time } = await openStore()
    await time.advance(2000)
    const fieldOf = async (asked: Promise<unknown>): Promise<unknown> => (await refusalOf(asked)).details.field
    expect(await fieldOf(cache.lease(""))).toBe("key")
    expect(await fieldOf(cache.lease("a", { ttl: -1 }))).toBe("ttl")
    expect(await fieldOf(cache.lease("a", { ttl: 9_007_199_254_740 }))).toBe("ttl")
    expect(await fieldOf(cache.lease("a", { wait: 1 } as never))).toBe("wait")
    expect(await fieldOf(cache.leaseOf(""))).toBe("key")
    expect(await fieldOf(cache.breakLease(""))).toBe("key")
    expect(await cache.leaseOf("a")).toBeUndefined()
    const lease = await cache.lease("a")
    expect(await fieldOf(lease.renew(Number.NaN))).toBe("ttl")
  })
})

describe("renew", () => {
  it("counts from now on, for as long as before or as is said", async () => {
    const { cache, time } = await openStore()
    const lease = await cache.lease("a", { ttl: 10 })
    const { fence } = lease
    await time.advance(6000)
    await lease.renew()
    expect(lease.expiresAt).toBe(time.systemTime() + 10_000)
    await time.advance(6000)
    await lease.renew(2)
    await time.advance(1999)
    expect([lease.isHeld, lease.fence]).toEqual([true, fence])
    await time.advance(1)
    expect(lease.isHeld).toBe(false)
  })

  it("gives a lease without an end one, and the other way round", async () => {
    const { cache, time } = await openStore()
    const lease = await cache.lease("a")
    await lease.renew(1)
    await lease.renew(Number.POSITIVE_INFINITY)
    await time.advance(5000)
    expect([lease.isHeld, lease.expiresAt]).toEqual([true, undefined])
  })

  it("is refused as Conflict, once it is over, given back or broken", async () => {
    const { cache, time } = await openStore()
    const [over, left, broken] = [await cache.lease("a", { ttl: 1 }), await cache.lease("b"), await cache.lease("c")]
    await time.advance(1000)
    await left.release()
    await cache.breakLease("c")
    for (const lease of [over, left, broken]) {
      const error = await refusalOf(lease.renew(5))
      expect(error).toBeInstanceOf(Conflict)
      expect(error.details).toMatchObject({ key: lease.key, fence: lease.fence })
    }
    expect((await refusalOf(broken.renew())).message).toContain("broken by")
  })
})

describe("lease with wait", () => {
  it("is given in the order of asking, as soon as it is free", async () => {
    const stage = await openStore()
    const [bob, eve] = [await another(stage), await another(stage, "user:eve")]
    const first = await stage.cache.lease("a", { ttl: 2 })
    const second = asking(bob.lease("a", { wait: true, ttl: 5 }))
    const third = asking(eve.lease("a", { wait: true }))
    await stage.time.advance(1999)
    expect([second.lease, third.lease]).toEqual([undefined, undefined])
    await stage.time.advance(1)
    expect([first.isHeld, second.lease?.isHeld, third.lease]).toEqual([false, true, undefined])
    expect(second.lease?.expiresAt).toBe(stage.time.systemTime() + 5000)
    await second.lease?.release()
    await stage.time.settle()
    expect(third.lease?.isHeld).toBe(true)
    expect((third.lease?.fence ?? 0) > (second.lease?.fence ?? 0)).toBe(true)
  })

  it("waits within the time of its request, and leaves its place then", async () => {
    const stage = await openStore()
    const lease = await stage.cache.lease("a")
    const bob = await another(stage)
    const impatient = asking(bob.lease("a", { wait: true }, { timeoutMs: 100 }))
    const patient = asking(bob.lease("a", { wait: true }, { timeoutMs: 1000 }))
    await stage.time.advance(100)
    expect(impatient.error).toBeInstanceOf(Timeout)
    expect(impatient.error).toMatchObject({
      message: 'app:cache did not answer lease within 100 ms: another holds the lease of "a"',
      details: { key: "a", timeoutMs: 100 },
    })
    await lease.release()
    await stage.time.settle()
    expect(patient.lease?.isHeld).toBe(true)
  })

  it("waits until its signal is aborted", async () => {
    const stage = await openStore()
    const lease = await stage.cache.lease("a")
    const controller = new AbortController()
    const asked = asking(stage.cache.lease("a", { wait: true }, { signal: controller.signal }))
    await stage.time.settle()
    controller.abort()
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Canceled)
    await lease.release()
    expect(await stage.cache.leaseOf("a")).toBeUndefined()
  })

  it("is called off with its mailbox; what the same mailbox holds is not given to what it waits with", async () => {
    const stage = await openStore()
    const bob = await another(stage)
    const held = await bob.lease("a")
    const waiting = asking(bob.lease("a", { wait: true }))
    await stage.time.settle()
    await bob.release()
    await stage.time.settle()
    expect(held.isHeld).toBe(false)
    expect(waiting.lease).toBeUndefined()
    expect(waiting.error).toBeInstanceOf(Canceled)
    expect(await stage.cache.leaseOf("a")).toBeUndefined()
  })

  it("gets what is free at once", async () => {
    const { cache } = await openStore()
    expect((await cache.lease("a", { wait: true })).isHeld).toBe(true)
  })
})

describe("leaseOf", () => {
  it("tells who holds it, and until when; nothing where nobody does", async () => {
    const stage = await openStore()
    const lease = await (await another(stage)).lease("a", { ttl: 1 })
    expect(await stage.cache.leaseOf("a")).toEqual({ key: "a", holder: "user:bob", fence: lease.fence, expiresAt: lease.expiresAt })
    await stage.time.advance(1000)
    expect(await stage.cache.leaseOf("a")).toBeUndefined()
  })
})

describe("breakLease", () => {
  it("takes it from its holder, who hears of it, and gives it to who waits", async () => {
    const stage = await openStore({ principal: "user:alice" })
    const bob = await another(stage)
    const lease = await bob.lease("a")
    const { signal } = lease
    const waiting = asking(stage.cache.lease("a", { wait: true }))
    expect(await stage.cache.breakLease("a")).toBe(true)
    await stage.time.settle()
    expect([lease.isHeld, signal.aborted, waiting.lease?.isHeld]).toEqual([false, true, true])
    expect(signal.reason.message).toContain("broken by user:alice")
    expect(await lease.release()).toBe(false)
    expect(waiting.lease?.isHeld).toBe(true)
  })

  it("says false where nobody holds it", async () => {
    const { cache } = await openStore()
    expect(await cache.breakLease("a")).toBe(false)
  })

  it("gives up where each that it finds has gone before it can break it, and says that to try again helps", async () => {
    const { cache } = await openStore()
    await cache.lease("a")
    for (let waiter = 0; waiter < 30; waiter += 1) void asking(cache.lease("a", { wait: true }))
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => cache.breakLease("a")))
    const refused = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason)
    expect([outcomes.length - refused.length, refused.length]).toEqual([8, 12])
    expect(refused[0]).toMatchObject({ kind: "CONFLICT", retryable: true, details: { field: "key", key: "a" } })
  })

  it("is a policy's matter, by whose lease it is", async () => {
    const stage = await openStore()
    stage.runtime.security.setPolicies([
      allow("store.get"),
      ({ action, attributes, principal }) =>
        action === "store.key.lease" && (attributes.holder === principal.id || principal.id === "user:root") ? "allow" : "undefined",
    ])
    const [alice, bob, root] = [await another(stage, "user:alice"), await another(stage), await another(stage, "user:root")]
    const lease = await alice.lease("a")
    expect(await refusalOf(bob.breakLease("a"))).toBeInstanceOf(PermissionDenied)
    expect(lease.isHeld).toBe(true)
    expect(await alice.breakLease("a")).toBe(true)
    const again = await alice.lease("a")
    expect(await root.breakLease("a")).toBe(true)
    expect(again.isHeld).toBe(false)
    expect(await bob.breakLease("a")).toBe(false)
  })
})

describe("permission for leases", () => {
  it("is store.key.lease, with key and holder; giving back needs none", async () => {
    const stage = await openStore({ policies: [allow(["store.get", "store.key.lease"])] })
    const lease = await stage.cache.lease("a")
    stage.runtime.security.setPolicies([allow("store.get")])
    expect(await refusalOf(stage.cache.lease("b"))).toBeInstanceOf(PermissionDenied)
    expect(await refusalOf(stage.cache.leaseOf("a"))).toBeInstanceOf(PermissionDenied)
    expect(await refusalOf(lease.renew())).toBeInstanceOf(PermissionDenied)
    expect(await lease.release()).toBe(true)
    stage.runtime.security.setPolicies([allow(["store.get", "store.key.lease"])])
    expect((await stage.cache.lease("a")).isHeld).toBe(true)
  })
})

describe("a crash of the store", () => {
  it("ends all leases, and their holders hear of it", async () => {
    const stage = await openStore()
    const lease = await stage.cache.lease("a", { ttl: 60 })
    const { signal } = lease
    await stage.crash()
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
    expect((await (await another(stage)).lease("a")).isHeld).toBe(true)
    expect(await refusalOf(lease.renew())).toBeInstanceOf(Conflict)
  })

  it("by a kill, too", async () => {
    const { cache, runtime, time } = await openStore()
    const lease = await cache.lease("a")
    const { signal } = lease
    const pid = runtime.whereis("app:cache")
    if (pid !== undefined) runtime.exit(pid, "kill")
    await time.settle()
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
  })

  it("changes nothing where the state is retained: neither who holds it, nor until when", async () => {
    const stage = await openStore({ child: { state: "retain" } })
    const lease = await stage.cache.lease("a", { ttl: 10 })
    const { signal } = lease
    await stage.crash()
    expect([lease.isHeld, signal.aborted]).toEqual([true, false])
    expect(await refusalOf((await another(stage)).lease("a"))).toBeInstanceOf(Conflict)
    await lease.renew()
    await stage.crash()
    await stage.time.advance(10_000)
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
    expect((await (await another(stage)).lease("a")).isHeld).toBe(true)
  })

  it("is not held between the crash and the restart", async () => {
    const stage = await openStore({ child: { state: "retain" } })
    const lease = await stage.cache.lease("a")
    await stage.crash()
    const pid = stage.runtime.whereis("app:cache")
    if (pid !== undefined) stage.runtime.exit(pid, { error: new Error("again") })
    await stage.time.settle()
    // It starts again after a while.
    expect([lease.isHeld, lease.signal.aborted]).toEqual([false, false])
    await stage.time.advance(5000)
    expect([lease.isHeld, lease.signal.aborted]).toEqual([true, false])
  })

  it("fails who waits, and who gave it back meanwhile holds it no longer", async () => {
    const stage = await openStore({ child: { state: "retain" } })
    const lease = await stage.cache.lease("a")
    const waiting = asking(stage.cache.lease("a", { wait: true }))
    await stage.time.settle()
    const pid = stage.runtime.whereis("app:cache")
    if (pid !== undefined) stage.runtime.exit(pid, { error: new Error("crash") })
    expect(waiting.lease).toBeUndefined()
    await stage.time.settle()
    expect(waiting.error).toBeInstanceOf(Unavailable)
    await lease.release()
    expect((await stage.cache.lease("a")).isHeld).toBe(true)
  })

  it("with its mailbox given back before the restart ends its lease, retained or not", async () => {
    const stage = await openStore({ child: { state: "retain" } })
    const bob = await another(stage)
    await bob.lease("a")
    await stage.crash()
    const pid = stage.runtime.whereis("app:cache")
    if (pid !== undefined) stage.runtime.exit(pid, { error: new Error("again") })
    await stage.time.settle()
    const released = bob.release()
    await stage.time.advance(5000)
    await released
    expect(await stage.cache.leaseOf("a")).toBeUndefined()
  })

  it("and a stop leave no timer", async () => {
    const stage = await openStore()
    const lease = await stage.cache.lease("a", { ttl: 60 })
    const { signal } = lease
    expect(stage.time.armedTimers).toBe(1)
    await stage.runtime.stop()
    await stage.time.settle()
    expect([stage.time.armedTimers, lease.isHeld, signal.aborted]).toEqual([0, false, true])
  })
})
