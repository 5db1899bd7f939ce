/**
 * Compiles a flat statechart to the table that the hot side of the runtime executes: from a state and an event to
 * the next state and the action on entering it. Once, because XState's own step costs microseconds.
 */

import type { AnyStateMachine } from "xstate"

export interface Step<State extends string, Action extends string> {
  readonly target: State
  /** The target's entry action. */
  readonly action: Action | undefined
}

export interface StatechartTable<State extends string, Event extends string, Action extends string> {
  readonly initial: State
  /** `undefined`: the state takes no such event. */
  next(state: State, event: Event): Step<State, Action> | undefined
}

interface FlatState {
  readonly entry?: string
  readonly on?: Readonly<Record<string, string>>
}

/** Flat machines only: states with one named entry action, and events that name their target. */
export function compileStatechart<State extends string, Event extends string, Action extends string = never>(
  machine: AnyStateMachine,
): StatechartTable<State, Event, Action> {
  const { initial, states = {} } = machine.config as { initial?: string; states?: Record<string, FlatState> }
  const table = new Map<string, ReadonlyMap<string, Step<State, Action>>>()
  for (const [name, state] of Object.entries(states)) {
    const steps = Object.entries(state.on ?? {}).map(([event, target]): [string, Step<State, Action>] => {
      return [event, { target: target as State, action: states[target]?.entry as Action | undefined }]
    })
    table.set(name, new Map(steps))
  }
  return { initial: initial as State, next: (state, event) => table.get(state)?.get(event) }
}
