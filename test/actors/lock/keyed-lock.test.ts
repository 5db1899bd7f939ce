/** Keyed locks: the same key one after the other, different keys at once. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  actor,
  Canceled,
  child,
  Invalid,
  KeyedLockMailbox,
  keyedLock,
  PermissionDenied,
  type Pid,
  type ProcessSelf,
  type Runtime,
  refuse,
  server,
  supervisor,
} from "../../../actors/index.ts"
import { bootApp, type TestApp } from "../../support/app.ts"
import { refusalOf } from "../../support/refusal.ts"

let app: TestApp<{ readonly "app:locks": KeyedLockMailbox }>
let locks: KeyedLockMailbox
/** What has begun and not ended, by name. */
let works: Map<string, PromiseWithResolvers<string>>
let log: string[]

beforeEach(async () => {
  works = new Map()
  log = []
  app = await bootApp({ "app:locks": keyedLock() })
  locks = await app.runtime.acquire("app:locks")
})

afterEach(async () => {
  const stopped = app.runtime.stop()
  await app.time.advance(60_000)
  await stopped
  expect(app.time.armedTimers).toBe(0)
})

/** A work that goes on until it is ended. */
const work = (name: string) => (): Promise<string> => {
  log.push(name)
  const under = Promise.withResolvers<string>()
  works.set(name, under)
  return under.promise
}

const end = async (name: string): Promise<void> => {
  works.get(name)?.resolve(`${name} done`)
  works.delete(name)
  await app.time.settle()
}

/** A process that holds by a mailbox of its own. */
const holder = (key: string, name: string): Pid =>
  app.runtime.spawn(
    actor(async (self: ProcessSelf<unknown>) => {
      const own = await self.acquire("app:locks", { as: KeyedLockMailbox })
      await own.hold(key, work(name), { timeoutMs: Number.POSITIVE_INFINITY })
    }),
  )

describe("hold", () => {
  it("does one work after the other under the same key, in the order of asking, and gives what each gives", async () => {
    const asked = ["a", "b", "c"].map((name) => locks.hold("k", work(name)))
    await app.time.settle()
    expect(log).toEqual(["a"])
    await end("a")
    expect(log).toEqual(["a", "b"])
    await end("b")
    await end("c")
    expect(await Promise.all(asked)).toEqual(["a done", "b done", "c done"])
  })

  it("does works under different keys at the same time", async () => {
    const asked = ["a", "b"].map((name) => locks.hold(name, work(name)))
    await app.time.settle()
    expect(log).toEqual(["a", "b"])
    await Promise.all([end("a"), end("b")])
    await Promise.all(asked)
  })

  it("frees the key when the work throws, at once or later, and fails with what it throws", async () => {
    const broken = (): never => {
      throw new Error("at once")
    }
    await expect(locks.hold("k", broken)).rejects.toThrow("at once")
    await expect(locks.hold("k", () => Promise.reject(new Error("later")))).rejects.toThrow("later")
    expect(await locks.hold("k", () => "free")).toBe("free")
  })

  it("frees the key when its holder dies, and gives it to the next", async () => {
    const pid = holder("k", "dead")
    await app.time.settle()
    const next = locks.hold("k", work("next"))
    await app.time.settle()
    expect(log).toEqual(["dead"])
    app.runtime.exit(pid, "kill")
    await app.time.settle()
    expect(log).toEqual(["dead", "next"])
    // The dead one's work goes on, and frees nothing that is another's by now.
    await end("dead")
    const third = locks.hold("k", work("third"))
    await app.time.settle()
    expect(log).toEqual(["dead", "next"])
    await end("next")
    await end("third")
    expect(await Promise.all([next, third])).toEqual(["next done", "third done"])
  })

  it("leaves nothing of one that dies while it waits: its work does not begin", async () => {
    const first = locks.hold("k", work("first"))
    const pid = holder("k", "dead")
    await app.time.settle()
    const last = locks.hold("k", work("last"))
    app.runtime.exit(pid, "kill")
    await app.time.settle()
    await end("first")
    expect(log).toEqual(["first", "last"])
    await end("last")
    await Promise.all([first, last])
  })

  it("leaves nothing of one that gives up while it waits", async () => {
    const first = locks.hold("k", work("first"), { timeoutMs: 10 })
    const gone = refusalOf(locks.hold("k", work("gone"), { timeoutMs: 10 }))
    const last = locks.hold("k", work("last"), { timeoutMs: 1000 })
    await app.time.advance(20)
    expect((await gone)._tag).toBe("Timeout")
    await end("first")
    expect(log).toEqual(["first", "last"])
    await end("last")
    expect(await Promise.all([first, last])).toEqual(["first done", "last done"])
  })

  it("frees what a mailbox held that is given back, and cancels what waited by it", async () => {
    const other = await app.runtime.acquire("app:locks")
    const held = other.hold("k", work("held"))
    const waiting = refusalOf(other.hold("k", work("waiting")))
    const next = locks.hold("k", work("next"))
    await app.time.settle()
    expect(await other.release()).toBe(true)
    await app.time.settle()
    expect(log).toEqual(["held", "next"])
    expect(await waiting).toBeInstanceOf(Canceled)
    await end("held")
    expect(await held).toBe("held done")
    expect((await refusalOf(other.hold("k", work("late"))))._tag).toBe("Invalid")
    await end("next")
    await next
  })

  it("is bounded: one more that would hold or wait is RateLimited, whatever its key; who has left takes no room", async () => {
    const { runtime, time } = await bootApp({ "app:small": keyedLock({ capacity: 2 }) })
    const small = await runtime.acquire("app:small")
    const asked = [small.hold("a", work("a")), small.hold("a", work("b"))]
    expect(await refusalOf(small.hold("other", work("c")))).toMatchObject({ _tag: "RateLimited", details: { capacity: 2 } })
    await end("a")
    await time.settle()
    const again = small.hold("other", () => "room")
    expect(await again).toBe("room")
    await end("b")
    await Promise.all(asked)
    await runtime.stop()
  })

  it("begins no work where the lock is stopped", async () => {
    const first = locks.hold("k", work("first"))
    const waiting = refusalOf(locks.hold("k", work("waiting")))
    await app.time.settle()
    const stopped = app.runtime.stop()
    await app.time.settle()
    expect((await waiting)._tag).toBe("Unavailable")
    await end("first")
    expect(await first).toBe("first done")
    await stopped
    expect(log).toEqual(["first"])
  })

  it("gives nobody what another holds after a crash of the lock: who holds goes on holding", async () => {
    const first = locks.hold("k", work("first"))
    const waiting = refusalOf(locks.hold("k", work("waiting")))
    await app.time.settle()
    app.runtime.exit(app.runtime.whereis("app:locks") as Pid, "kill")
    await app.time.settle()
    expect((await waiting)._tag).toBe("Unavailable")
    const next = locks.hold("k", work("next"))
    await app.time.settle()
    expect(log).toEqual(["first"])
    await end("first")
    expect(log).toEqual(["first", "next"])
    await end("next")
    expect(await Promise.all([first, next])).toEqual(["first done", "next done"])
  })

  it("forgets who holds where its child spec says so", async () => {
    const { runtime, time } = await bootApp({ "app:reset": child(keyedLock(), { state: "reset" }) })
    const forgetful = await runtime.acquire("app:reset")
    const first = forgetful.hold("k", work("first"))
    await time.settle()
    runtime.exit(runtime.whereis("app:reset") as Pid, "kill")
    await time.settle()
    expect(await forgetful.hold("k", () => "second")).toBe("second")
    await end("first")
    await first
    await runtime.stop()
  })

  it("leaves no unhandled rejection of a process that dies while it waits", async () => {
    const first = locks.hold("k", work("first"))
    const careless = app.runtime.spawn(
      actor(async (self: ProcessSelf<unknown>) => {
        const own = await self.acquire("app:locks", { as: KeyedLockMailbox })
        void own.hold("k", work("never"))
        await self.receive()
      }),
    )
    await app.time.settle()
    app.runtime.exit(careless, "kill")
    await app.time.settle()
    await end("first")
    await first
    // A turn of the host is when a rejection would count as unhandled.
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual(["first"])
  })

  it("frees what a holder has let go of while the lock was down", async () => {
    const { runtime, time } = await bootApp({
      "app:all": supervisor({ children: { "app:down": child(keyedLock(), { backoff: { initialMs: 100, jitter: 0 } }) } }),
    })
    const down = await runtime.acquire("app:down")
    const holding = down.hold("k", work("holding"))
    await time.settle()
    for (let crash = 0; crash < 2; crash += 1) {
      runtime.exit(runtime.whereis("app:down") as Pid, "kill")
      await time.settle()
    }
    expect(runtime.whereis("app:down")).toBeUndefined()
    await end("holding")
    const next = down.hold("k", () => "free")
    await time.advance(200)
    expect([await holding, await next]).toEqual(["holding done", "free"])
    await runtime.stop()
  })

  it("frees the key though the lock's inbox is full, and though the policies have changed", async () => {
    const { runtime, time } = await bootApp({ "app:busy": child(keyedLock(), { inbox: { capacity: 1 } }) })
    const busy = await runtime.acquire("app:busy")
    const [one, two] = [busy.hold("k", work("one")), busy.hold("l", work("two"))]
    await time.settle()
    runtime.security.setPolicies([{ effect: "deny", actions: "lock.*", resources: "*" }])
    await end("one")
    await time.advance(10)
    runtime.security.setPolicies([])
    expect(await busy.hold("k", () => "free")).toBe("free")
    await runtime.sys.suspend("app:busy")
    const filling = refusalOf(busy.hold("m", () => "never", { timeoutMs: 5 }))
    await end("two")
    await time.advance(10)
    await runtime.sys.resume("app:busy")
    await time.advance(10)
    expect((await filling)._tag).toBe("Timeout")
    expect(await busy.hold("l", () => "free")).toBe("free")
    await Promise.all([one, two])
    await runtime.stop()
  })

  it("goes on by a mailbox whose release is refused", async () => {
    const { runtime, time } = await bootApp({ "app:kept": child(keyedLock(), { onDetach: refuse }) })
    const kept = await runtime.acquire("app:kept")
    const held = kept.hold("k", work("held"))
    await time.settle()
    const released = kept.release()
    await end("held")
    expect(await released).toBe(false)
    await time.advance(10)
    expect([await held, await kept.hold("k", () => "free")]).toEqual(["held done", "free"])
    await runtime.stop()
  })

  it("needs permission, which may look at the key, and is told of nothing else that the lock would take", async () => {
    const policies = [
      { effect: "allow", actions: "*", resources: "*" },
      {
        effect: "deny",
        actions: "lock.key.hold",
        resources: "app:guarded",
        conditions: [{ field: "attributes.key", operator: "eq", value: "vault" }],
      },
    ] as const
    const { runtime } = await bootApp({ "app:guarded": keyedLock() }, { policies })
    const guarded = await runtime.acquire("app:guarded")
    await expect(guarded.hold("vault", work("x"))).rejects.toThrow(PermissionDenied)
    expect(await guarded.hold("open", () => 1)).toBe(1)
    await expect(runtime.ask(runtime.whereis("app:guarded") as Pid, "x")).rejects.toThrow(PermissionDenied)
    await runtime.stop()
  })

  it("works from a server's handlers, several at a time", async () => {
    const counter = server({
      init: async (_: undefined, self) => ({ own: await self.acquire("app:locks", { as: KeyedLockMailbox }), count: 0 }),
      concurrency: 10,
      call: {
        add: (state) =>
          state.own.hold("count", async () => {
            const { count } = state
            await Promise.resolve()
            state.count = count + 1
            return state.count
          }),
      },
    })
    const pid = app.runtime.spawn(counter)
    const counts = await Promise.all(Array.from({ length: 10 }, () => pid.call.add()))
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it("refuses what is no key, no work and no options, and begins nothing", async () => {
    for (const asked of [
      locks.hold("", work("x")),
      locks.hold(5 as never, work("x")),
      locks.hold("k", "work" as never),
      locks.hold("k", work("x"), { timeoutMs: -1 }),
    ])
      await expect(asked).rejects.toThrow(Invalid)
    expect(log).toEqual([])
    expect(() => keyedLock({ capacity: 0 })).toThrow(Invalid)
    expect(await locks.hold("k", () => "free")).toBe("free")
  })
})

describe("a keyed lock", () => {
  it("keeps nothing of keys that nobody holds", async () => {
    for (let index = 0; index < 1000; index += 1) await locks.hold(`k${index}`, () => index)
    const state = (await (app.runtime as Runtime).sys.getState("app:locks").catch(() => undefined)) as unknown
    expect(state).toBeUndefined()
    expect(app.runtime.statistics().waiting).toBe(0)
  })
})
