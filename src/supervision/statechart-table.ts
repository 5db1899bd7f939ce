/**
 * Flat statecharts as plain data in XState's notation, and the table compiled of one that the hot side of the runtime executes: from a
 * state and an event to the next state and the action on entering it. XState's own step costs microseconds, and the runtime needs none of it.
 */

/** States with one named entry action, and events that name their target. */
export interface FlatStatechart<State extends string, Event extends string, Action extends string = never> {
  readonly id: string
  readonly initial: State
  readonly states: Readonly<Record<State, FlatState<State, Event, Action>>>
}

interface FlatState<State extends string, Event extends string, Action extends string> {
  readonly type?: "final"
  readonly entry?: Action
  readonly on?: Readonly<Partial<Record<Event, State>>>
}

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

export function compileStatechart<State extends string, Event extends string, Action extends string = never>(
  chart: FlatStatechart<State, Event, Action>,
): StatechartTable<State, Event, Action> {
  const { initial, states } = chart
  const table = new Map<string, ReadonlyMap<string, Step<State, Action>>>()
  for (const [name, { on = {} }] of Object.entries<FlatState<State, Event, Action>>(states)) {
    const steps = Object.entries<State>(on as Record<string, State>).map(([event, target]): [string, Step<State, Action>] => {
      return [event, { target, action: states[target].entry }]
    })
    table.set(name, new Map(steps))
  }
  return { initial, next: (state, event) => table.get(state)?.get(event) }
}
