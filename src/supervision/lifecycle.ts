/**
 * The life of a supervised child, as a statechart. Exported (from `pigeonhole/xstate`) so that it can be drawn
 * and walked; the supervisor executes the table that `compileStatechart` makes of it.
 */

import { type AnyStateMachine, createMachine } from "xstate"
import type { ChildAction, ChildEvent, ChildState } from "./child-state.ts"
import { compileStatechart } from "./statechart-table.ts"

/** Where a supervised child is in its life. */
export const childLifecycle: AnyStateMachine = createMachine({
  id: "child",
  initial: "stopped",
  states: {
    stopped: { on: { START: "starting", WAKE: "backingOff", GIVE_UP: "givenUp" } },
    starting: {
      entry: "spawn",
      on: { STARTED: "running", RETRY: "backingOff", DONE: "stopped", STOP: "stopping", RESTART: "restarting", GIVE_UP: "givenUp" },
    },
    running: { on: { RETRY: "backingOff", DONE: "stopped", STOP: "stopping", RESTART: "restarting", GIVE_UP: "givenUp" } },
    backingOff: { on: { START: "starting", STOP: "stopped", GIVE_UP: "givenUp" } },
    restarting: { entry: "shutDown", on: { ENDED: "backingOff", STOP: "stopping" } },
    stopping: { entry: "shutDown", on: { ENDED: "stopped" } },
    givenUp: { type: "final" },
  },
})

export const childTable = compileStatechart<ChildState, ChildEvent, ChildAction>(childLifecycle)
