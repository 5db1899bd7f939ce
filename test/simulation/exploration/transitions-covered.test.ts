/** Which transitions of a machine were taken in some schedule: its own, those of the machines below it, and none that it does not have. */

import { type Application, explore, replay, type World } from "pigeonhole/simulation"
import { virtualTime } from "pigeonhole/testing"
import { StatechartMailbox, statechart } from "pigeonhole/xstate"
import { describe, expect, it } from "vitest"
import { type AnyStateMachine, createMachine, fromPromise, type InspectionEvent } from "xstate"
import { machineWatchOf } from "../../../src/kernel/kernel-host.ts"
import { watched } from "../../../src/statechart/statechart-transitions.ts"

type Event = { readonly type: string }

/** Sends it those, one after the other. */
const sends =
  (machine: AnyStateMachine, events: readonly Event[], options = {}) =>
  (): Application => ({
    tree: { "app:light": statechart(machine, options) },
    async run(runtime) {
      const light = (await runtime.acquire("app:light", { as: StatechartMailbox })) as StatechartMailbox<AnyStateMachine>
      for (const event of events) await light.transition(event)
    },
  })

const covered = async (application: () => Application, schedules = 2) => (await explore(application, { schedules })).coverage.transitions

const light = createMachine({
  id: "light",
  initial: "off",
  on: { RESET: ".off" },
  states: {
    off: { on: { PRESS: "on", LOOK: { actions: () => {} }, RESET: {} } },
    on: { on: { PRESS: [{ guard: "isNight", target: "dim" }, { target: "off" }] }, after: { 1000: "off" } },
    dim: { always: "off" },
  },
}).provide({ guards: { isNight: () => false } })

const PRESS = { type: "PRESS" }

describe("the transitions of a machine", () => {
  it("are counted by what they are of, and those that no schedule took are named", async () => {
    expect(await covered(sends(light, [PRESS, PRESS]))).toEqual([
      {
        machine: "light",
        transitions: 7,
        taken: 3,
        missing: ["light RESET → off", "off LOOK", "on PRESS if isNight → dim", "dim always → off"],
      },
    ])
  })

  it("are counted over all schedules, and told in the text", async () => {
    const either = (world: World): Application => sends(light, [{ type: world.random() < 0.5 ? "PRESS" : "LOOK" }])()
    const report = await explore(either, { schedules: 24 })
    expect(report.coverage.transitions[0]).toMatchObject({ taken: 3 })
    expect(report.text).toContain("light: 3 of 7 transitions taken; never `light RESET → off`")
  })

  it("are counted of a machine that is made anew for each schedule, and of one that is repeated", async () => {
    const fresh = () => sends(createMachine({ id: "door", initial: "a", states: { a: { on: { GO: "b" } }, b: {} } }), [{ type: "GO" }])()
    const told = [{ machine: "door", transitions: 1, taken: 1, missing: [] }]
    expect(await covered(fresh)).toEqual(told)
    const failing = (): Application => ({ ...fresh(), check: () => "never right" })
    const { schedule = "" } = await explore(failing, { schedules: 1 })
    expect((await replay(failing, schedule)).coverage.transitions).toEqual(told)
  })

  it("are counted of machines below it, and of what those invoke", async () => {
    const lamp = createMachine({
      id: "lamp",
      initial: "warming",
      states: {
        warming: { invoke: { id: "heat", src: fromPromise(async () => 1), onDone: "lit", onError: "broken" } },
        lit: { type: "final" },
        broken: {},
      },
    })
    const house = createMachine({
      id: "house",
      initial: "dark",
      states: { dark: { invoke: { src: lamp, onDone: "light" } }, light: {} },
    })
    const stays = (): Application => ({
      ...sends(house, [])(),
      check: (_runtime, world) => (world.stateOf("app:light") as { value: string }).value === "light",
    })
    expect(await covered(stays)).toEqual([
      { machine: "lamp", transitions: 2, taken: 1, missing: ["warming error heat → broken"] },
      { machine: "house", transitions: 1, taken: 1, missing: [] },
    ])
  })

  it("are told apart where they look alike, and by their process where the machine has no id", async () => {
    const twice = createMachine({
      initial: "a",
      states: { a: { on: { GO: [{ guard: () => false, target: "b" }, { target: "b" }] } }, b: {} },
    })
    expect(await covered(sends(twice, [{ type: "GO" }]))).toEqual([
      { machine: "app:light", transitions: 2, taken: 1, missing: ["a GO → b"] },
    ])
  })

  it("leave the machine's own inspector what it had", async () => {
    const told: string[] = []
    const inspect = ({ type }: InspectionEvent): void => void told.push(type)
    expect(await covered(sends(light, [PRESS], { inspect }), 1)).toMatchObject([{ taken: 1 }])
    expect(told).toContain("@xstate.microstep")
  })

  it("are told by no inspection where nobody counts them", () => {
    const callbacks = {}
    expect(watched(callbacks, machineWatchOf(virtualTime()), "app:light")).toBe(callbacks)
  })

  it("are none where there is no machine, or one without any", async () => {
    expect(await covered(() => ({ tree: {}, run() {} }))).toEqual([])
    expect(await covered(sends(createMachine({ id: "still" }), []))).toEqual([])
  })
})
