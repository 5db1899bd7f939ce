/** What the schedules that were carried out have shown, all together: what was covered, what never came to be, who crashed on its own. */

import { Coverage, type CoverageSummary } from "../report/coverage.ts"
import { type OwnCrash, OwnCrashes } from "../report/own-crashes.ts"
import type { FaultName } from "../scene/fault-kinds.ts"
import type { Exploration } from "./explore-options.ts"
import { FallenFaults } from "./fallen-faults.ts"
import type { Trial } from "./trial.ts"

/** As a report has it. */
export interface TriedSummary {
  readonly neverSeen: readonly string[]
  readonly neverAsked: readonly string[]
  readonly neverFell: readonly FaultName[]
  readonly crashes: readonly OwnCrash[]
  readonly coverage: CoverageSummary
  readonly undecided: number
}

export class Tried {
  readonly #wanted: Pick<Exploration, "sometimes" | "models">
  readonly #faults: FallenFaults
  readonly #seen = new Set<string>()
  readonly #asked = new Set<string>()
  readonly #coverage = new Coverage()
  readonly #crashes = new OwnCrashes()
  #undecided = 0

  constructor(wanted: Pick<Exploration, "sometimes" | "models" | "faults">) {
    this.#wanted = wanted
    this.#faults = new FallenFaults(wanted.faults)
  }

  /** One more; `lineOf`: what repeats it. */
  add({ seen, asked, steps, machines, undecided, crashes }: Trial, lineOf: () => string): void {
    for (const each of seen) this.#seen.add(each)
    for (const each of asked) this.#asked.add(each)
    this.#faults.add(steps)
    this.#coverage.add(steps, machines)
    this.#crashes.add(crashes, lineOf)
    this.#undecided += undecided
  }

  summary(): TriedSummary {
    const { sometimes, models } = this.#wanted
    return {
      neverSeen: Object.keys(sometimes).filter((name) => !this.#seen.has(name)),
      neverAsked: Object.keys(models).filter((id) => !this.#asked.has(id)),
      neverFell: this.#faults.neverFell,
      crashes: this.#crashes.summary(),
      coverage: this.#coverage.summary(),
      undecided: this.#undecided,
    }
  }
}
