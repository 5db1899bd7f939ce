/** Which of the faults that were asked for have fallen in some schedule: what holds without them says nothing of what holds with them. */

import type { FaultBudget } from "../scene/fault-options.ts"
import type { FaultKind, Step } from "../schedule/step.ts"

/** An option of `faults` by which something falls. */
export type FaultName = Exclude<keyof FaultBudget, "policies">

const KINDS: Readonly<Record<FaultName, readonly FaultKind[]>> = {
  crash: ["crash", "kill"],
  callerDies: ["caller_dies"],
  startFails: ["start_fails"],
  startHangs: ["start_hangs"],
  givesUp: ["gives_up"],
  slowHandler: ["slow_handler"],
  slowReply: ["slow_reply"],
  lostReply: ["lost_reply"],
  inboxFull: ["inbox_full"],
  smallBounds: ["small_inbox", "small_sweep"],
  externalFails: ["external_fails"],
  databaseFails: ["database_fails"],
  fileFails: ["file_fails"],
  tornFile: ["torn_file"],
  clockJump: ["clock_jump"],
  policyChange: ["policy_change"],
}

const NAMES = Object.keys(KINDS) as readonly FaultName[]

export class FallenFaults {
  /** Those that none has fallen of. */
  readonly #waiting: Set<FaultName>

  constructor(budget: FaultBudget) {
    this.#waiting = new Set(NAMES.filter((name) => Number(budget[name]) > 0))
  }

  /** One schedule more. */
  add(steps: readonly Step[]): void {
    if (this.#waiting.size === 0) return
    for (const { fault } of steps) if (fault !== undefined) this.#fell(fault.kind)
  }

  #fell(kind: FaultKind): void {
    for (const name of this.#waiting) if (KINDS[name].includes(kind)) this.#waiting.delete(name)
  }

  get neverFell(): readonly FaultName[] {
    return [...this.#waiting]
  }
}
