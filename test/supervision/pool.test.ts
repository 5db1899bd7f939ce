/** Pools: the next free worker serves the next job. */

import { AsyncLocalStorage } from "node:async_hooks"
import { afterEach, describe, expect, it } from "vitest"
import {
  actor,
  type ChildExtras,
  child,
  dynamicSupervisor,
  failure,
  formatTree,
  Invalid,
  NotFound,
  PermissionDenied,
  type Pid,
  PoolMailbox,
  type PoolSettings,
  partitionSupervisor,
  pool,
  type Runtime,
  type ServerSelf,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { stopConserved } from "../support/conserved-stop.ts"
import { refusalOf } from "../support/refusal.ts"

/** Jobs that have begun, by name; what ends them. */
let begun: Map<string, PromiseWithResolvers<string>>
let log: string[]
let inits: number
let initFails: boolean

const storage = new AsyncLocalStorage<string>()

const worker = server({
  init: (_: undefined, self: ServerSelf) => {
    inits += 1
    if (initFails) throw new Error("no worker")
    return { served: 0, self }
  },
  call: {
    job: (state, name: string) => {
      state.served += 1
      log.push(name)
      const work = Promise.withResolvers<string>()
      begun.set(name, work)
      return work.promise
    },
    quick: (state, value: unknown) => {
      state.served += 1
      return value
    },
    crash: () => {
      throw new Error("poison")
    },
    wrong: () => failure(new NotFound("no such thing")),
    stop: (state) => state.self.stop(),
    label: ({ self }) => self.pid,
    context: async () => {
      await Promise.resolve()
      return storage.getStore()
    },
    later: ({ self }) => {
      const deferred = self.defer<string>()
      self.after(100, () => {})
      late.push(() => deferred.reply("late"))
      return deferred
    },
  },
  cast: {
    note: (_state, name: string) => {
      log.push(name)
      const work = Promise.withResolvers<string>()
      begun.set(name, work)
      return work.promise
    },
  },
  info: () => "raw",
})
let late: (() => boolean)[]

/** What the signals of its requests have said, where it looks at them at last. */
let heard: unknown[]
const listener = server({
  init: (_: undefined, self: ServerSelf) => self.pid,
  call: {
    listen: async (_state, until: Promise<unknown> | undefined, self) => {
      await until
      const signal = self.requestSignal
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve))
      heard.push(signal.reason)
      throw signal.reason
    },
    pid: (pid) => pid,
  },
})

const open: (() => Promise<void>)[] = []

async function bootPool(settings: Partial<PoolSettings> = {}, workerExtras: ChildExtras = {}, extras: ChildExtras = {}) {
  begun = new Map()
  log = []
  late = []
  inits = 0
  initFails = false
  const app = await bootApp({
    "app:pool": child(pool(child(worker, workerExtras), { size: 2, queue: 3, ...settings }), extras),
  })
  const box = await app.runtime.acquire("app:pool")
  open.push(() => stopConserved(app))
  const outcomes: Record<string, unknown> = {}
  /** Posts jobs, and notes what becomes of each. */
  const post = (...names: string[]): void => {
    for (const name of names) {
      box.call.job(name).then(
        (value) => (outcomes[name] = value),
        (error: { readonly _tag: string }) => (outcomes[name] = error._tag),
      )
    }
  }
  const end = async (name: string): Promise<void> => {
    begun.get(name)?.resolve(`${name} done`)
    await app.time.settle()
  }
  await app.time.settle()
  return { ...app, box, outcomes, post, end }
}

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

describe("jobs", () => {
  it("go each to the next free worker, in the order in which they came", async () => {
    const { time, post, end, outcomes } = await bootPool()
    post("a", "b", "c", "d")
    await time.settle()
    expect(log).toEqual(["a", "b"])
    await end("b")
    expect(log).toEqual(["a", "b", "c"])
    await end("a")
    expect(log).toEqual(["a", "b", "c", "d"])
    await end("d")
    await end("c")
    expect(outcomes).toEqual({ a: "a done", b: "b done", c: "c done", d: "d done" })
  })

  it("are served by all workers in turn", async () => {
    const { box } = await bootPool({ size: 3 })
    const pids = [await box.call.label(), await box.call.label(), await box.call.label(), await box.call.label()]
    expect(new Set(pids).size).toBe(3)
    expect(pids[3]).toBe(pids[0])
  })

  it("may wait, as many as the queue takes beside those that free workers are there for: one more is RateLimited", async () => {
    const { time, post, end, outcomes } = await bootPool()
    post("a", "b", "c", "d", "e", "f", "g")
    await time.settle()
    expect(outcomes).toEqual({ f: "RateLimited", g: "RateLimited" })
    await end("a")
    post("h", "i")
    await time.settle()
    expect(outcomes).toMatchObject({ i: "RateLimited" })
    for (const name of ["b", "c", "d", "e", "h"]) await end(name)
    expect(outcomes).toMatchObject({ c: "c done", d: "d done", e: "e done", h: "h done" })
  })

  it("do not wait at all where the queue takes none", async () => {
    const { time, post, end, outcomes } = await bootPool({ size: 2, queue: 0 })
    post("a", "b", "c")
    await time.settle()
    expect(outcomes).toEqual({ c: "RateLimited" })
    await end("a")
    post("d")
    await time.settle()
    for (const name of ["b", "d"]) await end(name)
    expect(outcomes).toMatchObject({ a: "a done", b: "b done", d: "d done" })
  })

  it("push the oldest out of a full queue, where its inbox says so", async () => {
    const { time, post, end, outcomes } = await bootPool({ size: 1, queue: 2 }, {}, { inbox: { overflow: "drop_oldest" } })
    post("a", "b", "c", "d")
    await time.settle()
    expect(outcomes).toEqual({ b: "RateLimited" })
    for (const name of ["a", "c", "d"]) await end(name)
    expect(outcomes).toMatchObject({ c: "c done", d: "d done" })
  })

  it("are withdrawn by their callers' timeouts while they wait; one that was begun keeps its worker until it is done", async () => {
    const { box, time, post, end, outcomes } = await bootPool({ size: 1 })
    const first = refusalOf(box.call.job("a", { timeoutMs: 50 }))
    const second = refusalOf(box.call.job("b", { timeoutMs: 50 }))
    post("c")
    await time.advance(100)
    expect([(await first)._tag, (await second)._tag]).toEqual(["Timeout", "Timeout"])
    expect(log).toEqual(["a"])
    await end("a")
    expect(log).toEqual(["a", "c"])
    await end("c")
    expect(outcomes).toEqual({ c: "c done" })
  })

  it("tell their workers by the request's signal that nobody waits any more, and why; who fails with that has not crashed", async () => {
    const { runtime, time } = await bootApp({ "app:pool": pool(listener, { size: 1 }) })
    const box = await runtime.acquire("app:pool")
    const first = await box.call.pid()
    heard = []
    const controller = new AbortController()
    const canceled = refusalOf(box.call.listen(undefined, { signal: controller.signal }))
    await time.settle()
    controller.abort("hung up")
    expect(await canceled).toMatchObject({ _tag: "Canceled", cause: "hung up" })
    // One that is there, and one that looks when its caller has given up already.
    const work = Promise.withResolvers<undefined>()
    for (const until of [undefined, work.promise]) {
      const late = refusalOf(box.call.listen(until, { timeoutMs: 50 }))
      await time.advance(50)
      expect((await late)._tag).toBe("Timeout")
      work.resolve(undefined)
      await time.settle()
    }
    const asker = runtime.spawn(
      actor(async (self) => {
        const own = (await self.acquire("app:pool")) as typeof box
        await own.call.listen(undefined)
      }),
    )
    await time.settle()
    runtime.exit(asker, "kill")
    await time.settle()
    expect(heard).toMatchObject([
      { _tag: "Canceled", cause: "hung up" },
      { _tag: "Timeout" },
      { _tag: "Timeout" },
      { _tag: "Canceled", details: { asker: String(asker) } },
    ])
    expect(await box.call.pid()).toBe(first)
    await runtime.stop()
  })

  it("that were withdrawn keep no worker: it counts as free again", async () => {
    const { box, time, post, end, outcomes } = await bootPool({ size: 1, queue: 1 })
    post("a")
    const gone = refusalOf(box.call.job("gone", { timeoutMs: 10 }))
    await time.advance(20)
    expect((await gone)._tag).toBe("Timeout")
    await end("a")
    post("b", "c")
    await time.settle()
    for (const name of ["b", "c"]) await end(name)
    expect(outcomes).toEqual({ a: "a done", b: "b done", c: "c done" })
  })

  it("that were withdrawn take no room", async () => {
    const { box, time, post, end, outcomes } = await bootPool({ size: 1, queue: 4 })
    post("a")
    for (let round = 0; round < 5; round += 1) {
      const gone = [1, 2, 3, 4].map(() => refusalOf(box.call.job("gone", { timeoutMs: 10 })))
      await time.advance(20)
      expect((await Promise.all(gone)).map(({ _tag }) => _tag)).toEqual(["Timeout", "Timeout", "Timeout", "Timeout"])
    }
    post("b", "c", "d", "e")
    for (const name of ["a", "b", "c", "d", "e"]) await end(name)
    expect(outcomes).toEqual({ a: "a done", b: "b done", c: "c done", d: "d done", e: "e done" })
  })

  it("may be casts, which take a worker until they are handled", async () => {
    const { box, time, post, end } = await bootPool({ size: 1 })
    expect(box.cast.note("n")).toBe(true)
    post("a")
    await time.settle()
    expect(log).toEqual(["n"])
    await end("n")
    expect(log).toEqual(["n", "a"])
    await end("a")
  })

  it("may be answered later: their workers are not free before that", async () => {
    const { box, time, post, end } = await bootPool({ size: 1 })
    const answer = box.call.later()
    post("a")
    await time.settle()
    expect(log).toEqual([])
    late[0]?.()
    expect(await answer).toBe("late")
    await time.settle()
    expect(log).toEqual(["a"])
    await end("a")
  })

  it("fail as calls do, and are handled in their senders' async contexts, though they wait", async () => {
    const { box, end, post, time } = await bootPool({ size: 1 })
    expect(await refusalOf(box.call.wrong())).toMatchObject({ _tag: "NotFound" })
    post("a")
    await time.settle()
    const asked = ["one", "two"].map((name) => storage.run(name, () => box.call.context()))
    await end("a")
    expect(await Promise.all(asked)).toEqual(["one", "two"])
  })

  it("are handled by the workers' own rule of async contexts, where they have one", async () => {
    const context = async (): Promise<string | undefined> => {
      await Promise.resolve()
      return storage.getStore()
    }
    for (const [own, runtimes, seen] of [
      ["sender", "runtime", ["one", "two"]],
      ["runtime", "sender", [undefined, undefined]],
    ] as const) {
      const definition = server({ asyncContext: own, init: () => ({}), call: { context } })
      const { runtime } = await bootApp({ "app:pool": pool(definition, { size: 1 }) }, { asyncContext: runtimes })
      const box = await runtime.acquire("app:pool")
      expect(await Promise.all(["one", "two"].map((name) => storage.run(name, () => box.call.context())))).toEqual(seen)
      await runtime.stop()
    }
  })
})

describe("a worker", () => {
  it("that crashes fails its own job only, with the crash as cause, and is restarted", async () => {
    const { box, time, post, end, outcomes } = await bootPool()
    post("a")
    const crash = refusalOf(box.call.crash())
    post("b")
    await time.settle()
    expect(await crash).toMatchObject({ _tag: "Internal", cause: new Error("poison") })
    for (const name of ["a", "b"]) await end(name)
    expect(outcomes).toEqual({ a: "a done", b: "b done" })
    expect([inits, await box.countChildren()]).toEqual([3, { specs: 2, active: 2, supervisors: 0, workers: 2 }])
  })

  it("may be lost to any number of jobs: no limit ends the pool where none is said", async () => {
    const { box, time } = await bootPool({ queue: 100 })
    const crashes = Array.from({ length: 50 }, () => refusalOf(box.call.crash(undefined, { timeoutMs: 1e9 })))
    await time.advance(600_000)
    expect(new Set((await Promise.all(crashes)).map(({ _tag }) => _tag))).toEqual(new Set(["Internal"]))
    expect(await box.call.quick("still here", { timeoutMs: 60_000 })).toBe("still here")
  })

  it("that fails too often ends the pool where a limit is said: what waits is served by the pool that is started in its stead", async () => {
    const { box, time, events } = await bootPool({ size: 1, intensity: 0 })
    const [crash, waiting] = [refusalOf(box.call.crash()), box.call.quick(1)]
    await time.settle()
    expect([(await crash)._tag, await waiting]).toEqual(["Internal", 1])
    expect(events).toContainEqual(expect.objectContaining({ type: "gave_up", supervisor: "app:pool", child: "app:pool#0" }))
  })

  it("that is killed in the middle of a job fails that job", async () => {
    const { box, time, post, outcomes, runtime, end } = await bootPool()
    post("a", "b")
    await time.settle()
    const [first] = await box.whichChildren()
    runtime.exit(first?.pid as Pid, "kill")
    await time.settle()
    expect(outcomes).toEqual({ a: "Unavailable" })
    expect(await box.call.quick(1)).toBe(1)
    await end("b")
  })

  it("that stops after its job is replaced, and gets no other one before", async () => {
    const { box } = await bootPool({ size: 1 })
    const [, value] = await Promise.all([box.call.stop(), box.call.quick("next")])
    expect([value, inits]).toEqual(["next", 2])
  })

  it("that does not start again is waited for by jobs, as long as their callers like", async () => {
    const { box, time } = await bootPool({ size: 1 })
    initFails = true
    await refusalOf(box.call.crash())
    const asked = refusalOf(box.call.quick(1, { timeoutMs: 1000 }))
    const patient = box.call.quick(2, { timeoutMs: 60_000 })
    await time.advance(1000)
    expect((await asked)._tag).toBe("Timeout")
    initFails = false
    await time.advance(10_000)
    expect(await patient).toBe(2)
  })

  it("fails the start of the pool where it does not start at first", async () => {
    inits = 0
    initFails = true
    await expect(bootApp({ "app:pool": pool(worker, { size: 2 }) })).rejects.toThrow(/no worker/)
  })

  it("is reached through the pool alone: not by its pid, nor by its id", async () => {
    const { box, runtime } = await bootPool()
    const [first] = await box.whichChildren()
    const pid = first?.pid as Awaited<ReturnType<Runtime["spawn"]>> & { call: { quick(value: unknown): Promise<unknown> } }
    expect(first?.id).toBe("app:pool#0")
    await expect(pid.call.quick(1)).rejects.toThrow(PermissionDenied)
    await expect((runtime as Runtime).acquire("app:pool#0", { as: PoolMailbox as never })).rejects.toThrow(Invalid)
    await expect(runtime.ask(runtime.whereis("app:pool") ?? (pid as Pid), "x")).resolves.toBe("raw")
  })

  it("is given what its definition needs", async () => {
    const greeter = server({
      init: (greeting: string) => ({ greeting }),
      call: { greet: ({ greeting }, name: string) => `${greeting} ${name}` },
    })
    const { runtime } = await bootApp({ "app:greet": pool(child(greeter, { argument: "hello" }), { size: 1 }) })
    expect(await (await runtime.acquire("app:greet")).call.greet("you")).toBe("hello you")
    await runtime.stop()
  })

  it("that asks its own pool while the pool starts is told so at once", async () => {
    const eager = server({
      init: async (_: undefined, self: ServerSelf) => {
        const own = (await self.acquire("app:own")) as PoolMailbox<{ ping: () => string }, {}>
        return { refusal: await refusalOf(own.call.ping()) }
      },
      call: { ping: () => "pong", refusal: ({ refusal }) => refusal._tag },
    })
    const { runtime } = await bootApp({ "app:own": pool(eager, { size: 1 }) })
    expect(await (await runtime.acquire("app:own")).call.refusal()).toBe("Conflict")
    await runtime.stop()
  })
})

describe("a pool", () => {
  it("stands in the tree with its workers, and among its supervisor's children", async () => {
    const { runtime, box } = await bootPool()
    const lines = formatTree(runtime.tree()).replaceAll(/<\d+>/g, "<n>").split("\n")
    expect(lines).toEqual(["root <n> one_for_one", "└─ app:pool <n> pool", "   ├─ app:pool#0 <n> running", "   └─ app:pool#1 <n> running"])
    const root = await runtime.acquire("root")
    expect(await root.whichChildren()).toMatchObject([{ id: "app:pool", type: "supervisor", state: "running" }])
    expect((await box.whichChildren()).map(({ id, state }) => [id, state])).toEqual([
      ["app:pool#0", "running"],
      ["app:pool#1", "running"],
    ])
    expect(String(box)).toBe("PoolMailbox(app:pool)")
  })

  it("asks for the permission that a service would ask for, for each call", async () => {
    const allow = (actions: string | string[]) => ({ effect: "allow", actions, resources: "app:pool" }) as const
    const { runtime } = await bootApp(
      { "app:pool": pool(worker, { size: 1 }) },
      { policies: [allow(["service.acquire", "service.call.quick"])] },
    )
    const box = await runtime.acquire("app:pool")
    expect(await box.call.quick(1)).toBe(1)
    await expect(box.call.job("x")).rejects.toThrow(PermissionDenied)
    await expect(box.whichChildren()).rejects.toThrow(PermissionDenied)
    expect(box.cast.note("x")).toBe(false)
    runtime.security.setPolicies([allow("supervisor.acquire")])
    await expect(runtime.acquire("app:pool")).rejects.toThrow(PermissionDenied)
    await runtime.stop()
  })

  it("that is stopped lets its workers finish what they have begun, and hands back what waits", async () => {
    const { runtime, time, post, outcomes, end } = await bootPool()
    post("a", "b", "c")
    await time.settle()
    const stopped = runtime.stop()
    await time.settle()
    expect(outcomes).toEqual({ c: "Unavailable" })
    await end("a")
    await end("b")
    await stopped
    expect(outcomes).toEqual({ a: "a done", b: "b done", c: "Unavailable" })
  })

  it("that drains serves all that it had accepted, and takes nothing more", async () => {
    const { runtime, time, post, outcomes, end } = await bootPool()
    post("a", "b", "c", "d")
    await time.settle()
    const stopped = runtime.stop({ drain: true })
    await time.settle()
    post("late")
    for (const name of ["a", "b", "c", "d"]) await end(name)
    await time.advance(10)
    await stopped
    expect(outcomes).toEqual({ late: "Unavailable", a: "a done", b: "b done", c: "c done", d: "d done" })
  })

  it("that is restarted with its siblings keeps what waits, and its mailboxes", async () => {
    begun = new Map()
    log = []
    const crasher = server({ init: () => ({}), cast: { crash: () => Promise.reject(new Error("crash")) } })
    const app = await bootApp({
      "app:all": supervisor({
        strategy: "one_for_all",
        children: { "app:pool": pool(child(worker, { shutdown: "brutal_kill" }), { size: 1 }), "app:crasher": crasher },
      }),
    })
    const box = await app.runtime.acquire("app:pool")
    const [first, second] = [refusalOf(box.call.job("a")), box.call.quick("kept")]
    await app.time.settle()
    ;(await app.runtime.acquire("app:crasher")).cast.crash()
    await app.time.advance(100)
    expect([(await first)._tag, await second, await box.call.quick("again")]).toEqual(["Unavailable", "kept", "again"])
    await app.runtime.stop()
  })

  it("is detached from like a service: its policy stops it once it is idle, and an acquire starts it again", async () => {
    const { runtime, box, time, post, end } = await bootPool({}, {}, { onDetach: stopWhenIdle({ lingerMs: 0 }) })
    post("a")
    await time.settle()
    expect(await box.release()).toBe(true)
    await time.settle()
    expect(runtime.whereis("app:pool#0")).toBeDefined()
    await end("a")
    await time.settle()
    expect(runtime.whereis("app:pool#0")).toBeUndefined()
    expect(await (await runtime.acquire("app:pool")).call.quick(1)).toBe(1)
  })

  it("is detached from behind all that was posted: casts that wait are served before it stops", async () => {
    const { box, time, runtime, end } = await bootPool({ size: 1 }, {}, { onDetach: stopWhenIdle({ lingerMs: 0 }) })
    for (const name of ["a", "b", "c"]) expect(box.cast.note(name)).toBe(true)
    const released = box.release()
    for (const name of ["a", "b", "c"]) {
      await time.settle()
      await end(name)
    }
    expect([await released, log]).toEqual([true, ["a", "b", "c"]])
    await time.settle()
    expect(runtime.whereis("app:pool#0")).toBeUndefined()
  })

  it("frees what a caller that dies had waiting, as any inbox: it is served, and nobody hears", async () => {
    const { runtime, time, post, end } = await bootPool({ size: 1 })
    post("a")
    const caller = actor(async (self) => {
      const own = (await self.acquire("app:pool")) as PoolMailbox<{ job: (name: string) => string }, {}>
      await own.call.job("orphan")
    })
    const pid = runtime.spawn(caller)
    await time.settle()
    runtime.exit(pid, "kill")
    await end("a")
    expect(log).toEqual(["a", "orphan"])
    await end("orphan")
  })

  it("is defined with a server and a size, and stands where a supervisor may", async () => {
    expect(() => pool(worker, { size: 0 })).toThrow(Invalid)
    expect(() => pool(worker, { size: 1, queue: -1 })).toThrow(Invalid)
    expect(() => pool(store() as never, { size: 1 })).toThrow(/worker must be made by server/)
    expect(() => pool(child(worker, { restart: "temporary" }), { size: 1 })).toThrow(/worker.restart/)
    expect(() => child(pool(worker, { size: 1 }), { inbox: { capacity: 5 } })).toThrow(/child.inbox.capacity/)
    expect(() => partitionSupervisor({ child: pool(worker, { size: 1 }), partitions: 2 })).toThrow(Invalid)
    const { runtime } = await bootApp({ "app:dynamic": dynamicSupervisor() })
    const dynamic = await runtime.acquire("app:dynamic")
    await expect(dynamic.startChild(pool(worker, { size: 1 }) as never)).rejects.toThrow(Invalid)
    const root = await runtime.acquire("root")
    await root.startChild("app:added", pool(worker, { size: 1 }))
    const added = await (runtime as Runtime).acquire("app:added", {
      as: PoolMailbox<{ quick: (v: unknown) => unknown }, {}> as never,
    })
    expect(await (added as PoolMailbox<{ quick: (v: number) => number }, {}>).call.quick(5)).toBe(5)
    await runtime.stop()
  })
})
