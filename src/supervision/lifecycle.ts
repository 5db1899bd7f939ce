/**
 * The life of a supervised child, as a statechart: plain data, so that a supervisor needs no XState. It executes the table that
 * `compileStatechart` makes of it; `pigeonhole/xstate` makes the machine that can be drawn and walked.
 */

import type { ChildAction, ChildEvent, ChildState } from "./child-state.ts"
import { compileStatechart, type FlatStatechart } from "./statechart-table.ts"

/** Where a supervised child is in its life. */
export const CHILD_LIFECYCLE: FlatStatechart<ChildState, ChildEvent, ChildAction> = {
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
}

export const childTable = compileStatechart(CHILD_LIFECYCLE)
