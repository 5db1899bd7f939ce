/** What a machine invokes and spawns runs under its process, speaks through its inbox, and dies with it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  type DoneActorEvent,
  type EventObject,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  type ObservableSnapshot,
  type Subscribable,
  sendTo,
  spawnChild,
  stopChild,
  toObserver,
} from "xstate"
import type { ExitReason, Pid } from "../../src/index.ts"
import { type StatechartPid, statechart } from "../../src/xstate.ts"
import { latch } from "../support/latch.ts"
import { openStage, type Stage } from "../support/stage.ts"

let stage: Stage

beforeEach(async () => {
  vi.spyOn(console, "warn")
  stage = await openStage()
})

afterEach(async () => {
  // XState warns of what is sent to an actor that has stopped.
  expect(console.warn).not.toHaveBeenCalled()
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

const boom = new Error("boom")

const spawn = (machine: AnyStateMachine, capacity?: number): StatechartPid<AnyStateMachine> =>
  stage.runtime.spawn(statechart(machine), undefined, capacity === undefined ? {} : { inbox: { capacity } })

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => reasons.push(reason))
  return reasons
}

function deadLetters(): unknown[] {
  return stage.events.flatMap((event) => (event.type === "dead_letter" ? [[event.message, event.cause]] : []))
}

interface Subject<T> extends Subscribable<T> {
  next(value: T): void
  complete(): void
  error(error: unknown): void
  readonly observers: number
}

/** An observable that the test feeds. */
function subject<T>(): Subject<T> {
  const observers = new Set<ReturnType<typeof toObserver<T>>>()
  return {
    subscribe: (...parameters: Parameters<typeof toObserver<T>>) => {
      const observer = toObserver<T>(...parameters)
      observers.add(observer)
      return { unsubscribe: () => void observers.delete(observer) }
    },
    next: (value) => observers.forEach((observer) => void observer.next?.(value)),
    complete: () => observers.forEach((observer) => void observer.complete?.()),
    error: (error) => observers.forEach((observer) => void observer.error?.(error)),
    get observers() {
      return observers.size
    },
  }
}

/** A callback whose `sendBack` the test calls when it likes. */
function outsider(): { logic: ReturnType<typeof fromCallback>; send: (event: EventObject) => void; readonly isRunning: boolean } {
  let sendBack: (event: EventObject) => void = () => {}
  let isRunning = false
  const logic = fromCallback((parts) => {
    sendBack = parts.sendBack
    isRunning = true
    return () => {
      isRunning = false
    }
  })
  return {
    logic,
    send: (event) => sendBack(event),
    get isRunning() {
      return isRunning
    },
  }
}

/** Takes whatever comes, and notes it. */
function listener(seen: string[], src: AnyActorLogic): AnyStateMachine {
  return createMachine({
    invoke: { src, id: "other", onDone: { actions: ({ event }: { event: DoneActorEvent }) => seen.push(`done ${event.output}`) } },
    on: { "*": { actions: ({ event }) => void seen.push(event.type) } },
  })
}

describe("what an invoked actor sends from outside a turn", () => {
  it("stands in the inbox, behind what was sent before", async () => {
    const seen: string[] = []
    const other = outsider()
    const pid = spawn(listener(seen, other.logic))
    await pid.snapshot()
    pid.send({ type: "A" })
    other.send({ type: "B" })
    pid.send({ type: "C" })
    expect(seen).toEqual([])
    await pid.snapshot()
    expect(seen).toEqual(["A", "B", "C"])
  })

  it("is not taken while the process is suspended", async () => {
    const seen: string[] = []
    const other = outsider()
    const settled = latch<string>()
    const machine = createMachine({
      invoke: [
        { src: other.logic, id: "callback" },
        { src: fromPromise(() => settled.promise), id: "promise", onDone: { actions: ({ event }) => seen.push(event.output) } },
      ],
      on: { B: { actions: () => seen.push("B") } },
    })
    const pid = spawn(machine)
    await stage.runtime.sys.suspend(pid)
    other.send({ type: "B" })
    settled.open("promise")
    await stage.time.settle()
    expect(seen).toEqual([])
    await stage.runtime.sys.resume(pid)
    await pid.snapshot()
    expect(seen).toEqual(["B", "promise"])
  })

  it("counts as accepted and handled, takes room, and is told of where there is none", async () => {
    const seen: string[] = []
    const other = outsider()
    const pid = spawn(listener(seen, other.logic), 2)
    await pid.snapshot()
    const before = stage.runtime.statistics()
    for (const type of ["A", "B", "C"]) other.send({ type })
    await stage.time.settle()
    expect(seen).toEqual(["A", "B"])
    expect(deadLetters()).toEqual([[{ type: "C" }, "overflow"]])
    const { accepted, handled, refused } = stage.runtime.statistics()
    expect([accepted - before.accepted, handled - before.handled, refused - before.refused]).toEqual([2, 2, 1])
  })

  it("is handled in the same event where it is sent within one", async () => {
    const seen: string[] = []
    const eager = fromCallback(({ sendBack, receive }) => {
      sendBack({ type: "STARTED" })
      receive((event) => sendBack({ type: `echo.${event.type}` }))
    })
    const machine = createMachine({
      invoke: { src: eager, id: "eager" },
      on: { PING: { actions: sendTo("eager", { type: "ping" }) }, "*": { actions: ({ event }) => void seen.push(event.type) } },
    })
    const pid = spawn(machine)
    pid.send({ type: "PING" })
    pid.send({ type: "LAST" })
    await pid.snapshot()
    expect(seen).toEqual(["STARTED", "echo.ping", "LAST"])
  })

  it("is taken by an invoked machine's own children in a turn too", async () => {
    const seen: string[] = []
    const settled = latch<string>()
    const inner = createMachine({
      initial: "waiting",
      states: {
        waiting: { invoke: { src: fromPromise(() => settled.promise), onDone: "over" } },
        over: { entry: () => seen.push("over") },
      },
    })
    const pid = spawn(createMachine({ invoke: { src: inner } }))
    await stage.runtime.sys.suspend(pid)
    settled.open("")
    await stage.time.settle()
    expect(seen).toEqual([])
    await stage.runtime.sys.resume(pid)
    await pid.snapshot()
    expect(seen).toEqual(["over"])
  })

  it("is told of where the process has ended", async () => {
    const refs: AnyActorRef[] = []
    const pid = spawn(createMachine({ entry: ({ self }) => refs.push(self), on: { A: {} } }))
    await pid.snapshot()
    refs[0]?.send({ type: "A" })
    await pid.snapshot()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    refs[0]?.send({ type: "A" })
    expect(deadLetters()).toEqual([[{ type: "A" }, "ended"]])
  })
})

describe("what a promise comes to", () => {
  it("is never refused, though the inbox be full", async () => {
    const settled = latch<string>()
    const seen: string[] = []
    const pid = spawn(
      listener(
        seen,
        fromPromise(() => settled.promise),
      ),
      1,
    )
    await pid.snapshot()
    await stage.runtime.sys.suspend(pid)
    pid.send({ type: "A" })
    settled.open("output")
    await stage.time.settle()
    await stage.runtime.sys.resume(pid)
    await pid.snapshot()
    expect(seen).toEqual(["A", "done output"])
    expect(deadLetters()).toEqual([])
  })

  it("is an error event, and a crash where the machine does not take that", async () => {
    const rejected = fromPromise(() => Promise.reject(boom))
    const careful = spawn(createMachine({ initial: "a", states: { a: { invoke: { src: rejected, onError: "b" } }, b: {} } }))
    const ends = endOf(spawn(createMachine({ invoke: { src: rejected } })))
    await stage.time.settle()
    expect((await careful.snapshot()).value).toBe("b")
    expect(ends).toEqual([{ error: boom }])
    expect(stage.events.find(({ type }) => type === "crash_report")).toMatchObject({
      lastMessage: { handler: "info", message: { type: "xstate.promise.reject" } },
    })
  })
})

describe("what an observable emits", () => {
  it("takes room in the inbox; its end does not", async () => {
    const numbers = subject<number>()
    const seen: unknown[] = []
    const machine = createMachine({
      invoke: {
        src: fromObservable(() => numbers),
        onSnapshot: { actions: ({ event }) => seen.push((event.snapshot as ObservableSnapshot<number, undefined>).context) },
        onDone: { actions: () => seen.push("done") },
      },
    })
    const pid = spawn(machine, 2)
    await pid.snapshot()
    seen.length = 0
    for (const n of [1, 2, 3]) numbers.next(n)
    numbers.complete()
    await stage.time.settle()
    expect(seen).toEqual([1, 2, "done"])
    expect(deadLetters()).toMatchObject([[{ type: "xstate.observable.next", data: 3 }, "overflow"]])
  })

  it("comes as events where it is one of events", async () => {
    const events = subject<EventObject>()
    const seen: string[] = []
    const src = fromEventObservable(() => events)
    const pid = spawn(createMachine({ invoke: { src }, on: { A: { actions: () => seen.push("A") } } }))
    await pid.snapshot()
    events.next({ type: "A" })
    expect(seen).toEqual([])
    await pid.snapshot()
    expect(seen).toEqual(["A"])
    const ends = endOf(pid)
    events.error(boom)
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("whatever ends the process", () => {
  const other = outsider()
  const inner = outsider()
  const spawned = outsider()
  const numbers = subject<number>()
  const signals: AbortSignal[] = []
  const exits: string[] = []

  const busy = createMachine({
    exit: () => exits.push("exit"),
    initial: "busy",
    entry: spawnChild(spawned.logic, { id: "spawned" }),
    invoke: [
      { src: other.logic, id: "callback" },
      { src: createMachine({ invoke: { src: inner.logic }, after: { 5000: {} } }), id: "machine" },
      { src: fromObservable(() => numbers), id: "observable" },
      {
        src: fromPromise(({ signal }) => {
          signals.push(signal)
          return new Promise(() => {})
        }),
        id: "promise",
      },
    ],
    states: {
      busy: {
        exit: () => exits.push("exit"),
        after: { 1000: {} },
        on: {
          FINISH: "over",
          SELF_STOP: { actions: ({ self }) => self.stop() },
          BREAK: {
            actions: () => {
              throw boom
            },
          },
          FAIL: {
            actions: spawnChild(
              fromPromise(() => Promise.reject(boom)),
              { id: "failing" },
            ),
          },
        },
      },
      over: { type: "final" },
    },
  })

  beforeEach(() => {
    signals.length = 0
    exits.length = 0
  })

  const ends: [string, (pid: StatechartPid<AnyStateMachine>) => unknown, ExitReason][] = [
    ["a machine that is done", (pid) => pid.send({ type: "FINISH" }), "normal"],
    ["a machine that stops itself", (pid) => pid.send({ type: "SELF_STOP" }), "normal"],
    ["an action that throws", (pid) => pid.send({ type: "BREAK" }), { error: boom }],
    ["an invoked actor that fails", (pid) => pid.send({ type: "FAIL" }), { error: boom }],
    ["an exit signal", (pid) => stage.runtime.exit(pid, { error: boom }), { error: boom }],
    ["a kill", (pid) => stage.runtime.exit(pid, "kill"), "killed"],
    ["a stop", () => stage.runtime.stop(), "shutdown"],
  ]

  it.each(ends)("%s stops every actor below, and leaves no timer", async (_what, end, reason) => {
    const pid = spawn(busy)
    const reasons = endOf(pid)
    await pid.snapshot()
    expect([other.isRunning, inner.isRunning, spawned.isRunning, numbers.observers, signals[0]?.aborted]).toEqual([
      true,
      true,
      true,
      1,
      false,
    ])
    end(pid)
    await stage.time.settle()
    expect(reasons).toEqual([reason])
    expect([other.isRunning, inner.isRunning, spawned.isRunning, numbers.observers, signals[0]?.aborted]).toEqual([
      false,
      false,
      false,
      0,
      true,
    ])
    await stage.time.advance(5000)
    expect(stage.time.armedTimers).toBe(0)
    other.send({ type: "FINISH" })
    numbers.next(1)
    expect(deadLetters()).toEqual([])
  })

  it("stops the machine itself, as those see it that hold it", async () => {
    const refs: AnyActorRef[] = []
    const pid = spawn(createMachine({ entry: ({ self }) => refs.push(self) }))
    await pid.snapshot()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(refs[0]?.getSnapshot().status).toBe("stopped")
  })

  it("runs the machine's exit actions where it is done, and XState's stop does not", async () => {
    const [done, stopped] = [spawn(busy), spawn(busy)]
    done.send({ type: "FINISH" })
    stage.runtime.exit(stopped, "shutdown")
    await stage.time.settle()
    expect(exits).toEqual(["exit", "exit"])
  })

  it("stops what a start that failed had started before", async () => {
    const early = outsider()
    const machine = createMachine({
      invoke: { src: early.logic },
      entry: () => {
        throw boom
      },
    })
    const reasons = endOf(spawn(machine))
    await stage.time.settle()
    expect(reasons).toEqual([{ error: boom }])
    expect(early.isRunning).toBe(false)
  })

  it("is not needed where an invoked machine fails and the machine goes on: what was below it is stopped", async () => {
    const orphan = outsider()
    const failing = createMachine({
      invoke: { src: orphan.logic },
      on: {
        BREAK: {
          actions: () => {
            throw boom
          },
        },
      },
    })
    const machine = createMachine({
      initial: "a",
      states: {
        a: { invoke: { src: failing, id: "failing", onError: "b" }, on: { BREAK: { actions: sendTo("failing", { type: "BREAK" }) } } },
        b: {},
      },
    })
    const pid = spawn(machine)
    await pid.snapshot()
    expect(orphan.isRunning).toBe(true)
    expect((await pid.transition({ type: "BREAK" })).value).toBe("b")
    expect(orphan.isRunning).toBe(false)
  })

  it("leaves alone what an actor was stopped for before", async () => {
    const pid = spawn(createMachine({ invoke: { src: other.logic, id: "x" }, on: { STOP: { actions: stopChild("x") } } }))
    await pid.transition({ type: "STOP" })
    expect(other.isRunning).toBe(false)
  })
})

describe("an event to an actor of another system", () => {
  it("waits in the inbox of the other's process", async () => {
    const seen: string[] = []
    const refs: AnyActorRef[] = []
    const receiver = createMachine({ entry: ({ self }) => refs.push(self), on: { HELLO: { actions: () => seen.push("hello") } } })
    const sender = createMachine({
      on: { GREET: { actions: [sendTo(() => refs[0] as AnyActorRef, { type: "HELLO" }), () => seen.push("greeted")] } },
    })
    const to = spawn(receiver)
    const from = spawn(sender)
    await stage.runtime.sys.suspend(to)
    await from.transition({ type: "GREET" })
    expect(seen).toEqual(["greeted"])
    await stage.runtime.sys.resume(to)
    await to.snapshot()
    expect(seen).toEqual(["greeted", "hello"])
  })

  it("is handled at once by one that runs in no process", async () => {
    const seen: string[] = []
    const outside = createActor(createMachine({ on: { HELLO: { actions: () => seen.push("hello") } } })).start()
    const pid = spawn(
      createMachine({ on: { GREET: { actions: [sendTo(() => outside as AnyActorRef, { type: "HELLO" }), () => seen.push("greeted")] } } }),
    )
    await pid.transition({ type: "GREET" })
    expect(seen).toEqual(["greeted", "hello"])
    outside.stop()
  })

  it("reaches what only looks like an actor", async () => {
    const got: unknown[] = []
    const ref = { id: "ref", sessionId: "ref", _send: (event: EventObject) => got.push(event) }
    const pid = spawn(createMachine({ on: { GREET: { actions: sendTo(() => ref as unknown as AnyActorRef, { type: "HELLO" }) } } }))
    await pid.transition({ type: "GREET" })
    expect(got).toEqual([{ type: "HELLO" }])
  })
})

describe("actors that a machine keeps", () => {
  it("may be in its context, and answer within the same event", async () => {
    const counter = createMachine({ context: { n: 0 }, on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } } })
    const machine = createMachine({
      context: ({ spawn: make }) => ({ counter: make(counter) }),
      on: { ADD: { actions: sendTo(({ context }) => context.counter, { type: "ADD" }) } },
    })
    const pid = spawn(machine)
    pid.send({ type: "ADD" })
    const { context } = await pid.transition({ type: "ADD" })
    expect(context.counter.getSnapshot().context).toEqual({ n: 2 })
  })
})
