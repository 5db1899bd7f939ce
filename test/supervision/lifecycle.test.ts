import { describe, expect, it } from "vitest"
import type { AnyStateMachine } from "xstate"
import { getAdjacencyMap, getSimplePaths } from "xstate/graph"
import { attachmentLifecycle, childLifecycle } from "../../src/inspection/xstate-lifecycles.ts"
import { attachmentTable } from "../../src/service/attachment-lifecycle.ts"
import { childTable } from "../../src/supervision/lifecycle.ts"
import type { StatechartTable } from "../../src/supervision/statechart-table.ts"

interface Chart {
  readonly machine: AnyStateMachine
  readonly table: StatechartTable<string, string, string>
}

const CHARTS: Readonly<Record<string, Chart>> = {
  child: { machine: childLifecycle, table: childTable as StatechartTable<string, string, string> },
  attachment: { machine: attachmentLifecycle, table: attachmentTable as StatechartTable<string, string, string> },
}

const eventsOf = (machine: AnyStateMachine) => machine.events.map((type) => ({ type: String(type) }))

describe.each(Object.entries(CHARTS))("the %s statechart", (_name, { machine, table }) => {
  it("and its compiled table take the same step from every state on every event", () => {
    let steps = 0
    for (const { state, transitions } of Object.values(getAdjacencyMap(machine, { events: eventsOf(machine) }))) {
      for (const { event, state: next } of Object.values(transitions) as { event: { type: string }; state: typeof state }[]) {
        const from = String(state.value)
        const expected = next.value === state.value ? undefined : String(next.value)
        expect(table.next(from, event.type)?.target, `${from} on ${event.type}`).toBe(expected)
        steps += 1
      }
    }
    expect(steps).toBe(Object.keys(machine.states).length * machine.events.length)
  })

  it("walks to the same end on every path, with the entry action of each state on the way", () => {
    const paths = getSimplePaths(machine, { events: eventsOf(machine) })
    expect(paths.length).toBeGreaterThan(machine.events.length - 1)
    for (const path of paths) {
      let state = table.initial
      for (const { event } of path.steps.slice(1)) {
        const step = table.next(state, event.type)
        expect(step, `${state} on ${event.type}`).toBeDefined()
        state = step?.target ?? state
        expect(step?.action).toBe((machine.config.states as Record<string, { entry?: string }>)[state]?.entry)
      }
      expect(state).toBe(String(path.state.value))
    }
  })

  it("reaches every state", () => {
    const reached = new Set(Object.values(getAdjacencyMap(machine, { events: eventsOf(machine) })).map(({ state }) => String(state.value)))
    expect([...reached].sort()).toEqual(Object.keys(machine.states).sort())
  })
})

describe("the child's life", () => {
  it("has no way out of having given up", () => {
    for (const { type } of eventsOf(childLifecycle)) expect(childTable.next("givenUp", type as never)).toBeUndefined()
  })
  it("starts a process only by way of starting, and stops one only by way of stopping or restarting", () => {
    const entered = (action: string) =>
      Object.entries(childLifecycle.config.states as Record<string, { entry?: string }>)
        .filter(([, { entry }]) => entry === action)
        .map(([state]) => state)
    expect(entered("spawn")).toEqual(["starting"])
    expect(entered("shutDown")).toEqual(["restarting", "stopping"])
  })
})
