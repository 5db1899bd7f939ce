/** Those who are told of a machine from outside: of its snapshots, of what it emits, of a state that they wait for, of what it would take. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { assign, createMachine, emit, fromPromise, raise, setup } from "xstate"
import { actor, Internal, Invalid, PermissionDenied, RateLimited, server, Timeout, Unavailable } from "../../src/index.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { as, caller } from "../support/async-context.ts"
import { latch } from "../support/latch.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { thenable, thenableBy } from "../support/thenable.ts"
import { watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

const boom = new Error("boom")

const fails = (): never => {
  throw boom
}

const counter = setup({
  types: {
    context: {} as { n: number },
    events: {} as { type: "ADD" } | { type: "NOTHING" } | { type: "END" } | { type: "BREAK" } | { type: "TWICE" },
    emitted: {} as { type: "added"; n: number } | { type: "ended" },
  },
}).createMachine({
  context: { n: 0 },
  initial: "on",
  states: { on: { on: { END: "off" } }, off: { type: "final", entry: emit({ type: "ended" }) } },
  on: {
    ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), emit(({ context }) => ({ type: "added", n: context.n }))] },
    TWICE: { actions: [raise({ type: "ADD" }), raise({ type: "ADD" })] },
    NOTHING: {},
    BREAK: { actions: [emit({ type: "added", n: -1 }), fails] },
  },
})

const light = createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: { on: { PRESS: "off" } } } })

describe("subscribe", () => {
  it("tells of each new snapshot after an event, before its asker has the answer, and of no other", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    await pid.transition({ type: "ADD" })
    const seen: number[] = []
    const subscription = pid.subscribe(({ context }) => void seen.push(context.n))
    await pid.snapshot()
    expect(seen).toEqual([])
    await pid.transition({ type: "ADD" })
    expect(seen).toEqual([2])
    for (const type of ["NOTHING", "ADD", "TWICE"] as const) pid.send({ type })
    await pid.snapshot()
    expect(seen).toEqual([2, 3, 5])
    expect([subscription.isActive, subscription.missed]).toEqual([true, 0])
  })

  it("tells each its own, in the order of subscribing, until it unsubscribes", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const seen: unknown[] = []
    const subscriptions = ["a", "b"].map((name) => pid.subscribe(({ value }) => seen.push([name, value])))
    await pid.transition({ type: "PRESS" })
    subscriptions[0]?.unsubscribe()
    subscriptions[0]?.unsubscribe()
    await pid.transition({ type: "PRESS" })
    expect(seen).toEqual([
      ["a", "on"],
      ["b", "on"],
      ["b", "off"],
    ])
    expect(subscriptions.map(({ isActive }) => isActive)).toEqual([false, true])
  })

  it("tells of what delays and invoked actors bring, of parallel and nested states too", async () => {
    const worker = actor(async (self) => void (await self.receive()))
    const machine = setup({ actors: { quick: fromPromise(async () => 1), worker: fromProcess(worker) } }).createMachine({
      type: "parallel",
      states: {
        work: { initial: "busy", states: { busy: { invoke: { src: "quick", onDone: "done" } }, done: { invoke: { src: "worker" } } } },
        time: { initial: "early", states: { early: { after: { 50: "late" } }, late: {} } },
      },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    const seen: unknown[] = []
    pid.subscribe(({ value }) => seen.push(value))
    await stage.time.advance(50)
    expect(seen).toEqual([
      { work: "done", time: "early" },
      { work: "done", time: "late" },
    ])
  })

  it("has a listener that gave a promise left alone until that is settled, and then tells it the latest, and how many it missed", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const gates = Array.from({ length: 3 }, () => latch())
    const seen: unknown[] = []
    const subscription = pid.subscribe(({ context: { n } }) => {
      seen.push([n, subscription.missed])
      return gates[seen.length - 1]?.promise
    })
    for (let count = 0; count < 5; count += 1) pid.send({ type: "ADD" })
    await pid.snapshot()
    expect(seen).toEqual([[1, 0]])
    gates[0]?.open()
    await stage.time.settle()
    expect(seen).toEqual([
      [1, 0],
      [5, 3],
    ])
    gates[1]?.fail(boom)
    await stage.time.settle()
    pid.send({ type: "ADD" })
    await pid.snapshot()
    expect(seen.at(-1)).toEqual([6, 0])
  })

  it("contains what a listener does: a throw, a rejection, a promise that never settles, a thenable that throws", async () => {
    const app = await bootApp({})
    const pid = app.runtime.spawn(statechart(light))
    const seen: unknown[] = []
    const listeners = [fails, () => Promise.reject(boom), () => new Promise(() => {}), () => thenableBy(fails), () => thenable(fails)]
    for (const listener of listeners) pid.subscribe(listener)
    pid.subscribe(({ value }) => seen.push(value))
    for (let count = 0; count < 1000; count += 1) pid.send({ type: "PRESS" })
    expect((await pid.snapshot()).value).toBe("off")
    await app.time.settle()
    expect(seen).toHaveLength(1000)
    const told = app.log.filter(({ message }) => message.includes("a statechart's listener"))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(20)
    await app.runtime.stop()
  })

  it("calls listeners in no process's turn: they may ask and tell the machine itself", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const answers: unknown[] = []
    const subscription = pid.subscribe(() => {
      subscription.unsubscribe()
      void pid.snapshot().then(({ value }) => answers.push(value))
      pid.send({ type: "PRESS" })
    })
    await pid.transition({ type: "PRESS" })
    await stage.time.settle()
    expect([answers, (await pid.snapshot()).value]).toEqual([["on"], "off"])
  })

  it("calls nobody on the stack of whoever asks, which may be full", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const stacks: string[] = []
    const note = (): boolean => {
      const place = { stack: "" }
      const limit = Error.stackTraceLimit
      Error.stackTraceLimit = 200
      Error.captureStackTrace(place)
      Error.stackTraceLimit = limit
      return stacks.push(place.stack) > 0
    }
    const askOnThisStack = (): Promise<unknown> => pid.transition({ type: "PRESS" })
    await askOnThisStack()
    pid.subscribe(note)
    await askOnThisStack()
    const waiting = pid.waitFor(({ value }) => note() && value === "on")
    await askOnThisStack()
    await waiting
    expect(stacks.length).toBeGreaterThan(2)
    expect(stacks.filter((stack) => stack.includes("askOnThisStack"))).toEqual([])
  })

  it("tells no newcomer what others are being told", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const late: unknown[] = []
    pid.subscribe(() => void pid.subscribe(({ value }) => late.push(value)))
    await pid.transition({ type: "PRESS" })
    expect(late).toEqual([])
    await pid.transition({ type: "PRESS" })
    expect(late).toEqual(["off"])
  })

  it("runs listeners in their subscriber's async context, also those that were waiting", async () => {
    const { runtime, time } = await as("starter", () => bootApp({}))
    const pid = as("owner", () => runtime.spawn(statechart(counter)))
    const seen: string[] = []
    const gate = latch()
    const next = (): Promise<void> => {
      seen.push(caller())
      return gate.promise
    }
    as("red", () => pid.subscribe({ next, complete: () => seen.push(`complete ${caller()}`) }))
    for (const type of ["ADD", "ADD", "END"] as const) as("blue", () => pid.send({ type }))
    await time.settle()
    as("green", () => gate.open())
    await time.settle()
    expect(seen).toEqual(["red", "red", "complete red"])
    await runtime.stop()
  })

  it("ends with the process: complete after the last snapshot, where the machine is done", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const seen: unknown[] = []
    const subscription = pid.subscribe({
      next: ({ value, status }) => seen.push([value, status]),
      error: (error) => seen.push(error),
      complete: () => seen.push("complete"),
    })
    pid.send({ type: "END" })
    await stage.time.settle()
    expect(seen).toEqual([["off", "done"], "complete"])
    expect(subscription.isActive).toBe(false)
    expect(refusalBy(() => pid.subscribe(() => {}))).toBeInstanceOf(Unavailable)
  })

  it.each(["crash", "kill", "stop"])("ends with the process: one error, and nothing of why it crashed: %s", async (how) => {
    const pid = stage.runtime.spawn(statechart(counter))
    const seen: unknown[] = []
    pid.subscribe({ next: () => seen.push("next"), error: (error) => seen.push(error), complete: () => seen.push("complete") })
    pid.subscribe(() => {})
    if (how === "crash") pid.send({ type: "BREAK" })
    else if (how === "kill") stage.runtime.exit(pid, "kill")
    else void stage.runtime.stopProcess(pid)
    await stage.time.settle()
    expect(seen).toEqual([expect.any(Unavailable)])
    expect((seen[0] as Unavailable).cause).toBeUndefined()
  })

  it("says that it was all only after what was waiting, and nothing once it is unsubscribed", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const gate = latch()
    const seen: unknown[] = []
    const next = (): unknown => {
      seen.push("next")
      return gate.promise
    }
    const slow = { next, complete: () => seen.push("complete") }
    pid.subscribe(slow)
    const other = pid.subscribe({ ...slow, complete: () => seen.push("never") })
    for (const type of ["ADD", "END"] as const) pid.send({ type })
    await stage.time.settle()
    expect(seen).toEqual(["next", "next"])
    other.unsubscribe()
    gate.open()
    await stage.time.settle()
    expect(seen).toEqual(["next", "next", "next", "complete"])
  })

  it("ends with the process that has subscribed, where that is known", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const told: unknown[] = []
    const watcher = server({ init: () => ({}), call: { watch: () => void pid.subscribe(({ value }) => told.push(value)) } })
    const watching = stage.runtime.spawn(watcher)
    await watching.call.watch()
    await pid.transition({ type: "PRESS" })
    stage.runtime.exit(watching, "kill")
    await stage.time.settle()
    await pid.transition({ type: "PRESS" })
    expect(told).toEqual(["on"])
  })

  it("is refused beyond as many as messages may wait, and there is room again once one has left", async () => {
    const pid = stage.runtime.spawn(statechart(light), undefined, { inbox: { capacity: 3 } })
    const waiting = watch(pid.waitFor("on"))
    await stage.time.settle()
    const subscriptions = [1, 2].map(() => pid.subscribe(() => {}))
    expect(refusalBy(() => pid.subscribe(() => {}))).toBeInstanceOf(RateLimited)
    expect(await refusalOf(pid.waitFor("on"))).toBeInstanceOf(RateLimited)
    subscriptions[0]?.unsubscribe()
    pid.subscribe(() => {})
    await stage.time.advance(5000)
    expect(waiting.error).toBeInstanceOf(Timeout)
    pid.subscribe(() => {})
  })

  it("takes a function, or an observer of functions as XState does, and nothing else", () => {
    const pid = stage.runtime.spawn(statechart(light))
    for (const wrong of [{ next: 1 }, { error: "x" }, { complete: null }, null, []]) {
      expect(refusalBy(() => pid.subscribe(wrong as never)).details.field).toBe("observer")
    }
    expect(pid.subscribe({}).isActive).toBe(true)
  })

  it("is not to be had of a service's pid", async () => {
    const app = await bootApp({ "app:light": statechart(light) })
    const pid = app.runtime.whereis("app:light") as ReturnType<typeof stage.runtime.spawn<undefined, never>>
    for (const method of ["subscribe", "on", "waitFor", "can"] as const) {
      const call = async (): Promise<unknown> => Reflect.apply(Reflect.get(pid, method), pid, method === "on" ? ["*", fails] : [fails])
      expect(await refusalOf(call())).toBeInstanceOf(PermissionDenied)
    }
    await app.runtime.stop()
  })
})

describe("on", () => {
  it("tells of what the machine emits: of one type, or of all, one by one and in order with snapshots", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const seen: unknown[] = []
    const subscription = pid.on("added", ({ n }) => seen.push(n))
    pid.on("*", ({ type }) => seen.push(type))
    pid.subscribe(({ context }) => seen.push(`snapshot ${context.n}`))
    await pid.transition({ type: "TWICE" })
    expect(seen).toEqual([1, "added", 2, "added", "snapshot 2"])
    subscription.unsubscribe()
    await pid.transition({ type: "END" })
    expect(seen.slice(5)).toEqual(["ended", "snapshot 2"])
  })

  it("has as many wait for a slow listener as there is room, and leaves out the oldest", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const gate = latch()
    const seen: unknown[] = []
    const subscription = pid.on("added", ({ n }) => {
      seen.push([n, subscription.missed])
      return gate.promise
    })
    for (let count = 0; count < 1030; count += 1) pid.send({ type: "ADD" })
    await pid.snapshot()
    gate.open()
    await stage.time.settle()
    expect(seen.slice(0, 3)).toEqual([
      [1, 0],
      [7, 5],
      [8, 0],
    ])
    await stage.time.settle()
    for (let turn = 0; turn < 1030; turn += 1) await Promise.resolve()
    expect(seen).toHaveLength(1025)
    expect(seen.at(-1)).toEqual([1030, 0])
  })

  it("tells nothing of an event that fails, as XState", async () => {
    const pid = stage.runtime.spawn(statechart(counter))
    const seen: unknown[] = []
    pid.on("added", ({ n }) => seen.push(n))
    expect(await refusalOf(pid.transition({ type: "BREAK" }))).toBeInstanceOf(Internal)
    expect(seen).toEqual([])
  })
})

describe("waitFor", () => {
  const door = createMachine({
    initial: "shut",
    states: {
      shut: { on: { OPEN: "open" }, initial: "free", states: { free: { on: { LOCK: "locked" } }, locked: { on: { UNLOCK: "free" } } } },
      open: { on: { CLOSE: "shut", BREAK: "broken", PASS: "passed" } },
      passed: { always: "open" },
      broken: { type: "final" },
    },
  })

  it("gives the snapshot at once where the state is there, after all that was posted before", async () => {
    const pid = stage.runtime.spawn(statechart(door))
    expect((await pid.waitFor("shut")).value).toEqual({ shut: "free" })
    pid.send({ type: "OPEN" })
    const waiting = watch(pid.waitFor("shut"))
    await stage.time.settle()
    expect(waiting.state).toBe("pending")
    pid.send({ type: "CLOSE" })
    await stage.time.settle()
    expect(waiting.value).toMatchObject({ value: { shut: "free" } })
  })

  it("takes a state as XState's matches does, nested, or what a function says of a snapshot", async () => {
    const pid = stage.runtime.spawn(statechart(door))
    const waiting = [
      watch(pid.waitFor({ shut: "locked" })),
      watch(pid.waitFor("shut.locked" as never)),
      watch(pid.waitFor((snapshot) => snapshot.matches({ shut: "locked" }))),
      watch(pid.waitFor("open")),
    ]
    await pid.transition({ type: "LOCK" })
    await stage.time.settle()
    expect(waiting.map(({ state }) => state)).toEqual(["fulfilled", "fulfilled", "fulfilled", "pending"])
    await pid.transition({ type: "OPEN" })
    await stage.time.settle()
    expect(waiting[3]?.value).toMatchObject({ value: "open" })
  })

  it("sees a final state, and not what is passed through within one event", async () => {
    const pid = stage.runtime.spawn(statechart(door))
    const [passed, broken] = [watch(pid.waitFor("passed")), watch(pid.waitFor("broken"))]
    for (const type of ["OPEN", "PASS", "BREAK"] as const) pid.send({ type })
    await stage.time.settle()
    expect(broken.value).toMatchObject({ value: "broken", status: "done" })
    expect(passed.error).toBeInstanceOf(Unavailable)
  })

  it("of regions that run side by side takes part of the state", async () => {
    const region = { initial: "a", states: { a: { on: { GO: "b" } }, b: {} } }
    const pid = stage.runtime.spawn(statechart(createMachine({ type: "parallel", states: { one: region, two: { ...region } } })))
    const waiting = watch(pid.waitFor({ two: "b" }))
    await pid.transition({ type: "GO" })
    await stage.time.settle()
    expect(waiting.state).toBe("fulfilled")
  })

  it("rejects with Timeout, and costs nothing afterwards: no timer, and its function is called no more", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    let looks = 0
    const waiting = watch(
      pid.waitFor(
        () => {
          looks += 1
          return false
        },
        { timeoutMs: 100 },
      ),
    )
    await stage.time.advance(99)
    expect([waiting.state, looks]).toEqual(["pending", 1])
    await stage.time.advance(1)
    expect(waiting.error).toBeInstanceOf(Timeout)
    expect(stage.time.armedTimers).toBe(0)
    await pid.transition({ type: "PRESS" })
    expect(looks).toBe(1)
    await pid.waitFor("on", { timeoutMs: 100 })
    await stage.time.settle()
    expect(stage.time.armedTimers).toBe(0)
  })

  it("waits 5 s where nothing is said, and for ever where that is said", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const [short, long] = [watch(pid.waitFor("on")), watch(pid.waitFor("on", { timeoutMs: Number.POSITIVE_INFINITY }))]
    await stage.time.advance(5000)
    expect(short.error).toBeInstanceOf(Timeout)
    await stage.time.advance(1e9)
    expect(long.state).toBe("pending")
    await pid.transition({ type: "PRESS" })
    await stage.time.settle()
    expect(long.state).toBe("fulfilled")
  })

  it.each(["crash", "kill", "stop"])("rejects with Unavailable when the process ends before: %s", async (how) => {
    const pid = stage.runtime.spawn(statechart(counter))
    const waiting = watch(pid.waitFor("off"))
    await stage.time.settle()
    if (how === "crash") pid.send({ type: "BREAK" })
    else if (how === "kill") stage.runtime.exit(pid, "kill")
    else void stage.runtime.stopProcess(pid)
    await stage.time.settle()
    expect(waiting.error).toBeInstanceOf(Unavailable)
    expect((waiting.error as Error).cause).toBeUndefined()
    expect(await refusalOf(pid.waitFor("off"))).toBeInstanceOf(Unavailable)
  })

  it("fails alone where its function throws, or gives a promise", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    expect(await refusalOf(pid.waitFor(fails))).toMatchObject({ kind: "INTERNAL", cause: boom })
    expect((await refusalOf(pid.waitFor((async () => fails()) as never))).details.field).toBe("state")
    const later = watch(pid.waitFor(({ value }) => (value === "on" ? fails() : false)))
    await pid.transition({ type: "PRESS" })
    await stage.time.settle()
    expect(later.error).toMatchObject({ kind: "INTERNAL", cause: boom })
    expect((await pid.snapshot()).value).toBe("on")
  })

  it.each(["of", { on: "deep" }, { off: {}, of: {} }, "on.deep", "toString"])("refuses a state that there is not: %o", async (state) => {
    const pid = stage.runtime.spawn(statechart(light))
    const error = await refusalOf(pid.waitFor(state as never))
    expect(error).toBeInstanceOf(Invalid)
    expect(error.details.field).toBe("state")
  })

  it("reads the state once, and nothing of what its owner does to it afterwards", async () => {
    const pid = stage.runtime.spawn(statechart(door))
    let reads = 0
    const state = {
      get shut() {
        reads += 1
        return "locked"
      },
    }
    const waiting = watch(pid.waitFor(state as never))
    await pid.transition({ type: "LOCK" })
    await stage.time.settle()
    expect([waiting.state, reads]).toEqual(["fulfilled", 1])
    const cyclic: Record<string, unknown> = {}
    cyclic.shut = cyclic
    expect((await refusalOf(pid.waitFor(cyclic as never))).kind).toBe("INVALID")
  })

  it("calls its function in the asker's async context, and in no process's turn", async () => {
    const { runtime, time } = await as("starter", () => bootApp({}))
    const pid = as("owner", () => runtime.spawn(statechart(light)))
    const seen: unknown[] = []
    const waiting = watch(
      as("red", () =>
        pid.waitFor(({ value }) => {
          seen.push(caller())
          void pid.snapshot().then((snapshot) => seen.push(snapshot.value))
          return value === "on"
        }),
      ),
    )
    await time.settle()
    await as("blue", () => pid.transition({ type: "PRESS" }))
    await time.settle()
    expect([waiting.state, seen]).toEqual(["fulfilled", ["red", "off", "red", "on"]])
    await runtime.stop()
  })

  it("holds up no stop that drains", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    const waiting = watch(pid.waitFor("on", { timeoutMs: 1e6 }))
    await stage.time.settle()
    const stopped = watch(stage.runtime.stop({ drain: true }))
    await stage.time.settle()
    expect([stopped.state, waiting.state]).toEqual(["fulfilled", "rejected"])
  })
})

describe("can", () => {
  const gate = setup({
    types: {
      context: {} as { asked: number },
      events: {} as { type: "GO"; by: string } | { type: "NO" } | { type: "STOP" } | { type: "BAD" },
    },
  }).createMachine({
    context: { asked: 0 },
    initial: "a",
    states: {
      a: {
        on: {
          GO: { guard: ({ event }) => event.by === "me", target: "b", actions: assign({ asked: ({ context }) => context.asked + 1 }) },
          NO: {},
          BAD: { guard: fails, target: "b" },
        },
      },
      b: { on: { STOP: "a" } },
    },
  })

  it("says whether the machine would take the event, guards and all, and changes nothing", async () => {
    const pid = stage.runtime.spawn(statechart(gate))
    const told: unknown[] = []
    pid.subscribe((snapshot) => told.push(snapshot))
    expect(await pid.can({ type: "GO", by: "me" })).toBe(true)
    expect(await pid.can({ type: "GO", by: "you" })).toBe(false)
    expect(await pid.can({ type: "NO" })).toBe(false)
    expect(await pid.can({ type: "STOP" })).toBe(false)
    expect(await pid.can({ type: "KNOCK" } as never)).toBe(false)
    expect(await pid.can({ type: "xstate.stop" } as never)).toBe(false)
    expect(await pid.snapshot()).toMatchObject({ value: "a", context: { asked: 0 } })
    expect(told).toEqual([])
    pid.send({ type: "GO", by: "me" })
    expect(await pid.can({ type: "STOP" })).toBe(true)
  })

  it("fails alone where a guard throws: the machine goes on", async () => {
    const pid = stage.runtime.spawn(statechart(gate))
    const error = await refusalOf(pid.can({ type: "BAD" }))
    expect(error).toBeInstanceOf(Internal)
    expect((await pid.snapshot()).value).toBe("a")
  })

  it("refuses what is no event", async () => {
    const pid = stage.runtime.spawn(statechart(gate))
    expect((await refusalOf(pid.can("GO" as never))).details.field).toBe("message")
  })
})
