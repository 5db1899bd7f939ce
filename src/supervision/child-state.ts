/** Where in its life a supervised child is, what moves it on, and what is wanted of it. The statechart that ties them together is in `lifecycle.ts`. */

/** `backingOff`: down, and to be started again; `restarting`: being stopped for that; `givenUp`: never again. */
export type ChildState = "stopped" | "starting" | "running" | "backingOff" | "restarting" | "stopping" | "givenUp"

/** What moves a child from state to state. */
export type ChildEvent =
  /** The supervisor starts it: at boot, when its wait is over, or because somebody acquires it. */
  | "START"
  | "STARTED"
  /** It is down, and will be started as soon as it may. */
  | "WAKE"
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

/**
 * What is wanted of a child, whatever it does at the moment. `idle`: to be down until somebody wants it, or requires it; `spent`: to be down, as
 * its restarts are used up, until somebody wants it; `done`: it ended by itself, and that was that; `down`: to be down because somebody asked
 * for that, or as it was not started yet.
 */
export type ChildAim = "up" | "idle" | "spent" | "done" | "down"
