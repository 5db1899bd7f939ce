/** A statechart's time is the runtime's: every delay is a tick through the inbox. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type AnyStateMachine, assign, cancel, createMachine, fromCallback, raise, sendTo } from "xstate"
import type { Pid } from "../../src/index.ts"
import { type StatechartPid, selfOf, statechart } from "../../src/xstate.ts"
import { openStage, type Stage } from "../support/stage.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

const stateOf = async (pid: StatechartPid<AnyStateMachine>): Promise<unknown> => (await pid.snapshot()).value

const spawn = (machine: AnyStateMachine): StatechartPid<AnyStateMachine> => stage.runtime.spawn(statechart(machine), undefined)

/** Notes when each event comes. */
function recorder(at: string[]): { actions: (parts: { event: { type: string } }) => void } {
  return { actions: ({ event }) => void at.push(`${event.type} ${stage.time.now()}`) }
}

describe("a delayed transition", () => {
  it("is taken when its time has come, and not before", async () => {
    const pid = spawn(createMachine({ initial: "a", states: { a: { after: { 1000: "b" } }, b: { after: { 500: "c" } }, c: {} } }))
    await stage.time.advance(999)
    expect(await stateOf(pid)).toBe("a")
    await stage.time.advance(1)
    expect(await stateOf(pid)).toBe("b")
    await stage.time.advance(500)
    expect(await stateOf(pid)).toBe("c")
  })

  it("arms no timer of the host's own", async () => {
    const timeout = vi.spyOn(globalThis, "setTimeout")
    const pid = spawn(
      createMachine({ initial: "a", states: { a: { after: { 10: "b" } }, b: { entry: raise({ type: "X" }, { delay: 10 }) } } }),
    )
    await stage.time.advance(30)
    expect(await stateOf(pid)).toBe("b")
    expect(timeout).not.toHaveBeenCalled()
    timeout.mockRestore()
  })

  it("is off once its state is left, even where its tick waits in the inbox", async () => {
    const seen: string[] = []
    const machine = createMachine({
      initial: "a",
      states: {
        a: {
          entry: ({ self }) => void selfOf(self).after(10, { type: "LEAVE" }),
          after: { 10: { actions: () => seen.push("late") } },
          on: { LEAVE: "b" },
        },
        b: {},
      },
    })
    const pid = spawn(machine)
    await stage.time.advance(10)
    expect(await stateOf(pid)).toBe("b")
    expect(seen).toEqual([])
  })

  it("holds no host timer once nothing is delayed", async () => {
    const pid = spawn(createMachine({ initial: "a", states: { a: { after: { 10000: "b" }, on: { LEAVE: "b" } }, b: {} } }))
    await pid.snapshot()
    expect(stage.time.armedTimers).toBe(1)
    pid.send({ type: "LEAVE" })
    await pid.snapshot()
    await stage.time.advance(10_000)
    expect(stage.time.armedTimers).toBe(0)
  })

  it("waits while the process is suspended", async () => {
    const pid = spawn(createMachine({ initial: "a", states: { a: { after: { 10: "b" } }, b: {} } }))
    await stage.runtime.sys.suspend(pid)
    await stage.time.advance(10)
    expect(await stage.runtime.sys.getState(pid)).toMatchObject({ value: "a" })
    await stage.runtime.sys.resume(pid)
    expect(await stateOf(pid)).toBe("b")
  })

  it("of an invoked machine, and of one invoked by that, takes the same time", async () => {
    const at: string[] = []
    const inner = createMachine({ after: { 30: { actions: () => void at.push(`inner ${stage.time.now()}`) } } })
    const middle = createMachine({ invoke: { src: inner }, after: { 20: { actions: () => void at.push(`middle ${stage.time.now()}`) } } })
    const pid = spawn(
      createMachine({ invoke: { src: middle }, after: { 10: { actions: () => void at.push(`outer ${stage.time.now()}`) } } }),
    )
    await stage.time.advance(40)
    expect(at).toEqual(["outer 10", "middle 20", "inner 30"])
    expect(pid.isAlive).toBe(true)
  })
})

describe("a delayed event", () => {
  it("comes after its delay, in the order of time", async () => {
    const at: string[] = []
    spawn(
      createMachine({
        entry: [
          raise({ type: "B" }, { delay: 20 }),
          raise({ type: "A" }, { delay: 10 }),
          sendTo(({ self }) => self, { type: "C" }, { delay: 30 }),
        ],
        on: { A: recorder(at), B: recorder(at), C: recorder(at) },
      }),
    )
    await stage.time.advance(40)
    expect(at).toEqual(["A 10", "B 20", "C 30"])
  })

  it("comes at once where the delay is none", async () => {
    const at: string[] = []
    spawn(
      createMachine({
        entry: [raise({ type: "A" }, { delay: -5 }), raise({ type: "B" }, { delay: Number.NaN })],
        on: { A: recorder(at), B: recorder(at) },
      }),
    )
    await stage.time.advance(1)
    expect(at).toEqual(["A 0", "B 0"])
  })

  it("is cancelled by its id, all of that id and no other", async () => {
    const at: string[] = []
    const pid = spawn(
      createMachine({
        entry: [
          raise({ type: "A" }, { delay: 10, id: "x" }),
          raise({ type: "B" }, { delay: 11, id: "x" }),
          raise({ type: "C" }, { delay: 12, id: "y" }),
          raise({ type: "D" }, { delay: 13 }),
        ],
        on: { CANCEL: { actions: cancel("x") }, A: recorder(at), B: recorder(at), C: recorder(at), D: recorder(at) },
      }),
    )
    pid.send({ type: "CANCEL" })
    await stage.time.advance(20)
    expect(at).toEqual(["C 12", "D 13"])
  })

  it("is cancelled by the actor alone that has sent it", async () => {
    const at: string[] = []
    const child = createMachine({ on: { CANCEL: { actions: cancel("x") } } })
    const machine = createMachine({
      invoke: { src: child, id: "child" },
      entry: raise({ type: "A" }, { delay: 10, id: "x" }),
      on: { A: recorder(at), CANCEL: { actions: sendTo("child", { type: "CANCEL" }) } },
    })
    await spawn(machine).transition({ type: "CANCEL" })
    await stage.time.advance(10)
    expect(at).toEqual(["A 10"])
  })

  it("goes with the actor that has sent it, and with no other", async () => {
    const at: string[] = []
    const child = createMachine({
      initial: "on",
      states: {
        on: { entry: sendTo(({ self }) => self._parent ?? self, { type: "CHILD" }, { delay: 10 }), on: { END: "over" } },
        over: { type: "final" },
      },
    })
    const pid = spawn(
      createMachine({
        invoke: { src: child, id: "child" },
        entry: raise({ type: "OWN" }, { delay: 10 }),
        on: { END: { actions: sendTo("child", { type: "END" }) }, CHILD: recorder(at), OWN: recorder(at) },
      }),
    )
    pid.send({ type: "END" })
    await stage.time.advance(10)
    expect(at).toEqual(["OWN 10"])
  })

  it("is of the machine's present self: a kill leaves none", async () => {
    const pid = spawn(createMachine({ entry: raise({ type: "A" }, { delay: 10 }), on: { A: {} } }))
    await pid.snapshot()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(stage.runtime.statistics().processes).toBe(1)
    await stage.time.advance(10)
    expect(stage.time.armedTimers).toBe(0)
  })
})

describe("the clock that actors are given", () => {
  it("is the process's, for logic of one's own", async () => {
    const seen: [string, number][] = []
    const pids: Pid[] = []
    const logic = fromCallback(({ system, sendBack, self }) => {
      pids.push(selfOf(self).pid)
      system._clock.setTimeout(() => sendBack({ type: "A" }), 10)
      const timer = system._clock.setTimeout(() => sendBack({ type: "B" }), 10)
      system._clock.clearTimeout(timer)
      system._clock.clearTimeout(undefined)
    })
    const pid = spawn(
      createMachine({
        context: { n: 0 },
        invoke: { src: logic },
        on: { "*": { actions: [({ event }) => seen.push([event.type, stage.time.now()]), assign({ n: ({ context }) => context.n + 1 })] } },
      }),
    )
    await stage.time.advance(20)
    expect(seen).toEqual([["A", 10]])
    expect((await pid.snapshot()).context).toEqual({ n: 1 })
    expect(pids).toEqual([pid])
  })
})
