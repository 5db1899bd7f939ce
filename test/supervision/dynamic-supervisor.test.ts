/** A supervisor of children without ids, by Elixir's manual: DynamicSupervisor. */

import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  DynamicSupervisorMailbox,
  type DynamicSupervisorSettings,
  dynamicSupervisor,
  formatTree,
  NotFound,
  type Pid,
  server,
  store,
  supervisor,
  Unavailable,
} from "../../actors/index.ts"
import { faltering, narrator } from "../support/actors.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { collectGarbage } from "../support/garbage.ts"
import { latch } from "../support/latch.ts"
import { watch } from "../support/watched.ts"

async function boot(settings: DynamicSupervisorSettings = {}) {
  const story: string[] = []
  const app = await bootApp({ "app:sessions": dynamicSupervisor(settings) })
  const sessions = await app.runtime.acquire("app:sessions")
  return { ...app, sessions, story, actor: narrator(story) }
}

const statesOf = async (box: DynamicSupervisorMailbox) => (await box.whichChildren()).map(({ state }) => state)

describe("startChild", () => {
  it("starts any number of children of one definition, and gives each one's typed address", async () => {
    const { runtime, sessions, actor } = await boot()
    const alice = await sessions.startChild(child(actor, { argument: "alice" }))
    const bob = await sessions.startChild(child(actor, { argument: "bob" }))
    expect([await alice.call.name(), await bob.call.name()]).toEqual(["alice", "bob"])
    expect(await sessions.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 })
    const rows = await sessions.whichChildren()
    expect(rows.map(({ pid }) => pid)).toEqual([alice, bob])
    expect(rows.map(({ id }) => id)).toEqual(["app:sessions.1", "app:sessions.2"])
    await runtime.stop()
  })

  it("whose child cannot start answers why; the child is not tried again, and counts for nothing", async () => {
    const { runtime, time, sessions } = await boot({ maxChildren: 1 })
    const error = await refusal(sessions.startChild(faltering(1)))
    expect(error).toMatchObject({ kind: "UNAVAILABLE", cause: { message: "not yet" } })
    await time.advance(60_000)
    expect(await sessions.whichChildren()).toEqual([])
    await sessions.startChild(faltering(0))
    await runtime.stop()
  })

  it("refuses one child more than maxChildren, those that start or wait for a restart among them", async () => {
    const { runtime, time, sessions, actor } = await boot({ maxChildren: 2 })
    const first = await sessions.startChild(child(actor, { argument: "a" }))
    const gate = latch()
    const starting = watch(sessions.startChild(server({ init: () => gate.promise.then(() => ({})) })))
    await time.settle()
    const error = await refusal(sessions.startChild(child(actor, { argument: "c" })))
    expect(error).toMatchObject({ kind: "UNAVAILABLE", retryable: true, details: { maxChildren: 2 } })
    gate.open()
    await time.settle()
    expect(starting.state).toBe("fulfilled")
    await sessions.terminateChild(first)
    await sessions.startChild(child(actor, { argument: "c" }))
    await runtime.stop()
  })

  it("answers others while a child starts", async () => {
    const { runtime, time, sessions } = await boot()
    const starting = watch(sessions.startChild(server({ init: () => new Promise<object>(() => {}) })))
    await time.settle()
    expect(await statesOf(sessions)).toEqual(["starting"])
    expect((await sessions.countChildren()).active).toBe(0)
    const stopped = watch(runtime.stop())
    await time.advance(60_000)
    expect([starting.state, stopped.state]).toEqual(["rejected", "fulfilled"])
  })

  it("refuses what it cannot keep, naming the field and saying where it belongs", async () => {
    const { runtime, sessions, actor } = await boot()
    const answer = async (entry: unknown) => refusal(sessions.startChild(entry as never))
    expect((await answer(undefined)).details.field).toBe("child")
    expect((await answer(store())).message).toContain("startChild(id, …)")
    expect((await answer(supervisor({ children: {} }))).details.field).toBe("child")
    expect((await answer(dynamicSupervisor())).details.field).toBe("child")
    expect((await answer(child(actor, { argument: "a", requires: ["x"] }))).details.field).toBe("child.requires")
    const significant = child(actor, { argument: "a", restart: "temporary", significant: true })
    expect((await answer(significant)).details.field).toBe("child.significant")
    expect(await sessions.whichChildren()).toEqual([])
    await runtime.stop()
  })
})

describe("terminateChild", () => {
  it("stops a child and forgets it", async () => {
    const { runtime, sessions, story, actor } = await boot()
    const alice = await sessions.startChild(child(actor, { argument: "alice" }))
    await sessions.terminateChild(alice)
    expect(story).toEqual(["+alice", "-alice"])
    expect(await sessions.countChildren()).toMatchObject({ specs: 0 })
    const error = await refusal(sessions.terminateChild(alice))
    expect(error).toBeInstanceOf(NotFound)
    expect(error.details).toMatchObject({ field: "pid", pid: alice })
    await runtime.stop()
  })

  it("answers a second request for a child that is stopping when the first has begun: not_found", async () => {
    const { runtime, time, sessions, actor } = await boot()
    const alice = await sessions.startChild(child(actor, { argument: "alice", shutdown: 100 }))
    void alice.call.hang().catch(() => {})
    await time.settle()
    const first = watch(sessions.terminateChild(alice))
    await time.settle()
    expect(await refusal(sessions.terminateChild(alice))).toBeInstanceOf(NotFound)
    await time.advance(100)
    expect(first.state).toBe("fulfilled")
    await runtime.stop()
  })

  it("knows no other supervisor's children, nor a stranger", async () => {
    const { runtime, sessions } = await boot()
    await (await runtime.acquire("root")).startChild("app:others", dynamicSupervisor())
    const others = await runtime.acquire("app:others", { as: DynamicSupervisorMailbox })
    const theirs = await others.startChild(child(actor(async (self) => void (await self.receive()))))
    expect(await refusal(sessions.terminateChild(theirs))).toBeInstanceOf(NotFound)
    expect(await others.countChildren()).toMatchObject({ active: 1 })
    const stranger = runtime.spawn(actor(async (self) => void (await self.receive())))
    expect(await refusal(sessions.terminateChild(stranger))).toBeInstanceOf(NotFound)
    expect(await refusal(sessions.terminateChild("1" as never))).toBeInstanceOf(NotFound)
    await runtime.stop()
  })

  it("knows by their pid no children of a sibling, nor of the supervisor above it", async () => {
    const worker = server({ init: () => ({}) })
    const { runtime } = await bootApp({ rooms: dynamicSupervisor(), sessions: dynamicSupervisor(), worker })
    const [rooms, sessions] = [await runtime.acquire("rooms"), await runtime.acquire("sessions")]
    for (const pid of [await rooms.startChild(worker), runtime.whereis("worker") as Pid]) {
      expect(await refusal(sessions.whichChild(pid))).toBeInstanceOf(NotFound)
      expect(await refusal(sessions.getChildSpec(pid))).toBeInstanceOf(NotFound)
      expect(await refusal(sessions.terminateChild(pid))).toBeInstanceOf(NotFound)
    }
    expect(runtime.statistics().processes).toBe(5)
    await runtime.stop()
  })
})

describe("a child of a dynamic supervisor", () => {
  it("that crashes is restarted with another pid, after the backoff of its own", async () => {
    const { runtime, time, sessions, actor, story } = await boot()
    const first = await sessions.startChild(child(actor, { argument: "a", backoff: { initialMs: 100, jitter: 0 } }))
    await refusal(first.call.crash())
    await time.settle()
    const [second] = await sessions.whichChildren()
    expect(second).toMatchObject({ id: "app:sessions.1", state: "running" })
    expect(second?.pid).not.toBe(first)
    expect(story).toEqual(["+a", "-a by itself", "+a"])
    expect(await refusal(sessions.terminateChild(first))).toBeInstanceOf(NotFound)
    await runtime.stop()
  })

  it.each([
    ["permanent", "leave", ["running"]],
    ["permanent", "crash", ["running"]],
    ["transient", "leave", []],
    ["transient", "crash", ["running"]],
    ["temporary", "leave", []],
    ["temporary", "crash", []],
  ] as const)("that is %s and ends by %s is then %j", async (restart, end, expected) => {
    const { runtime, time, sessions, actor } = await boot()
    const pid = await sessions.startChild(child(actor, { argument: "a", restart }))
    await (end === "leave" ? pid.call.leave() : refusal(pid.call.crash()))
    await time.settle()
    expect(await statesOf(sessions)).toEqual(expected)
    await runtime.stop()
  })

  it("is found by the pid that it had when it ran, however often its start has failed since", async () => {
    const { runtime, time, sessions } = await boot()
    let isBroken = false
    const job = server({
      init: () => {
        if (isBroken) throw new Error("broken")
        return {}
      },
    })
    const pid = await sessions.startChild(child(job, { backoff: { initialMs: 1000, maxMs: 1000, jitter: 0 } }))
    isBroken = true
    runtime.exit(pid, "kill")
    await time.advance(1500)
    expect(await sessions.whichChild(pid)).toMatchObject({ id: "app:sessions.1", state: "backingOff" })
    await sessions.terminateChild(pid)
    expect(await sessions.whichChildren()).toEqual([])
    await runtime.stop()
  })

  it("that is temporary has its argument let go of, as soon as its start is answered and others have been asked for", async () => {
    const sized = server({ init: ({ photo }: { readonly photo: Uint8Array }) => ({ bytes: photo.length }) })
    const { runtime } = await bootApp({ sessions: dynamicSupervisor() })
    const sessions = await runtime.acquire("sessions")
    const begin = async (): Promise<WeakRef<object>> => {
      const argument = { photo: new Uint8Array(1000) }
      await sessions.startChild(child(sized, { argument, restart: "temporary" }))
      return new WeakRef(argument)
    }
    const refs: WeakRef<object>[] = []
    for (let index = 0; index < 10; index += 1) refs.push(await begin())
    // What the last request carried may be held for a while.
    for (let index = 0; index < 3; index += 1) await sessions.countChildren()
    await collectGarbage()
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(3)
    await runtime.stop()
  })

  it("hands its state on where it says retain", async () => {
    const counter = server({
      init: () => ({ count: 0 }),
      call: {
        add: (state) => {
          state.count += 1
          return state.count
        },
      },
      info: () => {
        throw new Error("boom")
      },
    })
    const { runtime, time, sessions } = await boot()
    const pid = await sessions.startChild(child(counter, { state: "retain" }))
    await pid.call.add()
    runtime.tell(pid, "crash")
    await time.settle()
    const next = (await sessions.whichChildren())[0]?.pid as typeof pid
    expect(await next.call.add()).toBe(2)
    await runtime.stop()
  })

  it("has nothing to do with its siblings' ends, until the intensity is exceeded", async () => {
    const { runtime, time, sessions, actor, story } = await boot({ intensity: 1 })
    const [a, b] = [await sessions.startChild(child(actor, { argument: "a" })), await sessions.startChild(child(actor, { argument: "b" }))]
    await refusal(a.call.crash())
    await time.settle()
    expect(await b.call.name()).toBe("b")
    story.length = 0
    await refusal(b.call.crash())
    await time.settle()
    // It gave up: all it had is stopped, and its own supervisor has started it anew, with no children.
    expect(story).toEqual(["-b by itself", "-a"])
    expect(await statesOf(sessions)).toEqual([])
    expect(runtime.tree().children[0]).toMatchObject({ state: "running", strategy: "dynamic" })
    await sessions.startChild(child(actor, { argument: "c" }))
    await runtime.stop()
  })

  it("that waits for its restart is forgotten when all stop", async () => {
    const { runtime, time, sessions } = await boot()
    const moody = faltering(0)
    const pid = await sessions.startChild(child(moody, { backoff: { initialMs: 1000, stableAfterMs: 60_000 } }))
    await refusal(pid.call.crash())
    await time.settle()
    expect(await statesOf(sessions)).toEqual(["running"])
    const second = (await sessions.whichChildren())[0]?.pid as typeof pid
    await refusal(second.call.crash())
    await time.settle()
    expect(await statesOf(sessions)).toEqual(["backingOff"])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

describe("the end of a dynamic supervisor", () => {
  it("stops all children at the same time, under one limit", async () => {
    const { runtime, time, sessions } = await boot()
    let stopping = 0
    const slow = server({
      init: () => ({}),
      terminate: () => {
        stopping += 1
        return new Promise<void>(() => {})
      },
    })
    for (let count = 0; count < 100; count += 1) await sessions.startChild(child(slow, { shutdown: 1000 }))
    const timers = time.armedTimers
    const stopped = watch(runtime.stop())
    await time.settle()
    expect(stopping).toBe(100)
    await time.advance(999)
    expect(stopped.state).toBe("pending")
    await time.advance(1)
    expect(stopped.state).toBe("fulfilled")
    expect(timers).toBe(0)
  })

  it("keeps each child's own limit: infinity is waited for, brutal_kill is at once", async () => {
    const { runtime, time, sessions } = await boot()
    const gate = latch()
    const ends: string[] = []
    const child3 = (name: string, work: Promise<void>) =>
      server({ init: () => ({}), terminate: () => work.then(() => void ends.push(name)) })
    const never = new Promise<void>(() => {})
    const pids = [
      await sessions.startChild(child(child3("waited for", gate.promise), { shutdown: "infinity" })),
      await sessions.startChild(child(child3("killed at once", never), { shutdown: "brutal_kill" })),
      await sessions.startChild(child(child3("killed after 10", never), { shutdown: 10 })),
      await sessions.startChild(child(child3("killed after 20", never), { shutdown: 20 })),
    ]
    const reasons = pids.map((pid) => watch(runtime.whenEnded(pid)))
    const now = () => reasons.map(({ value }) => value)
    const stopped = watch(runtime.stop())
    await time.settle()
    expect(now()).toEqual([undefined, "killed", undefined, undefined])
    await time.advance(10)
    expect(now()).toEqual([undefined, "killed", "killed", undefined])
    await time.advance(10)
    expect(now()).toEqual([undefined, "killed", "killed", "killed"])
    expect(stopped.state).toBe("pending")
    gate.open()
    await time.settle()
    expect([ends, stopped.state]).toEqual([["waited for"], "fulfilled"])
  })

  it("hears of its children's ends though one was being terminated by request", async () => {
    const { runtime, time, sessions, actor } = await boot()
    const pid = await sessions.startChild(child(actor, { argument: "a", shutdown: 50 }))
    void pid.call.hang().catch(() => {})
    await time.settle()
    const answer = watch(sessions.terminateChild(pid))
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.advance(50)
    expect(stopped.state).toBe("fulfilled")
    expect(answer.state).not.toBe("pending")
  })

  it("with 100 000 children leaves no process, no name, no timer", async () => {
    const { runtime, time, sessions } = await boot()
    const idle = server({ init: () => ({}) })
    for (let batch = 0; batch < 100; batch += 1) {
      await Promise.all(Array.from({ length: 1000 }, () => sessions.startChild(idle)))
    }
    expect(await sessions.countChildren()).toMatchObject({ active: 100_000 })
    await runtime.stop()
    expect(runtime.statistics().processes).toBe(0)
    expect(time.armedTimers).toBe(0)
  })
})

describe("a dynamic supervisor", () => {
  it("refuses to do by id what needs one, and is acquired as what it is", async () => {
    const { runtime } = await boot()
    const box = await runtime.acquire("app:sessions", { as: DynamicSupervisorMailbox })
    expect(box.id).toBe("app:sessions")
    expect(fieldOf(() => dynamicSupervisor({ maxChildren: -1 }))).toBe("maxChildren")
    expect(fieldOf(() => dynamicSupervisor({ maxChildren: 1.5 }))).toBe("maxChildren")
    expect(fieldOf(() => dynamicSupervisor({ strategy: "one_for_all" } as never))).toBe("strategy")
    expect(fieldOf(() => dynamicSupervisor(null as never))).toBe("options")
    await runtime.stop()
  })

  it("is shown in the tree with its children, of many only the first", async () => {
    const { runtime, sessions, actor } = await boot()
    for (let count = 0; count < 25; count += 1) await sessions.startChild(child(actor, { argument: `${count}` }))
    const text = formatTree(runtime.tree())
    expect(text.split("\n")).toHaveLength(2 + 20 + 1)
    expect(text).toMatch(/app:sessions \S+ dynamic/)
    expect(text).toMatch(/… and 5 more/)
    expect(runtime.tree().children[0]?.children).toHaveLength(25)
    await runtime.stop()
  })

  it("refuses a new child while it stops", async () => {
    const { runtime, time, sessions, actor } = await boot()
    const pid = await sessions.startChild(child(actor, { argument: "a", shutdown: 100 }))
    void pid.call.hang().catch(() => {})
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.settle()
    expect(await refusal(sessions.startChild(child(actor, { argument: "b" })))).toBeInstanceOf(Unavailable)
    await time.advance(100)
    expect(stopped.state).toBe("fulfilled")
  })

  it("started by its own child's init does not wait for itself", async () => {
    const { runtime, sessions } = await boot()
    const parent = server({
      init: async (_argument: undefined, self) => {
        const box = await self.acquire("app:sessions", { as: DynamicSupervisorMailbox })
        return { child: await box.startChild(server({ init: () => ({}) })) }
      },
    })
    await sessions.startChild(parent)
    expect(await statesOf(sessions)).toEqual(["running", "running"])
    await runtime.stop()
  })
})
