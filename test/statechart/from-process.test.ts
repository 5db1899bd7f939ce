/** Processes that machines invoke: started with the actor, spoken with by events, stopped with it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import {
  type ActorRefFrom,
  type AnyActorLogic,
  assign,
  createActor,
  createMachine,
  type EventObject,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from "xstate"
import { actor, type Pid, server, Unavailable } from "../../src/index.ts"
import { fromProcess, selfOf, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
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

/** Answers each message in its own words; ends and crashes when told to. */
const echo = actor<{ readonly actor: Pid; readonly word: string }, { readonly type: string }>(async (self, { actor, word }) => {
  self.tell(actor, { type: "HELLO", word })
  for await (const message of self.inbox) {
    if (message.type === "END") return
    if (message.type === "CRASH") throw boom
    if (message.type === "BABBLE") for (const babble of ["no event", { type: 5 }, { type: "xstate.stop" }]) self.tell(actor, babble)
    else self.tell(actor, { type: `${word}.${message.type}` })
  }
})

const argument = (word: string, actor: Pid) => ({ actor, word })

/** Invokes `src` and notes what comes of it. */
function invoking(seen: unknown[], src: AnyActorLogic, input?: unknown) {
  return createMachine({
    initial: "on",
    states: {
      on: {
        invoke: {
          src,
          id: "child",
          input,
          onDone: {
            target: "off",
            actions: ({ event }: { event: EventObject & { output: unknown } }) => seen.push(["done", event.output]),
          },
          onError: {
            target: "off",
            actions: ({ event }: { event: EventObject & { error: unknown } }) => seen.push(["error", event.error]),
          },
        },
        on: {
          LEAVE: "off",
          SEND: { actions: sendTo("child", ({ event }) => ({ type: String("what" in event ? event.what : "") })) },
          "*": { actions: ({ event }: { event: EventObject }) => void seen.push(event.type) },
        },
      },
      off: {},
    },
  })
}

/** Runs a machine on its own, or as a process. */
interface Run {
  send(event: { readonly type: string; readonly what?: string }): unknown
  state(): unknown
  end(): void
}

function alone(machine: ReturnType<typeof invoking>): Run {
  const running = createActor(machine).start()
  return { send: (event) => running.send(event), state: () => running.getSnapshot().value, end: () => running.stop() }
}

async function asProcess(machine: ReturnType<typeof invoking>): Promise<Run> {
  const pid = stage.runtime.spawn(statechart(machine), undefined)
  let last: unknown = (await pid.snapshot()).value
  const settle = async (): Promise<void> => {
    if (pid.isAlive) last = (await pid.snapshot()).value
  }
  return {
    send: (event) => {
      pid.send(event)
      void settle()
    },
    state: () => {
      void settle()
      return last
    },
    end: () => stage.runtime.exit(pid, "kill"),
  }
}

const places: [string, (seen: unknown[]) => Promise<Run>][] = [
  ["on its own", async (seen) => alone(invoking(seen, fromProcess(echo, { runtime: stage.runtime, argument }), "e"))],
  ["in a process", (seen) => asProcess(invoking(seen, fromProcess(echo, { argument }), "e"))],
]

const processes = (): number => stage.runtime.statistics().processes

describe.each(places)("a process invoked by a machine that runs %s", (_place, run) => {
  let seen: unknown[]
  let machine: Run
  let others: number

  beforeEach(async () => {
    seen = []
    others = processes()
    machine = await run(seen)
    await stage.time.settle()
  })

  it("is started with the actor's input, and what it tells back comes as events", async () => {
    expect(seen).toEqual(["HELLO"])
    machine.send({ type: "SEND", what: "A" })
    machine.send({ type: "SEND", what: "B" })
    await stage.time.settle()
    expect(seen).toEqual(["HELLO", "e.A", "e.B"])
  })

  it("is done when it ends normally", async () => {
    machine.send({ type: "SEND", what: "END" })
    await stage.time.settle()
    expect(seen).toEqual(["HELLO", ["done", undefined]])
  })

  it("fails with what it threw", async () => {
    machine.send({ type: "SEND", what: "CRASH" })
    await stage.time.settle()
    expect(seen).toEqual(["HELLO", ["error", boom]])
    expect(stage.events.filter(({ type }) => type === "crash_report")).toHaveLength(1)
  })

  it("fails with the reason where it is ended from outside", async () => {
    const invoked = stage.events.findLast((event) => event.type === "spawned")
    if (invoked?.type === "spawned") stage.runtime.exit(invoked.pid, "kill")
    await stage.time.settle()
    expect(seen[1]).toEqual(["error", expect.any(Unavailable)])
    expect(seen[1]).toMatchObject(["error", { details: { reason: "killed" } }])
  })

  it("is stopped when its state is left, and heard no more", async () => {
    machine.send({ type: "LEAVE" })
    await stage.time.settle()
    machine.send({ type: "SEND", what: "A" })
    await stage.time.settle()
    expect(seen).toEqual(["HELLO"])
    machine.end()
    await stage.time.settle()
    expect(processes()).toBe(others)
    expect(stage.time.heldTimers).toBe(0)
  })

  it("is stopped with the machine", async () => {
    machine.end()
    await stage.time.settle()
    expect(processes()).toBe(others)
  })

  it("reports what it tells that is no event", async () => {
    machine.send({ type: "SEND", what: "BABBLE" })
    await stage.time.settle()
    expect(seen).toEqual(["HELLO"])
    const letters = stage.events.flatMap((event) => (event.type === "dead_letter" ? [event.message] : []))
    expect(letters).toEqual(["no event", { type: 5 }, { type: "xstate.stop" }])
  })

  it("fails the actor where the runtime stops", async () => {
    void stage.runtime.stop()
    await stage.time.settle()
    expect(processes()).toBe(0)
  })
})

describe("an invoked process", () => {
  const stubborn = actor<undefined>(async (self) => {
    self.trapExit(true)
    for (;;) await self.receive().catch(() => new Promise(() => {}))
  })

  it("is killed where it does not stop in time", async () => {
    const [before, running] = [
      processes(),
      createActor(fromProcess(stubborn, { runtime: stage.runtime, shutdownMs: 100 }), { input: undefined }),
    ]
    running.start()
    await stage.time.settle()
    running.stop()
    await stage.time.advance(99)
    expect(processes()).toBe(before + 2)
    await stage.time.advance(1)
    expect(processes()).toBe(before)
  })

  it("may take 5 seconds to stop where nothing else is said", async () => {
    const running = createActor(fromProcess(stubborn, { runtime: stage.runtime }), { input: undefined }).start()
    await stage.time.settle()
    running.stop()
    await stage.time.advance(4999)
    expect(processes()).toBe(3)
    await stage.time.advance(1)
    expect(processes()).toBe(1)
  })

  const quiet = actor<undefined>(async (self) => void (await self.receive()))
  const trapping = server({ init: (_none: undefined, self) => self.trapExit(true), info: () => {} })

  it.each([
    ["a process", quiet],
    ["a server that traps exits", trapping],
  ])("ends with what stands for its actor, though that be killed: %s", async (_what, quiet) => {
    const errors: unknown[] = []
    const ports: Pid[] = []
    const noting = (_input: undefined, port: Pid): undefined => void ports.push(port)
    const running = createActor(fromProcess(quiet, { runtime: stage.runtime, argument: noting }), { input: undefined })
    running.subscribe({ error: (error) => errors.push(error) })
    running.start()
    await stage.time.settle()
    for (const port of ports) stage.runtime.exit(port, "kill")
    await stage.time.settle()
    expect(errors).toMatchObject([{ kind: "UNAVAILABLE", details: { reason: "killed" } }])
    expect(processes()).toBe(1)
  })

  it("is a statechart with its output and its events, too", async () => {
    const adder = setup({
      types: { input: {} as number, output: {} as number, events: {} as { type: "ADD"; n: number } | { type: "END" } },
    }).createMachine({
      context: ({ input }) => ({ sum: input }),
      on: { ADD: { actions: assign({ sum: ({ context, event }) => context.sum + event.n }) }, END: ".over" },
      initial: "on",
      states: { on: {}, over: { type: "final" } },
      output: ({ context }) => context.sum,
    })
    const running = createActor(fromProcess(statechart(adder), { runtime: stage.runtime }), { input: 40 }).start()
    running.send({ type: "ADD", n: 2 })
    running.send({ type: "END" })
    await stage.time.settle()
    expect(running.getSnapshot()).toMatchObject({ status: "done", output: 42, input: 40 })
  })

  it("is a server too: events are what its info handler gets", async () => {
    const got: unknown[] = []
    const listener = server({ init: (from: string) => ({ from }), info: (state, message) => void got.push([state.from, message]) })
    const running = createActor(fromProcess(listener, { runtime: stage.runtime }), { input: "here" }).start()
    running.send({ type: "A" })
    await stage.time.settle()
    expect(got).toEqual([["here", { type: "A" }]])
    running.stop()
    await stage.time.settle()
  })

  it("is started by the process in which the machine runs, as its principal", async () => {
    const parents: [Pid | undefined, Pid][] = []
    const machine = createMachine({
      invoke: { src: fromProcess(stubborn) },
      entry: ({ self }) => parents.push([undefined, selfOf(self).pid]),
    })
    const pid = stage.runtime.spawn(statechart(machine))
    await pid.snapshot()
    const children = stage.events.flatMap((event) => (event.type === "spawned" && event.parent === pid ? [event.pid] : []))
    expect(children).toHaveLength(1)
    expect(parents).toEqual([[undefined, pid]])
  })

  it("is told of behind its parent, and so is whatever it starts; what stands for its actor is told of nowhere", async () => {
    const inner = createMachine({ invoke: { src: fromProcess(stubborn) } })
    const outer = createMachine({ invoke: [{ src: fromProcess(statechart(inner)) }, { src: fromProcess(stubborn) }] })
    const pid = stage.runtime.spawn(statechart(outer))
    await stage.time.settle()
    const spawned = stage.events.flatMap((event) => (event.type === "spawned" && event.label !== "root" ? [event] : []))
    const early = spawned.filter(({ parent }, at) => parent !== undefined && !spawned.slice(0, at).some((other) => other.pid === parent))
    expect([spawned.length, early]).toEqual([4, []])
    stage.runtime.exit(pid, "kill")
    await stage.time.advance(5000)
    const exited = stage.events.flatMap((event) => (event.type === "exited" ? [event.pid] : []))
    expect(new Set(exited)).toEqual(new Set(spawned.map((event) => event.pid)))
  })

  it("whose argument throws is the actor's error, and leaves no process", async () => {
    const errors: unknown[] = []
    const failing = (): never => {
      throw boom
    }
    const running = createActor(fromProcess(stubborn, { runtime: stage.runtime, argument: failing }), { input: undefined })
    running.subscribe({ error: (error) => errors.push(error) })
    running.start()
    await stage.time.settle()
    expect([errors, processes()]).toEqual([[boom], 1])
  })

  it("is the actor's error where there is nobody to start it", () => {
    const errors: unknown[] = []
    const running = createActor(fromProcess(echo, { argument }), { input: "e" })
    running.subscribe({ error: (error) => errors.push(error) })
    running.start()
    expect(errors).toMatchObject([{ kind: "INVALID", details: { field: "runtime" } }])
  })

  it("is the actor's error where the runtime has stopped, or starts something else", async () => {
    const errors: unknown[] = []
    const other = { spawn: () => stage.runtime.whereis("root") } as never
    for (const runtime of [stage.runtime, other]) {
      if (runtime === stage.runtime) await stage.runtime.stop()
      const running = createActor(fromProcess(echo, { runtime, argument }), { input: "e" })
      running.subscribe({ error: (error) => errors.push(error) })
      running.start()
    }
    expect(errors).toMatchObject([{ kind: "UNAVAILABLE" }, { kind: "INVALID" }])
  })

  it("speaks to nobody once its actor has stopped", async () => {
    const seen: string[] = []
    const parting = actor<Pid>(async (self, actor) => {
      await self.receive().catch(() => self.tell(actor, { type: "LATE" }))
    })
    const logic = fromProcess(parting, { runtime: stage.runtime, argument: (_input: undefined, actor) => actor })
    const machine = createMachine({
      initial: "on",
      states: { on: { invoke: { src: logic as AnyActorLogic }, on: { LEAVE: "off" } }, off: {} },
      on: { LATE: { actions: () => seen.push("late") } },
    })
    const running = createActor(machine).start()
    await stage.time.settle()
    running.send({ type: "LEAVE" })
    await stage.time.settle()
    expect(seen).toEqual([])
    expect(stage.events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ message: { type: "LATE" } }])
    running.stop()
  })

  it("is started by the caller that is given, and acts as its principal, wherever the machine runs", async () => {
    const { runtime, time, events } = await bootApp({ "app:clerk": server({ init: () => ({}) }) })
    const acting = actor<undefined>(async (self) => {
      await self.acquire("app:clerk")
      await self.receive()
    })
    const src: AnyActorLogic = fromProcess(acting, { runtime: runtime.as({ id: "user:alice" }) })
    const pid = runtime.spawn(statechart(createMachine({ invoke: { src } })))
    await pid.snapshot()
    await time.settle()
    expect(events.filter(({ type }) => type === "attached")).toMatchObject([{ principal: "user:alice" }])
    expect(events.filter((event) => event.type === "spawned" && event.parent === pid)).toEqual([])
    await runtime.stop()
  })

  it("ends where an exit signal comes to what stands for its actor, and not for one that is normal", async () => {
    const errors: unknown[] = []
    const ports: Pid[] = []
    const exiting = actor<Pid>(async (self, actor) => {
      self.exit(actor, "normal")
      await self.receive()
    })
    const logic = fromProcess(exiting, {
      runtime: stage.runtime,
      argument: (_input: undefined, actor) => {
        ports.push(actor)
        return actor
      },
    })
    const running = createActor(logic, { input: undefined })
    running.subscribe({ error: (error) => errors.push(error) })
    running.start()
    stage.runtime.exit(ports[0] as Pid, "normal")
    await stage.time.settle()
    expect([running.getSnapshot().status, processes()]).toEqual(["active", 3])
    stage.runtime.exit(ports[0] as Pid, { error: boom })
    await stage.time.settle()
    expect([errors, processes()]).toEqual([[boom], 1])
  })

  it("is not started by an actor that is restored as stopped", async () => {
    const logic = fromProcess(echo, { runtime: stage.runtime, argument })
    const running = createActor(logic, { input: "e" }).start()
    running.stop()
    await stage.time.settle()
    const restored = createActor(logic, { input: "e", snapshot: running.getPersistedSnapshot() }).start()
    await stage.time.settle()
    expect(processes()).toBe(1)
    restored.stop()
  })

  it("can be asked nothing by way of its actor's pid", async () => {
    const ports: Pid[] = []
    const logic = fromProcess(echo, {
      runtime: stage.runtime,
      argument: (word: string, actor) => {
        ports.push(actor)
        return { word, actor }
      },
    })
    const running = createActor(logic, { input: "e" }).start()
    await expect(stage.runtime.ask(ports[0] as Pid, "anything")).rejects.toMatchObject({ kind: "INVALID" })
    running.stop()
    await stage.time.settle()
  })

  it("is heard by nobody where its actor has no parent: what it tells is reported", async () => {
    const running = createActor(fromProcess(echo, { runtime: stage.runtime, argument }), { input: "e" }).start()
    await stage.time.settle()
    expect(stage.events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ message: { type: "HELLO" }, cause: "unhandled" }])
    running.stop()
    await stage.time.settle()
  })

  it("can be spawned, more than once, each with a process of its own", async () => {
    const seen: string[] = []
    const logic = fromProcess(echo, { runtime: stage.runtime, argument })
    const machine = setup({ actors: { logic } }).createMachine({
      entry: [spawnChild("logic", { id: "one", input: "1" }), spawnChild("logic", { id: "two", input: "2" })],
      on: {
        STOP: { actions: stopChild("one") },
        SEND: { actions: [sendTo("one", { type: "A" }), sendTo("two", { type: "A" })] },
        "*": { actions: ({ event }) => seen.push(event.type) },
      },
    })
    const running = createActor(machine).start()
    running.send({ type: "SEND" })
    await stage.time.settle()
    expect(seen.toSorted()).toEqual(["1.A", "2.A", "HELLO", "HELLO"])
    const before = processes()
    running.send({ type: "STOP" })
    await stage.time.settle()
    expect(processes()).toBe(before - 2)
    running.stop()
    await stage.time.settle()
  })

  it("is started anew where its actor is restored", async () => {
    const seen: string[] = []
    const logic = fromProcess(echo, { runtime: stage.runtime, argument })
    const machine = setup({ actors: { logic } }).createMachine({
      invoke: { src: "logic", id: "child", input: "e" },
      on: { HELLO: { actions: ({ event }) => seen.push(event.word) } },
    })
    const first = createActor(machine).start()
    await stage.time.settle()
    const snapshot = first.getPersistedSnapshot()
    first.stop()
    const second = createActor(machine, { snapshot }).start()
    await stage.time.settle()
    expect(seen).toEqual(["e", "e"])
    const child = second.getSnapshot().children.child as ActorRefFrom<typeof logic>
    expect(child.getSnapshot().input).toBe("e")
    second.stop()
    await stage.time.settle()
  })
})

describe("fromProcess", () => {
  it.each([
    ["definition", () => fromProcess({} as never)],
    ["runtime", () => fromProcess(echo, { runtime: {} as never })],
    ["argument", () => fromProcess(echo, { argument: 5 as never })],
    ["shutdownMs", () => fromProcess(echo, { shutdownMs: -1 })],
    ["shutdownMs", () => fromProcess(echo, { shutdownMs: Number.NaN })],
    ["shutdown", () => fromProcess(echo, { shutdown: 5 } as never)],
  ])("refuses what it cannot use, naming the field: %s", (field, make) => {
    expect(fieldOf(make)).toBe(field)
  })
})
