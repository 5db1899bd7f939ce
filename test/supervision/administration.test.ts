/** What a supervisor answers, by OTP's manual: supervisor(3), start_child and its kin. */

import { describe, expect, it } from "vitest"
import {
  AlreadyExists,
  actor,
  type ChildExtras,
  Conflict,
  child,
  Invalid,
  Mailbox,
  NotFound,
  PermissionDenied,
  type Pid,
  ServerMailbox,
  StoreMailbox,
  type Strategy,
  SupervisorMailbox,
  server,
  store,
  supervisor,
  Unavailable,
} from "../../actors/index.ts"
import { faltering, narrator } from "../support/actors.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"
import { watch } from "../support/watched.ts"

async function bootAb(strategy: Strategy = "one_for_one", options: ChildExtras = {}, backoff: ChildExtras["backoff"] = {}) {
  const story: string[] = []
  const actor = narrator(story)
  const tree = supervisor({
    strategy,
    children: {
      "n:a": child(actor, { backoff, ...options, argument: "a" }),
      "n:b": child(actor, { backoff, ...options, argument: "b" }),
    },
  })
  const app = await bootTree(tree)
  const root = await app.runtime.acquire("root")
  story.length = 0
  return { ...app, root, story, actor, b: await app.runtime.acquire("n:b") }
}

const statesOf = async (box: SupervisorMailbox) => (await box.whichChildren()).map(({ id, state }) => `${id} ${state}`)

describe("startChild", () => {
  it("starts a child behind the others and gives its pid; a service can be acquired from then on", async () => {
    const { runtime, root, story, actor } = await bootAb()
    const pid = await root.startChild("n:c", child(actor, { argument: "c" }))
    expect(runtime.whereis("n:c")).toBe(pid)
    const c = await runtime.acquire("n:c", { as: ServerMailbox<{ name: () => string }, object> })
    expect(await c.call.name()).toBe("c")
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running", "n:c running"])
    await runtime.stop()
    expect(story).toEqual(["+c", "-c", "-b", "-a"])
  })

  it("takes any definition: a store, a plain process, a whole supervisor with what is below it", async () => {
    const { runtime, root } = await bootAb()
    await root.startChild("t:cache", store<number>())
    await root.startChild(
      "t:idle",
      actor(async (self) => void (await self.receive())),
    )
    await root.startChild("t:tree", supervisor({ children: { "t:deep": store<string>() } }))
    const deep = await runtime.acquire("t:deep", { as: StoreMailbox<string> })
    expect(await deep.set("k", "v")).toBe(true)
    expect(await (await runtime.acquire("t:tree", { as: SupervisorMailbox })).countChildren()).toMatchObject({ specs: 1, active: 1 })
    expect(runtime.tree().children.map(({ id }) => id)).toEqual(["n:a", "n:b", "t:cache", "t:idle", "t:tree"])
    await runtime.stop()
  })

  it("answers already_started with the pid, and already_present", async () => {
    const { runtime, root, actor } = await bootAb()
    const again = child(actor, { argument: "again" })
    const started = await refusal(root.startChild("n:a", again))
    expect(started).toBeInstanceOf(AlreadyExists)
    expect(started.details).toMatchObject({ id: "n:a", state: "running", pid: runtime.whereis("n:a") })
    await root.terminateChild("n:a")
    expect((await refusal(root.startChild("n:a", again))).details).toMatchObject({ id: "n:a", state: "stopped", pid: undefined })
    await runtime.stop()
  })

  it("refuses an id that another supervisor has, and says where", async () => {
    const { runtime } = await bootApp({ left: supervisor({ children: { "l:x": store() } }), right: supervisor({ children: {} }) })
    const right = await runtime.acquire("right")
    const error = await refusal(right.startChild("l:x", store()))
    expect(error).toBeInstanceOf(AlreadyExists)
    expect(error.message).toContain("a child of left")
    const below = supervisor({ children: { "r:new": store(), "l:x": store() } })
    expect(await refusal(right.startChild("r:tree", below))).toBeInstanceOf(AlreadyExists)
    // Nothing of it was kept.
    await right.startChild("r:new", store())
    await runtime.stop()
  })

  it("refuses what is no child, naming the field", async () => {
    const { runtime, root } = await bootAb()
    const field = async (id: string, entry: unknown) => (await refusal(root.startChild(id, entry as never))).details.field
    expect(await field("", store())).toBe("child")
    expect(await field("root", store())).toBe("child")
    expect(await field("n:x", { restart: "permanent" })).toBe("child")
    expect(await field("n:x", child(store(), { requires: ["n:nobody"] }))).toBe('children["n:x"].requires[0]')
    await root.startChild("n:x", child(store(), { requires: ["n:a"] }))
    await runtime.stop()
  })

  it("whose child cannot start answers why, and keeps nothing of it; it is not tried again", async () => {
    const { runtime, time, root } = await bootAb()
    const error = await refusal(root.startChild("n:c", faltering(1)))
    expect(error).toMatchObject({ kind: "UNAVAILABLE", details: { child: "n:c" }, cause: { message: "not yet" } })
    await time.advance(60_000)
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    expect(await refusal(runtime.acquire("n:c", { as: Mailbox }))).toBeInstanceOf(NotFound)
    // Its id and its name are free again.
    await root.startChild("n:c", faltering(0))
    await runtime.stop()
  })

  it("adds a child that is restarted like the others", async () => {
    const { runtime, time, root, actor } = await bootAb("one_for_all")
    const first = await root.startChild("n:c", child(actor, { argument: "c" }))
    const c = await runtime.acquire("n:c", { as: ServerMailbox<{ name: () => string; crash: () => never }, object> })
    await refusal(c.call.crash())
    await time.settle()
    expect(await c.call.name()).toBe("c")
    expect(runtime.whereis("n:c")).not.toBe(first)
    await runtime.stop()
  })

  it("does not hold the supervisor up: others are answered while a child starts", async () => {
    const { runtime, time, root } = await bootAb()
    const gate = latch()
    const slow = watch(root.startChild("n:slow", server({ init: () => gate.promise.then(() => ({})) })))
    await time.settle()
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running", "n:slow starting"])
    expect(slow.state).toBe("pending")
    gate.open()
    await time.settle()
    expect(slow.value).toBe(runtime.whereis("n:slow"))
    await runtime.stop()
  })

  it("is answered once the child runs, also where its siblings' failure starts it twice", async () => {
    const { runtime, time, root, b, actor } = await bootAb("one_for_all")
    const gates = [latch(), latch()]
    let starts = 0
    const slow = server({ init: () => gates[starts++]?.promise.then(() => ({})) ?? {} })
    const answer = watch(root.startChild("n:slow", child(slow, { shutdown: "brutal_kill" })))
    await time.settle()
    await refusal(b.call.crash())
    await time.settle()
    expect([starts, answer.state]).toEqual([2, "pending"])
    gates[1]?.open()
    await time.settle()
    expect(answer.value).toBe(runtime.whereis("n:slow"))
    expect(actor).toBeDefined()
    await runtime.stop()
  })

  it("that has to wait is given up where its supervisor drains: what it waits for may wait for that end", async () => {
    const cleared = latch()
    const tree = supervisor({
      strategy: "one_for_all",
      children: {
        "n:db": child(narrator(), { argument: "db" }),
        family: supervisor({ children: {} }),
        "n:slow": server({ init: () => ({}), terminate: () => cleared.promise }),
      },
    })
    const { runtime, time } = await bootTree(tree)
    const [root, family, db] = [await runtime.acquire("root"), await runtime.acquire("family"), await runtime.acquire("n:db")]
    await refusal(db.call.crash())
    await time.settle()
    const added = watch(family.startChild("n:web", child(narrator(), { argument: "web", requires: ["n:db"] })))
    const terminated = watch(root.terminateChild("family", { drain: true }))
    await time.settle()
    cleared.open()
    await time.settle()
    expect([added.state, terminated.state]).toEqual(["rejected", "fulfilled"])
    expect(await statesOf(root)).toEqual(["n:db running", "family stopped", "n:slow running"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is forgotten with its supervisor: a new incarnation knows what it was defined with only", async () => {
    const inner = child(supervisor({ intensity: 0, children: { "i:a": child(narrator(), { argument: "a" }) } }), { restart: "permanent" })
    const { runtime, time } = await bootApp({ inner })
    const box = await runtime.acquire("inner")
    await box.startChild("i:extra", store())
    const extra = await runtime.acquire("i:extra", { as: StoreMailbox })
    await refusal((await runtime.acquire("i:a")).call.crash())
    await time.settle()
    expect(await statesOf(box)).toEqual(["i:a running"])
    expect(await refusal(runtime.acquire("i:extra", { as: StoreMailbox }))).toBeInstanceOf(NotFound)
    expect(await refusal(extra.get("k"))).toBeInstanceOf(Unavailable)
    await box.startChild("i:extra", store())
    await runtime.stop()
  })

  it("of a supervisor that is killed: who waits for what was added is told", async () => {
    const { runtime, time } = await bootApp({ inner: supervisor({ children: {} }) })
    const box = await runtime.acquire("inner")
    await box.startChild("i:slow", server({ init: () => ({}), call: { hang: () => new Promise<never>(() => {}) } }))
    const slow = await runtime.acquire("i:slow", { as: ServerMailbox<{ hang: () => Promise<never> }, object> })
    const [taken, waiting] = [watch(slow.call.hang()), watch(slow.call.hang())]
    await time.settle()
    const pid = runtime.tree().children[0]?.pid
    if (pid === undefined) throw new Error("inner has no pid")
    runtime.exit(pid, "kill")
    await time.settle()
    expect([taken.state, waiting.state]).toEqual(["rejected", "rejected"])
    expect(await statesOf(box)).toEqual([])
    await runtime.stop()
  })
})

describe("terminateChild", () => {
  it("stops a child, which stays known and down", async () => {
    const { runtime, time, root, story, b } = await bootAb()
    await root.terminateChild("n:b")
    expect(story).toEqual(["-b"])
    await time.advance(60_000)
    expect(await statesOf(root)).toEqual(["n:a running", "n:b stopped"])
    expect(await refusal(b.call.name())).toBeInstanceOf(Unavailable)
    expect(await refusal(runtime.acquire("n:b"))).toBeInstanceOf(Unavailable)
    // As in OTP: one that is down already is terminated, too.
    await root.terminateChild("n:b")
    await runtime.stop()
  })

  it("forgets a temporary child, and frees its id", async () => {
    const { runtime, root, actor } = await bootAb()
    await root.startChild("n:c", child(actor, { argument: "c", restart: "temporary" }))
    await root.terminateChild("n:c")
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    expect(await refusal(root.restartChild("n:c"))).toBeInstanceOf(NotFound)
    await root.startChild("n:c", child(actor, { argument: "c" }))
    await runtime.stop()
  })

  it("of a child that waits for its restart cancels that", async () => {
    const { runtime, time, root, story, b } = await bootAb("one_for_one", {}, { initialMs: 1000, jitter: 0 })
    for (let crash = 0; crash < 2; crash += 1) {
      await refusal(b.call.crash())
      await time.settle()
    }
    expect(await statesOf(root)).toEqual(["n:a running", "n:b backingOff"])
    await root.terminateChild("n:b")
    story.length = 0
    await time.advance(2000)
    expect([await statesOf(root), story]).toEqual([["n:a running", "n:b stopped"], []])
    await runtime.stop()
  })

  it("followed by restartChild and a crash waits out the new backoff, not the old", async () => {
    const { runtime, time, root, b, story } = await bootAb("one_for_one", {}, { initialMs: 1000, factor: 10, maxMs: 60_000, jitter: 0 })
    for (let crash = 0; crash < 2; crash += 1) {
      await refusal(b.call.crash())
      await time.settle()
    }
    await root.terminateChild("n:b")
    await root.restartChild("n:b")
    await refusal(b.call.crash())
    story.length = 0
    await time.advance(5000)
    expect(story).toEqual([])
    await time.advance(5000)
    expect(story).toEqual(["+b"])
    await runtime.stop()
  })

  it("in the middle of a group restart holds: the child stays down", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_all", {}, { initialMs: 1000, jitter: 0 })
    for (let crash = 0; crash < 2; crash += 1) {
      await refusal(b.call.crash())
      await time.settle()
    }
    expect(await statesOf(root)).toEqual(["n:a backingOff", "n:b backingOff"])
    await root.terminateChild("n:a")
    await time.advance(2000)
    expect(await statesOf(root)).toEqual(["n:a stopped", "n:b running"])
    await runtime.stop()
  })

  it("while siblings are still being stopped for a group restart holds, too", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_all", { shutdown: 500 })
    await root.startChild("n:slow", child(server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) }), { shutdown: 500 }))
    await refusal(b.call.crash())
    await time.settle()
    expect(await statesOf(root)).toEqual(["n:a running", "n:b backingOff", "n:slow restarting"])
    await root.terminateChild("n:a")
    await time.advance(500)
    expect(await statesOf(root)).toEqual(["n:a stopped", "n:b running", "n:slow running"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("holds until the next group restart, which starts all, as in OTP", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_all")
    await root.terminateChild("n:a")
    await refusal(b.call.crash())
    await time.settle()
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    await runtime.stop()
  })

  it("kills a child that does not stop within its limit, and answers then", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_one", { shutdown: 500 })
    void b.call.hang().catch(() => {})
    await time.settle()
    const answer = watch(root.terminateChild("n:b"))
    await time.advance(499)
    expect(answer.state).toBe("pending")
    await time.advance(1)
    expect(answer.state).toBe("fulfilled")
    await runtime.stop()
  })

  it("answers not_found", async () => {
    const { runtime, root } = await bootAb()
    for (const answer of [root.terminateChild("n:x"), root.restartChild("n:x"), root.deleteChild("n:x")]) {
      const error = await refusal(answer)
      expect(error).toBeInstanceOf(NotFound)
      expect(error.details).toMatchObject({ field: "id", supervisor: "root", id: "n:x" })
    }
    await runtime.stop()
  })
})

describe("restartChild", () => {
  it("starts a child that is down, and gives its pid", async () => {
    const { runtime, root, b } = await bootAb()
    await root.terminateChild("n:b")
    const pid = await root.restartChild("n:b")
    expect(pid).toBe(runtime.whereis("n:b"))
    expect(await b.call.name()).toBe("b")
    await runtime.stop()
  })

  it("answers running, restarting", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_one", {}, { initialMs: 1000 })
    const running = await refusal(root.restartChild("n:a"))
    expect(running).toBeInstanceOf(Conflict)
    expect(running.details).toMatchObject({ id: "n:a", state: "running" })
    for (let crash = 0; crash < 2; crash += 1) {
      await refusal(b.call.crash())
      await time.settle()
    }
    expect((await refusal(root.restartChild("n:b"))).details).toMatchObject({ state: "backingOff" })
    await runtime.stop()
  })

  it("is refused while its group is down; one that was terminated meanwhile stays down", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_all", { restart: "transient" }, { initialMs: 1000, jitter: 0 })
    await refusal(b.call.crash())
    await time.settle()
    await root.terminateChild("n:a")
    await refusal(b.call.crash())
    await time.settle()
    expect(await statesOf(root)).toEqual(["n:a backingOff", "n:b backingOff"])
    expect(await refusal(root.restartChild("n:a"))).toBeInstanceOf(Conflict)
    await root.terminateChild("n:a")
    expect(await refusal(root.restartChild("n:a"))).toBeInstanceOf(Conflict)
    await time.advance(2000)
    expect(await statesOf(root)).toEqual(["n:a stopped", "n:b running"])
    await root.restartChild("n:a")
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    await runtime.stop()
  })

  it("that fails answers why; the child stays down and is not tried again", async () => {
    const { runtime, time, root } = await bootAb()
    await root.startChild("n:f", faltering(0))
    await root.terminateChild("n:f")
    await root.deleteChild("n:f")
    const twice = faltering(2)
    expect(await refusal(root.startChild("n:f", twice))).toMatchObject({ cause: { message: "not yet" } })
    expect(await refusal(root.startChild("n:f", twice))).toMatchObject({ cause: { message: "not yet" } })
    await root.startChild("n:f", twice)
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })

  it("after a failed restart leaves a known child down", async () => {
    let isBroken = false
    const moody = server({
      init: () => {
        if (isBroken) throw new Error("moody")
        return {}
      },
    })
    const { runtime, time } = await bootApp({ "n:m": moody })
    const root = await runtime.acquire("root")
    await root.terminateChild("n:m")
    isBroken = true
    expect(await refusal(root.restartChild("n:m"))).toMatchObject({ kind: "UNAVAILABLE", cause: { message: "moody" } })
    await time.advance(60_000)
    expect(await statesOf(root)).toEqual(["n:m stopped"])
    isBroken = false
    await root.restartChild("n:m")
    expect(await statesOf(root)).toEqual(["n:m running"])
    await runtime.stop()
  })
})

describe("deleteChild", () => {
  it("forgets a child that is down; its id is free", async () => {
    const { runtime, root } = await bootAb()
    await root.terminateChild("n:b")
    await root.deleteChild("n:b")
    expect(await statesOf(root)).toEqual(["n:a running"])
    await runtime.stop()
  })

  it("frees the id of one that was added, for another supervisor too", async () => {
    const { runtime } = await bootApp({ left: supervisor({ children: {} }), right: supervisor({ children: {} }) })
    const [left, right] = [await runtime.acquire("left"), await runtime.acquire("right")]
    await left.startChild("x:a", supervisor({ children: { "x:b": store() } }))
    await left.terminateChild("x:a")
    await left.deleteChild("x:a")
    await right.startChild("x:b", store())
    expect(await statesOf(right)).toEqual(["x:b running"])
    await runtime.stop()
  })

  it("answers running, restarting", async () => {
    const { runtime, root } = await bootAb()
    expect(await refusal(root.deleteChild("n:a"))).toBeInstanceOf(Conflict)
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    await runtime.stop()
  })
})

describe("the id of a deleted child", () => {
  it("is nobody's, though something of a killed supervisor's had yet to clear up", async () => {
    const { runtime, root, time } = await bootAb()
    const clearing = server({ init: () => ({}), terminate: () => new Promise<void>((resolve) => void time.setTimer(resolve, 1000)) })
    const group = child(supervisor({ children: { "g:slow": child(clearing, { shutdown: "infinity" }) } }), { shutdown: "brutal_kill" })
    await root.startChild("g", group)
    await root.terminateChild("g")
    await root.deleteChild("g")
    await root.startChild("g", group)
    await time.settle()
    expect(runtime.statistics().processes).toBe(5)
    await runtime.stop()
  })
})

describe("whichChildren and countChildren", () => {
  it("list and count as in OTP", async () => {
    const { runtime, root, actor } = await bootAb()
    await root.startChild("n:s", supervisor({ children: { "n:deep": child(actor, { argument: "deep" }) } }))
    await root.terminateChild("n:a")
    expect(await root.countChildren()).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 })
    const rows = await root.whichChildren()
    expect(rows.map(({ id, type, state, pid }) => [id, type, state, pid === undefined])).toEqual([
      ["n:a", "worker", "stopped", true],
      ["n:b", "worker", "running", false],
      ["n:s", "supervisor", "running", false],
    ])
    expect(rows[1]?.pid).toBe(runtime.whereis("n:b"))
    await runtime.stop()
  })

  it("count as active those alone that live, not one that has ended and waits to be seen to", async () => {
    const { runtime, time, root, b } = await bootAb("one_for_all", { shutdown: 500 })
    await root.startChild("n:slow", child(server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) }), { shutdown: 500 }))
    await refusal(b.call.crash())
    await time.settle()
    runtime.exit(runtime.whereis("n:a") as Pid, "kill")
    await time.settle()
    // The slow one still clears up.
    expect(await root.countChildren()).toMatchObject({ specs: 3, active: 1 })
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("the mailbox of a supervisor", () => {
  it("is refused by the policies like any other, for each operation and child", async () => {
    const isA = { field: "attributes.child", operator: "eq", value: "n:a" } as const
    const policies = [
      { effect: "allow", actions: ["supervisor.acquire", "supervisor.whichChildren"], resources: "*" },
      { effect: "allow", actions: "supervisor.terminateChild", resources: "root", conditions: [isA] },
    ] as const
    const tree = supervisor({ children: { "n:a": store(), "n:b": store() } })
    const { runtime } = await bootTree(tree, { policies })
    const root = await runtime.acquire("root")
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running"])
    await root.terminateChild("n:a")
    expect(await refusal(root.terminateChild("n:b"))).toBeInstanceOf(PermissionDenied)
    expect(await refusal(root.startChild("n:c", store()))).toBeInstanceOf(PermissionDenied)
    expect(await refusal(root.countChildren())).toBeInstanceOf(PermissionDenied)
    await runtime.stop()
  })

  it("is told by the policies whom an added child would act as, and all below it", async () => {
    const acting = { field: "attributes.principals", operator: "nexists" } as const
    const policies = [
      { effect: "allow", actions: "supervisor.acquire", resources: "*" },
      { effect: "allow", actions: "supervisor.startChild", resources: "root", conditions: [acting] },
    ] as const
    const { runtime } = await bootTree(supervisor({ children: {} }), { policies })
    const root = await runtime.acquire("root")
    await root.startChild("n:own", store())
    const admin = child(store(), { principal: { id: "admin" } })
    expect(await refusal(root.startChild("n:admin", admin))).toBeInstanceOf(PermissionDenied)
    expect(await refusal(root.startChild("n:tree", supervisor({ children: { "n:below": admin } })))).toBeInstanceOf(PermissionDenied)
    const scoped = child(store(), { scopes: ["night"] })
    expect(await refusal(root.startChild("n:scoped", scoped))).toBeInstanceOf(PermissionDenied)
    await runtime.stop()
  })

  it("survives a restart of the supervisor", async () => {
    const inner = supervisor({ intensity: 0, children: { "i:a": child(narrator(), { argument: "a" }) } })
    const { runtime, time } = await bootApp({ inner })
    const box = await runtime.acquire("inner")
    const before = (await box.whichChildren())[0]?.pid
    await refusal((await runtime.acquire("i:a")).call.crash())
    await time.settle()
    const after = (await box.whichChildren())[0]?.pid
    expect(after).toBeDefined()
    expect(after).not.toBe(before)
    await runtime.stop()
  })

  it("refuses what does not come through it: a message to the pid is answered with what to do", async () => {
    const { runtime } = await bootAb()
    const pid = runtime.tree().pid
    if (pid === undefined) throw new Error("the root has no pid")
    const error = await refusal(runtime.ask(pid, { type: "want", id: "n:a" }))
    expect(error).toBeInstanceOf(Invalid)
    expect(error.message).toContain("acquire it by its id")
    await runtime.stop()
  })

  it("is of the supervisor's class: one asked for as another kind is refused", async () => {
    const { runtime } = await bootAb()
    expect(await refusal(runtime.acquire("root", { as: StoreMailbox as never }))).toMatchObject({
      kind: "INVALID",
      details: { id: "root" },
    })
    await runtime.stop()
  })
})

describe("what is done when its supervisor gives up in the same moment", () => {
  /** Whoever reaches that moment has a permanent sibling crash, which is once too often. */
  async function bootFatal() {
    let crash = () => {}
    const family = supervisor({
      intensity: 0,
      children: {
        "f:sibling": server({ init: () => ({}) }),
        "f:ends": server({ init: () => ({}), terminate: () => crash() }),
      },
    })
    const { runtime, time } = await bootTree(supervisor({ children: { family: child(family, { restart: "temporary" }) } }))
    const box = await runtime.acquire("family")
    crash = () => runtime.exit(runtime.whereis("f:sibling") as Pid, { error: new Error("once too often") })
    const starts = server({ init: () => crash() ?? {} })
    return { runtime, time, box, starts }
  }

  it("is answered as done: a stop", async () => {
    const { runtime, time, box } = await bootFatal()
    const answer = watch(box.terminateChild("f:ends"))
    await time.settle()
    expect([answer.state, runtime.whereis("f:sibling")]).toEqual(["fulfilled", undefined])
    await runtime.stop()
  })

  it("is answered as done: a start", async () => {
    const { runtime, time, box, starts } = await bootFatal()
    const answer = watch(box.startChild("f:starts", starts))
    await time.settle()
    expect([answer.state, runtime.whereis("f:sibling")]).toEqual(["fulfilled", undefined])
    await runtime.stop()
  })
})

describe("a child and its own supervisor (kameo #335, #351)", () => {
  it.each(["n:worker", "family"])(
    "that asks for the end of %s, and so for its own, ends without waiting for it, and that is no crash",
    async (target) => {
      const story: string[] = []
      const worker = server({
        init: () => ({}),
        call: {
          leave: async (_state, _argument: undefined, self) => {
            const box = await self.acquire(target === "family" ? "root" : "family", { as: SupervisorMailbox })
            await box.terminateChild(target)
          },
        },
        terminate: (_state, reason) => void story.push(`-${JSON.stringify(reason)}`),
      })
      const family = supervisor({ children: { "n:worker": child(worker, { shutdown: "infinity" }) } })
      const { runtime, time, events } = await bootApp({ family })
      const answer = watch((await runtime.acquire("n:worker")).call.leave())
      await time.settle()
      expect([answer.state, runtime.whereis("n:worker"), story]).toEqual(["rejected", undefined, ['-"shutdown"']])
      expect(events.filter(({ type }) => type === "crash_report")).toEqual([])
      await runtime.stop({ timeoutMs: 0 })
    },
  )

  it("does not wait for it when it is stopping: it is refused at once", async () => {
    let answer: unknown
    const asking = server({
      init: async (_argument: undefined, self) => ({ root: await self.acquire("root", { as: SupervisorMailbox }) }),
      terminate: async ({ root }) => {
        answer = await root.whichChildren().catch((error: unknown) => error)
      },
    })
    const { runtime, time } = await bootApp({ "n:asking": child(asking, { shutdown: "infinity" }) })
    const stopped = watch(runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    expect(answer).toBeInstanceOf(Unavailable)
    expect(stopped.state).toBe("fulfilled")
  })

  it("is told at once that it cannot be answered while both start", async () => {
    const asking = server({
      init: async (_argument: undefined, self) => {
        const root = await self.acquire("root", { as: SupervisorMailbox })
        return { error: await root.whichChildren().catch((error: unknown) => error) }
      },
      call: { error: (state) => state.error },
    })
    const { runtime } = await bootApp({ "n:asking": asking })
    const error = await (await runtime.acquire("n:asking")).call.error()
    expect(error).toBeInstanceOf(Conflict)
    await runtime.stop()
  })

  it("may have a sibling started while it starts itself, when the supervisor runs", async () => {
    const { runtime, root } = await bootAb()
    const parent = server({
      init: async (_argument: undefined, self) => {
        const box = await self.acquire("root", { as: SupervisorMailbox })
        return { sibling: await box.startChild("n:sibling", store()) }
      },
    })
    await root.startChild("n:parent", parent)
    expect(await statesOf(root)).toEqual(["n:a running", "n:b running", "n:parent running", "n:sibling running"])
    await runtime.stop()
  })
})

describe("who asks a supervisor for what could only wait for the asker", () => {
  const leaving = (other: string, heard: string[]) =>
    server({
      init: () => ({ root: undefined as SupervisorMailbox | undefined }),
      call: {
        meet: async (state, _argument: undefined, self) => {
          state.root = await self.acquire("root", { as: SupervisorMailbox })
        },
      },
      terminate: async ({ root }) => {
        heard.push(`${other}: ${(await outcome(root?.terminateChild(other))) ?? "down"}`)
      },
    })
  const outcome = async (answer: Promise<unknown> | undefined): Promise<string | undefined> =>
    Promise.resolve(answer).then(
      () => undefined,
      (error) => error._tag,
    )

  it.each([["n:a"], ["n:a", "n:b"]])(
    "is told so at once: of two that end and terminate each other the later, where %s was asked to",
    async (...ids) => {
      const heard: string[] = []
      const { runtime } = await bootApp({ "n:a": leaving("n:b", heard), "n:b": leaving("n:a", heard) })
      const root = await runtime.acquire("root")
      for (const id of ["n:a", "n:b"] as const) await (await runtime.acquire(id)).call.meet()
      await Promise.all(ids.map((id) => root.terminateChild(id)))
      expect(heard).toEqual(["n:a: Conflict", "n:b: down"])
      await runtime.stop()
    },
  )

  it("is told so at once by way of the supervisors above it, which end no sooner", async () => {
    const heard: string[] = []
    const { runtime } = await bootApp({
      "n:x": supervisor({ children: { "n:a": leaving("n:y", heard) } }),
      "n:y": supervisor({ children: { "n:b": leaving("n:x", heard) } }),
    })
    const root = await runtime.acquire("root")
    for (const id of ["n:a", "n:b"] as const) await (await runtime.acquire(id)).call.meet()
    await Promise.all([root.terminateChild("n:x"), root.terminateChild("n:y")])
    expect(heard).toEqual(["n:x: Conflict", "n:y: down"])
    await runtime.stop()
  })

  it("is told so at once, also by a task: one that starts, and has another started that requires it", async () => {
    const heard: (string | undefined)[] = []
    const story: string[] = []
    let isBoot = true
    const first = server({
      init: async (_argument: undefined, self) => {
        if (isBoot) return {}
        const root = await self.acquire("root", { as: SupervisorMailbox })
        heard.push(await outcome(root.startChild("n:added", child(narrator(story), { argument: "added", requires: ["n:first"] }))))
        const work = self.async(async (task) => outcome((await task.acquire("root", { as: SupervisorMailbox })).restartChild("n:next")))
        heard.push(await work.result())
        return {}
      },
    })
    const next = child(narrator(story), { argument: "next", requires: ["n:first"] })
    const { runtime } = await bootApp({ "n:first": first, "n:next": next })
    const root = await runtime.acquire("root")
    for (const id of ["n:next", "n:first"]) await root.terminateChild(id)
    isBoot = false
    await root.restartChild("n:first")
    expect(heard).toEqual(["Unavailable", "Unavailable"])
    await Promise.all([runtime.acquire("n:next"), runtime.acquire("n:added" as "n:next")])
    expect(await statesOf(root)).toEqual(["n:first running", "n:next running", "n:added running"])
    await runtime.stop()
  })
})

describe("a child that keeps failing", () => {
  it("lets its supervisor answer between two attempts, however many there are at once", async () => {
    const { time, runtime } = await bootApp({ inner: supervisor({ intensity: 10_000, children: {} }) })
    const box = await runtime.acquire("inner")
    let left = 500
    const hopeless = server({
      init: (_argument: undefined, self) => {
        left -= 1
        if (left === 499) void self.after(0, "fail")
        else if (left > 0) throw new Error("hopeless")
        return {}
      },
      info: () => {
        throw new Error("the first failure")
      },
    })
    await box.startChild("i:h", child(hopeless, { backoff: { initialMs: 0, maxMs: 0 } }))
    const seen: number[] = []
    const look = async (): Promise<void> => {
      while (left > 0) {
        await box.countChildren()
        seen.push(left)
      }
    }
    const looking = look()
    await time.advance(1)
    await looking
    expect(seen.filter((at) => at > 0 && at < 499).length).toBeGreaterThan(50)
    expect(await statesOf(box)).toEqual(["i:h running"])
    await runtime.stop()
  })
})
