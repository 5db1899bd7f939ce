import { describe, expect, it } from "vitest"
import {
  actor,
  type ChildExtras,
  child,
  dynamicSupervisor,
  Mailbox,
  type Pid,
  registry,
  StoreMailbox,
  type Strategy,
  server,
  start,
  stopWhenIdle,
  store,
  supervisor,
} from "../../actors/index.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { ChildSpec } from "../../src/supervision/child-spec.ts"
import { SupervisedChild } from "../../src/supervision/supervised-child.ts"
import { Supervisor } from "../../src/supervision/supervisor.ts"
import { virtualTime } from "../../src/testing.ts"
import { Topology } from "../../src/topology/topology.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"
import { type Watched, watch } from "../support/watched.ts"

/** Says what happens to it, in order, and crashes, stops or hangs on demand. */
function narrator(story: string[]) {
  return server({
    init: (name: string, self) => {
      self.trapExit(false)
      story.push(`+${name}`)
      return { name }
    },
    call: {
      name: (state) => state.name,
      crash: (state) => {
        throw new Error(`${state.name} crashed`)
      },
      leave: (_state, _argument: undefined, self) => self.stop(),
    },
    terminate: (state) => void story.push(`-${state.name}`),
  })
}

/** Says that it starts, is up when its gate is open, and crashes on demand. */
function gatedNarrator(story: string[], name: string, gate: () => Promise<unknown> | undefined) {
  return server({
    init: async () => {
      story.push(`+${name}`)
      await gate()
      return {}
    },
    call: { crash: () => Promise.reject(new Error("crash")) },
  })
}

async function bootAbc(strategy: Strategy, options: ChildExtras = {}, intensity = 3) {
  const story: string[] = []
  const definition = narrator(story)
  const tree = supervisor({
    strategy,
    intensity,
    periodMs: 5000,
    children: {
      "n:a": child(definition, { ...options, argument: "a" }),
      "n:b": child(definition, { ...options, argument: "b" }),
      "n:c": child(definition, { ...options, argument: "c" }),
    },
  })
  const app = await bootTree(tree)
  const boxes = { a: await app.runtime.acquire("n:a"), b: await app.runtime.acquire("n:b"), c: await app.runtime.acquire("n:c") }
  return { ...app, ...boxes, story }
}

const states = (app: { runtime: { tree(): { children: readonly { id: string; state: string }[] } } }) =>
  app.runtime.tree().children.map(({ id, state }) => `${id} ${state}`)

describe("a supervisor", () => {
  it("starts its children in order and stops them in reverse", async () => {
    const { runtime, story } = await bootAbc("one_for_one")
    await runtime.stop()
    expect(story).toEqual(["+a", "+b", "+c", "-c", "-b", "-a"])
  })

  it.each([
    ["one_for_one", ["-b", "+b"]],
    ["one_for_all", ["-b", "-c", "-a", "+a", "+b", "+c"]],
    ["rest_for_one", ["-b", "-c", "+b", "+c"]],
  ] as const)("with %s carries out a crash of the middle child as %o", async (strategy, expected) => {
    const { runtime, time, b, story } = await bootAbc(strategy)
    story.length = 0
    await refusal(b.call.crash())
    await time.settle()
    expect(story).toEqual(expected)
    await runtime.stop()
  })

  it("starts a new incarnation only when the old one's terminate hook is over", async () => {
    const story: string[] = []
    const slow = server({
      init: () => ({ number: story.push("start") }),
      call: { crash: () => Promise.reject(new Error("boom")) },
      terminate: async () => {
        story.push("terminating")
        await new Promise<void>((resolve) => setImmediate(resolve))
        story.push("terminated")
      },
    })
    const { runtime, time } = await bootApp({ "n:slow": slow })
    await refusal((await runtime.acquire("n:slow")).call.crash())
    await time.settle()
    expect(story).toEqual(["start", "terminating", "terminated", "start"])
    await runtime.stop()
  })

  it("does not restart a transient child that ends normally, and says so to who posts to it", async () => {
    const { runtime, time, a, b, story } = await bootAbc("one_for_one", { restart: "transient" })
    story.length = 0
    await b.call.leave()
    await time.settle()
    expect(story).toEqual(["-b"])
    expect(await refusal(b.call.name())).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    expect(await refusal(runtime.acquire("n:b"))).toMatchObject({ kind: "UNAVAILABLE" })
    await refusal(a.call.crash())
    await time.settle()
    expect(story).toEqual(["-b", "-a", "+a"])
    await runtime.stop()
  })

  it("starts a permanent child again even when it ends normally", async () => {
    const { runtime, time, b, story } = await bootAbc("one_for_one")
    story.length = 0
    await b.call.leave()
    await time.settle()
    expect(story).toEqual(["-b", "+b"])
    await runtime.stop()
  })

  it("never restarts a temporary child, not even with its siblings", async () => {
    const story: string[] = []
    const definition = narrator(story)
    const tree = supervisor({
      strategy: "one_for_all",
      children: { "n:a": child(definition, { argument: "a", restart: "temporary" }), "n:b": child(definition, { argument: "b" }) },
    })
    const app = await bootTree(tree)
    await refusal((await app.runtime.acquire("n:b")).call.crash())
    await app.time.settle()
    expect(story).toEqual(["+a", "+b", "-b", "-a", "+b"])
    // As in OTP: one that is temporary is forgotten when it has ended.
    expect(states(app)).toEqual(["n:b running"])
    await app.runtime.stop()
  })

  it("gives up beyond its intensity: all children stop, and everything is Unavailable", async () => {
    const { runtime, time, a, b, story, events } = await bootAbc("one_for_one", { backoff: { initialMs: 0 } }, 2)
    for (let crash = 0; crash < 2; crash += 1) {
      await refusal(b.call.crash())
      await time.settle()
    }
    expect(await b.call.name()).toBe("b")
    story.length = 0
    await refusal(b.call.crash())
    await time.settle()
    expect(story).toEqual(["-b", "-c", "-a"])
    expect(await runtime.ended).toEqual({ shutdown: "it gave up on n:b" })
    for (const box of [a, b]) {
      expect(await refusal(box.call.name())).toMatchObject({ kind: "UNAVAILABLE", details: { state: "givenUp" } })
    }
    expect(await refusal(runtime.acquire("n:a"))).toMatchObject({ kind: "UNAVAILABLE" })
    expect(events.filter(({ type }) => type === "gave_up")).toMatchObject([{ supervisor: "root", child: "n:b", intensity: 2 }])
  })

  it("does not count restarts older than its period", async () => {
    const { runtime, time, b } = await bootAbc("one_for_one", { backoff: { initialMs: 0 } }, 1)
    for (let crash = 0; crash < 4; crash += 1) {
      await refusal(b.call.crash())
      await time.advance(5001)
    }
    expect(await b.call.name()).toBe("b")
    await runtime.stop()
  })

  it("waits longer before each restart in a row, and not at all again once the child was stable", async () => {
    const { runtime, time, b, events } = await bootAbc("one_for_one", { backoff: { initialMs: 100, jitter: 0, stableAfterMs: 1000 } }, 10)
    const crashAndCome = async (waitMs: number) => {
      await refusal(b.call.crash())
      await time.advance(waitMs)
    }
    await crashAndCome(0)
    await crashAndCome(100)
    await crashAndCome(200)
    await time.advance(1000)
    await crashAndCome(0)
    expect(await b.call.name()).toBe("b")
    expect(events.flatMap((event) => (event.type === "restarting" ? [event.delayMs] : []))).toEqual([0, 100, 200, 0])
    await runtime.stop()
  })

  it("goes on restarting one child while another waits out its backoff", async () => {
    const { runtime, time, a, b, events } = await bootAbc("one_for_one", { backoff: { initialMs: 10_000, maxMs: 10_000, jitter: 0 } }, 10)
    await refusal(b.call.crash())
    await time.settle()
    await refusal(b.call.crash())
    await time.settle()
    await refusal(a.call.crash())
    expect(await a.call.name()).toBe("a")
    expect(events.filter(({ type }) => type === "restarting")).toHaveLength(3)
    const waiting = b.call.name({} as never, { timeoutMs: 60_000 })
    await time.advance(10_000)
    expect(await waiting).toBe("b")
    await runtime.stop()
  })

  it("stops at once, though a child waits out its backoff", async () => {
    const { runtime, time, b } = await bootAbc("one_for_one", { backoff: { initialMs: 60_000, maxMs: 60_000, jitter: 0 } })
    await refusal(b.call.crash())
    await time.settle()
    await refusal(b.call.crash())
    await time.settle()
    await runtime.stop()
    expect(runtime.statistics().processes).toBe(0)
    expect(time.armedTimers).toBe(0)
  })

  it("kills a child that does not stop within its limit", async () => {
    const hanging = server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) })
    const { runtime, time, events } = await bootApp({ "n:hanging": child(hanging, { shutdown: 300 }) })
    const stopped = runtime.stop()
    await time.advance(299)
    expect(runtime.statistics().processes).toBe(2)
    await time.advance(1)
    await stopped
    expect(events).toContainEqual(expect.objectContaining({ type: "child_stopped", child: "n:hanging", reason: "killed" }))
  })

  it("kills a brutal_kill child at once, without its terminate hook", async () => {
    const story: string[] = []
    const { runtime } = await bootApp({ "n:a": child(narrator(story), { argument: "a", shutdown: "brutal_kill" }) })
    await runtime.stop()
    expect(story).toEqual(["+a"])
  })

  it("lets a child finish the message it is at before it stops", async () => {
    const work = Promise.withResolvers<string>()
    const busy = server({ init: () => ({}), call: { work: () => work.promise } })
    const { runtime, time } = await bootApp({ "n:busy": busy })
    const answer = (await runtime.acquire("n:busy")).call.work()
    await time.settle()
    const stopped = runtime.stop()
    await time.settle()
    work.resolve("done")
    expect(await answer).toBe("done")
    await stopped
  })

  it("counts a start that fails during a restart as another failure, and tries again", async () => {
    let starts = 0
    const flaky = server({
      init: () => {
        starts += 1
        if (starts === 2 || starts === 3) throw new Error(`start ${starts} failed`)
        return {}
      },
      call: { crash: () => Promise.reject(new Error("boom")), ping: () => "pong" },
    })
    const { runtime, time, events } = await bootApp({ "n:flaky": child(flaky, { backoff: { initialMs: 10, jitter: 0 } }) })
    const box = await runtime.acquire("n:flaky")
    await refusal(box.call.crash())
    const ping = box.call.ping()
    await time.advance(100)
    expect(await ping).toBe("pong")
    expect(starts).toBe(4)
    expect(events.filter(({ type }) => type === "restarting")).toMatchObject([{ restarts: 1 }, { restarts: 2 }, { restarts: 3 }])
    await runtime.stop()
  })

  it("restarts all again when a start fails in the middle of a one_for_all restart", async () => {
    const story: string[] = []
    let fail = 0
    const definition = server({
      init: (name: string) => {
        if (name === "b" && fail > 0) {
          fail -= 1
          throw new Error("b cannot start")
        }
        story.push(`+${name}`)
        return { name }
      },
      call: { crash: () => Promise.reject(new Error("boom")) },
      terminate: (state) => void story.push(`-${state.name}`),
    })
    const tree = supervisor({
      strategy: "one_for_all",
      children: {
        "n:a": child(definition, { argument: "a" }),
        "n:b": child(definition, { argument: "b" }),
        "n:c": child(definition, { argument: "c" }),
      },
    })
    const { runtime, time } = await bootTree(tree)
    story.length = 0
    fail = 1
    await refusal((await runtime.acquire("n:a")).call.crash())
    await time.advance(100)
    expect(story).toEqual(["-a", "-c", "-b", "+a", "-a", "+a", "+b", "+c"])
    await runtime.stop()
  })

  it("fails its own start when a child cannot start, and stops those already up", async () => {
    const story: string[] = []
    const broken = server({
      init: (): object => {
        throw new Error("no disk")
      },
    })
    const boot = bootApp({
      "n:a": child(narrator(story), { argument: "a" }),
      "n:broken": broken,
      "n:c": child(narrator(story), { argument: "c" }),
    })
    const error = await refusal(boot)
    expect(error).toMatchObject({ kind: "UNAVAILABLE", details: { child: "n:broken" }, cause: new Error("no disk") })
    expect(story).toEqual(["+a", "-a"])
  })

  it("can be stopped while a child hangs in its start", async () => {
    let starts = 0
    const slowSecondTime = server({
      init: () => {
        starts += 1
        return starts === 1 ? {} : new Promise<object>(() => {})
      },
      call: { crash: () => Promise.reject(new Error("boom")) },
    })
    const { runtime, time } = await bootApp({ "n:slow": child(slowSecondTime, { shutdown: 100 }) })
    await refusal((await runtime.acquire("n:slow")).call.crash())
    await time.settle()
    const stopped = runtime.stop()
    await time.advance(100)
    await stopped
    expect(runtime.statistics().processes).toBe(0)
  })

  it("answers no messages, and takes no orders from them", async () => {
    const { runtime } = await bootApp({ "n:s": store() })
    const root = runtime.tree().pid
    if (root === undefined) throw new Error("the root has no pid")
    expect(await refusal(runtime.ask(root, "hello"))).toMatchObject({ kind: "INVALID" })
    const forged = { type: "detach", event: { id: "n:s" }, settle: () => {}, fail: () => {} }
    expect(runtime.tell(root, forged)).toBe(true)
    expect(runtime.tell(root, { type: "EXIT", from: root, reason: "shutdown" })).toBe(true)
    expect(runtime.tell(root, null)).toBe(true)
    await (await runtime.acquire("n:s")).set("k", 1)
    expect(runtime.tree().state).toBe("running")
    await runtime.stop()
  })

  it("takes its children with it when it is killed", async () => {
    const { runtime, time } = await bootAbc("one_for_one")
    const root = runtime.tree().pid
    if (root === undefined) throw new Error("the root has no pid")
    runtime.exit(root, "kill")
    await time.advance(0)
    expect(await runtime.ended).toBe("killed")
    expect(runtime.statistics().processes).toBe(0)
    expect(await refusal(runtime.acquire("n:a"))).toMatchObject({ kind: "UNAVAILABLE" })
  })
})

describe("a supervisor under faults", () => {
  const idle = server({ init: () => ({}) })
  const crashing = (name: string, log: string[]) =>
    server({
      init: () => ({ starts: log.push(`+${name}`) }),
      call: {
        crash: () => {
          throw new Error(`${name} crashed`)
        },
        crashLater: async () => {
          await Promise.resolve()
          throw new Error(`${name} crashed`)
        },
        ping: () => name,
      },
    })

  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    "ends at once when it is told to stop in the moment in which a child of its boot runs (%#)",
    async (turns) => {
      let terminate = (): void => {}
      const later = async (): Promise<void> => {
        for (let turn = 0; turn < turns; turn += 1) await undefined
        terminate()
      }
      const app = await bootApp({}, { inspect: (event) => void (event.type === "child_started" && event.child === "x" && later()) })
      const root = await app.runtime.acquire("root")
      const [x, y] = [server({ init: () => ({}) }), server({ init: () => ({}) })]
      const terminated: Watched[] = []
      terminate = () => void terminated.push(watch(root.terminateChild("group")))
      watch(root.startChild("group", supervisor({ children: { x, y } })))
      await app.time.settle()
      expect([terminated.map(({ state }) => state), app.runtime.statistics().processes]).toEqual([["fulfilled"], 1])
      await app.runtime.stop({ timeoutMs: 0 })
    },
  )

  it("takes a temporary child that still starts down in its turn, not before those behind it", async () => {
    const story: string[] = []
    const gate = latch()
    const slow = latch()
    const worker = (name: string, init: () => Promise<void> | undefined, terminate: () => Promise<void> | undefined) =>
      server({
        init: async () => {
          await init()
          return {}
        },
        terminate: async () => {
          await terminate()
          story.push(`-${name}`)
        },
      })
    const nothing = () => undefined
    const { runtime, time } = await bootTree(
      supervisor({ strategy: "rest_for_one", intensity: 10, children: { a: worker("a", nothing, nothing) } }),
    )
    const root = await runtime.acquire("root")
    watch(
      root.startChild(
        "b",
        child(
          worker("b", () => gate.promise, nothing),
          { restart: "temporary" },
        ),
      ),
    )
    await root.startChild(
      "c",
      worker("c", nothing, () => slow.promise),
    )
    runtime.exit(runtime.whereis("a") as Pid, "kill")
    await time.settle()
    gate.open()
    await time.settle()
    expect(story).toEqual([])
    slow.open()
    await time.settle()
    expect(story).toEqual(["-c", "-b"])
    expect(states({ runtime })).toEqual(["a running", "c running"])
    await runtime.stop()
  })

  it("says of all that are restarted together when they are started again", async () => {
    const backoff = (initialMs: number) => ({ backoff: { initialMs, maxMs: initialMs, jitter: 0 } })
    const worker = server({ init: () => ({}), call: { crash: () => Promise.reject(new Error("crash")) } })
    const children = { a: child(worker, backoff(1000)), b: child(worker, backoff(2000)), c: child(worker, { restart: "temporary" }) }
    const { runtime, time } = await bootTree(supervisor({ strategy: "rest_for_one", intensity: 10, children }))
    const [a, b, root] = [await runtime.acquire("a"), await runtime.acquire("b"), await runtime.acquire("root")]
    for (const box of [a, b, b, a]) {
      await refusal(box.call.crash())
      await time.settle()
    }
    const due = async () => Promise.all(["a", "b"].map(async (id) => (await root.whichChild(id)).nextAttemptAt))
    expect(await due()).toEqual([1000, 1000])
    await time.advance(1000)
    expect(await due()).toEqual([undefined, undefined])
    await runtime.stop()
  })

  it("starts those that wait for their turn in a group, though one that was added behind them fails meanwhile", async () => {
    const story: string[] = []
    let gate = latch()
    gate.open()
    const told = (name: string) => gatedNarrator(story, name, () => (name === "b" ? gate.promise : undefined))
    const { runtime, time } = await bootTree(
      supervisor({ strategy: "rest_for_one", children: { a: told("a"), b: told("b"), c: told("c") } }),
    )
    gate = latch()
    story.length = 0
    await refusal((await runtime.acquire("a")).call.crash())
    const root = await runtime.acquire("root")
    const d = await root.startChild("d", child(told("d"), { backoff: { initialMs: 0 } }))
    runtime.exit(d, "kill")
    await time.settle()
    gate.open()
    await time.settle()
    expect(states({ runtime })).toEqual(["a running", "b running", "c running", "d running"])
    expect(story).toEqual(["+a", "+b", "+d", "+c", "+d"])
    await runtime.stop()
  })

  it("starts the siblings that come after one which ends during a group restart and stays down", async () => {
    const log: string[] = []
    let isFirst = true
    const once = server({
      init: (_argument: undefined, self) => {
        if (!isFirst) self.stop()
        isFirst = false
        return {}
      },
    })
    const tree = supervisor({
      strategy: "one_for_all",
      children: { "n:a": crashing("a", log), "n:once": child(once, { restart: "transient" }), "n:z": crashing("z", log) },
    })
    const app = await bootTree(tree)
    await refusal((await app.runtime.acquire("n:a")).call.crash())
    await app.time.settle()
    expect(states(app)).toEqual(["n:a running", "n:once stopped", "n:z running"])
    await app.runtime.stop()
  })

  it("finds the names and keys of the incarnation before free, however it ended, and however long it took to clear up", async () => {
    const keys = registry<number>({ keys: "unique" })
    let starts = 0
    const leader = server({
      init: (_argument: undefined, self) => {
        starts += 1
        self.register("the leader")
        self.registry(keys).register("leader", starts)
        return {}
      },
      terminate: () => new Promise<void>((resolve) => setImmediate(resolve)),
    })
    const tree = supervisor({ strategy: "one_for_all", intensity: 10, children: { "n:leader": leader, "n:other": idle } })
    const app = await bootTree(tree)
    for (const [id, reason] of [
      ["n:leader", { error: new Error("boom") }],
      ["n:leader", "kill"],
      ["n:other", { error: new Error("boom") }],
    ] as const) {
      app.runtime.exit(app.runtime.whereis(id) as Pid, reason)
      await app.time.advance(100)
    }
    expect(starts).toBe(4)
    expect(states(app)).toEqual(["n:leader running", "n:other running"])
    expect(app.runtime.whereis("the leader")).toBe(app.runtime.whereis("n:leader"))
    expect(app.events.filter(({ type }) => type === "restarting")).toHaveLength(3)
    await app.runtime.stop()
  })

  it("outlives a fault that lasts for a while: the restarts it may make are not spent at once (OTP PR 1287)", async () => {
    let now = (): number => 0
    const failing = server({
      init: () => {
        if (now() > 0 && now() < 150) throw new Error("the disk is full")
        return {}
      },
    })
    const { runtime, time, events } = await bootTree(
      supervisor({ intensity: 5, children: { "n:a": child(failing, { backoff: { jitter: 0 } }) } }),
    )
    now = () => time.now()
    await time.advance(1)
    runtime.exit(runtime.whereis("n:a") as Pid, "kill")
    await time.advance(1000)
    expect(events.flatMap((event) => (event.type === "restarting" ? [event.delayMs] : []))).toEqual([0, 10, 20, 40, 80])
    expect(runtime.whereis("n:a")).toBeDefined()
    await runtime.stop()
  })

  it("counts one restart where siblings end with the child that failed, as linked ones do (OTP, supervisor.erl: shutdown)", async () => {
    const group: Pid[] = []
    const linked = server({
      init: (_argument: undefined, self) => {
        for (const sibling of group) self.link(sibling)
        group.push(self.pid)
        return {}
      },
    })
    for (const strategy of ["one_for_all", "rest_for_one"] as const) {
      group.length = 0
      const children = { "n:a": linked, "n:b": linked, "n:c": linked, "n:d": linked }
      const app = await bootTree(supervisor({ strategy, intensity: 1, children }))
      const pid = app.runtime.whereis("n:a")
      if (pid === undefined) throw new Error("a does not run")
      group.length = 0
      app.runtime.exit(pid, { error: new Error("boom") })
      await app.time.settle()
      expect(states(app)).toEqual(["n:a running", "n:b running", "n:c running", "n:d running"])
      expect(app.events.filter(({ type }) => type === "restarting")).toMatchObject([{ child: "n:a", restarts: 1 }])
      await app.runtime.stop()
    }
  })

  it("reports each end once, also where the supervisor ends in the middle of a group restart", async () => {
    const tree = supervisor({ strategy: "rest_for_one", intensity: 1, children: { "n:a": idle, "n:b": idle, "n:c": idle } })
    const { runtime, time, events } = await bootTree(tree)
    for (const id of ["n:b", "n:c", "n:a"]) {
      const pid = runtime.whereis(id)
      if (pid !== undefined) runtime.exit(pid, { error: new Error("boom") })
    }
    await runtime.ended
    await time.settle()
    const told = events.flatMap((event) =>
      "supervisor" in event && event.type !== "child_started" ? [`${event.child} ${event.type}`] : [],
    )
    expect(told).toEqual(["n:b restarting", "n:c child_stopped", "n:a gave_up"])
  })

  it("takes a temporary child down in its turn: not before those behind it, though it has started meanwhile", async () => {
    const { runtime, time, events } = await bootTree(supervisor({ strategy: "rest_for_one", children: { "n:a": idle } }))
    const root = await runtime.acquire("root")
    const startingIn = (ms: number) => server({ init: () => new Promise<object>((resolve) => void time.setTimer(() => resolve({}), ms)) })
    root.startChild("n:once", child(startingIn(1), { restart: "temporary" })).catch(() => {})
    root.startChild("n:slow", child(startingIn(2), { shutdown: "infinity" })).catch(() => {})
    await time.settle()
    const pid = runtime.whereis("n:a")
    if (pid === undefined) throw new Error("a does not run")
    runtime.exit(pid, { error: new Error("boom") })
    await time.advance(10)
    expect(events.flatMap((event) => (event.type === "child_stopped" ? [event.child] : []))).toEqual(["n:slow", "n:once"])
    expect(states({ runtime })).toEqual(["n:a running", "n:slow running"])
    await runtime.stop()
  })

  it("goes on with a group restart where a child fails that was started before its turn, as others require it", async () => {
    const time = virtualTime()
    const slow = server({ init: () => new Promise<object>((resolve) => void time.setTimer(() => resolve({}), 10)) })
    const group = supervisor({ children: { "g:x": child(slow, { requires: ["n:late"] }) } })
    const tree = supervisor({ strategy: "rest_for_one", children: { "n:late": idle, group, "n:c": idle } })
    const starting = start(tree, { host: time, log: () => {} })
    await time.advance(100)
    const runtime = await starting
    const root = await runtime.acquire("root")
    // It is the last of all from now on, and required by the first.
    await runtime.acquire("group").then((box) => box.terminateChild("g:x"))
    await root.terminateChild("n:late")
    await root.deleteChild("n:late")
    await root.startChild("n:late", idle)
    const end = (id: string) => {
      const pid = runtime.tree().children.find((node) => node.id === id)?.pid
      if (pid !== undefined) runtime.exit(pid, "kill")
    }
    end("group")
    await time.advance(5)
    end("n:late")
    await time.advance(100)
    expect(states({ runtime })).toEqual(["group running", "n:c running", "n:late running"])
    await runtime.stop()
  })

  it("hands on the state of a child that crashes together with the one whose restart takes it along", async () => {
    const inherited: unknown[] = []
    const keeper = server({
      init: () => ({ count: 0 }),
      call: {
        add: (state) => {
          state.count += 1
        },
        crash: async () => {
          throw new Error("keeper crashed")
        },
      },
      inherit: (state) => {
        inherited.push({ ...state })
        return state
      },
    })
    const tree = supervisor({
      strategy: "one_for_all",
      children: { "n:a": crashing("a", []), "n:keeper": child(keeper, { state: "retain" }) },
    })
    const { runtime, time, events } = await bootTree(tree)
    const [a, box] = [await runtime.acquire("n:a"), await runtime.acquire("n:keeper")]
    await box.call.add()
    await Promise.all([refusal(box.call.crash()), refusal(a.call.crashLater())])
    await time.advance(100)
    expect(inherited.at(-1)).toEqual({ count: 1 })
    const told = events.filter((event) => (event.type === "child_stopped" || event.type === "restarting") && event.child === "n:keeper")
    expect(told.length).toBeGreaterThan(0)
    await runtime.stop()
  })

  it("that is killed is replaced, though a child of the old one still clears up", async () => {
    const slow = server({ init: () => ({}), call: { ping: () => "pong" }, terminate: () => new Promise<void>(() => {}) })
    const inner = supervisor({ children: { "n:slow": slow } })
    const { runtime, time } = await bootApp({ inner })
    const box = await runtime.acquire("n:slow")
    const pid = runtime.tree().children[0]?.pid
    if (pid === undefined) throw new Error("the inner supervisor has no pid")
    runtime.exit(pid, "kill")
    await time.settle()
    expect(await box.call.ping()).toBe("pong")
    expect(runtime.statistics().processes).toBe(3)
    const stopped = runtime.stop()
    await time.advance(5000)
    await stopped
  })

  it("starts nothing any more once it stops", async () => {
    const log: string[] = []
    const hanging = server({ init: () => ({}), call: { hang: () => new Promise<void>(() => {}) } })
    const { runtime, time } = await bootApp({
      "n:hanging": hanging,
      "n:idle": child(crashing("idle", log), { onDetach: () => ({ action: "stop", lingerMs: 0 }) }),
      "n:reset": child(crashing("reset", log), { onDetach: () => ({ action: "reset" }) }),
    })
    void (await runtime.acquire("n:hanging")).call.hang().catch(() => {})
    const [idle, again] = [await runtime.acquire("n:idle"), await runtime.acquire("n:reset")]
    await idle.release()
    await time.settle()
    const stopped = runtime.stop()
    await time.settle()
    const released = again.release()
    const wanted = refusal(runtime.acquire("n:idle"))
    await time.advance(5000)
    await stopped
    expect(await wanted).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await released).toBe(true)
    expect(log).toEqual(["+idle", "+reset"])
  })

  it("does not start what somebody was waiting for, once it stops", async () => {
    const gate = Promise.withResolvers<void>()
    let starts = 0
    const slow = server({
      init: () => {
        starts += 1
        return {}
      },
      terminate: () => gate.promise,
    })
    const { runtime, time } = await bootApp({ "n:slow": child(slow, { onDetach: () => ({ action: "stop", lingerMs: 0 }) }) })
    await (await runtime.acquire("n:slow")).release()
    await time.settle()
    const wanted = refusal(runtime.acquire("n:slow"))
    await time.settle()
    const stopped = runtime.stop()
    await time.settle()
    gate.resolve()
    await stopped
    expect(await wanted).toMatchObject({ kind: "UNAVAILABLE" })
    expect(starts).toBe(1)
  })

  it("that is killed in the middle of a reset starts nothing any more", async () => {
    const log: string[] = []
    const { runtime, time } = await bootApp({ "n:a": child(crashing("a", log), { onDetach: () => ({ action: "reset" }) }) })
    const released = (await runtime.acquire("n:a")).release()
    const root = runtime.tree().pid
    if (root === undefined) throw new Error("the root has no pid")
    for (let step = 0; step < 4; step += 1) await Promise.resolve()
    runtime.exit(root, "kill")
    await time.settle()
    expect(await released).toBe(true)
    expect(runtime.statistics().processes).toBe(0)
  })

  it("answers what was asked of it, though it is killed before it could look at it", async () => {
    const time = virtualTime()
    const kernel = new Kernel(time)
    const rules = { strategy: "one_for_one", autoShutdown: "never", intensity: 1, periodMs: 1 } as const
    const options = {
      inbox: kernel.inbox("s"),
      topology: new Topology(kernel),
      rules,
      specs: [],
      specOf: () => expect.unreachable(),
      report: () => {},
    }
    const killed = kernel.launch(new Supervisor(kernel, options))
    await time.settle()
    const answers: string[] = []
    const wanted = new SupervisedChild({} as ChildSpec, killed)
    const request = {
      type: "want",
      child: wanted,
      isAbove: false,
      settle: () => answers.push("settled"),
      abandoned: () => answers.push("abandoned"),
    } as const
    expect(killed.request(request)).toBe(true)
    killed.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect(answers).toEqual(["abandoned"])
    expect(killed.request(request)).toBe(false)
  })

  it.each(["terminated", "killed"] as const)("that is %s holds no timer any more for a restart that was to come", async (how) => {
    const inner = supervisor({ children: { "n:a": child(idle, { backoff: { initialMs: 60_000, maxMs: 60_000, jitter: 0 } }) } })
    const { runtime, time } = await bootApp({ inner: child(inner, { restart: "temporary" }) })
    for (let crash = 0; crash < 2; crash += 1) {
      runtime.exit(runtime.whereis("n:a") as Pid, { error: new Error("boom") })
      await time.settle()
    }
    expect(time.heldTimers).toBe(1)
    if (how === "killed") runtime.exit(runtime.tree().children[0]?.pid as Pid, "kill")
    else await (await runtime.acquire("root")).terminateChild("inner")
    await time.settle()
    expect(time.heldTimers).toBe(0)
    await runtime.stop()
  })

  it("that is told to stop in the middle of its boot ends by that reason, which is no crash", async () => {
    let boots = 0
    const hanging = server({ init: () => (++boots === 1 ? {} : new Promise<object>(() => {})) })
    const inner = supervisor({ intensity: 0, children: { "n:a": idle, "n:hanging": child(hanging, { shutdown: "brutal_kill" }) } })
    const { runtime, time, events } = await bootApp({ inner })
    const pid = runtime.whereis("n:hanging")
    if (pid === undefined) throw new Error("it does not run")
    runtime.exit(pid, { error: new Error("boom") })
    await time.settle()
    expect(runtime.tree().children[0]?.state).toBe("starting")
    const before = events.length
    await (await runtime.acquire("root")).terminateChild("inner")
    const after = events.slice(before)
    expect(after).toContainEqual(expect.objectContaining({ type: "exited", label: "inner", reason: "shutdown" }))
    expect(after.filter(({ type }) => type === "crash_report")).toEqual([])
    await runtime.stop()
  })

  it("hands on the state of a sibling that it restarts with the one that crashed", async () => {
    const keeper = server({
      init: () => ({ count: 0 }),
      call: {
        add: (state) => {
          state.count += 1
          return state.count
        },
      },
    })
    const tree = supervisor({
      strategy: "one_for_all",
      children: { "n:a": crashing("a", []), "n:keeper": child(keeper, { state: "retain" }) },
    })
    const { runtime, time } = await bootTree(tree)
    const box = await runtime.acquire("n:keeper")
    await box.call.add()
    await refusal((await runtime.acquire("n:a")).call.crash())
    await time.settle()
    expect(await box.call.add()).toBe(2)
    await runtime.stop()
  })

  it("serves a child that gives a mailbox back while it is being started", async () => {
    const user = server({
      init: async (_argument: undefined, self) => {
        const cache = await self.acquire("n:cache", { as: StoreMailbox })
        await cache.set("seen", true)
        return { released: await cache.release() }
      },
      call: { released: (state) => state.released },
    })
    const { runtime } = await bootApp({ "n:cache": store(), "n:user": child(user, { requires: ["n:cache"] }) })
    expect(await (await runtime.acquire("n:user")).call.released()).toBe(true)
    await runtime.stop()
  })

  it("survives a child that throws what cannot be printed, and so does everybody else", async () => {
    const nasty = server({
      init: () => ({}),
      call: {
        crash: () => {
          throw Object.create(null)
        },
        ping: () => "pong",
      },
    })
    const { runtime, time } = await bootApp({ "n:nasty": nasty, "n:store": store() })
    const [box, cache] = [await runtime.acquire("n:nasty"), await runtime.acquire("n:store")]
    expect(await refusal(box.call.crash())).toMatchObject({ kind: "INTERNAL" })
    await time.settle()
    expect(await box.call.ping()).toBe("pong")
    expect(await cache.set("k", 1)).toBe(true)
    await runtime.stop()
  })

  it("lets go of what an incarnation held once it has ended", async () => {
    const { runtime, time } = await bootApp({ "n:idle": child(store(), { onDetach: () => ({ action: "stop", lingerMs: 0 }) }) })
    await (await runtime.acquire("n:idle")).release()
    await time.settle()
    expect(runtime.tree().children[0]).toMatchObject({ state: "stopped", pid: undefined })
    expect(time.heldTimers).toBe(0)
    await runtime.stop()
  })

  it("says in the log why a job that has done its work was given up on", async () => {
    const { runtime, time, log } = await bootApp({ "n:job": actor(async () => {}) })
    await time.advance(1000)
    await runtime.ended
    expect(log.at(-1)?.message).toContain("transient")
  })

  it("logs the error of a crash", async () => {
    const { runtime, time, log } = await bootApp({ "n:a": crashing("a", []) })
    await refusal((await runtime.acquire("n:a")).call.crash())
    await time.settle()
    expect(log.filter(({ level }) => level === "warn")).toMatchObject([{ error: new Error("a crashed") }])
    await runtime.stop()
  })
})

describe("a nested supervisor", () => {
  const nested = (story: string[], intensity: number) => {
    const definition = narrator(story)
    const inner = supervisor({ intensity, children: { "n:inner": child(definition, { argument: "inner" }) } })
    return supervisor({ children: { "n:outer": child(definition, { argument: "outer" }), inner } })
  }

  it("that gives up is restarted by its parent, and its services are there again", async () => {
    const story: string[] = []
    const { runtime, time } = await bootTree(nested(story, 0))
    const box = await runtime.acquire("n:inner")
    await refusal(box.call.crash())
    await time.settle()
    expect(story).toEqual(["+outer", "+inner", "-inner", "+inner"])
    expect(await box.call.name()).toBe("inner")
    await runtime.stop()
    expect(story.slice(4)).toEqual(["-inner", "-outer"])
  })

  it("is stopped before what was started before it", async () => {
    const story: string[] = []
    const { runtime } = await bootTree(nested(story, 1))
    await runtime.stop()
    expect(story).toEqual(["+outer", "+inner", "-inner", "-outer"])
  })
})

describe("requires", () => {
  it("orders the start across nested supervisors, and the stop in reverse", async () => {
    const story: string[] = []
    const definition = narrator(story)
    const web = supervisor({ children: { "n:web": child(definition, { argument: "web", requires: ["n:db"] }) } })
    const data = supervisor({ children: { "n:db": child(definition, { argument: "db" }) } })
    const { runtime } = await bootApp({ web, data })
    await runtime.stop()
    expect(story).toEqual(["+db", "+web", "-web", "-db"])
  })

  it("starts none of a group before its turn for a service elsewhere, which waits for that", async () => {
    const story: string[] = []
    let gate = latch()
    gate.open()
    const told = (name: string) => gatedNarrator(story, name, () => (name === "b" ? gate.promise : undefined))
    const backoff = { initialMs: 200, maxMs: 200, jitter: 0 }
    const data = supervisor({ strategy: "rest_for_one", children: { a: child(told("a"), { backoff }), b: told("b"), c: told("c") } })
    const web = child(told("web"), { requires: ["c"], onDetach: stopWhenIdle() })
    const { runtime, time } = await bootApp({ data, web })
    await (await runtime.acquire("web")).release()
    const a = await runtime.acquire("a")
    for (const _ of [1, 2]) {
      await refusal(a.call.crash())
      await time.advance(100)
    }
    story.length = 0
    gate = latch()
    const acquired = watch(runtime.acquire("web"))
    await time.advance(1000)
    expect(story).toEqual(["+a", "+b"])
    gate.open()
    await time.settle()
    expect([acquired.state, ...story]).toEqual(["fulfilled", "+a", "+b", "+c", "+web"])
    await runtime.stop()
  })

  it("wakes the supervisor that was stopped for want of callers with what is required below it", async () => {
    const story: string[] = []
    const definition = narrator(story)
    const idle = { onDetach: stopWhenIdle() }
    const data = child(supervisor({ children: { "n:db": child(definition, { argument: "db" }) } }), idle)
    const web = child(definition, { ...idle, argument: "web", requires: ["n:db"] })
    const { runtime } = await bootApp({ data, web })
    await (await runtime.acquire("web")).release()
    await (await runtime.acquire("data")).release()
    expect(story.splice(0)).toEqual(["+db", "+web", "-web", "-db"])
    const box = await runtime.acquire("web")
    expect(await box.call.name()).toBe("web")
    expect(story).toEqual(["+db", "+web"])
    await runtime.stop()
  })

  it("is refused where an idle service lacks something itself, by way of which it was to come", async () => {
    const definition = narrator([])
    const kept = (name: string, ...requires: string[]) => child(definition, { argument: name, requires, onDetach: stopWhenIdle() })
    const { runtime, time } = await bootApp({
      db: child(definition, { argument: "db" }),
      cache: kept("cache", "db"),
      web: kept("web", "cache"),
    })
    await (await runtime.acquire("web")).release()
    await (await runtime.acquire("cache")).release()
    await (await runtime.acquire("root")).terminateChild("db")
    const acquired = watch(runtime.acquire("web"))
    await time.advance(60_000)
    expect(acquired).toMatchObject({ state: "rejected", error: { kind: "UNAVAILABLE", message: expect.stringContaining("cache") } })
    expect(states({ runtime })).toEqual(["db stopped", "cache stopped", "web stopped"])
    await runtime.stop()
  })

  it("has nobody wait for what is idle, and was terminated before it could be woken", async () => {
    const kept = (name: string, ...requires: string[]) => child(narrator([]), { argument: name, requires, onDetach: stopWhenIdle() })
    const { runtime, time } = await bootApp({ db: kept("db"), pages: supervisor({ children: { web: kept("web", "db") } }) })
    const root = await runtime.acquire("root")
    await root.terminateChild("pages")
    await (await runtime.acquire("db")).release()
    await time.settle()
    const answers = [watch(root.restartChild("pages")), watch(root.terminateChild("db"))]
    await time.settle()
    expect([answers.map(({ state }) => state), states({ runtime })]).toEqual([
      ["fulfilled", "fulfilled"],
      ["db stopped", "pages running"],
    ])
    await runtime.stop()
  })

  it("promises nobody that what has never run comes by itself, where it is held back, or its supervisor is down", async () => {
    const kept = child(narrator([]), { argument: "page", requires: ["db"] })
    const { runtime } = await bootApp({ db: child(narrator([]), { argument: "db" }) })
    const root = await runtime.acquire("root")
    await root.terminateChild("db")
    await root.startChild("pages", supervisor({ children: { page: kept } }))
    const answers = [await refusal(runtime.acquire("page", { as: Mailbox }))]
    await root.terminateChild("pages")
    answers.push(await refusal(runtime.acquire("page", { as: Mailbox })))
    expect(answers).toMatchObject([
      { kind: "UNAVAILABLE", retryable: false },
      { kind: "UNAVAILABLE", retryable: false },
    ])
    await runtime.stop()
  })

  it("has nobody wait for what a woken supervisor holds back, as that lacks something itself", async () => {
    const definition = narrator([])
    const kept = (name: string, ...requires: string[]) => child(definition, { argument: name, requires, onDetach: stopWhenIdle() })
    const { runtime, time } = await bootApp({
      db: child(definition, { argument: "db" }),
      data: child(supervisor({ children: { cache: kept("cache", "db") } }), { onDetach: stopWhenIdle() }),
      web: kept("web", "cache"),
    })
    for (const id of ["web", "data"] as const) await (await runtime.acquire(id)).release()
    await (await runtime.acquire("root")).terminateChild("db")
    await time.settle()
    const answer = watch(runtime.acquire("web").then((web) => web.call.name()))
    await time.advance(60_000)
    expect(answer).toMatchObject({ state: "rejected", error: { kind: "UNAVAILABLE", message: expect.stringContaining("requires cache") } })
    expect(states({ runtime })).toEqual(["db stopped", "data stopped", "web stopped"])
    await runtime.stop()
  })

  it.each([false, true])(
    "waits for what goes down with a supervisor above it, and comes again with that (nested: %s)",
    async (isNested) => {
      const story: string[] = []
      const cleared = latch()
      const db = server({ init: () => ({ at: story.push("+db") }) })
      const inner = isNested ? { between: supervisor({ children: { db } }) } : { db }
      const slow = server({ init: () => ({}), terminate: () => cleared.promise })
      const data = supervisor({ intensity: 0, children: { slow, ...inner, fragile: child(narrator([]), { argument: "fragile" }) } })
      const { runtime, time } = await bootApp({ data, web: child(narrator(story), { argument: "web", requires: ["db"] }) })
      const [fragile, web] = [await runtime.acquire("fragile"), await runtime.acquire("web")]
      await refusal(fragile.call.crash())
      await time.settle()
      await refusal(web.call.crash())
      await time.settle()
      story.length = 0
      cleared.open()
      await time.settle()
      expect([story, states({ runtime })]).toEqual([
        ["+db", "+web"],
        ["data running", "web running"],
      ])
      await runtime.stop()
    },
  )

  it("refuses a cycle by way of a child that is added, where its id was another's before", async () => {
    const { runtime } = await bootApp({
      "n:job": child(
        actor<undefined, never>(async () => {}),
        { restart: "transient" },
      ),
      "n:a": child(store(), { requires: ["n:job"] }),
    })
    const root = await runtime.acquire("root")
    await root.deleteChild("n:job")
    const error = await refusal(root.startChild("n:job", child(store(), { requires: ["n:a"] })))
    expect(error).toMatchObject({ kind: "INVALID", message: expect.stringContaining("n:job → n:a → n:job") })
    await root.startChild("n:job", store())
    await runtime.stop()
  })

  it.each([
    [{ "n:a": child(store(), { requires: ["n:x"] }) }, 'children["n:a"].requires[0]'],
    [{ "n:a": child(store(), { requires: ["n:b"] }), "n:b": child(store(), { requires: ["n:a"] }) }, 'children["n:a"].requires'],
    [{ "n:a": child(store(), { requires: ["n:a"] }) }, 'children["n:a"].requires[0]'],
    [{ sub: supervisor({ children: { "n:a": child(store(), { requires: ["sub"] }) } }) }, 'children["n:a"].requires[0]'],
    [{ "n:a": store(), sub: supervisor({ children: { "n:a": store() } }) }, 'children["n:a"]'],
  ])("refuses a tree that cannot be ordered or names an id twice (%#)", async (children, field) => {
    const error = await refusal(bootApp(children))
    expect(error).toMatchObject({ kind: "INVALID", details: { field } })
  })
})

describe("supervisor()", () => {
  it.each([
    [{ strategy: "all" }, "strategy"],
    [{ intensity: -1 }, "intensity"],
    [{ periodMs: 0 }, "periodMs"],
    [{ children: null }, "children"],
    [{ children: { "": store() } }, 'children[""]'],
    [{ children: { "n:a": 5 } }, 'children["n:a"]'],
  ])("refuses a wrong definition, naming the field (%#)", (settings, field) => {
    expect(fieldOf(() => supervisor({ children: {}, ...settings } as never))).toBe(field)
  })
})

describe("a plain process under a supervisor", () => {
  it("is restarted when it throws and may clear up when it is stopped", async () => {
    const story: string[] = []
    const worker = actor<undefined, string>(async (self) => {
      story.push("start")
      try {
        const message = await self.receive()
        throw new Error(String(message))
      } finally {
        story.push("clear up")
      }
    })
    const { runtime, time } = await bootApp({ "n:worker": worker })
    const pid = runtime.whereis("n:worker")
    if (pid === undefined) throw new Error("the worker has no name")
    runtime.tell(pid, "boom")
    await time.settle()
    expect(story).toEqual(["start", "clear up", "start"])
    expect(runtime.whereis("n:worker")).not.toBe(pid)
    await runtime.stop()
    expect(story).toEqual(["start", "clear up", "start", "clear up"])
  })
})

describe("what looks like a definition", () => {
  const idle = actor(async (self) => void (await self.receive()))
  const definitions: readonly (readonly [string, object])[] = [
    ["a supervisor", supervisor({ children: { "a:idle": idle } })],
    ["a child", child(idle, { restart: "temporary" })],
    ["a dynamic supervisor", dynamicSupervisor()],
  ]
  const likes: readonly (readonly [string, (definition: object) => object])[] = [
    ["seen through a proxy", (definition) => new Proxy(definition, {})],
    ["an object made of it", (definition) => Object.create(definition)],
    ["its fields alone", (definition) => ({ ...definition })],
  ]
  it.each(definitions.flatMap(([what, definition]) => likes.map(([how, like]) => [what, how, like(definition)] as const)))(
    "%s, %s, is none: Invalid, wherever it stands",
    async (_what, _how, like) => {
      const error = await refusal(start({ "a:like": like as never }, { log: () => {} }))
      expect(error).toMatchObject({ kind: "INVALID", details: { field: 'children["a:like"]' } })
      expect(() => supervisor({ children: { "a:like": like as never } })).toThrow(/children\["a:like"\] must be a definition/)
    },
  )
})
