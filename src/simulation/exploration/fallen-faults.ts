/** Which of the faults that were asked for have fallen in some schedule: what holds without them says nothing of what holds with them. */

import { FAULT_KINDS, FAULT_NAMES, type FaultName } from "../scene/fault-kinds.ts"
import type { FaultBudget } from "../scene/fault-options.ts"
import type { FaultKind, Step } from "../schedule/step.ts"

export class FallenFaults {
  /** Those that none has fallen of. */
  readonly #waiting: Set<FaultName>

  constructor(budget: FaultBudget) {
    this.#waiting = new Set(FAULT_NAMES.filter((name) => Number(budget[name]) > 0))
  }

  /** One schedule more. */
  add(steps: readonly Step[]): void {
    if (this.#waiting.size === 0) return
    for (const { fault } of steps) if (fault !== undefined) this.#fell(fault.kind)
  }

  #fell(kind: FaultKind): void {
    for (const name of this.#waiting) {
      const kinds: readonly FaultKind[] = FAULT_KINDS[name]
      if (kinds.includes(kind)) this.#waiting.delete(name)
    }
  }

  get neverFell(): readonly FaultName[] {
    return [...this.#waiting]
  }
}
