import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { store } from "../../actors/index.ts"
import {
  actor,
  Conflict,
  child,
  dynamicSupervisor,
  failure,
  Invalid,
  NotFound,
  PermissionDenied,
  server,
  Timeout,
  type TraceEvent,
  Unavailable,
} from "../../src/index.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { bootApp } from "../support/app.ts"
import { latch } from "../support/latch.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { watch } from "../support/watched.ts"

const boom = new Error("boom")

interface Counting {
  count: number
}

const counter = server({
  init: (from: number | undefined): Counting => ({ count: from ?? 0 }),
  call: {
    value: (state) => state.count,
    add: (state, by: number) => (state.count += by),
    refuse: () => failure(new NotFound("no such count")),
    wait: (_state, until: Promise<void>) => until,
    crash: (): void => {
      throw boom
    },
    finish: (_state, _none: undefined, self) => self.stop(),
  },
  cast: {
    set: (state, to: number) => {
      state.count = to
    },
    crash: () => {
      throw boom
    },
  },
})

const parked = actor<undefined, unknown>(async (self) => {
  for await (const message of self.inbox) self.reply(message)
})

const tree = {
  "app:counter": child(counter, { argument: 5, state: "retain", backoff: { initialMs: 10 } }),
  "app:store": store(),
  "app:parked": parked,
  "app:sessions": dynamicSupervisor(),
}

const boot = () => bootApp(tree)
let app: Awaited<ReturnType<typeof boot>>

beforeEach(async () => {
  app = await boot()
})

afterEach(async () => {
  void app.runtime.stop({ timeoutMs: 0 })
  await app.time.settle()
  expect(app.time.armedTimers).toBe(0)
})

const spawned = (from = 0) => app.runtime.spawn(counter, from)

const noSuch = (): Promise<never> => new Promise(() => {})

describe("a target", () => {
  it("is a pid, a service's id or a registered name", async () => {
    const { runtime } = app
    const pid = runtime.spawn(counter, 7, { name: "mine" })
    expect(await Promise.all([runtime.sys.getState(pid), runtime.sys.getState("mine"), runtime.sys.getState("app:counter")])).toEqual([
      { count: 7 },
      { count: 7 },
      { count: 5 },
    ])
  })

  it("that names nothing is NotFound, that has ended Unavailable, that is neither Invalid, by each method", async () => {
    const { runtime, time } = app
    const pid = spawned()
    runtime.exit(pid, "kill")
    await time.settle()
    const { sys } = runtime
    const methods = [
      (target: never) => sys.getState(target),
      (target: never) => sys.replaceState(target, (state) => state),
      (target: never) => sys.suspend(target),
      (target: never) => sys.resume(target),
      async (target: never) => sys.trace(target, () => {}),
      async (target: never) => sys.statistics(target),
      (target: never) => sys.getStatus(target),
      (target: never) => sys.changeCode(target, counter),
    ]
    for (const method of methods) {
      const tags = ["nobody", pid, "", 5].map(async (target) => (await refusalOf(method(target as never)))._tag)
      expect(await Promise.all(tags)).toEqual(["NotFound", "Unavailable", "Invalid", "Invalid"])
    }
  })

  it("between two incarnations is Unavailable", async () => {
    const { runtime, time } = app
    const mailbox = await runtime.acquire("app:counter")
    mailbox.cast.crash()
    await time.settle()
    mailbox.cast.crash()
    await time.settle()
    expect(await refusalOf(runtime.sys.getState("app:counter"))).toMatchObject({ _tag: "Unavailable", details: { state: "backingOff" } })
    await time.advance(1000)
    expect(await runtime.sys.getState("app:counter")).toEqual({ count: 5 })
  })
})

describe("what waits for its turn", () => {
  it("comes after the messages that were sent before it", async () => {
    const pid = spawned()
    pid.cast.set(1)
    const seen: number[] = []
    const replaced = app.runtime.sys.replaceState(pid, (state: Counting) => {
      seen.push(state.count)
      return state
    })
    pid.cast.set(2)
    await replaced
    expect([seen, await pid.call.value()]).toEqual([[1], 2])
  })

  it("waits for a handler that runs, for 5000 ms where nothing is said, and leaves nothing in the inbox", async () => {
    const { runtime, time } = app
    const pid = spawned()
    void watch(pid.call.wait(noSuch(), { timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    const [by, own] = [watch(runtime.sys.getState(pid)), watch(runtime.sys.suspend(pid, { timeoutMs: 10 }))]
    await time.advance(10)
    expect(own.error).toBeInstanceOf(Timeout)
    expect(own.error).toMatchObject({ details: { operation: "suspend", timeoutMs: 10 } })
    await time.advance(4989)
    expect(by.state).toBe("pending")
    await time.advance(1)
    expect(by.error).toBeInstanceOf(Timeout)
    expect(processOf(pid)?.inbox.isEmpty).toBe(true)
  })

  it("whose time has run out is not done later", async () => {
    const { runtime, time } = app
    const pid = spawned()
    const gate = latch()
    void watch(pid.call.wait(gate.promise))
    await time.settle()
    const suspended = watch(runtime.sys.suspend(pid, { timeoutMs: 10 }))
    await time.advance(10)
    gate.open()
    expect(await pid.call.value()).toBe(0)
    expect(suspended.error).toBeInstanceOf(Timeout)
  })

  it("waits for an init that takes its time", async () => {
    const gate = latch<Counting>()
    const pid = app.runtime.spawn(server({ init: () => gate.promise }))
    const state = app.runtime.sys.getState(pid)
    await app.time.settle()
    gate.open({ count: 9 })
    expect(await state).toEqual({ count: 9 })
  })

  it("is Unavailable where the process ends first, with its reason", async () => {
    const { runtime, time } = app
    const pid = spawned()
    void watch(pid.call.wait(noSuch()))
    await time.settle()
    const state = watch(runtime.sys.getState(pid))
    runtime.exit(pid, "shutdown")
    await time.settle()
    expect(state.error).toMatchObject({ _tag: "Unavailable", details: { reason: "shutdown" } })
  })

  it("of the process that asks is Conflict, at once", async () => {
    const asking = server({
      init: () => ({}),
      call: { ask: async (_state, _none: undefined, self) => (await refusalOf(app.runtime.sys.getState(self.pid)))._tag },
    })
    expect(await app.runtime.spawn(asking).call.ask()).toBe("Conflict")
  })

  it.each([0, -1, Number.NaN, "5"])("has no time limit of %j", async (timeoutMs) => {
    expect(await refusalOf(app.runtime.sys.getState("app:counter", { timeoutMs: timeoutMs as number }))).toMatchObject({
      details: { field: "timeoutMs" },
    })
  })
})

describe("getState", () => {
  it("of what has none is Invalid and says why: a plain process, a supervisor", async () => {
    const { runtime } = app
    const supervisor = await runtime.acquire("app:sessions")
    expect(supervisor.id).toBe("app:sessions")
    for (const target of ["app:parked", runtime.spawn(parked)]) {
      const error = await refusalOf(runtime.sys.getState(target))
      expect(error).toBeInstanceOf(Invalid)
      expect(error.message).toContain("has no state of its own")
    }
  })

  it("of a store is PermissionDenied: what it holds is not for whoever has the runtime; so is all else that would show it", async () => {
    const { runtime } = app
    const users = await runtime.acquire("app:store")
    await users.set("user:1", "secret")
    const attempts = [
      runtime.sys.getState("app:store"),
      runtime.sys.replaceState("app:store", (state) => state),
      runtime.sys.changeCode("app:store", counter, { migrate: (state: unknown) => state as Counting }),
    ]
    for (const attempt of attempts) expect(await refusalOf(attempt)).toBeInstanceOf(PermissionDenied)
    expect((await runtime.sys.getStatus("app:store")).state).toBeUndefined()
    expect(await users.get("user:1")).toBe("secret")
  })

  it("of a store's next incarnation is so, too", async () => {
    const { runtime, time } = app
    const pid = runtime.whereis("app:store")
    if (pid === undefined) throw new Error("it does not run")
    runtime.exit(pid, { error: boom })
    await time.advance(1000)
    expect(await refusalOf(runtime.sys.getState("app:store"))).toBeInstanceOf(PermissionDenied)
  })
})

describe("replaceState", () => {
  it("puts what update makes of the state in its place, and gives it", async () => {
    const pid = spawned(41)
    const state = await app.runtime.sys.replaceState(pid, ({ count }: Counting) => ({ count: count + 1 }))
    expect(state).toEqual({ count: 42 })
    expect(await pid.call.value()).toBe(42)
  })

  it.each([
    [
      "throws",
      () => {
        throw boom
      },
    ],
    ["gives nothing", () => undefined],
    ["gives a promise", async () => ({ count: 0 })],
  ])("whose update %s is Invalid, and the old state stays", async (_how, update) => {
    const pid = spawned(41)
    const error = await refusalOf(app.runtime.sys.replaceState(pid, update as unknown as () => Counting))
    expect(error).toMatchObject({ _tag: "Invalid", details: { field: "update" } })
    expect(error.cause).toBe(error.message.includes("boom") ? boom : undefined)
    expect(await pid.call.value()).toBe(41)
  })

  it("refuses what is no function", async () => {
    expect(await refusalOf(app.runtime.sys.replaceState(spawned(), 5 as never))).toMatchObject({ details: { field: "update" } })
  })

  it("holds for what a crashed incarnation leaves to the next", async () => {
    const { runtime, time } = app
    await runtime.sys.replaceState("app:counter", () => ({ count: 50 }))
    const mailbox = await runtime.acquire("app:counter")
    mailbox.cast.crash()
    await time.advance(1000)
    expect(await mailbox.call.value()).toBe(50)
  })
})

describe("suspend and resume", () => {
  it("have the process stand still: messages wait in order, and it still answers system requests", async () => {
    const { runtime, time } = app
    const pid = spawned()
    await runtime.sys.suspend(pid)
    pid.cast.set(3)
    const asked = watch(pid.call.add(1))
    await time.settle()
    expect([asked.state, await runtime.sys.getState(pid)]).toEqual(["pending", { count: 0 }])
    await runtime.sys.replaceState(pid, () => ({ count: 9 }))
    await runtime.sys.resume(pid)
    await time.settle()
    expect(asked.value).toBe(4)
  })

  it("let deadlines run on", async () => {
    const { runtime, time } = app
    const pid = spawned()
    await runtime.sys.suspend(pid)
    const asked = watch(pid.call.add(1, { timeoutMs: 50 }))
    await time.advance(50)
    expect(asked.error).toBeInstanceOf(Timeout)
    await runtime.sys.resume(pid)
    expect(await pid.call.value()).toBe(0)
  })

  it("may be said twice", async () => {
    const { runtime } = app
    const pid = spawned(1)
    for (let i = 0; i < 2; i += 1) await runtime.sys.suspend(pid)
    for (let i = 0; i < 2; i += 1) await runtime.sys.resume(pid)
    expect(await pid.call.value()).toBe(1)
  })

  it("wait for no message: requests that stand behind a suspension are served with it", async () => {
    const { runtime } = app
    const pid = spawned(1)
    const [, state] = await Promise.all([runtime.sys.suspend(pid), runtime.sys.getState(pid)])
    expect(state).toEqual({ count: 1 })
  })

  it("a suspended process can be stopped, and its terminate runs; it can be killed; and the application stops", async () => {
    const { runtime, time } = app
    const told: unknown[] = []
    const tidy = server({ init: () => ({}), terminate: (_state, reason) => void told.push(reason) })
    const [one, two] = [runtime.spawn(tidy), runtime.spawn(tidy)]
    for (const pid of [one, two]) await runtime.sys.suspend(pid)
    await runtime.stopProcess(one, { shutdown: "enough" })
    runtime.exit(two, "kill")
    await time.settle()
    expect([told, two.isAlive]).toEqual([[{ shutdown: "enough" }], false])
    await runtime.sys.suspend("app:counter")
    await runtime.sys.suspend("app:store")
    await runtime.stop()
  })

  it("a suspended server that traps exits still ends with its parent", async () => {
    const { runtime, time } = app
    const trapping = server({
      init: (_none: undefined, self) => self.trapExit(true),
      info: () => {},
    })
    const parent = server({
      init: (_none: undefined, self) => self.spawnLink(trapping, undefined),
      call: { child: (pid) => pid },
    })
    const pid = runtime.spawn(parent)
    const below = await pid.call.child()
    await runtime.sys.suspend(below)
    const end = watch(runtime.whenEnded(below))
    runtime.exit(pid, "shutdown")
    await time.settle()
    expect(end.value).toBe("shutdown")
  })

  it("leave another's exit to the handler that traps it", async () => {
    const { runtime, time } = app
    const heard: unknown[] = []
    const other = spawned()
    const trapping = server({
      init: (_none: undefined, self) => {
        self.trapExit(true)
        self.link(other)
      },
      info: (_state, message) => void heard.push(message),
    })
    const pid = runtime.spawn(trapping)
    await time.settle()
    await runtime.sys.suspend(pid)
    runtime.exit(other, "shutdown")
    await time.settle()
    expect([pid.isAlive, heard]).toEqual([true, []])
    await runtime.sys.resume(pid)
    await time.settle()
    expect(heard).toEqual([{ type: "EXIT", from: other, reason: "shutdown" }])
  })

  it("of a plain process leave its function running, which receives nothing, at once though it waits for something else", async () => {
    const { runtime, time } = app
    const gate = latch()
    const heard: unknown[] = []
    const pid = runtime.spawn(
      actor(async (self) => {
        await gate.promise
        heard.push("goes on")
        for await (const message of self.inbox) heard.push(message)
      }),
    )
    await time.settle()
    await runtime.sys.suspend(pid)
    runtime.tell(pid, "waits")
    gate.open()
    await time.settle()
    expect(heard).toEqual(["goes on"])
    await runtime.sys.resume(pid)
    await time.settle()
    expect(heard).toEqual(["goes on", "waits"])
  })

  it("of a plain process that is just being started take effect when it has", async () => {
    const { runtime } = app
    const pid = runtime.spawn(actor(() => new Promise(() => {})))
    await runtime.sys.suspend(pid)
    expect((await runtime.sys.getStatus(pid)).isSuspended).toBe(true)
  })

  it("of a plain process hold back what is held from a receive that its function asks for meanwhile", async () => {
    const { runtime, time } = app
    const gate = latch()
    const heard: unknown[] = []
    const pid = runtime.spawn(
      actor(async (self) => {
        heard.push(await self.receive((message) => message === 2))
        await gate.promise
        heard.push(await self.receive())
      }),
    )
    for (const message of [1, 2]) runtime.tell(pid, message)
    await time.settle()
    await runtime.sys.suspend(pid)
    gate.open()
    await time.settle()
    expect(heard).toEqual([2])
    await runtime.sys.resume(pid)
    await time.settle()
    expect(heard).toEqual([2, 1])
  })

  it("of a plain process fail a receive whose match throws on what was held meanwhile", async () => {
    const { runtime, time } = app
    const gate = latch()
    const pid = runtime.spawn(
      actor(async (self) => {
        await self.receive((message) => message === 2)
        await gate.promise
        await self.receive(() => {
          throw boom
        })
      }),
    )
    for (const message of [1, 2]) runtime.tell(pid, message)
    await time.settle()
    const end = watch(runtime.whenEnded(pid))
    await runtime.sys.suspend(pid)
    gate.open()
    await time.settle()
    expect(end.state).toBe("pending")
    await runtime.sys.resume(pid)
    await time.settle()
    expect(end.value).toEqual({ error: boom })
  })

  it("of a plain process hold back what a selective receive has left, too", async () => {
    const { runtime, time } = app
    const heard: unknown[] = []
    const pid = runtime.spawn(
      actor(async (self) => {
        heard.push(await self.receive((message) => message === 2))
        await self.receive((message) => message === 3)
        heard.push(await self.receive())
      }),
    )
    for (const message of [1, 2]) runtime.tell(pid, message)
    await time.settle()
    await runtime.sys.suspend(pid)
    runtime.tell(pid, 3)
    await time.settle()
    expect(heard).toEqual([2])
    await runtime.sys.resume(pid)
    await time.settle()
    expect(heard).toEqual([2, 1])
  })
})

describe("trace", () => {
  function traced(): { events: TraceEvent[]; sink: (event: TraceEvent) => void } {
    const events: TraceEvent[] = []
    return { events, sink: (event) => events.push(event) }
  }

  it("tells of each message in and each answer out, with one id, until it is stopped", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const pid = spawned(1)
    const stop = runtime.sys.trace(pid, sink)
    pid.cast.set(2)
    await pid.call.add(3)
    await refusalOf(pid.call.refuse())
    stop()
    await pid.call.add(4)
    await time.settle()
    const at = time.now()
    const of = { pid, label: String(pid), at }
    expect(events).toEqual([
      { ...of, type: "message", id: 1, handler: "cast.set", message: 2 },
      { ...of, type: "message", id: 2, handler: "call.add", message: 3 },
      { ...of, type: "reply", id: 2, handler: "call.add", reply: 5 },
      { ...of, type: "message", id: 3, handler: "call.refuse", message: undefined },
      { ...of, type: "failure", id: 3, handler: "call.refuse", error: new NotFound("no such count") },
    ])
  })

  it("tells of timers, tells and signals as info, and of a crash as the failure of its request", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const other = spawned()
    const pid = runtime.spawn(
      server({
        init: (_none: undefined, self) => {
          self.after(10, "tick")
          self.after(10, "cancelled").cancel()
          self.monitor(other)
          self.continue()
        },
        continue: () => {},
        info: (_state, message) => {
          if (message === "die") throw boom
        },
      }),
    )
    runtime.sys.trace(pid, sink)
    runtime.tell(pid, "told")
    await time.advance(10)
    runtime.exit(other, "shutdown")
    await time.settle()
    const asked = watch(runtime.ask(pid, "die"))
    await time.settle()
    expect(events.map((event) => (event.type === "message" ? [event.handler, event.message] : event.type))).toEqual([
      ["info", "told"],
      ["info", "tick"],
      ["info", expect.objectContaining({ type: "DOWN" })],
      ["info", "die"],
      "failure",
    ])
    expect(asked.error).toMatchObject({ _tag: "Internal" })
  })

  it("of a plain process tells what it received, when it did", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const pid = runtime.spawn(
      actor(async (self) => {
        await self.receive((message) => message === "b")
        self.reply("answer")
        await self.receive()
        await self.receive()
      }),
    )
    await time.settle()
    runtime.sys.trace(pid, sink)
    runtime.tell(pid, "a")
    await time.settle()
    expect(events).toEqual([])
    expect(await runtime.ask(pid, "b")).toBe("answer")
    await time.settle()
    expect(events.map((event) => (event.type === "message" ? event.message : event.type))).toEqual(["b", "reply", "a"])
  })

  it("goes on though a handler never returns", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const pid = spawned()
    void watch(pid.call.wait(noSuch(), { timeoutMs: 100 }))
    await time.settle()
    runtime.sys.trace(pid, sink)
    void watch(pid.call.value())
    await time.advance(100)
    expect(events).toEqual([])
  })

  it("takes no sink away from another, and a sink that throws is removed and logged, once", async () => {
    const { runtime, log } = app
    const { events, sink } = traced()
    const pid = spawned()
    let calls = 0
    runtime.sys.trace(pid, () => {
      calls += 1
      throw boom
    })
    runtime.sys.trace(pid, sink)
    expect([await pid.call.add(1), await pid.call.add(1)]).toEqual([1, 2])
    expect([calls, events.length]).toEqual([1, 4])
    expect(log.filter(({ error }) => error === boom)).toEqual([
      { level: "error", message: `a trace sink of ${pid} threw and was removed`, error: boom },
    ])
  })

  it("of a message that was put aside tells each time that it is handled, and once of its answer", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const door = server({
      init: () => ({ isOpen: false }),
      call: { enter: (state, _none: undefined, self) => (state.isOpen ? "in" : self.stash()) },
      cast: {
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
    })
    const pid = runtime.spawn(door)
    runtime.sys.trace(pid, sink)
    const entered = pid.call.enter()
    pid.cast.open()
    await entered
    await time.settle()
    expect(events.map(({ type, handler }) => `${type} ${handler}`)).toEqual([
      "message call.enter",
      "message cast.open",
      "message call.enter",
      "reply call.enter",
    ])
  })

  it("of a store tells when and for what, and nothing of what was said", async () => {
    const { runtime, time } = app
    const { events, sink } = traced()
    const users = await runtime.acquire("app:store")
    runtime.sys.trace("app:store", sink)
    await users.set("user:1", "secret")
    await users.get("user:1")
    await time.settle()
    expect(events.map(({ type, handler }) => `${type} ${handler}`)).toEqual([
      "message call.set",
      "reply call.set",
      "message call.get",
      "reply call.get",
    ])
    expect(events.flatMap((event) => Object.values(event))).not.toContain("secret")
    expect(events.flatMap((event) => (event.type === "message" ? [event.message] : event.type === "reply" ? [event.reply] : []))).toEqual(
      Array(4).fill(undefined),
    )
  })

  it("refuses a sink that is no function", () => {
    expect(refusalBy(() => app.runtime.sys.trace("app:counter", 5 as never))).toMatchObject({ details: { field: "sink" } })
  })
})

describe("statistics", () => {
  it("say what waits and what is put aside at any time, and count from when they are told to", async () => {
    const { runtime, time } = app
    const pid = spawned()
    await pid.call.add(1)
    expect(runtime.sys.statistics(pid)).toEqual({ waiting: 0, stashed: 0, counted: undefined })
    const startedAt = time.now()
    expect(runtime.sys.statistics(pid, true).counted).toEqual({ startedAt, now: startedAt, messagesIn: 0, replies: 0, failures: 0 })
    await pid.call.add(1)
    pid.cast.set(5)
    await refusalOf(pid.call.refuse())
    await time.advance(10)
    const counted = { startedAt, now: startedAt + 10, messagesIn: 3, replies: 1, failures: 1 }
    expect(runtime.sys.statistics(pid)).toEqual({ waiting: 0, stashed: 0, counted })
    expect(runtime.sys.statistics(pid, true).counted).toEqual(counted)
    expect(runtime.sys.statistics(pid, false).counted).toEqual(counted)
    await pid.call.add(1)
    expect(runtime.sys.statistics(pid).counted).toBeUndefined()
  })

  it("leave nothing with the process that they counted", () => {
    const pid = spawned()
    const counted = processOf(pid)
    if (counted === undefined) throw new Error("it does not run")
    const observe = vi.spyOn(counted, "observe")
    app.runtime.sys.statistics(pid, true)
    app.runtime.sys.statistics(pid, false)
    expect(observe.mock.calls).toEqual([[expect.any(Function)], [observe.mock.calls[0]?.[0], false]])
  })

  it("are given at once, though a handler never returns", async () => {
    const { runtime, time } = app
    const pid = spawned()
    void watch(pid.call.wait(noSuch(), { timeoutMs: 10 }))
    await time.settle()
    for (let i = 0; i < 3; i += 1) pid.cast.set(i)
    expect(runtime.sys.statistics(pid).waiting).toBe(3)
    await time.advance(10)
  })

  it("go for plain processes and stores, too", async () => {
    const { runtime } = app
    const users = await runtime.acquire("app:store")
    const plain = runtime.spawn(parked)
    for (const target of ["app:store", plain]) runtime.sys.statistics(target, true)
    await users.set("user:1", "x")
    await runtime.ask(plain, "hello")
    for (const target of ["app:store", plain]) expect(runtime.sys.statistics(target).counted).toMatchObject({ messagesIn: 1, replies: 1 })
  })
})

describe("getStatus", () => {
  it("shows who the process is, what waits for it, whom it is tied to, and its state by formatStatus", async () => {
    const { runtime, time } = app
    const shy = server({
      init: (pin: string, self) => ({ pin, below: self.spawnLink(counter, 0) }),
      formatStatus: ({ below }) => ({ pin: "hidden", below }),
      cast: { note: (_state, _text: string, self) => self.stash() },
      call: { below: (state) => state.below },
    })
    const pid = runtime.spawn(shy, "1234", { name: "shy" })
    const below = await pid.call.below()
    pid.cast.note("aside")
    await time.settle()
    await runtime.sys.suspend(pid)
    pid.cast.note("waits")
    expect(await runtime.sys.getStatus("shy")).toEqual({
      pid,
      label: "shy",
      isSuspended: true,
      isTrappingExits: false,
      parent: undefined,
      links: [below],
      waiting: 2,
      stashed: 1,
      state: { pin: "hidden", below },
    })
    expect(await runtime.sys.getStatus(below)).toMatchObject({ label: String(below), parent: pid, isSuspended: false, state: { count: 0 } })
  })

  it("says so where formatStatus throws", async () => {
    const pid = app.runtime.spawn(
      server({
        init: () => ({}),
        formatStatus: () => {
          throw boom
        },
      }),
    )
    expect((await app.runtime.sys.getStatus(pid)).state).toBe("formatStatus threw Error: boom")
  })

  it("of a plain process shows no state", async () => {
    expect((await app.runtime.sys.getStatus("app:parked")).state).toBeUndefined()
  })
})

const doubling = server({
  init: () => ({ total: 1000 }),
  call: {
    add: (state, by: number) => (state.total += 2 * by),
    total: (state) => state.total,
  },
})

const migrate = ({ count }: Counting): { total: number } => ({ total: count })

describe("requests that wait together", () => {
  it.each([1, 4])(
    "are answered in the order in which they were made, each before the next takes effect (concurrency %i)",
    async (concurrency) => {
      const { runtime, time } = app
      const open = latch()
      const definition = server({ init: () => ({ count: 0 }), concurrency, cast: { work: () => open.promise } })
      const pid = runtime.spawn(definition)
      const { sys } = runtime
      const answered: string[] = []
      const ask = (name: string, answer: Promise<unknown>): void => void answer.then(() => answered.push(name))
      const askAll = (round: string): void => {
        ask(`suspend ${round}`, sys.suspend(pid))
        ask(
          `replace ${round}`,
          sys.replaceState<{ count: number }>(pid, ({ count }) => ({ count: count + 1 })),
        )
        ask(`change ${round}`, sys.changeCode(pid, definition, { migrate: async (state: { count: number }) => state }))
        ask(`resume ${round}`, sys.resume(pid))
        ask(`change at once ${round}`, sys.changeCode(pid, definition))
        ask(`suspend again ${round}`, sys.suspend(pid))
        ask(`state ${round}`, sys.getState(pid))
        ask(`status ${round}`, sys.getStatus(pid))
        ask(`resume again ${round}`, sys.resume(pid))
      }
      pid.cast.work()
      askAll("one")
      await time.settle()
      askAll("two")
      open.open()
      await time.settle()
      const names = ["suspend", "replace", "change", "resume", "change at once", "suspend again", "state", "status", "resume again"]
      expect(answered).toEqual(["one", "two"].flatMap((round) => names.map((name) => `${name} ${round}`)))
    },
  )

  it("are done one after the other by a process that stands still, though one of them takes its time", async () => {
    const { runtime, time } = app
    const gates = [latch<Counting>(), latch<Counting>()]
    const pid = spawned(1)
    const asked = [
      watch(runtime.sys.suspend(pid)),
      watch(
        runtime.sys.changeCode(pid, counter, {
          migrate: () => gates[0]?.promise as Promise<Counting>,
          timeoutMs: Number.POSITIVE_INFINITY,
        }),
      ),
      watch(runtime.sys.replaceState<Counting>(pid, ({ count }) => ({ count: count * 10 }))),
      watch(
        runtime.sys.changeCode(pid, counter, {
          migrate: () => gates[1]?.promise as Promise<Counting>,
          timeoutMs: Number.POSITIVE_INFINITY,
        }),
      ),
    ]
    await time.settle()
    expect(asked.map(({ state }) => state)).toEqual(["fulfilled", "pending", "pending", "pending"])
    gates[0]?.open({ count: 2 })
    await time.settle()
    expect(asked.map(({ state }) => state)).toEqual(["fulfilled", "fulfilled", "fulfilled", "pending"])
    const waiting = watch(pid.call.value())
    gates[1]?.open({ count: 30 })
    await time.settle()
    expect(asked[3]?.state).toBe("fulfilled")
    // Nobody has had it go on.
    expect(waiting.state).toBe("pending")
    await runtime.sys.resume(pid)
    await time.settle()
    expect(waiting.value).toBe(30)
  })

  it("keep their places among the messages once one of them has the process go on", async () => {
    const { runtime, time } = app
    const pid = spawned(0)
    await time.settle()
    void runtime.sys.suspend(pid)
    pid.cast.set(1)
    void runtime.sys.resume(pid)
    pid.cast.set(2)
    const replaced = watch(runtime.sys.replaceState<Counting>(pid, ({ count }) => ({ count: count * 10 })))
    await time.settle()
    expect(replaced.value).toEqual({ count: 20 })
  })
})

describe("changeCode", () => {
  it("replaces definition and state between two messages; what waits is handled by the new code, and the address follows", async () => {
    const { runtime } = app
    const pid = spawned(10)
    const before = pid.call.add(1)
    const changing = runtime.sys.changeCode(pid, doubling, { migrate })
    const after = pid.call.add(1)
    const changed = await changing
    expect(changed).toBe(pid)
    expect(await Promise.all([before, after, changed.call.total()])).toEqual([11, 13, 13])
    expect(await runtime.sys.getState(pid)).toEqual({ total: 13 })
  })

  it("keeps the state as it is without a migration", async () => {
    const pid = spawned(3)
    await app.runtime.sys.changeCode(pid, server({ init: (): Counting => ({ count: 0 }), call: { value: (state) => -state.count } }))
    expect(await pid.call.value()).toBe(-3)
  })

  it("a request by a name that is gone is Invalid, a cast a dead letter, and the server goes on", async () => {
    const { runtime, time, events } = app
    const pid = spawned()
    const calls = pid.call
    pid.cast.set(1)
    await time.settle()
    await runtime.sys.suspend(pid)
    const asked = watch(calls.value())
    pid.cast.set(2)
    await runtime.sys.changeCode(pid, doubling, { migrate })
    await runtime.sys.resume(pid)
    await time.settle()
    expect(asked.error).toMatchObject({ _tag: "Invalid", details: { field: "call.value" } })
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ message: 2, cause: "unhandled" }])
    expect(await refusalOf(calls.value())).toBeInstanceOf(Invalid)
    expect([pid.isAlive, "value" in pid.call]).toEqual([true, false])
  })

  it.each([
    [
      "throws",
      () => {
        throw boom
      },
    ],
    [
      "rejects",
      async () => {
        throw boom
      },
    ],
    ["gives nothing", () => undefined],
    ["gives a failure", () => failure(new NotFound("none"))],
    ["gives nothing, later", async () => undefined],
  ])("whose migration %s is Invalid; code and state are as they were", async (_how, broken) => {
    const pid = spawned(3)
    const error = await refusalOf(app.runtime.sys.changeCode(pid, doubling, { migrate: broken as unknown as () => { total: number } }))
    expect(error).toMatchObject({ _tag: "Invalid", details: { field: "migrate" } })
    expect(error.cause).toBe(error.message.includes("boom") ? boom : undefined)
    expect(await pid.call.add(1)).toBe(4)
  })

  it("waits for an asynchronous migration, and messages wait with it", async () => {
    const { runtime, time } = app
    const gate = latch<{ total: number }>()
    const pid = spawned(3)
    const changing = watch(runtime.sys.changeCode(pid, doubling, { migrate: () => gate.promise }))
    const asked = watch(pid.call.add(1))
    await time.settle()
    expect([changing.state, asked.state]).toEqual(["pending", "pending"])
    gate.open({ total: 30 })
    await time.settle()
    expect(asked.value).toBe(32)
  })

  it("whose migration takes too long is a Timeout, and changes nothing when it is done", async () => {
    const { runtime, time } = app
    const gate = latch<{ total: number }>()
    const pid = spawned(3)
    const changing = watch(runtime.sys.changeCode(pid, doubling, { migrate: () => gate.promise, timeoutMs: 50 }))
    await time.advance(50)
    expect(changing.error).toBeInstanceOf(Timeout)
    gate.open({ total: 30 })
    expect(await pid.call.add(1)).toBe(4)
  })

  it("whose migration never ends is let go of when its time is over: the server goes on, or stands still as it did", async () => {
    const { runtime, time } = app
    const never = () => new Promise<{ total: number }>(() => {})
    const running = spawned(3)
    const first = watch(runtime.sys.changeCode(running, doubling, { migrate: never, timeoutMs: 50 }))
    await time.advance(50)
    expect(first.error).toBeInstanceOf(Timeout)
    expect(await running.call.add(1)).toBe(4)
    const standing = spawned(3)
    await runtime.sys.suspend(standing)
    const second = watch(runtime.sys.changeCode(standing, doubling, { migrate: never, timeoutMs: 50 }))
    const asked = watch(standing.call.add(1))
    await time.advance(50)
    expect([second.state, asked.state]).toEqual(["rejected", "pending"])
    await runtime.sys.resume(standing)
    await time.settle()
    expect(asked.value).toBe(4)
  })

  it("whose migration takes its time is not ended by another request whose time is over", async () => {
    const { runtime, time } = app
    const gate = latch<{ total: number }>()
    const pid = spawned(3)
    const changing = watch(runtime.sys.changeCode(pid, doubling, { migrate: () => gate.promise }))
    const looking = watch(runtime.sys.getState(pid, { timeoutMs: 50 }))
    await time.advance(50)
    expect([changing.state, looking.state]).toEqual(["pending", "rejected"])
    gate.open({ total: 30 })
    await time.settle()
    expect(changing.state).toBe("fulfilled")
    expect(await runtime.sys.getState(pid)).toEqual({ total: 30 })
  })

  it("of a process that is killed while it migrates is Unavailable", async () => {
    const { runtime, time } = app
    const pid = spawned()
    const changing = watch(runtime.sys.changeCode(pid, doubling, { migrate: noSuch, timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    runtime.exit(pid, "kill")
    await time.settle()
    expect(changing.error).toBeInstanceOf(Unavailable)
  })

  it("of a suspended process leaves it suspended, by an asynchronous migration too", async () => {
    const { runtime, time } = app
    const pid = spawned(3)
    await runtime.sys.suspend(pid)
    await runtime.sys.changeCode(pid, doubling, { migrate: async (old: Counting) => migrate(old) })
    const asked = watch(pid.call.add(1))
    await time.settle()
    expect([asked.state, await runtime.sys.getState(pid)]).toEqual(["pending", { total: 3 }])
    await runtime.sys.resume(pid)
    expect(await pid.call.add(1)).toBe(7)
  })

  it("follows the new definition's timeouts", async () => {
    const { runtime, time } = app
    const pid = spawned()
    const end = watch(runtime.whenEnded(pid))
    await runtime.sys.changeCode(pid, server({ idleTimeoutMs: 100, init: (): Counting => ({ count: 0 }) }))
    await time.advance(100)
    expect(end.value).toBe("normal")
  })

  it("lets the migration act as the process, and crashes where that asks for a continuation that the new code does not have", async () => {
    const { runtime, time } = app
    const going = server({ init: (): Counting => ({ count: 0 }), continue: () => {}, info: () => {} })
    const pid = runtime.spawn(going)
    const end = watch(runtime.whenEnded(pid))
    await runtime.sys.changeCode(pid, counter, {
      migrate: (state: Counting, self) => {
        self.continue()
        return state
      },
    })
    await time.settle()
    expect(end.value).toMatchObject({ error: { _tag: "Invalid", details: { field: "continue" } } })
  })

  it("of a service keeps the mailboxes that it has, and gives new ones the new names", async () => {
    const { runtime } = app
    const old = await runtime.acquire("app:counter")
    await runtime.sys.changeCode("app:counter", doubling, { migrate })
    expect(await old.call.add(1)).toBe(7)
    expect(await refusalOf(old.call.value())).toBeInstanceOf(Invalid)
    const renewed = (await runtime.acquire("app:counter")) as unknown as { call: { total(): Promise<number> } }
    expect(await renewed.call.total()).toBe(7)
  })

  it("holds for the incarnations to come: a supervised child restarts with the new code and what was left to it", async () => {
    const { runtime, time } = app
    const fragile = server({
      init: () => ({ total: 1000 }),
      call: { total: (state) => state.total },
      cast: {
        crash: () => {
          throw boom
        },
      },
    })
    const mailbox = await runtime.acquire("app:counter")
    await runtime.sys.changeCode("app:counter", fragile, { migrate })
    for (let i = 0; i < 2; i += 1) {
      mailbox.cast.crash()
      await time.advance(1000)
      expect(await runtime.sys.getState("app:counter")).toEqual({ total: 5 })
    }
    const renewed = (await runtime.acquire("app:counter")) as unknown as { call: { total(): Promise<number> } }
    expect(await renewed.call.total()).toBe(5)
  })

  it("holds for the incarnations of a dynamic supervisor's child", async () => {
    const { runtime, time } = app
    const sessions = await runtime.acquire("app:sessions")
    const pid = await sessions.startChild(child(counter, { argument: 1, restart: "permanent" }))
    const changed = await runtime.sys.changeCode(pid, doubling, { migrate })
    expect(await changed.call.total()).toBe(1)
    runtime.exit(pid, { error: boom })
    await time.advance(1000)
    const [row] = await sessions.whichChildren()
    if (row?.pid === undefined) throw new Error("it was not restarted")
    expect(await runtime.sys.getState(row.pid)).toEqual({ total: 1000 })
  })

  it("refuses what is no definition of a server, what is no server, and options it does not know", async () => {
    const { sys } = app.runtime
    const pid = spawned()
    expect(await refusalOf(sys.changeCode(pid, parked as never))).toMatchObject({ details: { field: "definition" } })
    expect(await refusalOf(sys.changeCode("app:parked", counter))).toBeInstanceOf(Invalid)
    expect(await refusalOf(sys.changeCode(pid, counter, { migrate: 5 as never }))).toMatchObject({ details: { field: "migrate" } })
    expect(await refusalOf(sys.changeCode(pid, counter, { migrat: migrate } as never))).toMatchObject({ details: { field: "migrat" } })
    expect(await refusalOf(sys.changeCode(pid, counter, { timeoutMs: 0 }))).toMatchObject({ details: { field: "timeoutMs" } })
  })
})

describe("stopProcess", () => {
  it("ends the process by the reason, normal where nothing is said, after the handler that runs; terminate runs", async () => {
    const { runtime, time } = app
    const told: unknown[] = []
    const gate = latch()
    const tidy = server({
      init: () => ({}),
      call: { wait: () => gate.promise },
      terminate: (_state, reason) => void told.push(reason),
    })
    const pid = runtime.spawn(tidy)
    const asked = watch(pid.call.wait())
    await time.settle()
    const stopped = watch(runtime.stopProcess(pid))
    await time.settle()
    expect([stopped.state, told]).toEqual(["pending", []])
    gate.open()
    await time.settle()
    expect([asked.state, stopped.state, told]).toEqual(["fulfilled", "fulfilled", ["normal"]])
    const other = runtime.spawn(tidy)
    await runtime.stopProcess(other, "shutdown")
    expect(time.heldTimers).toBe(0)
    expect(told).toEqual(["normal", "shutdown"])
  })

  it("of one that has ended is Unavailable, and so is an end by another reason", async () => {
    const { runtime, time } = app
    const pid = spawned()
    await runtime.stopProcess(pid)
    expect(await refusalOf(runtime.stopProcess(pid))).toBeInstanceOf(Unavailable)
    const failing = runtime.spawn(
      server({
        init: () => ({}),
        terminate: () => {
          throw boom
        },
      }),
    )
    await time.settle()
    expect(await refusalOf(runtime.stopProcess(failing))).toMatchObject({ _tag: "Unavailable", cause: boom })
  })

  it("is a Timeout where the process takes longer, 5000 ms where nothing is said, and it goes on stopping", async () => {
    const { runtime, time } = app
    const gate = latch()
    const pid = runtime.spawn(server({ init: () => ({}), terminate: () => gate.promise }))
    await time.settle()
    const stopped = watch(runtime.stopProcess(pid))
    const soon = watch(runtime.stopProcess(pid, "normal", { timeoutMs: 10 }))
    await time.advance(10)
    expect(soon.error).toBeInstanceOf(Timeout)
    await time.advance(4990)
    expect([stopped.error, pid.isAlive]).toEqual([expect.any(Timeout), true])
    gate.open()
    await time.settle()
    expect(pid.isAlive).toBe(false)
  })

  it("lets a supervisor do what the child's spec says", async () => {
    const { runtime, time } = app
    const pid = runtime.whereis("app:counter")
    if (pid === undefined) throw new Error("it does not run")
    await runtime.stopProcess(pid)
    await time.advance(1000)
    expect(runtime.whereis("app:counter")?.isAlive).toBe(true)
  })

  it("refuses kill, a limit that is none, and the process that asks", async () => {
    const { runtime } = app
    const pid = spawned()
    expect(await refusalOf(runtime.stopProcess(pid, "kill"))).toMatchObject({ details: { field: "reason" } })
    expect(await refusalOf(runtime.stopProcess(pid, "normal", { timeoutMs: 0 }))).toMatchObject({ details: { field: "timeoutMs" } })
    const asking = server({
      init: () => ({}),
      call: { ask: async (_state, _none: undefined, self) => (await refusalOf(app.runtime.stopProcess(self.pid))) instanceof Conflict },
    })
    expect(await runtime.spawn(asking).call.ask()).toBe(true)
  })
})
