import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  dynamicSupervisor,
  type Pid,
  partitionSupervisor,
  pool,
  reset,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

const story: string[] = []
const told = (name: string, init: () => unknown = () => undefined) =>
  server({
    init: async () => {
      story.push(name)
      await init()
      return {}
    },
    call: { ping: () => "pong" },
    cast: { crash: () => Promise.reject(new Error("boom")) },
  })
const lazy = { autoStart: false } as const

/** Where all of it stands, by id. */
function statesOf(node: { readonly id: string; readonly state: string; readonly children: readonly never[] }): Record<string, string> {
  return Object.assign({ [node.id]: node.state }, ...node.children.map((each) => statesOf(each)))
}
const states = (app: { readonly runtime: { tree(): unknown } }) => {
  const { root, ...others } = statesOf(app.runtime.tree() as never)
  return others
}

describe("autoStart: false", () => {
  it("is not started with its supervisor, but by its first acquire; then it is kept", async () => {
    story.length = 0
    const app = await bootApp({ "a:a": told("a"), "a:b": child(told("b"), lazy), "a:c": told("c") })
    expect([story, states(app)]).toEqual([["a", "c"], { "a:a": "running", "a:b": "stopped", "a:c": "running" }])
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    expect(await root.countChildren()).toMatchObject({ specs: 3, active: 2 })
    expect((await root.whichChildren()).map(({ state }) => state)).toEqual(["running", "stopped", "running"])
    expect(await root.getChildSpec("a:b")).toMatchObject({ autoStart: false, startTimeoutMs: undefined })
    const box = await app.runtime.acquire("a:b")
    expect(await box.call.ping()).toBe("pong")
    await box.release()
    await app.time.advance(100_000)
    expect([story, states(app)["a:b"]]).toEqual([["a", "c", "b"], "running"])
    ;(await app.runtime.acquire("a:b")).cast.crash()
    await app.time.settle()
    expect([story.at(-1), story.length, states(app)["a:b"]]).toEqual(["b", 4, "running"])
    await app.runtime.stop()
  })

  it("is started once, however many acquire it at once, and each of them waits for that", async () => {
    story.length = 0
    const gate = latch<void>()
    const app = await bootApp({
      "a:b": child(
        told("b", () => gate.promise),
        lazy,
      ),
    })
    const boxes = [1, 2, 3].map(() => app.runtime.acquire("a:b"))
    await app.time.settle()
    expect([story, states(app)]).toEqual([["b"], { "a:b": "starting" }])
    gate.open()
    expect(await Promise.all((await Promise.all(boxes)).map((box) => box.call.ping()))).toEqual(["pong", "pong", "pong"])
    expect(story).toEqual(["b"])
    await app.runtime.stop()
  })

  it("terminated while it starts for an acquire, it is down, and the acquire fails; so does the next one", async () => {
    const app = await bootApp({
      "a:b": child(
        told("b", () => new Promise(() => {})),
        { ...lazy, shutdown: "brutal_kill" },
      ),
    })
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    const acquired = refusal(app.runtime.acquire("a:b"))
    await app.time.settle()
    await root.terminateChild("a:b")
    expect(await acquired).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await refusal(app.runtime.acquire("a:b"))).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    await app.runtime.stop()
  })

  it("whose first start fails is tried again like any other: who acquired it waits with its messages", async () => {
    let starts = 0
    const b = told("b", () => (++starts < 3 ? Promise.reject(new Error("not yet")) : undefined))
    const app = await bootApp({ "a:b": child(b, { ...lazy, backoff: { initialMs: 100, jitter: 0 } }) })
    const box = await app.runtime.acquire("a:b")
    const answer = box.call.ping()
    await app.time.advance(100)
    expect([await answer, starts]).toEqual(["pong", 3])
    await app.runtime.stop()
  })

  it("is started by restartChild; where that fails, an acquire may still have it started", async () => {
    let failures = 1
    const b = told("b", () => (failures-- > 0 ? Promise.reject(new Error("not yet")) : undefined))
    const app = await bootApp({ "a:b": child(b, lazy) })
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    expect(await refusal(root.restartChild("a:b"))).toMatchObject({ kind: "UNAVAILABLE", cause: { message: "not yet" } })
    expect(states(app)).toEqual({ "a:b": "stopped" })
    expect(await (await app.runtime.acquire("a:b")).call.ping()).toBe("pong")
    await app.runtime.stop()
    const other = await bootApp({ "a:b": child(told("b"), lazy) })
    const pid = await (await other.runtime.acquire("root", { as: SupervisorMailbox })).restartChild("a:b")
    expect([pid.isAlive, states(other)]).toEqual([true, { "a:b": "running" }])
    await other.runtime.stop()
  })

  it("terminated or deleted before it was ever started, it stays down, and is there again with its supervisor's next incarnation", async () => {
    const app = await bootApp({ s: supervisor({ children: { "a:b": child(told("b"), lazy) } }) })
    const box = await app.runtime.acquire("s", { as: SupervisorMailbox })
    await box.terminateChild("a:b")
    expect(await refusal(app.runtime.acquire("a:b"))).toMatchObject({ kind: "UNAVAILABLE" })
    await box.deleteChild("a:b")
    expect(await refusal(app.runtime.acquire("a:b"))).toMatchObject({ kind: "NOT_FOUND" })
    app.runtime.exit(app.runtime.tree().children[0]?.pid as Pid, "kill")
    await app.time.settle()
    expect(await (await app.runtime.acquire("a:b")).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("is idle again with its supervisor's next incarnation; one that somebody holds is started with it", async () => {
    story.length = 0
    const inner = supervisor({ children: { "a:b": child(told("b"), lazy), "a:c": child(told("c"), lazy) } })
    const app = await bootApp({ inner })
    const held = await app.runtime.acquire("a:b")
    await (await app.runtime.acquire("a:c")).release()
    app.runtime.exit(app.runtime.tree().children[0]?.pid as Pid, "kill")
    await app.time.settle()
    expect(states(app)).toEqual({ inner: "running", "a:b": "running", "a:c": "stopped" })
    expect(await held.call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("acquired in the very moment in which its supervisor ends, it is refused or served, and nobody waits for ever", async () => {
    for (const settles of [0, 1, 2, 3]) {
      const app = await bootApp({ inner: supervisor({ children: { "a:b": child(told("b"), lazy) } }) })
      const acquired = app.runtime.acquire("a:b").then(
        (box) => box.call.ping(),
        (error: { readonly kind: string }) => error.kind,
      )
      for (let turn = 0; turn < settles; turn += 1) await Promise.resolve()
      app.runtime.exit(app.runtime.tree().children[0]?.pid as Pid, "kill")
      await app.time.advance(10_000)
      expect(["pong", "UNAVAILABLE"]).toContain(await acquired.catch(({ kind }) => kind))
      await app.runtime.stop()
    }
  })

  it("is no matter of a group restart while it is idle; once it runs, it is one of them", async () => {
    for (const strategy of ["one_for_all", "rest_for_one"] as const) {
      story.length = 0
      const app = await bootTree(supervisor({ strategy, intensity: 100, children: { "a:a": told("a"), "a:b": child(told("b"), lazy) } }))
      const a = await app.runtime.acquire("a:a")
      a.cast.crash()
      await app.time.settle()
      expect([story, states(app)]).toEqual([["a", "a"], { "a:a": "running", "a:b": "stopped" }])
      await app.runtime.acquire("a:b")
      a.cast.crash()
      await app.time.advance(100)
      expect([story, states(app)]).toEqual([["a", "a", "b", "a", "b"], { "a:a": "running", "a:b": "running" }])
      await app.runtime.stop()
    }
  })

  it("acquired while its group waits, it is started in its turn", async () => {
    story.length = 0
    const backoff = { initialMs: 100, jitter: 0 }
    const children = { "a:a": child(told("a"), { backoff }), "a:b": child(told("b"), lazy) }
    const app = await bootTree(supervisor({ strategy: "rest_for_one", intensity: 100, children }))
    const a = await app.runtime.acquire("a:a")
    for (let crash = 0; crash < 2; crash += 1) {
      a.cast.crash()
      await app.time.settle()
    }
    expect(states(app)).toEqual({ "a:a": "backingOff", "a:b": "stopped" })
    const box = await app.runtime.acquire("a:b")
    const answer = box.call.ping()
    await app.time.advance(99)
    expect(story).toEqual(["a", "a"])
    await app.time.advance(1)
    expect([await answer, story]).toEqual(["pong", ["a", "a", "a", "b"]])
    await app.runtime.stop()
  })

  it("that is significant and idle does not keep its supervisor up, nor shut it down", async () => {
    const options = { significant: true, restart: "transient" } as const
    const job = actor(async (self) => void (await self.receive()))
    const children = { "a:a": child(job, options), "a:b": child(told("b"), { ...options, ...lazy }) }
    const app = await bootTree(supervisor({ autoShutdown: "all_significant", children }))
    await app.time.settle()
    expect(states(app)).toEqual({ "a:a": "running", "a:b": "stopped" })
    app.runtime.tell(app.runtime.whereis("a:a") as Pid, "end")
    expect(await app.runtime.ended).toMatchObject({ shutdown: "its significant child a:a has ended" })
  })

  it("is stopped for want of callers as its detach policy says, and reset leaves it running", async () => {
    const onDetach = stopWhenIdle({ unacquiredMs: 1000 })
    const app = await bootApp({ "a:b": child(told("b"), { ...lazy, onDetach }), "a:r": child(told("r"), { ...lazy, onDetach: reset }) })
    await app.time.advance(5000)
    const box = await app.runtime.acquire("a:b")
    await box.release()
    await (await app.runtime.acquire("a:r")).release()
    await app.time.settle()
    expect(states(app)).toEqual({ "a:b": "stopped", "a:r": "running" })
    expect(await (await app.runtime.acquire("a:b")).call.ping()).toBe("pong")
    await app.runtime.stop({ drain: true })
  })

  it("drains and stops like any other where it runs, and is nothing to wait for where it does not", async () => {
    const app = await bootApp({ "a:b": child(told("b"), lazy), "a:c": child(told("c"), lazy) })
    const answer = (await app.runtime.acquire("a:b")).call.ping()
    await app.runtime.stop({ drain: true })
    expect(await answer).toBe("pong")
    expect(app.time.armedTimers).toBe(0)
  })

  it("added by startChild it is started, as that is what was asked for", async () => {
    const app = await bootApp({})
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    const pid = await root.startChild("a:b", child(told("b"), lazy))
    expect([pid.isAlive, states(app)]).toEqual([true, { "a:b": "running" }])
    const failing = child(
      told("c", () => Promise.reject(new Error("no"))),
      lazy,
    )
    expect(await refusal(root.startChild("a:c", failing))).toMatchObject({ kind: "UNAVAILABLE" })
    expect(states(app)).toEqual({ "a:b": "running" })
    await app.runtime.stop()
  })

  it("of a supervisor: with it all below it waits, for who acquires it or something below", async () => {
    for (const id of ["s", "a:b"] as const) {
      story.length = 0
      const inner = supervisor({ children: { "a:a": told("a"), "a:b": child(told("b"), lazy) } })
      const app = await bootApp({ s: child(inner, lazy) })
      expect([story, states(app)]).toEqual([[], { s: "stopped" }])
      const box = await app.runtime.acquire(id, { as: undefined as never })
      expect([box.id, states(app)]).toEqual([id, { s: "running", "a:a": "running", "a:b": id === "s" ? "stopped" : "running" }])
      await app.runtime.stop()
    }
  })

  it("of a service with partitions, and of the partitions of a supervisor, one by one", async () => {
    const partitioned = { child: child(store<number>(), lazy), partitions: 2 }
    const app = await bootApp({ "a:p": child(store<number>({ partitions: 2 }), lazy), "a:q": partitionSupervisor(partitioned) })
    expect(states(app)).toEqual({ "a:p": "stopped", "a:q": "running", "a:q#0": "stopped", "a:q#1": "stopped" })
    expect(await (await app.runtime.acquire("a:p")).set("k", 1)).toBe(true)
    expect(await (await app.runtime.acquire("a:q", { key: 1 })).set("k", 1)).toBe(true)
    const running = { "a:p": "running", "a:p#0": "running", "a:p#1": "running" }
    expect(states(app)).toEqual({ ...running, "a:q": "running", "a:q#0": "stopped", "a:q#1": "running" })
    await app.runtime.stop()
  })

  it("is refused where nobody could acquire it: of workers, and of children without ids", async () => {
    const b = child(told("b"), lazy)
    expect(() => pool(b, { size: 1 })).toThrow("worker.autoStart must be true")
    expect(() => pool(child(told("b"), { backoff: { maxAttempts: 1 } }), { size: 1 })).toThrow("worker.backoff.maxAttempts must be 0")
    const app = await bootApp({ d: dynamicSupervisor() })
    expect(await refusal((await app.runtime.acquire("d")).startChild(b))).toMatchObject({
      kind: "INVALID",
      details: { field: "child.autoStart" },
    })
    await app.runtime.stop()
  })
})

describe("autoStart: false and requires", () => {
  it("is started by another that starts and requires it, before that", async () => {
    story.length = 0
    const app = await bootApp({
      "a:a": child(told("a"), { requires: ["a:b"] }),
      "a:b": child(told("b"), { ...lazy, requires: ["a:c"] }),
      "a:c": child(told("c"), lazy),
      "a:d": child(told("d"), { ...lazy, requires: ["a:e"] }),
      "a:e": child(told("e"), lazy),
    })
    expect(story).toEqual(["c", "b", "a"])
    expect(states(app)).toEqual({ "a:c": "running", "a:b": "running", "a:a": "running", "a:e": "stopped", "a:d": "stopped" })
    await app.runtime.acquire("a:d")
    expect(story).toEqual(["c", "b", "a", "e", "d"])
    await app.runtime.stop()
  })

  it("is not started by one that requires it and waits to be acquired itself, below a supervisor that starts", async () => {
    story.length = 0
    const above = child(supervisor({ children: { "a:e": child(told("e"), { requires: ["a:c"] }) } }), lazy)
    const inner = supervisor({
      children: { "a:c": child(told("c"), lazy), "a:d": child(told("d"), { ...lazy, requires: ["a:c"] }), above },
    })
    const app = await bootApp({ inner })
    expect(story).toEqual([])
    await app.runtime.acquire("a:e")
    expect(story).toEqual(["c", "e"])
    await app.runtime.stop()
  })

  it("is so across supervisors, also below one that waits for callers itself, and again after each restart", async () => {
    story.length = 0
    const deep = child(supervisor({ children: { "a:b": child(told("b"), lazy), "a:z": child(told("z"), lazy) } }), lazy)
    const needy = supervisor({ children: { "a:a": child(told("a"), { requires: ["a:b"] }) } })
    const app = await bootApp({ deep, needy, other: supervisor({ children: { "a:o": child(told("o"), { ...lazy, requires: ["a:z"] }) } }) })
    const running = { deep: "running", needy: "running", "a:a": "running", "a:b": "running" }
    const idle = { other: "running", "a:o": "stopped", "a:z": "stopped" }
    expect([story, states(app)]).toEqual([["b", "a"], { ...running, ...idle }])
    const kill = async (at: number) => {
      app.runtime.exit(app.runtime.tree().children[at]?.pid as Pid, "kill")
      await app.time.advance(1000)
    }
    await kill(0)
    expect(states(app)).toEqual({ ...running, ...idle })
    await kill(1)
    expect(states(app)).toEqual({ ...running, ...idle })
    await app.runtime.stop()
  })

  it("fails the start of the application where it cannot start, with its error, and leaves nothing running", async () => {
    const bad = () =>
      child(
        told("b", () => Promise.reject(new Error("no"))),
        lazy,
      )
    const needing = child(told("a"), { requires: ["a:b"] })
    for (const children of [
      { "a:b": bad(), "a:a": needing },
      { "a:b": bad(), s: supervisor({ children: { "a:a": needing } }) },
      { s: supervisor({ children: { "a:b": bad(), "a:a": needing } }) },
    ]) {
      expect(await refusal(bootApp(children))).toMatchObject({ kind: "UNAVAILABLE" })
    }
  })

  it("does not fail it where nobody needs it", async () => {
    const bad = child(
      told("b", () => Promise.reject(new Error("no"))),
      { ...lazy, backoff: { maxAttempts: 1, initialMs: 0 } },
    )
    const app = await bootApp({ "a:b": bad })
    const box = await app.runtime.acquire("a:b")
    expect(await refusal(box.call.ping())).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    await app.runtime.stop()
  })

  it("terminate of one that an up service requires is refused, and of one that only an idle one requires is not", async () => {
    const app = await bootApp({
      "a:b": child(told("b"), lazy),
      "a:a": child(told("a"), { requires: ["a:b"] }),
      "a:c": told("c"),
      "a:d": child(told("d"), { ...lazy, requires: ["a:c"] }),
    })
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    expect(await refusal(root.terminateChild("a:b"))).toMatchObject({ kind: "CONFLICT", details: { requiredBy: ["a:a"] } })
    await root.terminateChild("a:c")
    expect(await refusal(app.runtime.acquire("a:d"))).toMatchObject({ kind: "UNAVAILABLE", details: { required: "a:c" } })
    await root.restartChild("a:c")
    expect(await (await app.runtime.acquire("a:d")).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("a child that acquires it while its supervisor boots has it started", async () => {
    story.length = 0
    const eager = server({
      init: async (_argument: undefined, self) => ({ box: await self.acquire("a:b", { as: undefined as never }) }),
    })
    const app = await bootApp({ "a:e": eager, "a:b": child(told("b"), lazy) })
    expect([story, states(app)]).toEqual([["b"], { "a:e": "running", "a:b": "running" }])
    await app.runtime.stop()
  })
})
