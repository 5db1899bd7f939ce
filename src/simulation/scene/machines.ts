/**
 * The machines of one schedule, and which of their transitions were taken. Those of the same name are taken for one.
 *
 * Bounds  100 machines and 1000 transitions of each; what is beyond is not kept.
 */

import type { MachineWatch } from "../../kernel/kernel-host.ts"

/** Of each machine, whether each of its transitions was taken. */
export type MachineTransitions = ReadonlyMap<string, ReadonlyMap<string, boolean>>

const MACHINES = 100
const TRANSITIONS = 1000

export class Machines implements MachineWatch {
  readonly #all = new Map<string, Map<string, boolean>>()

  get all(): MachineTransitions {
    return this.#all
  }

  knows(machine: string, transitions: readonly string[]): void {
    for (const transition of transitions) this.#note(machine, transition, false)
  }

  took(machine: string, transition: string): void {
    this.#note(machine, transition, true)
  }

  /** Those of another schedule, too. */
  add(machines: MachineTransitions): void {
    for (const [machine, transitions] of machines) {
      for (const [transition, isTaken] of transitions) this.#note(machine, transition, isTaken)
    }
  }

  #note(machine: string, transition: string, isTaken: boolean): void {
    const known = this.#of(machine)
    if (known === undefined || (known.size >= TRANSITIONS && !known.has(transition))) return
    if (isTaken || !known.has(transition)) known.set(transition, isTaken)
  }

  #of(machine: string): Map<string, boolean> | undefined {
    const known = this.#all.get(machine)
    if (known !== undefined || this.#all.size >= MACHINES) return known
    const transitions = new Map<string, boolean>()
    this.#all.set(machine, transitions)
    return transitions
  }
}
