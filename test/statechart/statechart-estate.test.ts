/** A statechart under a supervisor: restarted, and with `state: "retain"` from the snapshot before the event that failed. */

import { describe, expect, it, onTestFinished } from "vitest"
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromObservable,
  fromPromise,
  raise,
  sendTo,
  setup,
  spawnChild,
} from "xstate"
import { type ChildOptions, child, type Pid } from "../../src/index.ts"
import { type StatechartMailbox, type StatechartPid, selfOf, statechart } from "../../src/xstate.ts"
import { bootApp, type TestApp } from "../support/app.ts"
import { collectGarbage } from "../support/garbage.ts"
import { refusalOf } from "../support/refusal.ts"

const boom = new Error("boom")

const fail = (): never => {
  throw boom
}

type Box = StatechartMailbox<AnyStateMachine>

async function boot(machine: AnyStateMachine, options: ChildOptions = { state: "retain" }): Promise<[Box, TestApp<{ "app:m": Box }>]> {
  const app = await bootApp({ "app:m": child(statechart(machine), options) })
  onTestFinished(async () => {
    void app.runtime.stop({ timeoutMs: 0 })
    await app.time.settle()
    expect(app.time.armedTimers).toBe(0)
  })
  return [await app.runtime.acquire("app:m"), app]
}

const counter = setup({
  types: {
    context: {} as { n: number; entries: string[] },
    events: {} as { type: "ADD" } | { type: "BREAK" } | { type: "GO" } | { type: "END" },
  },
}).createMachine({
  context: { n: 0, entries: [] },
  initial: "one",
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    BREAK: { actions: [assign({ n: 99 }), fail] },
    END: ".over",
  },
  states: {
    one: { entry: assign({ entries: ({ context }) => [...context.entries, "one"] }), on: { GO: "two" } },
    two: { entry: assign({ entries: ({ context }) => [...context.entries, "two"] }) },
    over: { type: "final" },
  },
})

describe("a statechart that crashes under a supervisor", () => {
  it("begins anew", async () => {
    const [box, app] = await boot(counter, {})
    box.send({ type: "ADD" })
    expect((await refusalOf(box.transition({ type: "BREAK" }))).cause).toBe(boom)
    expect((await box.snapshot()).context.n).toBe(0)
    expect(app.events.filter(({ type }) => type === "restarting")).toMatchObject([{ child: "app:m", reason: { error: boom } }])
  })

  it("goes on from the snapshot before the event that failed, where its state is retained", async () => {
    const [box] = await boot(counter)
    box.send({ type: "ADD" })
    box.send({ type: "GO" })
    box.send({ type: "BREAK" })
    box.send({ type: "ADD" })
    expect(await box.snapshot()).toMatchObject({ value: "two", status: "active", context: { n: 2, entries: ["one", "two"] } })
  })

  it("goes on likewise after an exit signal, again and again", async () => {
    const [box, app] = await boot(counter)
    for (let n = 1; n <= 3; n += 1) {
      expect((await box.transition({ type: "ADD" })).context.n).toBe(n)
      app.runtime.exit(app.runtime.whereis("app:m") as Pid, n === 2 ? "kill" : { error: boom })
      await app.time.advance(5000)
    }
    expect((await box.snapshot()).context).toEqual({ n: 3, entries: ["one"] })
  })

  it("begins anew where it was done: there is nothing to go on from", async () => {
    const [box, app] = await boot(counter)
    box.send({ type: "ADD" })
    box.send({ type: "END" })
    await app.time.settle()
    expect(await box.snapshot()).toMatchObject({ value: "one", context: { n: 0 } })
  })

  it("is done for good where it is transient", async () => {
    const [box, app] = await boot(counter, { restart: "transient" })
    expect((await box.transition({ type: "END" })).status).toBe("done")
    await app.time.settle()
    expect((await refusalOf(box.snapshot())).kind).toBe("UNAVAILABLE")
  })

  it("is not given its input again, where a state is retained", async () => {
    const inputs: string[] = []
    const definition = statechart(counter, {
      input: (name: string) => {
        inputs.push(name)
      },
    })
    const app = await bootApp({ "app:m": child(definition, { argument: "first", state: "retain" }) })
    const box = await app.runtime.acquire("app:m")
    box.send({ type: "BREAK" })
    expect((await box.snapshot()).context.entries).toEqual(["one"])
    expect(inputs).toEqual(["first"])
    await app.runtime.stop()
  })

  it("goes on from it though a start on the way fails", async () => {
    let starts = 0
    const flaky = fromCallback(() => {
      starts += 1
      if (starts === 2) throw boom
    })
    const machine = createMachine({
      context: { n: 0 },
      invoke: { src: flaky },
      on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, BREAK: { actions: fail } },
    })
    const [box, { time, events }] = await boot(machine)
    box.send({ type: "ADD" })
    box.send({ type: "BREAK" })
    await time.advance(1000)
    expect((await box.snapshot()).context.n).toBe(1)
    expect(events.filter(({ type }) => type === "restarting")).toHaveLength(2)
  })

  it("does not start where what it goes on from fails it again, and its supervisor gives up", async () => {
    let starts = 0
    const broken = fromCallback(() => {
      starts += 1
      if (starts > 1) throw boom
    })
    const [box, app] = await boot(createMachine({ invoke: { src: broken, id: "x" }, on: { BREAK: { actions: fail } } }))
    box.send({ type: "BREAK" })
    await app.time.advance(60_000)
    expect(app.events.find(({ type }) => type === "gave_up")).toMatchObject({ child: "app:m", reason: { error: boom } })
  })

  it("leaves the next incarnation nothing that is sent to its old self", async () => {
    const refs: AnyActorRef[] = []
    const machine = createMachine({ context: ({ self }) => ({ at: refs.push(self), got: 0 }), on: { A: { actions: assign({ got: 1 }) } } })
    const [box, app] = await boot(machine, {})
    app.runtime.exit(app.runtime.whereis("app:m") as Pid, "kill")
    await box.snapshot()
    refs[0]?.send({ type: "A" })
    expect((await box.snapshot()).context).toMatchObject({ at: 2, got: 0 })
    expect(app.events.filter(({ type }) => type === "dead_letter")).toMatchObject([
      { target: "app:m", message: { sort: 'an Object of type "A"' }, cause: "ended" },
    ])
  })

  it("is told and asked through a mailbox alone: its events need permission, as its snapshot does", async () => {
    const [, app] = await boot(counter)
    const pid = app.runtime.whereis("app:m") as StatechartPid<typeof counter>
    expect([app.runtime.tell(pid, { type: "ADD" }), pid.send({ type: "ADD" })]).toEqual([false, false])
    for (const answer of [app.runtime.ask(pid, { type: "ADD" }), pid.transition({ type: "ADD" }), pid.snapshot()])
      expect((await refusalOf(answer)).kind).toBe("PERMISSION_DENIED")
    expect((await (await app.runtime.acquire("app:m")).snapshot()).context).toMatchObject({ n: 0 })
  })
})

describe("the actors below a retained statechart", () => {
  it("are started again, as they were before the event that failed", async () => {
    let starts = 0
    const listening = fromCallback<{ type: "PING" }>(({ sendBack, receive }) => {
      starts += 1
      receive(() => sendBack({ type: "PONG" }))
    })
    const machine = createMachine({
      context: { pongs: 0 },
      invoke: { src: listening, id: "callback" },
      on: {
        PING: { actions: sendTo("callback", { type: "PING" }) },
        PONG: { actions: assign({ pongs: ({ context }) => context.pongs + 1 }) },
        BREAK: { actions: fail },
      },
    })
    const [box] = await boot(machine)
    for (const type of ["PING", "BREAK", "PING"]) box.send({ type })
    expect((await box.snapshot()).context.pongs).toBe(2)
    expect(starts).toBe(2)
  })

  it("are started again where it is their own error that crashed the machine: with their input, in their state", async () => {
    const inputs: unknown[] = []
    const flaky = fromPromise(async ({ input }) => {
      inputs.push(input)
      if (inputs.length < 3) throw boom
      return "result"
    })
    const machine = createMachine({
      initial: "loading",
      states: { loading: { invoke: { src: flaky, input: "in", onDone: "loaded" } }, loaded: {} },
    })
    const [box, app] = await boot(machine)
    await app.time.advance(1000)
    expect(inputs).toEqual(["in", "in", "in"])
    expect((await box.snapshot()).value).toBe("loaded")
  })

  it("are machines in the state that they had, with all below them, though they took part in the event that failed", async () => {
    const inner = createMachine({ context: { n: 0 }, on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } } })
    const middle = createMachine({
      context: { n: 0 },
      invoke: { src: inner, id: "inner" },
      on: { ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), sendTo("inner", { type: "ADD" })] } },
    })
    const machine = createMachine({
      invoke: { src: middle, id: "middle" },
      on: {
        ADD: { actions: sendTo("middle", { type: "ADD" }) },
        BREAK: { actions: sendTo("middle", { type: "ADD" }), target: ".broken" },
      },
      initial: "a",
      states: { a: {}, broken: { entry: raise({ type: "NEXT" }), on: { NEXT: { actions: fail } } } },
    })
    const [box] = await boot(machine)
    const counts = async (): Promise<number[]> => {
      const middleRef = (await box.snapshot()).children.middle as AnyActorRef
      const { context, children } = middleRef.getSnapshot()
      return [context.n, children.inner.getSnapshot().context.n]
    }
    for (const type of ["ADD", "ADD", "BREAK", "ADD"]) box.send({ type })
    expect(await counts()).toEqual([3, 3])
  })

  it("are let go of with the incarnation that they were of", async () => {
    const refs: WeakRef<AnyActorRef>[] = []
    const child = createMachine({ entry: ({ self }) => refs.push(new WeakRef(self)) })
    const [box, { time }] = await boot(createMachine({ invoke: { src: child }, on: { BREAK: { actions: fail } } }))
    box.send({ type: "BREAK" })
    await time.advance(1000)
    box.send({ type: "BREAK" })
    await time.advance(1000)
    expect((await box.snapshot()).status).toBe("active")
    await collectGarbage()
    expect(refs.map((ref) => ref.deref())).toEqual([undefined])
  })

  it("may be kept in its context", async () => {
    const counting = createMachine({ context: { n: 0 }, on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } } })
    const machine = createMachine({
      context: ({ spawn }) => ({ held: { counter: spawn(counting, { id: "counter" }) } }),
      on: { ADD: { actions: sendTo(({ context }) => context.held.counter, { type: "ADD" }) }, BREAK: { actions: fail } },
    })
    const [box, { time }] = await boot(machine)
    for (const type of ["ADD", "BREAK", "ADD", "BREAK", "ADD"]) {
      box.send({ type })
      await time.advance(100)
    }
    const { context } = await box.snapshot()
    expect(context.held.counter.getSnapshot().context.n).toBe(3)
  })

  it("are subscribed again where they observe, and none is where they were done", async () => {
    const subscriptions = new Set<object>()
    const watching = fromObservable(() => ({
      subscribe: () => {
        const subscription = { unsubscribe: () => void subscriptions.delete(subscription) }
        subscriptions.add(subscription)
        return subscription
      },
    }))
    const machine = createMachine({
      invoke: { src: watching },
      entry: spawnChild(fromPromise(async () => 1)),
      on: { BREAK: { actions: fail } },
    })
    const [box, app] = await boot(machine)
    await app.time.settle()
    box.send({ type: "BREAK" })
    await box.snapshot()
    expect(subscriptions.size).toBe(1)
    await app.runtime.stop()
    expect(subscriptions.size).toBe(0)
  })
})

describe("the delays of a retained statechart", () => {
  const seen: [string, number][] = []

  it("run on for what was left of them, in the machine and in those below it", async () => {
    const at: [string, number][] = []
    const inner = createMachine({ after: { 3000: { actions: ({ self }) => void at.push(["inner", selfOf(self).now()]) } } })
    const machine = createMachine({
      invoke: { src: inner, id: "inner" },
      after: { 2000: { actions: ({ self }) => void at.push(["own", selfOf(self).now()]) } },
      entry: sendTo("inner", { type: "LATE" }, { delay: 4000 }),
      on: { BREAK: { actions: fail } },
    })
    const [box, { time }] = await boot(machine)
    await time.advance(1500)
    box.send({ type: "BREAK" })
    await time.advance(5000)
    expect(at).toEqual([
      ["own", 2000],
      ["inner", 3000],
    ])
    expect((await box.snapshot()).status).toBe("active")
  })

  it("are not those that had come before", async () => {
    const at: number[] = []
    const machine = createMachine({
      after: { 1000: { actions: ({ self }) => at.push(selfOf(self).now()) } },
      on: { BREAK: { actions: fail } },
    })
    const [box, { time }] = await boot(machine)
    await time.advance(1000)
    box.send({ type: "BREAK" })
    await time.advance(5000)
    expect(at).toEqual([1000])
  })

  it("may be for an actor of elsewhere", async () => {
    const got: string[] = []
    const outside = createActor(createMachine({ on: { HELLO: { actions: () => got.push("hello") } } })).start()
    const machine = createMachine({
      entry: sendTo(() => outside as AnyActorRef, { type: "HELLO" }, { delay: 1000 }),
      on: { BREAK: { actions: fail } },
    })
    const [box, { time }] = await boot(machine)
    box.send({ type: "BREAK" })
    await time.advance(1000)
    expect(got).toEqual(["hello"])
    outside.stop()
  })

  it("are over at once where their time has passed meanwhile", async () => {
    const [box, app] = await boot(
      createMachine({ initial: "a", states: { a: { after: { 1000: "b" } }, b: {} }, on: { BREAK: { actions: fail } } }),
      { state: "retain", backoff: { initialMs: 10_000, maxMs: 10_000 } },
    )
    box.send({ type: "BREAK" })
    await app.time.advance(1)
    box.send({ type: "BREAK" })
    await app.time.advance(30_000)
    expect(app.events.filter(({ type }) => type === "restarting").length).toBe(2)
    expect((await box.snapshot()).value).toBe("b")
  })

  it("are those of the snapshot: what the failed event cancelled is pending, what it set is not", async () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: { after: { 1000: { actions: () => void seen.push(["a", 1000]) } }, on: { GO: "b" } },
        b: { entry: [raise({ type: "B" }, { delay: 1000 }), raise({ type: "NOW" })], on: { NOW: { actions: fail } } },
      },
      on: { B: { actions: () => void seen.push(["b", 1000]) } },
    })
    const [box, { time }] = await boot(machine)
    box.send({ type: "GO" })
    await time.advance(2000)
    expect(seen).toEqual([["a", 1000]])
    expect((await box.snapshot()).value).toBe("a")
  })

  it("begin anew, in full, where it was their own event that failed", async () => {
    const at: number[] = []
    const machine = createMachine({
      initial: "trying",
      states: {
        trying: {
          after: {
            1000: {
              target: "through",
              actions: ({ self }) => {
                at.push(selfOf(self).now())
                if (at.length < 3) throw boom
              },
            },
          },
        },
        through: {},
      },
    })
    const [box, { time }] = await boot(machine, { state: "retain", backoff: { initialMs: 1, jitter: 0 } })
    await time.advance(4000)
    expect((await box.snapshot()).value).toBe("through")
    expect(at.map((ms) => Math.floor(ms / 1000))).toEqual([1, 2, 3])
  })

  it("can be cancelled by their id afterwards", async () => {
    const machine = createMachine({
      initial: "a",
      states: { a: { after: { 1000: { actions: fail } }, on: { GO: "b" } }, b: {} },
      on: { BREAK: { actions: fail } },
    })
    const [box, { time }] = await boot(machine)
    box.send({ type: "BREAK" })
    box.send({ type: "GO" })
    await time.advance(2000)
    expect((await box.snapshot()).value).toBe("b")
  })
})

describe("a snapshot that cannot be persisted", () => {
  it("fails the next start, which says so, and the one after that begins anew", async () => {
    const loop: { self?: unknown; n: number } = { n: 0 }
    loop.self = loop
    const machine = createMachine({ context: { loop }, on: { BREAK: { actions: fail } } })
    const [box, app] = await boot(machine)
    box.send({ type: "BREAK" })
    await app.time.advance(5000)
    expect((await box.snapshot()).status).toBe("active")
    expect(app.events.filter(({ type }) => type === "restarting")).toMatchObject([
      { reason: { error: boom } },
      { reason: { error: { kind: "INVALID", details: { field: "state" } } } },
    ])
  })
})
