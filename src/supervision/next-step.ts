/**
 * What follows for a child from what is wanted of it and where it is: at most one step. A pure table, asked again after whatever happens, so
 * that nothing is done because of what was so before a wait.
 */

import type { ChildAim, ChildEvent, ChildState } from "./child-state.ts"

export interface ChildOutlook {
  readonly state: ChildState
  readonly aim: ChildAim
  /** Its group goes down before it is started again. */
  readonly isHeld: boolean
  /** The incarnation that starts or runs is to make room for one that starts with nothing. */
  readonly isStale: boolean
}

/** `mayStart` is asked only where a start would follow. */
export function nextStep({ state, aim, isHeld, isStale }: ChildOutlook, mayStart: () => boolean): ChildEvent | undefined {
  switch (state) {
    case "starting":
    case "running":
      if (aim !== "up") return "STOP"
      return isHeld || isStale ? "RESTART" : undefined
    case "restarting":
      return aim === "up" ? undefined : "STOP"
    case "backingOff":
      if (aim !== "up") return "STOP"
      return mayStart() ? "START" : undefined
    case "stopped":
      if (aim !== "up") return undefined
      return mayStart() ? "START" : "WAKE"
    case "stopping":
    case "givenUp":
      return undefined
  }
}
