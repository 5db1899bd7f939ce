/** In whose async context a machine runs. */

import { describe, expect, it } from "vitest"
import { createMachine, fromCallback, fromPromise, raise } from "xstate"
import { type AsyncContextRule, actor, type Pid, server } from "../../src/index.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { as, caller, NOBODY } from "../support/async-context.ts"

describe.each<AsyncContextRule>(["sender", "runtime"])("with the rule %s, a statechart", (rule) => {
  const by = (name: string): string => (rule === "sender" ? name : NOBODY)
  const open = () => as("starter", () => bootApp({}, { asyncContext: rule }))

  it("handles each event in its sender's context, at once, in one burst and behind others", async () => {
    const { runtime, time } = await open()
    const seen: string[] = []
    const machine = createMachine({ on: { GO: { actions: () => void seen.push(caller()) } } })
    const pid = as("owner", () => runtime.spawn(statechart(machine)))
    await time.settle()
    await as("red", () => runtime.ask(pid, { type: "GO" }))
    await Promise.all(["blue", "green"].map((user) => as(user, () => runtime.ask(pid, { type: "GO" }))))
    for (const user of ["red", "blue"]) as(user, () => runtime.tell(pid, { type: "GO" }))
    await time.settle()
    expect(seen).toEqual(["red", "blue", "green", "red", "blue"].map(by))
    await runtime.stop()
  })

  it("starts, ticks and ends in the context of whoever started it", async () => {
    const { runtime, time } = await open()
    const seen: string[] = []
    const note = (what: string) => () => void seen.push(`${what} ${caller()}`)
    const machine = createMachine({
      entry: note("entry"),
      invoke: { src: fromCallback(() => note("cleared")) },
      after: { 10: { actions: note("after") } },
      on: { LATER: { actions: raise({ type: "RAISED" }, { delay: 20 }) }, RAISED: { actions: note("raised") } },
    })
    const pid = as("owner", () => runtime.spawn(statechart(machine)))
    await time.settle()
    as("red", () => runtime.tell(pid, { type: "LATER" }))
    await as("time", () => time.advance(50))
    const stopped = as("stopper", () => runtime.stopProcess(pid))
    await time.settle()
    await stopped
    expect(seen).toEqual(["entry", "after", "raised", "cleared"].map((what) => `${what} ${by("owner")}`))
    await runtime.stop()
  })

  it("hears what an invoked process tells it in the context in which that was told", async () => {
    const { runtime, time } = await open()
    const seen: string[] = []
    const pids: Pid[] = []
    const teller = server({
      init: (actor: Pid, self) => {
        pids.push(self.pid)
        return { actor }
      },
      info: ({ actor }, _message, self) => void self.tell(actor, { type: "TOLD" }),
    })
    const machine = createMachine({
      invoke: { src: fromProcess(teller, { argument: (_input: unknown, actor) => actor }) },
      on: { TOLD: { actions: () => void seen.push(caller()) } },
    })
    as("owner", () => runtime.spawn(statechart(machine)))
    await time.settle()
    for (const user of ["red", "blue"]) as(user, () => runtime.tell(pids[0] as Pid, "go"))
    await time.settle()
    expect(seen).toEqual(["red", "blue"].map(by))
    await runtime.stop()
  })

  it("hears of what it has invoked in the context in which it did so, not in that of whoever sends meanwhile", async () => {
    const { runtime, time } = await open()
    const seen: string[] = []
    const note = (what: string) => () => void seen.push(`${what} ${caller()}`)
    const teller = fromProcess(
      actor<{ actor: Parameters<typeof runtime.tell>[0] }>(async (self, { actor }) => {
        self.tell(actor, { type: "TOLD" })
        await self.receive({ timeoutMs: 5 }).catch(() => {})
      }),
      { argument: (_input: unknown, actor) => ({ actor }) },
    )
    const machine = createMachine({
      initial: "idle",
      on: { NOISE: { actions: note("noise") }, TOLD: { actions: note("told") } },
      states: {
        idle: { on: { GO: "working" } },
        working: { invoke: { src: fromPromise(async () => void (await null)), onDone: { target: "telling", actions: note("done") } } },
        telling: { invoke: { src: teller, onDone: { target: "over", actions: note("ended") } } },
        over: {},
      },
    })
    const pid = as("owner", () => runtime.spawn(statechart(machine)))
    await time.settle()
    as("red", () => runtime.tell(pid, { type: "GO" }))
    as("blue", () => runtime.tell(pid, { type: "NOISE" }))
    await as("time", () => time.advance(100))
    expect(seen).toEqual([`noise ${by("blue")}`, `done ${by("red")}`, `told ${by("red")}`, `ended ${by("red")}`])
    await runtime.stop()
  })
})
