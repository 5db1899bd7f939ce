/** Which transitions of machines were taken in any of many schedules. Bounds: those of `Machines`. */

import { Machines, type MachineTransitions } from "../scene/machines.ts"

/** Of a machine of a statechart: how many of its transitions were taken. */
export interface TransitionCoverage {
  /** The machine by its id; where it has none, its process by its label. */
  readonly machine: string
  /** How many it has. */
  readonly transitions: number
  /** How many were taken in some schedule. */
  readonly taken: number
  /** Those that were not, each as `off PRESS → on`. */
  readonly missing: readonly string[]
}

export class Transitions {
  readonly #machines = new Machines()

  /** Those of one schedule more. */
  add(machines: MachineTransitions): void {
    this.#machines.add(machines)
  }

  /** Those with transitions; first those of which most were never taken. */
  summary(): readonly TransitionCoverage[] {
    const all = [...this.#machines.all].map(([machine, transitions]) => coverageOf(machine, transitions))
    return all.toSorted((a, b) => b.missing.length - a.missing.length)
  }
}

function coverageOf(machine: string, transitions: ReadonlyMap<string, boolean>): TransitionCoverage {
  const missing = [...transitions].filter(([, isTaken]) => !isTaken).map(([transition]) => transition)
  return { machine, transitions: transitions.size, taken: transitions.size - missing.length, missing }
}
