/** Events that a machine puts aside until its state changes: gen_statem's postpone. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { assign, createMachine, raise, sendParent, sendTo, setup } from "xstate"
import { actor, child, type Pid, RateLimited, Timeout, Unavailable } from "../../src/index.ts"
import { fromProcess, type StatechartPid, selfOf, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { as, caller } from "../support/async-context.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"
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

type DeskEvent =
  | { type: "PUT"; n: number }
  | { type: "OPEN" }
  | { type: "CLOSE" }
  | { type: "TOUCH" }
  | { type: "AGAIN" }
  | { type: "BREAK" }

/** Notes what is put while it is open, and postpones it while it is shut; an odd number shuts it. */
const desk = setup({
  types: { context: {} as { put: readonly number[]; touched: number }, events: {} as DeskEvent },
  actions: {
    later: ({ self }) => selfOf(self).postpone(),
    note: assign({ put: ({ context, event }) => (event.type === "PUT" ? [...context.put, event.n] : context.put) }),
  },
}).createMachine({
  context: { put: [], touched: 0 },
  initial: "shut",
  states: {
    shut: { on: { PUT: { actions: "later" }, OPEN: "open", AGAIN: { target: "shut", reenter: true } } },
    open: {
      on: {
        PUT: [{ guard: ({ event }) => event.n % 2 === 1, target: "shut", actions: "note" }, { actions: "note" }],
        CLOSE: "shut",
      },
    },
  },
  on: {
    TOUCH: { actions: assign({ touched: ({ context }) => context.touched + 1 }) },
    BREAK: {
      actions: () => {
        throw boom
      },
    },
  },
})

type Desk = StatechartPid<typeof desk>

const put = (pid: Desk, ...numbers: readonly number[]): void => {
  for (const n of numbers) pid.send({ type: "PUT", n })
}

const noted = async (pid: Desk): Promise<readonly number[]> => (await pid.snapshot()).context.put

describe("a postponed event", () => {
  it("is handled anew after the state has changed: in order of arrival, and before all that came after it", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    put(pid, 2, 4)
    pid.send({ type: "OPEN" })
    put(pid, 6)
    expect(await noted(pid)).toEqual([2, 4, 6])
  })

  it("waits for a change of the state: of the context alone it hears nothing, nor of a state that is entered anew", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    put(pid, 2)
    for (const type of ["TOUCH", "AGAIN"] as const) await pid.transition({ type })
    expect(stage.runtime.statistics().waiting).toBe(1)
    await pid.transition({ type: "OPEN" })
    expect(await noted(pid)).toEqual([2])
    expect(stage.runtime.statistics().waiting).toBe(0)
  })

  it("keeps its place when it is postponed again", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    put(pid, 1, 3, 2, 5)
    pid.send({ type: "OPEN" })
    put(pid, 4)
    expect(await noted(pid)).toEqual([1])
    for (const expected of [[3], [2, 5], [4]]) {
      await pid.transition({ type: "OPEN" })
      expect((await noted(pid)).slice(-expected.length)).toEqual(expected)
    }
    expect(await noted(pid)).toEqual([1, 3, 2, 5, 4])
  })

  it("is handled anew at once where the transition that postpones it changes the state", async () => {
    const machine = createMachine({
      initial: "a",
      states: { a: { on: { GO: { target: "b", actions: ({ self }) => selfOf(self).postpone() } } }, b: { on: { GO: "c" } }, c: {} },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    expect((await pid.transition({ type: "GO" })).value).toBe("c")
  })

  it.each([true, false])("is answered when it has been handled; served where it was asked: %s", async (isAtOnce) => {
    const pid = stage.runtime.spawn(statechart(desk))
    if (isAtOnce) await pid.snapshot()
    const answer = watch(pid.transition({ type: "PUT", n: 2 }))
    await stage.time.settle()
    expect(answer.state).toBe("pending")
    pid.send({ type: "OPEN" })
    await stage.time.settle()
    expect(answer.value).toMatchObject({ value: "open", context: { put: [2] } })
    const { accepted, handled } = stage.runtime.statistics()
    expect(accepted).toBe(handled)
  })

  it("does not come back once its asker's time is over", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    const answer = refusalOf(pid.transition({ type: "PUT", n: 2 }, { timeoutMs: 100 }))
    await stage.time.advance(100)
    expect(await answer).toBeInstanceOf(Timeout)
    await pid.transition({ type: "OPEN" })
    expect(await noted(pid)).toEqual([])
    expect([stage.runtime.statistics().waiting, stage.time.armedTimers]).toEqual([0, 0])
  })

  it("is handled in its sender's async context, whoever has changed the state", async () => {
    const { runtime, time } = await as("starter", () => bootApp({}))
    const seen: string[] = []
    const machine = createMachine({
      initial: "a",
      states: {
        a: { on: { GO: { actions: ({ self }) => selfOf(self).postpone() }, NEXT: "b" } },
        b: { on: { GO: { actions: () => void seen.push(caller()) } } },
      },
    })
    const pid = as("owner", () => runtime.spawn(statechart(machine)))
    as("red", () => pid.send({ type: "GO" }))
    await time.settle()
    as("blue", () => pid.send({ type: "NEXT" }))
    await time.settle()
    expect(seen).toEqual(["red"])
    await runtime.stop()
  })

  it("may be one that the machine sends itself with a delay", async () => {
    const machine = setup({ actions: { later: ({ self }) => selfOf(self).postpone() } }).createMachine({
      entry: raise({ type: "LATE" }, { delay: 10 }),
      initial: "a",
      states: { a: { on: { LATE: { actions: "later" }, NEXT: "b" } }, b: { on: { LATE: "c" } }, c: {} },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    await stage.time.advance(20)
    expect((await pid.transition({ type: "NEXT" })).value).toBe("b")
    expect((await pid.snapshot()).value).toBe("c")
  })

  it("may be a tick of self.after, a DOWN, and what an invoked actor sends", async () => {
    const seen: string[] = []
    const note = ({ event }: { event: { type: string } }): void => void seen.push(event.type)
    const teller = actor<Pid>((self, actor) => void self.tell(actor, { type: "TOLD" }))
    const machine = setup({
      actions: { later: ({ self }) => selfOf(self).postpone() },
      actors: {
        teller: fromProcess(teller, { argument: (_input: undefined, actor) => actor }),
        below: createMachine({ entry: sendParent({ type: "SENT" }) }),
      },
    }).createMachine({
      entry: ({ self }) => {
        const own = selfOf(self)
        own.after(10, { type: "TICK" })
        own.monitor(
          own.spawn(
            actor(async () => {}),
            undefined,
          ),
        )
      },
      invoke: { src: "teller" },
      initial: "a",
      states: {
        a: { on: { TICK: { actions: "later" }, DOWN: { actions: "later" }, TOLD: { actions: "later" }, NEXT: "b" } },
        b: { on: { TICK: { actions: note }, DOWN: { actions: note }, TOLD: { actions: note } } },
      },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    await stage.time.advance(10)
    expect(seen).toEqual([])
    await stage.runtime.ask(pid, { type: "NEXT" })
    await stage.time.settle()
    expect(seen.toSorted()).toEqual(["DOWN", "TICK", "TOLD"])
    expect(seen.at(-1)).toBe("TICK")
  })

  it("is that of an actor below, where this sends it while the machine handles another one", async () => {
    const seen: string[] = []
    const echo = createMachine({ on: { GO: { actions: sendParent({ type: "ECHO" }) } } })
    const machine = setup({ actions: { later: ({ self }) => selfOf(self).postpone() }, actors: { echo } }).createMachine({
      invoke: { src: "echo", id: "echo" },
      initial: "a",
      states: {
        a: { on: { GO: { target: "b", actions: [() => void seen.push("GO"), sendTo("echo", { type: "GO" })] } } },
        b: { on: { ECHO: { actions: [() => void seen.push("postponed"), "later"] }, NEXT: "c" } },
        c: { on: { ECHO: { actions: () => void seen.push("ECHO") } } },
      },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    expect((await stage.runtime.ask(pid, { type: "GO" })) as unknown).toMatchObject({ value: "b" })
    await pid.snapshot()
    expect(seen).toEqual(["GO", "postponed"])
    await stage.runtime.ask(pid, { type: "NEXT" })
    await pid.snapshot()
    expect(seen).toEqual(["GO", "postponed", "ECHO"])
  })

  it("of regions side by side waits for a change of any of them", async () => {
    const machine = setup({ actions: { later: ({ self }) => selfOf(self).postpone() } }).createMachine({
      type: "parallel",
      states: {
        one: { initial: "a", states: { a: { on: { GO: { actions: "later" }, ONE: "b" } }, b: { on: { GO: "c" } }, c: {} } },
        two: { initial: "a", states: { a: { on: { TWO: "b" } }, b: {} } },
      },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    pid.send({ type: "GO" })
    expect((await pid.transition({ type: "TWO" })).value).toEqual({ one: "a", two: "b" })
    expect(stage.runtime.statistics().waiting).toBe(1)
    await pid.transition({ type: "ONE" })
    expect((await pid.snapshot()).value).toEqual({ one: "c", two: "b" })
  })
})

describe("postponing", () => {
  it("is bounded: one too many is refused who asked it, and a dead letter where it was told; the machine goes on", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    put(pid, ...Array.from({ length: 1024 }, () => 2))
    await pid.snapshot()
    expect(await refusalOf(pid.transition({ type: "PUT", n: 2 }))).toBeInstanceOf(RateLimited)
    put(pid, 4)
    await pid.transition({ type: "OPEN" })
    expect(await noted(pid)).toHaveLength(1024)
    expect(stage.events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ message: { type: "PUT", n: 4 }, cause: "overflow" }])
    const { accepted, handled, reported, returned, waiting } = stage.runtime.statistics()
    expect(accepted).toBe(handled + reported + returned + waiting)
  })

  it.each([
    ["a start", createMachine({ entry: ({ self }) => selfOf(self).postpone() })],
    ["a delay", createMachine({ after: { 1: { actions: ({ self }) => selfOf(self).postpone() } } })],
    [
      "an event of an actor below",
      createMachine({
        invoke: { src: createMachine({ on: { GO: { actions: ({ self }) => selfOf(self).postpone() } } }), id: "b" },
        on: { GO: { actions: sendTo("b", { type: "GO" }) } },
      }),
    ],
  ])("has nothing to put aside at %s: a crash that says so", async (_what, machine) => {
    const pid = stage.runtime.spawn(statechart(machine))
    const ended = stage.runtime.whenEnded(pid)
    pid.send({ type: "GO" })
    await stage.time.advance(1)
    stage.runtime.exit(pid, "kill")
    expect(await ended).toMatchObject({ error: { kind: "INVALID" } })
  })

  it("has nothing to put aside once the event is over, nor once the process has ended", async () => {
    const selves: ReturnType<typeof selfOf>[] = []
    const machine = createMachine({ on: { GO: { actions: ({ self }) => void selves.push(selfOf(self)) } } })
    const pid = stage.runtime.spawn(statechart(machine))
    await pid.transition({ type: "GO" })
    expect(() => selves[0]?.postpone()).toThrow("handles none now")
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(() => selves[0]?.postpone()).toThrow(Unavailable)
  })

  it("is of the event that came, also where the machine has raised another one of it", async () => {
    const machine = setup({ actions: { later: ({ self }) => selfOf(self).postpone() } }).createMachine({
      initial: "a",
      states: {
        a: { on: { GO: { actions: raise({ type: "INNER" }) }, INNER: { actions: "later" }, NEXT: "b" } },
        b: { on: { GO: "c" } },
        c: {},
      },
    })
    const pid = stage.runtime.spawn(statechart(machine))
    pid.send({ type: "GO" })
    await pid.transition({ type: "NEXT" })
    expect((await pid.snapshot()).value).toBe("c")
  })
})

describe("what is postponed at an end", () => {
  it("is handed back where it was asked, and reported where it was told, as what waits", async () => {
    const pid = stage.runtime.spawn(statechart(desk))
    const answer = watch(pid.transition({ type: "PUT", n: 2 }))
    put(pid, 4)
    await stage.time.settle()
    void stage.runtime.stopProcess(pid)
    await stage.time.settle()
    expect(answer.error).toBeInstanceOf(Unavailable)
    expect(stage.events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ message: { type: "PUT", n: 4 }, cause: "ended" }])
    expect(stage.time.armedTimers).toBe(0)
  })

  it.each(["retain", "reset"] as const)("is the next incarnation's after a crash, where it came through a mailbox: %s", async (state) => {
    const app = await bootApp({ "app:desk": child(statechart(desk), { state }) })
    const mailbox = await app.runtime.acquire("app:desk")
    mailbox.send({ type: "PUT", n: 2 })
    const answer = watch(mailbox.transition({ type: "PUT", n: 4 }))
    mailbox.send({ type: "BREAK" })
    mailbox.send({ type: "TOUCH" })
    expect((await mailbox.snapshot()).context).toEqual({ put: [], touched: 1 })
    expect(answer.state).toBe("pending")
    mailbox.send({ type: "OPEN" })
    mailbox.send({ type: "PUT", n: 6 })
    expect((await mailbox.snapshot()).context.put).toEqual([2, 4, 6])
    expect(answer.state).toBe("fulfilled")
    await app.runtime.stop()
  })

  it("is waited for by a stop that drains, and handed back when its time is over", async () => {
    const opening = setup({ actions: { later: ({ self }) => selfOf(self).postpone() } }).createMachine({
      initial: "shut",
      states: { shut: { on: { PUT: { actions: "later" } }, after: { 50: "open" } }, open: { on: { PUT: { actions: () => {} } } } },
    })
    const pids = [stage.runtime.spawn(statechart(opening)), stage.runtime.spawn(statechart(desk))] as const
    const answers = [watch(pids[0].transition({ type: "PUT" })), watch(pids[1].transition({ type: "PUT", n: 2 }))]
    await stage.time.settle()
    const stopped = watch(stage.runtime.stop({ drain: true, timeoutMs: 1000 }))
    await stage.time.advance(399)
    expect([stopped.state, ...answers.map(({ state }) => state)]).toEqual(["pending", "fulfilled", "pending"])
    await stage.time.advance(1)
    expect([stopped.state, answers[1]?.state]).toEqual(["fulfilled", "rejected"])
  })
})
