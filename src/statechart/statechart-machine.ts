/**
 * The type of a machine as its address and its mailbox keep it: what it takes, what its snapshots and its output are, what it emits; not the
 * configuration it was made of, nor the names of its actions, guards, actors and delays, which are a page that an editor would show each time.
 */

import type { AnyStateMachine, StateMachine } from "xstate"

/** A configuration of which nothing is said. The id of a state is any text then: `snapshot.getMeta()["light.on"]`. */
export interface Configuration {
  readonly id: string
}

/** That of a machine of which nothing is known stays what it is. */
export type MachineOf<M extends AnyStateMachine> =
  M extends StateMachine<
    infer Context,
    infer Event,
    infer Children,
    infer _Actor,
    infer _Action,
    infer _Guard,
    infer _Delay,
    infer State,
    infer Tag,
    infer Input,
    infer Output,
    infer Emitted,
    infer Meta,
    infer _Configuration
  >
    ? StateMachine<Context, Event, Children, never, never, never, never, State, Tag, Input, Output, Emitted, Meta, Configuration>
    : M
