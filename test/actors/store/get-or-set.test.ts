import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import { actor, child, type LoadContext, type StoreMailbox, start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"
import { thenable } from "../../support/thenable.ts"

/** Loads that wait until the test lets them go, in the order in which they were called. */
function held() {
  const calls: (Latch<unknown> & { readonly context: LoadContext<unknown> })[] = []
  const load = (context: LoadContext<unknown>): Promise<unknown> => {
    const one = latch<unknown>()
    calls.push({ ...one, context })
    return one.promise
  }
  const at = (index: number) => {
    const call = calls[index]
    if (call === undefined) throw new Error(`load ${index} was not called`)
    return call
  }
  return { load, calls, at }
}

const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => value,
    (error: { readonly kind?: string }) => error.kind ?? error,
  )

describe("getOrSet", () => {
  it("gives the value that is there, and calls no load", async () => {
    const { cache } = await openStore()
    await cache.set("k", { n: 1 })
    const { load, calls } = held()
    expect(await cache.getOrSet("k", load)).toBe(await cache.get("k"))
    expect(calls).toHaveLength(0)
  })

  it("loads what is not there, keeps a frozen copy of it, and gives that as get does", async () => {
    const { cache, time } = await openStore()
    const own = { list: [1] }
    const given = await cache.getOrSet("k", () => own, { ttl: 2 })
    own.list.push(2)
    expect([given, given === (await cache.get("k")), Object.isFrozen(given)]).toEqual([{ list: [1] }, true, true])
    await time.advance(1999)
    expect(await cache.has("k")).toBe(true)
    await time.advance(1)
    expect(await cache.has("k")).toBe(false)
  })

  it("calls one load for a thousand callers of several mailboxes, on their own or a thenable's word", async () => {
    const { cache, runtime } = await openStore()
    const mailboxes = [cache, await runtime.acquire("app:cache"), await runtime.acquire("app:cache")]
    let calls = 0
    const load = () => {
      calls += 1
      return thenable((resolve: (value: unknown) => void) => resolve({ calls }))
    }
    const asked = Array.from({ length: 1000 }, (_, n) => (mailboxes[n % 3] as StoreMailbox).getOrSet("k", load as never))
    const values = await Promise.all(asked)
    expect([calls, new Set(values).size, values[0]]).toEqual([1, 1, { calls: 1 }])
  })

  it("answers more callers than it answers in one turn", async () => {
    const { cache } = await openStore()
    const { load, at } = held()
    const asked = Array.from({ length: 3000 }, () => cache.getOrSet("k", load))
    await cache.has("k")
    at(0).open("v")
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["v"]))
    const again = Array.from({ length: 3000 }, () => cache.getOrSet("other", load))
    await cache.set("other", "w")
    expect(new Set(await Promise.all(again))).toEqual(new Set(["w"]))
  })

  it("loads different keys at the same time", async () => {
    const { cache } = await openStore()
    const { load, calls, at } = held()
    const asked = ["a", "b"].map((key) => cache.getOrSet(key, load))
    await cache.has("a")
    expect(calls.map(({ context }) => context.key)).toEqual(["a", "b"])
    at(1).open("B")
    expect(await asked[1]).toBe("B")
    at(0).open("A")
    expect(await asked[0]).toBe("A")
  })

  it("has a load run outside the store's turn: it may ask the store for other keys, and wait for it", async () => {
    const { cache } = await openStore()
    const given = await cache.getOrSet("sum", async () => {
      await cache.set("a", 1)
      const b = await cache.getOrSet("b", async () => 2)
      return ((await cache.get("a")) as number) + (b as number)
    })
    expect(given).toBe(3)
  })

  it("runs a load in the async context of its caller, and of no other", async () => {
    const { cache } = await openStore()
    const storage = new AsyncLocalStorage<string>()
    const load = async () => {
      await undefined
      return storage.getStore()
    }
    await cache.set("warm", 1)
    const asked = ["a", "b"].map((who) => storage.run(who, () => cache.getOrSet(who, load)))
    expect(await Promise.all(asked)).toEqual(["a", "b"])
    // Asked by another, after the first has gone.
    const { load: slow, calls, at } = held()
    const first = storage.run("c", () => cache.getOrSet("c", slow, { timeoutMs: 1000 }))
    expect(calls).toHaveLength(0)
    await cache.has("c")
    at(0).open("c")
    expect(await first).toBe("c")
  })

  it("gives what cannot be frozen as copies of each caller's own", async () => {
    const { cache } = await openStore()
    const [one, other] = (await Promise.all([1, 2].map(() => cache.getOrSet("k", () => new Map([[1, 2]]))))) as [
      Map<number, number>,
      unknown,
    ]
    one.set(3, 4)
    expect([other, await cache.get("k")]).toEqual([new Map([[1, 2]]), new Map([[1, 2]])])
  })

  it("gives undefined to all where its load does, and keeps nothing", async () => {
    const { cache } = await openStore()
    let calls = 0
    const load = (): undefined => {
      calls += 1
      return undefined
    }
    expect(await Promise.all([1, 2].map(() => cache.getOrSet("k", load)))).toEqual([undefined, undefined])
    expect([await cache.has("k"), calls]).toEqual([false, 1])
    await cache.getOrSet("k", load)
    expect(calls).toBe(2)
    await cache.getOrSet("k", () => null)
    expect(await cache.getOrSet("k", load)).toBeNull()
  })

  it("writes nothing of its own into the entry but the lifetime that was asked for", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => 1, { ttl: 10, idle: 2 })
    await time.advance(1500)
    await cache.getOrSet("k", () => 2)
    await time.advance(1500)
    expect(await cache.get("k")).toBe(1)
    await time.advance(2000)
    expect(await cache.get("k")).toBeUndefined()
    await cache.getOrSet("j", () => 1, { ttl: 10, jitter: 1 })
    expect(await cache.ttl("j")).toBeLessThan(10)
  })
})

describe("a load that fails", () => {
  it("fails every caller of its mailbox with its very error, and caches nothing", async () => {
    const { cache } = await openStore()
    const boom = { not: "an error" }
    let calls = 0
    const loads = [
      () => {
        calls += 1
        throw boom
      },
      () => {
        calls += 1
        return Promise.reject(boom)
      },
    ]
    for (const load of loads) {
      const settled = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet("k", load)))
      expect(settled.map((one) => one.status === "rejected" && one.reason === boom)).toEqual([true, true, true])
    }
    expect([calls, await cache.has("k")]).toEqual([2, false])
    expect(await cache.getOrSet("k", () => "better")).toBe("better")
  })

  it("tells callers of other mailboxes that it has failed, and nothing of on what", async () => {
    const { cache, runtime } = await openStore()
    const other = await runtime.acquire("app:cache")
    const secret = new Error("the password is 123")
    const own = cache.getOrSet("k", () => Promise.reject(secret), { failFor: 10 })
    const refused = await refusalOf(other.getOrSet("k", () => 1))
    await expect(own).rejects.toBe(secret)
    expect(refused).toMatchObject({ kind: "UNAVAILABLE", retryable: true, details: { key: "k" } })
    expect([refused.cause, refused.message.includes("123")]).toEqual([undefined, false])
    // What is remembered of it is told in the same way.
    const remembered = await refusalOf(other.getOrSet("k", () => 1))
    expect([remembered.kind, remembered.cause]).toEqual(["UNAVAILABLE", undefined])
    await expect(cache.getOrSet("k", () => 1)).rejects.toBe(secret)
  })

  it("is remembered for as long as it says, to the millisecond, and forgotten by a write or a delete", async () => {
    const { cache, time } = await openStore()
    const fail = (key: string) => outcome(cache.getOrSet(key, () => Promise.reject("boom"), { failFor: 2 }))
    await Promise.all(["a", "b", "c"].map(fail))
    await time.advance(1999)
    expect(await outcome(cache.getOrSet("a", () => "new"))).toBe("boom")
    await cache.set("b", 1)
    await cache.delete("b")
    expect(await cache.getOrSet("b", () => "new")).toBe("new")
    await cache.delete("c")
    expect(await cache.getOrSet("c", () => "new")).toBe("new")
    await time.advance(1)
    expect(await cache.getOrSet("a", () => "new")).toBe("new")
  })

  it("is Invalid for all where it gives what cannot be stored, and where that alone weighs too much", async () => {
    const { cache, runtime } = await openStore({ store: { maxBytes: 5, weigh: (value) => value as number } })
    const other = await runtime.acquire("app:cache")
    const cases: [string, () => unknown][] = [
      ["value.f", () => ({ f: () => {} })],
      ["weigh", () => "no number"],
      ["value", () => 6],
    ]
    for (const [field, load] of cases) {
      const own = refusalOf(cache.getOrSet("k", load))
      expect(await refusalOf(other.getOrSet("k", load))).toMatchObject({ kind: "INVALID", details: { field: "value", key: "k" } })
      expect(await own).toMatchObject({ kind: "INVALID", details: { field } })
    }
    expect(await cache.has("k")).toBe(false)
  })

  it("of a store that is full for now is no failure: all get the value, which is not kept", async () => {
    const { cache } = await openStore({ store: { maxEntries: 1 } })
    await cache.set("first", 1)
    expect(await Promise.all([1, 2].map(() => cache.getOrSet("k", () => "loaded")))).toEqual(["loaded", "loaded"])
    expect([await cache.has("k"), (await cache.statistics()).refused]).toEqual([false, 1])
  })
})

describe("a caller that gives up", () => {
  it("by its time, its signal or its release leaves the load to the others, also where it is its own", async () => {
    for (const way of ["time", "signal", "release"]) {
      for (const leaver of [0, 1]) {
        const { cache, runtime, time } = await openStore()
        const mailboxes = [await runtime.acquire("app:cache"), await runtime.acquire("app:cache")] as const
        const { load, calls, at } = held()
        const controller = new AbortController()
        const ways = { time: { timeoutMs: 50 }, signal: { signal: controller.signal }, release: {} }
        const asked = mailboxes.map((mailbox, index) =>
          outcome(mailbox.getOrSet("k", load, index === leaver ? ways[way as keyof typeof ways] : {})),
        )
        await cache.has("k")
        if (way === "time") await time.advance(50)
        if (way === "signal") controller.abort(new Error("enough"))
        if (way === "release") await mailboxes[leaver]?.release()
        await time.settle()
        expect(await asked[leaver], `${way} ${leaver}`).toBe(way === "time" ? "TIMEOUT" : "CANCELED")
        // Whose mailbox was given back can keep nothing: the next one's load is called.
        const isPromoted = way === "release" && leaver === 0
        expect(calls, `${way} ${leaver}`).toHaveLength(isPromoted ? 2 : 1)
        expect(at(0).context.signal.aborted).toBe(isPromoted)
        at(isPromoted ? 1 : 0).open("v")
        expect([await asked[1 - leaver], await cache.get("k")]).toEqual(["v", "v"])
      }
    }
  })

  it("as the last one aborts the signal, in its own loads' time, and what is loaded after that is not kept", async () => {
    const { cache, time } = await openStore()
    const { load, at } = held()
    const asked = [10, 20].map((timeoutMs) => outcome(cache.getOrSet("k", load, { timeoutMs })))
    await time.advance(19)
    expect(at(0).context.signal.aborted).toBe(false)
    await time.advance(1)
    expect([await Promise.all(asked), at(0).context.signal.aborted]).toEqual([["TIMEOUT", "TIMEOUT"], true])
    expect(at(0).context.signal.reason).toMatchObject({ kind: "CANCELED", details: { key: "k" } })
    at(0).open("late")
    await time.settle()
    expect(await cache.has("k")).toBe(false)
    expect(await cache.getOrSet("k", () => "new")).toBe("new")
  })

  it("never sees its load called where it gave up before its turn", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    const { load, calls } = held()
    const first = outcome(other.getOrSet("k", load))
    const second = outcome(cache.getOrSet("k", load, { timeoutMs: 10 }))
    await time.advance(10)
    await other.release()
    expect([await first, await second, calls.length]).toEqual(["CANCELED", "TIMEOUT", 1])
    expect(await cache.getOrSet("k", () => 1)).toBe(1)
  })

  it("as it dies has another one's load called", async () => {
    const { cache, runtime, time } = await openStore()
    const { load, calls, at } = held()
    const dying = runtime.spawn(
      actor(async (self) => {
        const own = (await self.acquire("app:cache")) as StoreMailbox
        await own.getOrSet("k", load)
      }),
    )
    await time.settle()
    expect(calls).toHaveLength(1)
    const asked = cache.getOrSet("k", load)
    await cache.has("k")
    runtime.exit(dying, "kill")
    await time.settle()
    expect([calls.length, at(0).context.signal.aborted]).toEqual([2, true])
    at(0).open("of the dead")
    at(1).open("v")
    expect([await asked, await cache.get("k")]).toEqual(["v", "v"])
  })

  it("as it dies, where the mailbox is another's, has another one's load called, too", async () => {
    const { cache, runtime, time } = await openStore()
    const { load, calls, at } = held()
    const dying = runtime.spawn(actor(async () => void (await cache.getOrSet("k", load))))
    await time.settle()
    const asked = cache.getOrSet("k", load)
    await cache.has("k")
    runtime.exit(dying, "kill")
    await time.settle()
    expect([calls.length, at(0).context.signal.aborted]).toEqual([2, true])
    at(1).open("v")
    expect(await asked).toBe("v")
  })

  it("as it dies before the store has come to it asks for nothing", async () => {
    const { cache, runtime, time } = await openStore()
    const { load, calls } = held()
    runtime.sys.suspend("app:cache")
    await time.settle()
    const dying = runtime.spawn(actor(async () => void (await cache.getOrSet("k", load))))
    await time.settle()
    runtime.exit(dying, "kill")
    runtime.sys.resume("app:cache")
    await time.settle()
    expect([calls.length, await cache.getOrSet("k", () => 1)]).toEqual([0, 1])
  })

  it("by a signal that is aborted already asks for nothing", async () => {
    const { cache } = await openStore()
    const { load, calls } = held()
    expect(await refusalOf(cache.getOrSet("k", load, { signal: AbortSignal.abort() }))).toMatchObject({ kind: "CANCELED" })
    expect([calls.length, await cache.getOrSet("k", () => 1)]).toEqual([0, 1])
  })
})

describe("a load that never ends", () => {
  it("frees all by their time, says so, and keeps nobody from loading after that", async () => {
    const { cache, time } = await openStore()
    const { load, calls, at } = held()
    const asked = [1, 2].map(() => refusalOf(cache.getOrSet("k", load)))
    await time.advance(5000)
    for (const refused of await Promise.all(asked)) {
      expect(refused).toMatchObject({ kind: "TIMEOUT", details: { key: "k", timeoutMs: 5000 } })
      expect(refused.message).toContain("its own key")
    }
    expect(at(0).context.signal.aborted).toBe(true)
    expect([await cache.getOrSet("k", () => "v"), calls.length]).toEqual(["v", 1])
  })

  it("holds up nobody for longer than its most patient caller waits, however many come after", async () => {
    const { cache, time } = await openStore()
    const { load, calls, at } = held()
    const asked: Promise<unknown>[] = []
    for (let n = 0; n < 6; n += 1) {
      asked.push(outcome(cache.getOrSet("k", load, { timeoutMs: 1000 })))
      await time.advance(400)
    }
    // The second one begins with the first who asks after the time of the first.
    expect(calls.length).toBeGreaterThan(1)
    at(1).open("v")
    const told = await Promise.all(asked)
    expect([told[0], told.at(-1), await cache.get("k")]).toEqual(["TIMEOUT", "v", "v"])
  })
})

describe("a write during a load", () => {
  it("wins: all who wait get what was written, and the load hears that it is not wanted", async () => {
    const writes: ((cache: StoreMailbox) => Promise<unknown>)[] = [
      (cache) => cache.set("k", "written"),
      (cache) => cache.put("k", "written"),
      (cache) => cache.update("k", () => "written"),
      (cache) => cache.transaction(["k"], (tx) => tx.set("k", "written")),
    ]
    for (const write of writes) {
      const { cache, time } = await openStore()
      const { load, at } = held()
      const asked = [1, 2].map(() => cache.getOrSet("k", load, { ttl: 5, failFor: 100 }))
      await cache.has("k")
      await write(cache)
      expect(await Promise.all(asked)).toEqual(["written", "written"])
      expect(at(0).context.signal.aborted).toBe(true)
      at(0).open("loaded")
      await time.settle()
      expect([await cache.get("k"), await cache.ttl("k")]).toEqual(["written", Number.POSITIVE_INFINITY])
    }
  })

  it("wins over one that has not begun yet: it is not called", async () => {
    const { cache } = await openStore()
    const { load, calls } = held()
    const asked = cache.getOrSet("k", load)
    await cache.set("k", "written")
    expect([await asked, calls.length]).toEqual(["written", 0])
  })

  it("wins over one that fails, too: nothing of that is remembered", async () => {
    const { cache, time } = await openStore()
    const { load, at } = held()
    const asked = cache.getOrSet("k", load, { failFor: 100 })
    await cache.has("k")
    await cache.set("k", "written", 1)
    at(0).fail("boom")
    expect(await asked).toBe("written")
    await time.advance(1000)
    expect(await cache.getOrSet("k", () => "new")).toBe("new")
  })

  it("that is refused changes nothing", async () => {
    const { cache } = await openStore()
    const { load, at } = held()
    const asked = cache.getOrSet("k", load)
    expect(await outcome(cache.put("k", 1, { ifVersion: "none" }))).toBe("NOT_FOUND")
    expect(await cache.touch("k", 5)).toBe(false)
    at(0).open("loaded")
    expect([await asked, await cache.get("k")]).toEqual(["loaded", "loaded"])
  })
})

describe("a delete during a load", () => {
  const deletes: [string, (cache: StoreMailbox) => Promise<unknown>, unknown][] = [
    ["delete", (cache) => cache.delete("k"), false],
    ["take", (cache) => cache.take("k"), undefined],
    ["update", (cache) => cache.update("k", () => undefined), undefined],
    ["deleteMany", (cache) => cache.deleteMany(["k"]), [false]],
    ["transaction", (cache) => cache.transaction(["k"], (tx) => tx.delete("k")), false],
  ]
  it.each(deletes)("by %s wins: what is loaded is not kept, and goes to those alone who had asked before", async (_, remove, told) => {
    const { cache } = await openStore()
    const { load, calls, at } = held()
    const before = cache.getOrSet("k", load)
    await cache.has("k")
    expect(await remove(cache)).toEqual(told)
    const after = cache.getOrSet("k", load)
    await cache.has("k")
    expect([calls.length, at(0).context.signal.aborted]).toEqual([2, false])
    at(0).open("of before")
    expect([await before, await cache.has("k")]).toEqual(["of before", false])
    at(1).open("of after")
    expect([await after, await cache.get("k")]).toEqual(["of after", "of after"])
  })

  it("of what was written meanwhile leaves nothing of either", async () => {
    const { cache, time } = await openStore()
    const { load, at } = held()
    const asked = cache.getOrSet("k", load)
    await cache.has("k")
    await cache.set("k", "written")
    await cache.delete("k")
    at(0).open("loaded")
    await time.settle()
    expect([await asked, await cache.has("k")]).toEqual(["written", false])
  })
})

describe("an old value", () => {
  const stale = { ttl: 1, staleFor: 10 }

  it("is given at once within its time, while one caller refreshes it", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    const { load, calls, at } = held()
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrSet("k", load, stale)))).toEqual(["old", "old", "old"])
    expect([calls.length, at(0).context.stale]).toEqual([1, "old"])
    at(0).open("new")
    await time.settle()
    expect([await cache.get("k"), await cache.getOrSet("k", load, stale), calls.length]).toEqual(["new", "new", 1])
  })

  it("is given until its time is over, swept or not, and to the millisecond", async () => {
    for (const isSwept of [true, false]) {
      const { cache, time } = await openStore()
      await cache.getOrSet("k", () => "old", stale)
      if (isSwept) await time.advance(2000)
      await time.advance(isSwept ? 8999 : 10_999)
      const { load, calls, at } = held()
      expect(await cache.getOrSet("k", load, stale)).toBe("old")
      await time.advance(1)
      const asked = cache.getOrSet("k", load, stale)
      at(0).open("new")
      expect([await asked, calls.length]).toEqual(["new", 1])
    }
  })

  it("is seen by no other reader, and counts as no entry", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    expect([await cache.get("k"), await cache.has("k"), await cache.entry("k"), await cache.ttl("k"), await cache.take("k")]).toEqual([
      undefined,
      false,
      undefined,
      undefined,
      undefined,
    ])
    expect((await cache.statistics()).entries).toBe(0)
  })

  it("stays after a refreshing that fails, which reaches nobody, and the next caller tries again", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    for (const load of [() => Promise.reject(new Error("boom")), () => ({ f: () => {} })]) {
      expect(await cache.getOrSet("k", load, stale)).toBe("old")
      await time.settle()
    }
    const { load, calls } = held()
    expect([await cache.getOrSet("k", load, stale), calls.length]).toEqual(["old", 1])
  })

  it("stays for the time that a failed refreshing is remembered, and nobody tries", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    await cache.getOrSet("k", () => Promise.reject("boom"), { ...stale, failFor: 5 })
    await time.advance(4999)
    const { load, calls } = held()
    expect([await cache.getOrSet("k", load, stale), calls.length]).toEqual(["old", 0])
    await time.advance(1)
    expect([await cache.getOrSet("k", load, stale), calls.length]).toEqual(["old", 1])
  })

  it("is gone with a delete, and with a write", async () => {
    const { cache, time } = await openStore()
    await Promise.all(["a", "b", "c"].map((key) => cache.getOrSet(key, () => "old", stale)))
    await cache.set("c", "written", 1)
    await time.advance(1000)
    expect(await cache.getOrSet("c", () => "new")).toBe("new")
    expect(await cache.delete("a")).toBe(false)
    await cache.set("b", "written", 1)
    expect(await cache.getOrSet("a", () => "new")).toBe("new")
    await time.advance(1000)
    expect(await cache.getOrSet("b", () => "new")).toBe("new")
  })

  it("is what a call with staleFor has found there, too", async () => {
    const { cache, time } = await openStore()
    await cache.set("k", "set", 1)
    await cache.getOrSet("k", () => 0, stale)
    await time.advance(1000)
    expect(await cache.getOrSet("k", () => "new", stale)).toBe("set")
  })

  it("refreshed for longer than its caller waits is given up, and the next caller tries again", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    const { load, calls, at } = held()
    await cache.getOrSet("k", load, { ...stale, timeoutMs: 100 })
    await time.advance(99)
    expect(at(0).context.signal.aborted).toBe(false)
    await time.advance(1)
    expect(at(0).context.signal.aborted).toBe(true)
    expect([await cache.getOrSet("k", load, stale), calls.length]).toEqual(["old", 2])
  })

  it("is refreshed by another one where the mailbox is given back meanwhile", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.getOrSet("k", () => "old", stale)
    await time.advance(1000)
    const { load, at } = held()
    await other.getOrSet("k", load, stale)
    await other.release()
    expect([at(0).context.signal.aborted, await cache.getOrSet("k", load, stale)]).toEqual([true, "old"])
    at(1).open("new")
    await time.settle()
    expect(await cache.get("k")).toBe("new")
  })

  it("whose refreshing others wait for, and which is left by its caller, goes on as long as they wait", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.getOrSet("k", () => "old", { ttl: 1, staleFor: 1 })
    await time.advance(1990)
    const { load, calls, at } = held()
    expect(await other.getOrSet("k", load)).toBe("old")
    await time.advance(10)
    const asked = outcome(cache.getOrSet("k", load, { timeoutMs: 50 }))
    await other.release()
    expect([calls.length, at(0).context.signal.aborted, at(1).context.signal.aborted]).toEqual([2, true, false])
    await time.advance(50)
    expect([await asked, at(1).context.signal.aborted]).toEqual(["TIMEOUT", true])
  })

  it("takes no room of what is written: it goes first, the one that ends soonest before others", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: 3 } })
    for (const [n, key] of ["a", "b", "c"].entries()) await cache.getOrSet(key, () => "old", { ttl: 1, staleFor: 10 + n })
    await time.advance(2000)
    await cache.set("d", 1)
    const { load } = held()
    expect(await Promise.all(["b", "c"].map((key) => cache.getOrSet(key, load)))).toEqual(["old", "old"])
    expect(await cache.getOrSet("a", () => "new")).toBe("new")
  })

  it("is let go of in the end, and no timer is left", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => "old", stale)
    await outcome(cache.getOrSet("f", () => Promise.reject("boom"), { failFor: 3 }))
    await time.advance(200_000)
    expect(time.armedTimers).toBe(0)
  })
})

describe("a load that asks for its own key", () => {
  it("is refused, by whatever mailbox, and however deep it asks", async () => {
    const { cache, runtime } = await openStore()
    const other = await runtime.acquire("app:cache")
    const refused = await refusalOf(
      cache.getOrSet("k", async () => {
        await undefined
        return other.getOrSet("k", () => 1)
      }),
    )
    expect(refused).toMatchObject({ kind: "CONFLICT", details: { key: "k" } })
    const deep = cache.getOrSet("a", () => cache.getOrSet("b", () => cache.getOrSet("a", () => 1)))
    expect(await refusalOf(deep)).toMatchObject({ kind: "CONFLICT", details: { key: "a" } })
  })

  it("by another load that waits for it is refused, too", async () => {
    const { cache } = await openStore()
    const [one, other] = [latch(), latch()]
    const asked = [
      outcome(cache.getOrSet("a", () => one.promise.then(() => cache.getOrSet("b", () => 1)))),
      outcome(cache.getOrSet("b", () => other.promise.then(() => cache.getOrSet("a", () => 1)))),
    ]
    one.open()
    await cache.has("a")
    other.open()
    expect(await Promise.all(asked)).toEqual(["CONFLICT", "CONFLICT"])
  })

  it("gets the old value where there is one: that need not be waited for", async () => {
    const { cache, time } = await openStore()
    await cache.getOrSet("k", () => 1, { ttl: 1, staleFor: 10 })
    await time.advance(1000)
    await cache.getOrSet("k", async () => ((await cache.getOrSet("k", () => 0)) as number) + 1)
    await time.settle()
    expect(await cache.get("k")).toBe(2)
  })

  it("after its load is over is like any other", async () => {
    const { cache } = await openStore()
    const over = latch()
    const later: Promise<unknown>[] = []
    await cache.getOrSet("k", () => {
      later.push(over.promise.then(() => cache.getOrSet("k", () => "again")))
      return "first"
    })
    await cache.delete("k")
    over.open()
    expect(await later[0]).toBe("again")
  })
})

describe("a store that crashes during a load", () => {
  it("tells who waits, and what is loaded reaches its caller and the next incarnation", async () => {
    for (const state of ["reset", "retain"] as const) {
      const { cache, runtime, crash } = await openStore({ child: { state } })
      const other = await runtime.acquire("app:cache")
      const { load, calls, at } = held()
      const own = cache.getOrSet("k", load, { ttl: 5 })
      const waiting = outcome(other.getOrSet("k", load))
      await cache.has("k")
      await crash()
      expect([await waiting, at(0).context.signal.aborted]).toEqual(["UNAVAILABLE", false])
      const after = other.getOrSet("k", load)
      await cache.has("k")
      at(0).open("v")
      expect([await own, await after, await cache.get("k"), await cache.ttl("k"), calls.length]).toEqual(["v", "v", "v", 5, 1])
    }
  })

  it("and was written since gives who loads what was written", async () => {
    const { cache, crash } = await openStore()
    const { load, at } = held()
    const own = cache.getOrSet("k", load)
    await cache.has("k")
    await crash()
    await cache.set("k", "written")
    expect(await own).toBe("written")
    at(0).open("loaded")
    expect(await cache.get("k")).toBe("written")
  })

  it("a second time tells its caller; that a load never ends holds up nobody", async () => {
    const { cache, crash, time } = await openStore()
    const { load, calls, at } = held()
    const own = outcome(cache.getOrSet("k", load))
    await cache.has("k")
    await crash()
    await crash()
    expect([await own, at(0).context.signal.aborted]).toEqual(["UNAVAILABLE", true])
    await time.advance(1000)
    const hung = outcome(cache.getOrSet("k", load))
    await cache.has("k")
    await crash()
    await time.advance(5000)
    expect([await hung, at(1).context.signal.aborted, calls.length]).toEqual(["TIMEOUT", true, 2])
  })

  it("and takes its time to start again is told then what was loaded meanwhile; who gives up before that, aborts it", async () => {
    const { cache, crash, time } = await openStore()
    await crash()
    const { load, at } = held()
    const own = cache.getOrSet("k", load, { ttl: 5 })
    const other = outcome(cache.getOrSet("j", load, { timeoutMs: 5 }))
    await cache.has("k")
    await crash()
    await time.settle()
    at(0).open("v")
    await time.advance(5)
    expect([await other, at(1).context.signal.aborted]).toEqual(["TIMEOUT", true])
    await time.advance(1000)
    expect([await own, await cache.get("k")]).toEqual(["v", "v"])
  })

  it("with two loads under way fails with the last of them", async () => {
    const { cache, runtime, crash, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    const { load, at } = held()
    const first = outcome(cache.getOrSet("k", load, { timeoutMs: 10 }))
    await cache.delete("k")
    const second = outcome(other.getOrSet("k", load))
    await cache.has("k")
    await crash()
    const third = outcome(other.getOrSet("k", load))
    await time.advance(10)
    expect([await first, at(0).context.signal.aborted]).toEqual(["TIMEOUT", false])
    at(1).fail("boom")
    await time.settle()
    expect(await second).toBe("boom")
    at(0).open("v")
    expect([await third, await cache.get("k")]).toEqual(["v", "v"])
  })

  it("with two loads under way leaves none of them running that nobody waits for", async () => {
    const { cache, crash, time } = await openStore()
    const { load, at } = held()
    const first = outcome(cache.getOrSet("k", load, { timeoutMs: 10 }))
    await cache.delete("k")
    const second = outcome(cache.getOrSet("k", load))
    await cache.has("k")
    await crash()
    await time.advance(10)
    at(1).fail("boom")
    await time.settle()
    expect([await first, await second, at(0).context.signal.aborted]).toEqual(["TIMEOUT", "boom", true])
  })

  it("ends what a load waited for: what it asked for may ask for its key then", async () => {
    const { cache, runtime, crash } = await openStore()
    const other = await runtime.acquire("app:cache")
    const [first, second] = [latch(), latch()]
    const b = other.getOrSet("b", () => first.promise.then(() => other.getOrSet("a", () => "not called")))
    await cache.has("b")
    const a = cache.getOrSet("a", async () => {
      const nested = await outcome(cache.getOrSet("b", () => "not called"))
      await second.promise
      return nested
    })
    await cache.has("a")
    await crash()
    first.open()
    await cache.has("b")
    second.open()
    expect([await a, await b]).toEqual(["UNAVAILABLE", "UNAVAILABLE"])
    expect(await cache.get("b")).toBe("UNAVAILABLE")
  })

  it("is told by a load that fails, or refreshes, that it did", async () => {
    const { cache, crash, time } = await openStore()
    const { load, at } = held()
    const own = outcome(cache.getOrSet("k", load))
    await cache.has("k")
    await crash()
    at(0).fail("boom")
    expect(await own).toBe("boom")
    await time.advance(1000)
    await cache.getOrSet("s", () => "old", { ttl: 1, staleFor: 10 })
    await time.advance(1000)
    await cache.getOrSet("s", load)
    await crash()
    expect(at(1).context.signal.aborted).toBe(true)
    at(1).open("new")
    await time.advance(1000)
    expect(await cache.has("s")).toBe(false)
  })

  it("for good tells all at once, and the load", async () => {
    const { cache, runtime } = await openStore()
    const { load, at } = held()
    const asked = [1, 2].map(() => outcome(cache.getOrSet("k", load)))
    await cache.has("k")
    await runtime.stop()
    expect([await Promise.all(asked), at(0).context.signal.aborted]).toEqual([["UNAVAILABLE", "UNAVAILABLE"], true])
  })

  it("was loaded for, and then is gone, does not take the value from its caller", async () => {
    const { cache, runtime, time } = await openStore()
    const { load, at } = held()
    const own = cache.getOrSet("k", load)
    await cache.has("k")
    runtime.sys.suspend("app:cache")
    await time.settle()
    at(0).open({ n: 1 })
    await time.settle()
    await runtime.stop()
    expect(await own).toEqual({ n: 1 })
  })
})

describe("a store that drains", () => {
  it("waits for what is loaded, and answers", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({ "app:cache": child(store(), { shutdown: { drain: 1000 } }) }, { host: time, log: () => {} })
    const cache = await runtime.acquire("app:cache")
    const { load, at } = held()
    const asked = outcome(cache.getOrSet("k", load))
    await cache.has("k")
    const stopped = runtime.stop()
    await time.settle()
    expect(at(0).context.signal.aborted).toBe(false)
    at(0).open("v")
    expect(await asked).toBe("v")
    await stopped
  })
})

describe("a store over partitions", () => {
  it("has each key loaded once, where it is, and given back by one release", async () => {
    const { cache, runtime, time } = await openStore({ store: { partitions: 3 } })
    const other = await runtime.acquire("app:cache")
    const { load, calls } = held()
    const keys = ["a", "b", "c", "d", "e"]
    const asked = [other, cache].flatMap((mailbox) => keys.map((key) => outcome(mailbox.getOrSet(key, load))))
    await cache.statistics()
    expect(calls).toHaveLength(5)
    await other.release()
    await time.settle()
    expect(calls).toHaveLength(10)
    for (const call of calls.slice(5)) call.open(call.context.key)
    expect(await Promise.all(asked)).toEqual([...keys.map(() => "CANCELED"), ...keys])
  })
})

describe("whoever may not get and set", () => {
  const allow = (actions: string[]) => [{ effect: "allow" as const, actions: ["store.get", ...actions], resources: "*" }]

  it("is refused, and its load is not called", async () => {
    for (const [granted, action] of [
      ["store.key.get", "store.key.set"],
      ["store.key.set", "store.key.get"],
    ] as const) {
      const { cache } = await openStore({ policies: allow([granted]) })
      const { load, calls } = held()
      expect(await refusalOf(cache.getOrSet("k", load))).toMatchObject({ kind: "PERMISSION_DENIED", details: { action, key: "k" } })
      expect(calls).toHaveLength(0)
    }
  })
})

describe("input of getOrSet", () => {
  it("that is wrong is Invalid, names the field, and calls nothing", async () => {
    const { cache, time } = await openStore()
    await time.advance(1000)
    const { load, calls } = held()
    const wrong: [string, () => Promise<unknown>][] = [
      ["key", () => cache.getOrSet("", load)],
      ["key", () => cache.getOrSet("\ud800", load)],
      ["load", () => cache.getOrSet("k", "value" as never)],
      ["ttl", () => cache.getOrSet("k", load, { ttl: -1 })],
      ["ttl", () => cache.getOrSet("k", load, { ttl: Number.MAX_SAFE_INTEGER / 1000 })],
      ["staleFor", () => cache.getOrSet("k", load, { staleFor: Number.NaN })],
      ["failFor", () => cache.getOrSet("k", load, { failFor: "1" as never })],
      ["timeoutMs", () => cache.getOrSet("k", load, { timeoutMs: 0 })],
      ["signal", () => cache.getOrSet("k", load, { signal: {} as never })],
      ["bound", () => cache.getOrSet("k", load, { bound: true } as never)],
    ]
    for (const [field, call] of wrong) {
      expect(await refusalOf(call()), field).toMatchObject({ kind: "INVALID", details: { field } })
    }
    expect(calls).toHaveLength(0)
  })

  it("reads each option once", async () => {
    const { cache } = await openStore()
    const reads: string[] = []
    const options = Object.fromEntries(
      ["ttl", "idle", "jitter", "staleFor", "failFor", "timeoutMs", "signal"].map((name) => [name, undefined]),
    )
    for (const name of Object.keys(options)) {
      Object.defineProperty(options, name, { enumerable: true, get: () => void reads.push(name) })
    }
    await cache.getOrSet("k", () => 1, options)
    expect(reads).toEqual([...new Set(reads)])
  })

  it("is a key like any other, also __proto__", async () => {
    const { cache } = await openStore()
    expect(await cache.getOrSet("__proto__", () => 1)).toBe(1)
    expect(await cache.getOrSet("constructor", () => 2)).toBe(2)
  })
})

describe("clear", () => {
  it("outruns what is being loaded, of an empty store too: what is loaded is given, and not kept", async () => {
    const { cache } = await openStore()
    for (const before of [[], ["p:other"]]) {
      for (const key of before) await cache.set(key, 1)
      const { promise, resolve: loaded } = Promise.withResolvers<string>()
      const loading = cache.getOrSet("p:a", () => promise)
      await cache.get("p:a")
      expect(await cache.clear("p:")).toBe(before.length)
      loaded("old")
      expect([await loading, await cache.has("p:a")]).toEqual(["old", false])
    }
  })

  it("forgets values that are stale, and failures", async () => {
    const { cache, time } = await openStore()
    const failing = (): Promise<never> => Promise.reject(new Error("down"))
    await cache.getOrSet("p:stale", () => "old", { ttl: 1, staleFor: 100 })
    await cache.getOrSet("p:failed", failing, { failFor: 100 }).catch(() => {})
    await time.advance(1000)
    await cache.clear("p:")
    expect(await cache.getOrSet("p:stale", () => "new")).toBe("new")
    expect(await cache.getOrSet("p:failed", () => "works")).toBe("works")
  })
})
