import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import {
  actor,
  type ChildExtras,
  child,
  type ExitReason,
  Mailbox,
  type Pid,
  type Runtime,
  StoreMailbox,
  SupervisorMailbox,
  server,
  store,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const exit = (runtime: Runtime, id: string, reason: ExitReason) => runtime.exit(runtime.whereis(id) as Pid, reason)
const crash = (runtime: Runtime, id: string) => exit(runtime, id, { error: new Error("crashed on purpose") })

/** A server with a request that crashes it and one that takes as long as the test wants. */
function fragile() {
  const work = Promise.withResolvers<string>()
  const definition = server({
    init: () => ({ served: 0 }),
    call: {
      serve: (state, what: string) => {
        state.served += 1
        return `${what} ${state.served}`
      },
      work: () => work.promise,
      crash: () => {
        throw new Error("boom")
      },
    },
  })
  return { definition, work }
}

describe("a mailbox (promise 8)", () => {
  it("outlives a crash: what was queued is served by the next incarnation, in order", async () => {
    const { definition } = fragile()
    const { runtime } = await bootApp({ "app:f": definition })
    const box = await runtime.acquire("app:f")
    const answers = [box.call.serve("a"), box.call.serve("b"), box.call.crash(), box.call.serve("c"), box.call.serve("d")]
    const outcomes = await Promise.allSettled(answers)
    expect(outcomes.map((outcome) => ("value" in outcome ? outcome.value : outcome.reason._tag))).toEqual([
      "a 1",
      "b 2",
      "Internal",
      "c 1",
      "d 2",
    ])
    await runtime.stop()
  })

  it("fails the request that was being handled with the crash as cause, not worth a retry", async () => {
    const { definition } = fragile()
    const { runtime } = await bootApp({ "app:f": definition })
    const error = await refusal((await runtime.acquire("app:f")).call.crash())
    expect(error).toMatchObject({ kind: "INTERNAL", retryable: false, cause: new Error("boom") })
    await runtime.stop()
  })

  it("fails an asynchronous request whose server is killed, and it is worth a retry", async () => {
    const { definition } = fragile()
    const { runtime, time } = await bootApp({ "app:f": definition })
    const box = await runtime.acquire("app:f")
    const answer = refusal(box.call.work())
    const queued = box.call.serve("queued")
    await time.settle()
    runtime.exit(runtime.whereis("app:f") as Pid, "kill")
    expect(await answer).toMatchObject({ kind: "UNAVAILABLE", retryable: true, details: { reason: "killed" } })
    expect(await queued).toBe("queued 1")
    await runtime.stop()
  })

  const atTheEnd: readonly [string, ChildExtras, boolean, (runtime: Runtime) => unknown][] = [
    ["a stop of the application", {}, false, (runtime) => runtime.stop()],
    ["a stop of the application that cuts it short", { shutdown: "brutal_kill" }, false, (runtime) => runtime.stop()],
    ["an end by request", {}, false, async (runtime) => (await runtime.acquire("root", { as: SupervisorMailbox })).terminateChild("app:f")],
    ["the end of a temporary one", { restart: "temporary" }, false, (runtime) => crash(runtime, "app:f")],
    ["an end as it should be of a transient one", { restart: "transient" }, false, (runtime) => exit(runtime, "app:f", "shutdown")],
    ["a crash of a transient one", { restart: "transient" }, true, (runtime) => crash(runtime, "app:f")],
    ["an end of a permanent one", {}, true, (runtime) => exit(runtime, "app:f", "shutdown")],
  ]
  it.each(atTheEnd)("says of a request that it has left open whether a retry helps: %s", async (_what, extras, retryable, end) => {
    const definition = server({ init: () => ({}), call: { later: (_state, _none: undefined, self) => self.defer<string>() } })
    const { runtime, time } = await bootApp({ "app:f": child(definition, extras) })
    const box = await runtime.acquire("app:f")
    const answer = refusal(box.call.later())
    await time.settle()
    const done = end(runtime)
    expect(await answer).toMatchObject({ kind: "UNAVAILABLE", retryable })
    await done
    await runtime.stop()
  })

  it("lets the deadlines of waiting requests run on while the service is down", async () => {
    const { definition } = fragile()
    const options = { backoff: { initialMs: 1000, maxMs: 1000, jitter: 0 } }
    const { runtime, time } = await bootApp({ "app:f": child(definition, options) })
    const box = await runtime.acquire("app:f")
    await refusal(box.call.crash())
    await refusal(box.call.crash())
    const short = refusal(box.call.serve("short", { timeoutMs: 500 }))
    const long = box.call.serve("long", { timeoutMs: 5000 })
    await time.advance(500)
    expect(await short).toMatchObject({ kind: "TIMEOUT", retryable: true })
    await time.advance(500)
    expect(await long).toBe("long 1")
    await runtime.stop()
  })

  it("fails what waits, and every later post, with Unavailable once the supervisor has given up", async () => {
    const { definition } = fragile()
    const { runtime, time } = await bootApp({ "app:f": child(definition, { backoff: { initialMs: 1000, maxMs: 1000, jitter: 0 } }) })
    const box = await runtime.acquire("app:f")
    for (let n = 0; n < 3; n += 1) {
      await refusal(box.call.crash())
      await time.advance(1200)
    }
    const last = [refusal(box.call.crash()), refusal(box.call.serve("queued")), refusal(box.call.serve("queued too"))]
    const [crashed, ...waiting] = await Promise.all(last)
    expect(crashed).toMatchObject({ kind: "INTERNAL" })
    for (const error of waiting) expect(error).toMatchObject({ kind: "UNAVAILABLE", details: { state: "givenUp" } })
    expect(await refusal(box.call.serve("later"))).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    expect(await box.release()).toBe(true)
  })

  it("is refused by a full inbox with RateLimited, worth a retry", async () => {
    const { definition, work } = fragile()
    const { runtime, time } = await bootApp({ "app:f": child(definition, { inbox: { capacity: 2 } }) })
    const box = await runtime.acquire("app:f")
    const first = box.call.work()
    await time.settle()
    const waiting = [box.call.serve("a"), box.call.serve("b")]
    expect(await refusal(box.call.serve("c"))).toMatchObject({ kind: "RATE_LIMITED", retryable: true, details: { capacity: 2 } })
    work.resolve("done")
    expect(await Promise.all([first, ...waiting])).toEqual(["done", "a 1", "b 2"])
    await runtime.stop()
  })

  it("tells a process that asks its own service at once, even after an await", async () => {
    const outcomes: string[] = []
    const selfish = server({
      init: () => ({}),
      call: {
        ask: async (_state, _argument: undefined, self) => {
          const own = (await self.acquire("app:selfish")) as { call: { ask(): Promise<unknown> }; release(): Promise<boolean> }
          outcomes.push((await refusal(own.call.ask())).kind)
          outcomes.push(String(await own.release()))
        },
      },
    })
    const { runtime } = await bootApp({ "app:selfish": selfish })
    await (await runtime.acquire("app:selfish")).call.ask()
    expect(outcomes).toEqual(["CONFLICT", "true"])
    await runtime.stop()
  })

  it.each([0, -1, Number.NaN, "5"])("refuses a time limit of %o, naming the field", async (timeoutMs) => {
    const { runtime } = await bootApp({ "app:s": store() })
    const box = await runtime.acquire("app:s")
    expect(await refusal(box.get("k", { timeoutMs: timeoutMs as number }))).toMatchObject({
      kind: "INVALID",
      details: { field: "timeoutMs" },
    })
    await runtime.stop()
  })
})

describe("acquire", () => {
  const app = (options: ChildExtras = {}) =>
    bootApp({
      "app:s": child(store<number>(), options),
      "app:v": server({ init: () => ({}) }),
      "app:p": actor(async (self) => void (await self.receive())),
    })

  it.each([
    ["", "INVALID", "id"],
    ["app:unknown", "NOT_FOUND", "id"],
    ["app:p", "INVALID", "id"],
  ])("of %o is refused with %s, not worth a retry", async (id, kind, field) => {
    const { runtime } = await app()
    expect(await refusal(runtime.acquire(id, { as: Mailbox }))).toMatchObject({ kind, retryable: false, details: { field } })
    await runtime.stop()
  })

  it("of what is not a store is Invalid where a store is asked for", async () => {
    const { runtime } = await app()
    expect(await refusal(runtime.acquire("app:v", { as: StoreMailbox }))).toMatchObject({
      kind: "INVALID",
      retryable: false,
      details: { field: "id" },
    })
    expect(runtime.tree().children.map(({ attachments }) => attachments)).toEqual([0, 0, 0])
    expect(await (await runtime.acquire("app:s" as string, { as: StoreMailbox<number> })).set("k", 1)).toBe(true)
    await runtime.stop()
  })

  it("gives each caller a mailbox of its own", async () => {
    const { runtime } = await app()
    const [one, other] = [await runtime.acquire("app:s"), await runtime.acquire("app:s")]
    await one.set("k", 1)
    expect(await one.release()).toBe(true)
    expect(await other.get("k")).toBe(1)
    await runtime.stop()
  })
})

describe("a process that holds a mailbox", () => {
  it("is detached by the runtime when it dies, after what it had posted is done", async () => {
    const { runtime, time, events } = await bootApp({ "app:s": store<number>() })
    const outside = await runtime.acquire("app:s")
    const holder = actor(async (self) => {
      const mailbox = await self.acquire("app:s", { as: StoreMailbox<number> })
      void mailbox.set("posted", 1).catch(() => {})
      void mailbox.set("bound", 2, { bound: true }).catch(() => {})
      throw new Error("dies holding it")
    })
    await runtime.whenEnded(runtime.spawn(holder))
    await time.settle()
    expect(await outside.get("posted")).toBe(1)
    expect(await outside.get("bound")).toBeUndefined()
    expect(events).toContainEqual(expect.objectContaining({ type: "detached", cause: "caller_ended", decision: "keep", remaining: 1 }))
    expect(runtime.tree().children[0]?.attachments).toBe(1)
    await runtime.stop()
  })

  it("is let go though the policy refuses: nobody can keep the dead", async () => {
    const { refuse } = await import("../../actors/index.ts")
    const { runtime, time } = await bootApp({ "app:s": child(store(), { onDetach: refuse }) })
    const holder = actor(async (self) => void (await self.acquire("app:s")))
    await runtime.whenEnded(runtime.spawn(holder))
    await time.settle()
    expect(runtime.tree().children[0]?.attachments).toBe(0)
    await runtime.stop()
  })

  it("is detached though the service is down at the time", async () => {
    const { runtime, time } = await bootApp({
      "app:s": child(store(), { state: "retain", backoff: { initialMs: 1000, maxMs: 1000, jitter: 0 } }),
    })
    const holder = actor<undefined, string>(async (self) => {
      const mailbox = await self.acquire("app:s", { as: StoreMailbox })
      await mailbox.set("bound", 1, { bound: true })
      await self.receive()
    })
    const pid = runtime.spawn(holder)
    await time.settle()
    crash(runtime, "app:s")
    await time.settle()
    crash(runtime, "app:s")
    await time.settle()
    runtime.tell(pid, "go")
    await time.settle()
    const outside = await runtime.acquire("app:s")
    await time.advance(1000)
    expect(await outside.get("bound")).toBeUndefined()
    expect(runtime.tree().children[0]?.attachments).toBe(1)
    await runtime.stop()
  })
})

describe("state after a crash (promise 9)", () => {
  it.each([
    ["reset", undefined],
    ["retain", 1],
  ] as const)("%s: the next incarnation finds %o", async (state, found) => {
    const { runtime, time } = await bootApp({ "app:s": child(store<number>(), { state }) })
    const box = await runtime.acquire("app:s")
    await box.set("k", 1, 3600)
    crash(runtime, "app:s")
    await time.settle()
    expect(await box.get("k")).toBe(found)
    await runtime.stop()
  })

  it("retained entries keep their time to live, and the timers are rebuilt from them", async () => {
    const { runtime, time } = await bootApp({ "app:s": child(store<number>(), { state: "retain" }) })
    const box = await runtime.acquire("app:s")
    await box.set("k", 1, 10)
    crash(runtime, "app:s")
    await time.advance(9_999)
    expect(await box.get("k")).toBe(1)
    expect((await box.statistics()).entries).toBe(1)
    await time.advance(101)
    expect(await box.statistics()).toMatchObject({ entries: 0, expired: 1 })
    await runtime.stop()
  })
})

describe("asynchronous dispose", () => {
  it("releases on leaving the block, and stops the runtime", async () => {
    let outer: Runtime | undefined
    {
      await using runtime = (await bootApp({ "app:s": store() })).runtime
      outer = runtime
      {
        await using box = await runtime.acquire("app:s")
        await box.set("k", 1)
      }
      expect(runtime.tree().children[0]?.attachments).toBe(0)
    }
    expect(outer.statistics().processes).toBe(0)
  })
})

describe("a mailbox as text", () => {
  it("tells the class, the id, and whether it was given back, in a string and to the console", async () => {
    const { runtime } = await bootApp({ "app:cache": store() })
    const cache = await runtime.acquire("app:cache")
    expect([String(cache), inspect({ cache })]).toEqual(["StoreMailbox(app:cache)", "{ cache: StoreMailbox(app:cache) }"])
    await cache.release()
    expect([String(cache), inspect(cache)]).toEqual(Array(2).fill("StoreMailbox(app:cache, released)"))
  })
})
