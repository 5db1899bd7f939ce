/** What every statechart process does: its events, its asks, its signals, its end. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { assign, createMachine, log, raise, setup } from "xstate"
import { actor, type Definition, type ExitReason, Internal, Invalid, type Pid, server, Unavailable } from "../../src/index.ts"
import { type StatechartOptions, selfOf, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
import { collectGarbage } from "../support/garbage.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { thenable } from "../support/thenable.ts"
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

function deadLetters(): unknown[] {
  return stage.events.flatMap((event) => (event.type === "dead_letter" ? [[event.message, event.cause]] : []))
}

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => reasons.push(reason))
  return reasons
}

const boom = new Error("boom")

const fails = (): never => {
  throw boom
}

const light = createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: { on: { PRESS: "off", DIM: "off" } } } })

/** Notes the number that comes with each event. */
const notebook = setup({
  types: {
    context: {} as { seen: number[] },
    events: {} as { type: "NOTE"; n: number } | { type: "TWICE"; n: number },
    input: {} as number,
  },
}).createMachine({
  context: ({ input }) => ({ seen: [input] }),
  on: {
    NOTE: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n] }) },
    TWICE: { actions: [raise(({ event }) => ({ type: "NOTE", n: event.n })), raise(({ event }) => ({ type: "NOTE", n: event.n + 1 }))] },
  },
})

const worker = actor<undefined, string>(async (self) => {
  const order = await self.receive()
  if (order === "crash") throw boom
})

describe("an event", () => {
  it("is taken in the order sent, and what the machine raises before the next one", async () => {
    const pid = stage.runtime.spawn(statechart(notebook), 0)
    expect(pid.send({ type: "NOTE", n: 1 })).toBe(true)
    expect(stage.runtime.tell(pid, { type: "TWICE", n: 2 })).toBe(true)
    pid.send({ type: "NOTE", n: 4 })
    expect((await pid.snapshot()).context.seen).toEqual([0, 1, 2, 3, 4])
  })

  it("is answered with the snapshot after it, where it was asked", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    expect((await pid.transition({ type: "PRESS" })).value).toBe("on")
    expect(await stage.runtime.ask(pid, { type: "PRESS" })).toMatchObject({ value: "off", status: "active" })
  })

  it("changes nothing where only another state takes it", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    expect((await pid.transition({ type: "DIM" })).value).toBe("off")
    expect(deadLetters()).toEqual([])
  })

  it("counts as handled", async () => {
    const before = stage.runtime.statistics()
    const pid = stage.runtime.spawn(statechart(light))
    pid.send({ type: "PRESS" })
    await pid.transition({ type: "DIM" })
    const { accepted, handled } = stage.runtime.statistics()
    expect([accepted - before.accepted, handled - before.handled]).toEqual([2, 2])
  })

  it("is refused once the process has ended", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(pid.send({ type: "PRESS" })).toBe(false)
    expect(await refusalOf(pid.transition({ type: "PRESS" }))).toBeInstanceOf(Unavailable)
    expect(await refusalOf(pid.snapshot())).toBeInstanceOf(Unavailable)
  })
})

describe("a message that is no event of the machine's", () => {
  const others = [undefined, null, "PRESS", 7, {}, { type: 7 }, [], () => {}, { type: "press" }, { type: "xstate.stop" }]

  it.each(others)("is reported, where it was told: %o", async (message) => {
    const pid = stage.runtime.spawn(statechart(light))
    stage.runtime.tell(pid, message)
    expect((await pid.snapshot()).value).toBe("off")
    expect(deadLetters()).toEqual([[message, "unhandled"]])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 2, handled: 1, reported: 1 })
  })

  it.each([
    ["PRESS", "message"],
    [{ type: 7 }, "message"],
    [{ type: "press" }, "message.type"],
    [{ type: "xstate.done.actor.x" }, "message.type"],
  ])("is answered with an error that names it, where it was asked: %o", async (message, field) => {
    const pid = stage.runtime.spawn(statechart(light))
    const error = await refusalOf(stage.runtime.ask(pid, message))
    expect(error).toBeInstanceOf(Invalid)
    expect(error.details.field).toBe(field)
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 0, returned: 1 })
  })

  it("is one of XState's own, whatever the machine takes: nobody else ends a delay or stops an actor", async () => {
    const open = createMachine({ initial: "a", states: { a: { on: { "*": "b" }, after: { 1000: "c" } }, b: {}, c: {} } })
    const pid = stage.runtime.spawn(statechart(open))
    for (const type of ["xstate.stop", "xstate.after.1000.(machine).a"]) stage.runtime.tell(pid, { type })
    expect((await pid.snapshot()).value).toBe("a")
    expect(deadLetters()).toHaveLength(2)
    expect((await pid.transition({ type: "whatever" })).value).toBe("b")
  })

  it("is told by the wildcards of XState", async () => {
    const wild = createMachine({ on: { "mouse.*": { actions: () => {} }, KEY: { actions: () => {} } } })
    const pid = stage.runtime.spawn(statechart(wild))
    for (const type of ["mouse", "mouse.up", "mouse.up.left", "KEY"]) await stage.runtime.ask(pid, { type })
    for (const type of ["mous", "mouseup", "KEY.down"]) {
      expect((await refusalOf(stage.runtime.ask(pid, { type }))).details.field).toBe("message.type")
    }
  })
})

describe("input", () => {
  it("is what the process is spawned with", async () => {
    const pid = stage.runtime.spawn(statechart(notebook), 41)
    expect((await pid.snapshot()).context.seen).toEqual([41])
  })

  it("may be made of it, with the process at hand", async () => {
    const selves: Pid[] = []
    const definition = statechart(notebook, {
      input: (text: string, self) => {
        selves.push(self.pid)
        return Number(text)
      },
    })
    const pid = stage.runtime.spawn(definition, "42")
    expect((await pid.snapshot()).context.seen).toEqual([42])
    expect(selves).toEqual([pid])
  })

  it("is made of an argument that is let go of then", async () => {
    const definition = statechart(light, { input: (_argument: object) => undefined })
    const spawn = (): [Pid, WeakRef<object>] => {
      const argument = { big: true }
      return [stage.runtime.spawn(definition, argument), new WeakRef(argument)]
    }
    const [pid, argument] = spawn()
    await stage.time.settle()
    await collectGarbage()
    expect(argument.deref()).toBeUndefined()
    expect(pid.isAlive).toBe(true)
  })

  it("fails the start where it cannot be made", async () => {
    const definition = statechart(notebook, {
      input: () => {
        throw boom
      },
    })
    const ends = endOf(stage.runtime.spawn(definition, undefined))
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("signals", () => {
  const watcher = setup({ types: { input: {} as Pid, context: {} as { got: unknown[] } } }).createMachine({
    context: { got: [] },
    entry: ({ event, self }) => void selfOf(self).monitor((event as unknown as { input: Pid }).input),
    on: { DOWN: { actions: assign({ got: ({ context, event }) => [...context.got, event] }) } },
  })

  it("are events, where the machine takes them: DOWN", async () => {
    const target = stage.runtime.spawn(worker)
    const pid = stage.runtime.spawn(statechart(watcher), target)
    await pid.snapshot()
    stage.runtime.tell(target, "end")
    await stage.time.settle()
    expect((await pid.snapshot()).context.got).toEqual([expect.objectContaining({ type: "DOWN", pid: target, reason: "normal" })])
  })

  it("are reported, where no state takes them", async () => {
    const deaf = createMachine({ entry: ({ event, self }) => void selfOf(self).monitor((event as unknown as { input: Pid }).input) })
    const target = stage.runtime.spawn(worker)
    const pid = stage.runtime.spawn(statechart(deaf), target)
    await pid.snapshot()
    stage.runtime.exit(target, "kill")
    await stage.time.settle()
    expect((await pid.snapshot()).status).toBe("active")
    expect(deadLetters()).toEqual([[expect.objectContaining({ type: "DOWN", pid: target, reason: "killed" }), "unhandled"]])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 2, handled: 2, reported: 0 })
  })

  it("are passed over without a word where the present state does not take them, as every event", async () => {
    const choosy = createMachine({
      entry: ({ self }) => void selfOf(self).after(5, { type: "TICK" }),
      initial: "deaf",
      states: { deaf: {}, listening: { on: { TICK: "deaf" } } },
    })
    const pid = stage.runtime.spawn(statechart(choosy))
    await stage.time.advance(5)
    expect([(await pid.snapshot()).value, deadLetters()]).toEqual(["deaf", []])
  })

  it("are not seen once they are unwanted: a DOWN of an ended monitor, a tick of a cancelled timer", async () => {
    const seen: string[] = []
    const fickle = createMachine({
      entry: ({ event, self }) => {
        const own = selfOf(self)
        const ref = own.monitor((event as unknown as { input: Pid }).input)
        // Each of the later two is waiting in the inbox when the first is handled.
        own.after(10, { type: "RECANT", recant: () => [own.demonitor(ref), timer.cancel()] })
        const timer = own.after(10, { type: "TICK" })
      },
      on: {
        RECANT: { actions: ({ event }) => event.recant() },
        TICK: { actions: () => seen.push("TICK") },
        DOWN: { actions: () => seen.push("DOWN") },
      },
    })
    const target = stage.runtime.spawn(worker)
    const pid = stage.runtime.spawn(statechart(fickle), target)
    await pid.snapshot()
    await stage.runtime.sys.suspend(pid)
    await stage.time.advance(10)
    stage.runtime.exit(target, "kill")
    await stage.time.settle()
    await stage.runtime.sys.resume(pid)
    await pid.snapshot()
    expect(seen).toEqual([])
  })

  it("are EXIT events in place of its end, where it traps exits", async () => {
    const parent = createMachine({
      entry: ({ self }) => void selfOf(self).spawnLink(worker, undefined),
      on: { EXIT: { target: ".over" } },
      initial: "waiting",
      states: { waiting: {}, over: {} },
    })
    const kill = async (options: StatechartOptions): Promise<[ExitReason[], unknown]> => {
      const pid = stage.runtime.spawn(statechart(parent, options))
      const ends = endOf(pid)
      await pid.snapshot()
      const spawned = stage.events.findLast((event) => event.type === "spawned")
      if (spawned?.type === "spawned") stage.runtime.tell(spawned.pid, "crash")
      await stage.time.settle()
      return [ends, ends.length === 0 ? (await pid.snapshot()).value : undefined]
    }
    expect(await kill({ trapExit: true })).toEqual([[], "over"])
    expect(await kill({})).toEqual([[{ error: boom }], undefined])
  })

  it("end it with its parent, though it traps exits", async () => {
    const trapping = statechart(createMachine({ on: { "*": { actions: () => {} } } }), { trapExit: true })
    const pids: Pid[] = []
    const parent = actor(async (self) => {
      pids.push(self.spawnLink(trapping, undefined))
      await self.receive()
    })
    const pid = stage.runtime.spawn(parent)
    await stage.time.settle()
    const ends = endOf(pids[0] as Pid)
    stage.runtime.exit(pid, { error: boom })
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })

  it("end it with its parent while it is suspended, too", async () => {
    const trapping = statechart(createMachine({ on: { "*": { actions: () => {} } } }), { trapExit: true })
    const parent = server({
      init: (_none: undefined, self) => self.spawnLink(trapping, undefined),
      call: { child: (pid) => pid },
    })
    const pid = stage.runtime.spawn(parent)
    const below = await pid.call.child()
    await stage.runtime.sys.suspend(below)
    const ends = endOf(below)
    stage.runtime.exit(pid, "shutdown")
    await stage.time.settle()
    expect(ends).toEqual(["shutdown"])
  })

  it("are EXIT events where its starter sends them or ends, and has not started it with a link", async () => {
    const heard: unknown[] = []
    const trapping = statechart(createMachine({ on: { EXIT: { actions: ({ event }) => void heard.push(event.reason) } } }), {
      trapExit: true,
    })
    const starter = actor(async (self) => {
      const pid = self.spawn(trapping, undefined)
      self.link(pid)
      await self.receive()
      self.exit(pid, "shutdown")
      await self.receive()
      throw boom
    })
    const pid = stage.runtime.spawn(starter)
    for (const word of ["exit", "end"]) {
      await stage.time.settle()
      stage.runtime.tell(pid, word)
    }
    await stage.time.settle()
    expect(heard).toEqual(["shutdown", { error: boom }])
  })

  it("are ticks of the process's own timers too, reported where they are no events of the machine's", async () => {
    const timed = createMachine({
      entry: ({ self }) => {
        selfOf(self).after(5, "no event")
        selfOf(self).after(5, { type: "OTHER" })
        selfOf(self).after(5, { type: "TICK" })
      },
      initial: "waiting",
      states: { waiting: { on: { TICK: "over" } }, over: {} },
    })
    const pid = stage.runtime.spawn(statechart(timed))
    await stage.time.advance(5)
    expect((await pid.snapshot()).value).toBe("over")
    expect(deadLetters()).toEqual([
      ["no event", "unhandled"],
      [{ type: "OTHER" }, "unhandled"],
    ])
  })

  it("are an EXIT that it traps, reported where no state takes it", async () => {
    const trapping = statechart(createMachine({ on: { GO: {} } }), { trapExit: true })
    const pid = stage.runtime.spawn(trapping)
    await pid.snapshot()
    const other = stage.runtime.spawn(actor<undefined>((self) => self.exit(pid, { error: boom })))
    await stage.time.settle()
    expect([pid.isAlive, deadLetters()]).toEqual([true, [[{ type: "EXIT", from: other, reason: { error: boom } }, "unhandled"]]])
  })
})

describe("a machine that is done", () => {
  const sum = setup({ types: { output: {} as number, input: {} as number } }).createMachine({
    context: ({ input }) => ({ input }),
    output: ({ context }) => context.input + 1,
    initial: "open",
    states: { open: { on: { CLOSE: "closed" } }, closed: { type: "final" } },
  })

  it("ends its process normally, and what asked last is answered with its output", async () => {
    const pid = stage.runtime.spawn(statechart(sum), 41)
    const ends = endOf(pid)
    expect(await pid.transition({ type: "CLOSE" })).toMatchObject({ status: "done", output: 42 })
    await stage.time.settle()
    expect(ends).toEqual(["normal"])
  })

  it("has an output that can be waited for, and asked for afterwards", async () => {
    const pid = stage.runtime.spawn(statechart(sum), 41)
    const waiting = watch(pid.output())
    await pid.snapshot()
    expect(waiting.state).toBe("pending")
    pid.send({ type: "CLOSE" })
    await stage.time.settle()
    expect(waiting).toMatchObject({ state: "fulfilled", value: 42 })
    expect(await pid.output()).toBe(42)
  })

  it("refuses an output that is a thenable: no time limits how long it would be waited for", async () => {
    const hanging = setup({}).createMachine({ output: () => thenable(() => {}), initial: "done", states: { done: { type: "final" } } })
    const pid = stage.runtime.spawn(statechart(hanging), undefined)
    const waiting = watch(pid.output())
    await stage.time.settle()
    expect(waiting.error).toMatchObject({ kind: "INVALID" })
    expect((await refusalOf(pid.output())).kind).toBe("INVALID")
  })

  it("has none where it ends otherwise", async () => {
    const pid = stage.runtime.spawn(statechart(sum), 41)
    const waiting = watch(pid.output())
    stage.runtime.exit(pid, { error: boom })
    await stage.time.settle()
    expect(waiting.error).toBeInstanceOf(Unavailable)
    expect(waiting.error).toMatchObject({ cause: boom })
    expect((await refusalOf(pid.output())).details.reason).toBe("noproc")
  })

  it("may be so at its start: the process starts, and then ends", async () => {
    const pid = stage.runtime.spawn(statechart(createMachine({ initial: "a", states: { a: { type: "final" } }, output: 7 })))
    const ends = endOf(pid)
    expect(await pid.output()).toBe(7)
    expect(ends).toEqual(["normal"])
    expect(stage.events.filter(({ type }) => type === "crash_report")).toEqual([])
  })

  it("leaves what was sent after unhandled: given back or reported", async () => {
    const pid = stage.runtime.spawn(statechart(sum), 1)
    pid.send({ type: "CLOSE" })
    const late = watch(pid.transition({ type: "CLOSE" }))
    const told = { type: "CLOSE" } as const
    pid.send(told)
    await stage.time.settle()
    expect(late.error).toBeInstanceOf(Unavailable)
    expect(deadLetters()).toEqual([[told, "ended"]])
  })
})

describe("a machine that is stopped from within", () => {
  it("ends its process normally, whoever holds it", async () => {
    const actors: { stop(): void }[] = []
    const stoppable = createMachine({
      entry: ({ self }) => actors.push(self),
      on: { STOP: { actions: ({ self }) => self.stop() } },
    })
    const inside = stage.runtime.spawn(statechart(stoppable))
    const outside = stage.runtime.spawn(statechart(stoppable))
    const ends = [endOf(inside), endOf(outside)]
    await outside.snapshot()
    inside.send({ type: "STOP" })
    actors[1]?.stop()
    await stage.time.settle()
    expect(ends).toEqual([["normal"], ["normal"]])
  })
})

describe("a machine in error", () => {
  const fail = (): undefined => {
    throw boom
  }
  const fragile = createMachine({ on: { BREAK: { actions: fail }, KEEP: { actions: () => {} } } })

  it("crashes its process with what was thrown, and the request at fault fails with that", async () => {
    const pid = stage.runtime.spawn(statechart(fragile))
    const ends = endOf(pid)
    const error = await refusalOf(pid.transition({ type: "BREAK" }))
    expect(error).toBeInstanceOf(Internal)
    expect(error.cause).toBe(boom)
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
    expect(stage.events.find(({ type }) => type === "crash_report")).toMatchObject({ lastMessage: { message: { type: "BREAK" } } })
  })

  it("crashes it when nobody asked, and later messages are told of", async () => {
    const pid = stage.runtime.spawn(statechart(fragile))
    const ends = endOf(pid)
    const late = { type: "KEEP" }
    pid.send({ type: "BREAK" })
    stage.runtime.tell(pid, late)
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
    expect(deadLetters()).toEqual([[late, "ended"]])
  })

  it.each([
    ["an entry action", statechart(createMachine({ entry: fail }))],
    ["the context", statechart(setup({}).createMachine({ context: (): {} => fail() ?? {} }))],
  ])("fails the start, where it is so at once: %s", async (_what, definition) => {
    const ends = endOf(stage.runtime.spawn(definition as Definition<undefined>))
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("what looks inside", () => {
  it("sees the snapshot as the state, and cannot replace it", async () => {
    const pid = stage.runtime.spawn(statechart(light))
    expect(await stage.runtime.sys.getState(pid)).toMatchObject({ value: "off", status: "active" })
    expect((await refusalOf(stage.runtime.sys.replaceState(pid, (state) => state))).kind).toBe("INVALID")
    expect((await pid.transition({ type: "PRESS" })).value).toBe("on")
  })

  it("sees value and context of what has crashed", async () => {
    const counting = createMachine({
      context: { n: 1 },
      initial: "a",
      states: {
        a: {
          on: {
            BREAK: {
              actions: () => {
                throw boom
              },
            },
          },
        },
      },
    })
    stage.runtime.spawn(statechart(counting)).send({ type: "BREAK" })
    await stage.time.settle()
    expect(stage.events.find(({ type }) => type === "crash_report")).toMatchObject({ state: { value: "a", context: { n: 1 } } })
  })

  it("sees which delay crashed it", async () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: {
          after: {
            10: {
              actions: () => {
                throw boom
              },
            },
          },
        },
      },
    })
    stage.runtime.spawn(statechart(machine))
    await stage.time.advance(10)
    expect(stage.events.find(({ type }) => type === "crash_report")).toMatchObject({
      lastMessage: { handler: "info", message: { type: "xstate.after.10.(machine).a" } },
    })
  })

  it("sees the events that are traced", async () => {
    const traced: { readonly type: string }[] = []
    const slow = createMachine({ initial: "a", states: { a: { after: { 10: "b" }, on: { PRESS: {} } }, b: { on: { PRESS: "a" } } } })
    const pid = stage.runtime.spawn(statechart(slow))
    stage.runtime.sys.trace(pid, (entry) => traced.push(entry))
    await pid.transition({ type: "PRESS" })
    await stage.time.advance(10)
    await pid.snapshot()
    const messages = traced.filter(({ type }) => type === "message")
    const late = { type: "xstate.after.10.(machine).a" }
    expect(messages).toMatchObject([
      { handler: "info", message: { type: "PRESS" } },
      { handler: "info", message: late },
      { handler: "call.snapshot" },
    ])
  })

  it("is XState's inspector, and its logger", async () => {
    const types: string[] = []
    const lines: unknown[][] = []
    const machine = createMachine({ on: { SAY: { actions: log("hello", "greeting") } } })
    const options = {
      inspect: ({ type }: { type: string }) => void types.push(type),
      logger: (...parts: unknown[]) => void lines.push(parts),
    }
    const pid = stage.runtime.spawn(statechart(machine, options))
    await pid.transition({ type: "SAY" })
    expect(types).toEqual(
      expect.arrayContaining(["@xstate.actor", "@xstate.event", "@xstate.snapshot", "@xstate.microstep", "@xstate.action"]),
    )
    expect(lines).toEqual([["greeting", "hello"]])
  })

  it("cannot keep the process from ending, though it throws at that", async () => {
    const pid = stage.runtime.spawn(
      statechart(light, {
        inspect: (event) => {
          if (event.type === "@xstate.snapshot" && event.snapshot.status === "stopped") throw boom
        },
      }),
    )
    const ends = endOf(pid)
    await pid.snapshot()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(ends).toEqual(["killed"])
    expect(stage.runtime.statistics().processes).toBe(1)
  })

  it.each([
    ["throws", fails],
    ["rejects", async () => fails()],
    ["gives a thenable that throws", (): unknown => thenable(fails)],
  ])("changes nothing of the machine where it %s, and neither does its logger: both are reported at a bounded rate", async (_how, fail) => {
    const { runtime, time, log: lines } = await bootApp({})
    const child = createMachine({})
    const machine = createMachine({ invoke: { src: child }, context: { said: 0 }, on: { SAY: { actions: log("hello") } } })
    for (const inspect of [fail, { next: fail }]) {
      const pid = runtime.spawn(statechart(machine, { inspect, logger: fail }))
      for (let n = 0; n < 20; n += 1) await pid.transition({ type: "SAY" })
      expect([(await pid.snapshot()).status, pid.isAlive]).toEqual(["active", true])
    }
    await time.settle()
    const told = (what: string): number => lines.filter(({ message }) => message === `a statechart's ${what} threw`).length
    expect([told("inspector"), told("logger")]).toEqual([10, 10])
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("selfOf", () => {
  it("gives what the process can do as itself, from the context on, in every actor of the machine", async () => {
    const pids: Pid[] = []
    const child = createMachine({ context: ({ self }) => ({ noted: pids.push(selfOf(self).pid) }) })
    const machine = createMachine({
      context: ({ self }) => ({ noted: pids.push(selfOf(self).pid) }),
      invoke: { src: child },
      on: { STOP: { actions: ({ self }) => selfOf(self).stop({ shutdown: "enough" }) } },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    const ends = endOf(pid)
    await pid.snapshot()
    expect(pids).toEqual([pid, pid])
    pid.send({ type: "STOP" } as never)
    await stage.time.settle()
    expect(ends).toEqual([{ shutdown: "enough" }])
  })
})

describe("statechart", () => {
  it.each([
    ["machine", () => statechart({} as never)],
    ["machine", () => statechart(undefined as never)],
    ["trapExit", () => statechart(light, { trapExit: "yes" as never })],
    ["input", () => statechart(light, { input: 5 as never })],
    ["logger", () => statechart(light, { logger: "console" as never })],
    ["inspect", () => statechart(light, { inspect: 5 as never })],
    ["inspector", () => statechart(light, { inspector: () => {} } as never)],
    ["options", () => statechart(light, 5 as never)],
  ])("refuses what it cannot use, naming the field: %s", (field, make) => {
    expect(fieldOf(make)).toBe(field)
  })
})
