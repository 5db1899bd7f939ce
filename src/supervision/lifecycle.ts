/**
 * The life of a supervised child, as a statechart. Exported (from `pigeonhole/xstate`) so that it can be drawn
 * and walked; the supervisor executes the table that `compileStatechart` makes of it.
 */

import { type AnyStateMachine, createMachine } from "xstate"
import { compileStatechart } from "./statechart-table.ts"

export type ChildState = "stopped" | "starting" | "running" | "backingOff" | "restarting" | "stopping" | "givenUp"

export type ChildEvent =
  /** The supervisor starts it: at boot, when its wait is over, or because somebody acquires it. */
  | "START"
  | "STARTED"
  /** Its start failed, or it ended, and it will be started again. */
  | "RETRY"
  /** Its start failed, or it ended, and it will not be started again. */
  | "DONE"
  | "STOP"
  /** It is to be stopped and started again: a sibling failed, or its state is reset. */
  | "RESTART"
  /** It has ended after STOP or RESTART. */
  | "ENDED"
  /** The supervisor has met its intensity limit. */
  | "GIVE_UP"

/** What the supervisor does on entering a state. */
export type ChildAction = "spawn" | "shutDown"

export const childLifecycle: AnyStateMachine = createMachine({
  id: "child",
  initial: "stopped",
  states: {
    stopped: { on: { START: "starting", GIVE_UP: "givenUp" } },
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
