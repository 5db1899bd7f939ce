/** What an exploration has found, as data, as a text and as a page. */

import type { Deviation } from "../schedule/decider.ts"
import type { Step } from "../schedule/step.ts"
import type { StrategyName } from "../strategies/portfolio.ts"
import { counted } from "../text/plain-text.ts"
import type { CoverageSummary } from "./coverage.ts"
import { coverageLines } from "./coverage-text.ts"
import type { Failure } from "./failure.ts"
import type { OperationsLeft } from "./operations-left.ts"
import { crashLines, type OwnCrash } from "./own-crashes.ts"
import { reportText } from "./report-text.ts"
import type { FailureReport } from "./reported-failure.ts"
import { sequencePage } from "./sequence-page.ts"

/** A schedule that failed. */
export interface FoundFailure extends Failure {
  /** The strategy that found it. */
  readonly strategy: StrategyName | "replay"
  /** From the order in which each runs until it waits: as few as were found, … */
  readonly deviations: readonly Deviation[]
  /** … and those it was found with. */
  readonly foundDeviations: readonly Deviation[]
  /** Of the operations that the scenario has declared (`world.operations`), those that it failed with; absent where it has declared none. */
  readonly operations?: OperationsLeft
  readonly steps: readonly Step[]
}

interface Findings {
  readonly schedules: number
  readonly failure: FoundFailure | undefined
  readonly schedule: string | undefined
  readonly neverSeen: readonly string[]
  readonly neverAsked?: readonly string[]
  readonly neverFell?: readonly string[]
  readonly crashes?: readonly OwnCrash[]
  readonly coverage: CoverageSummary
  readonly undecided: number
}

/** What was found. */
export class Report implements Findings {
  /** Schedules that were carried out until then; those of shrinking and repeating are not counted. */
  readonly schedules: number
  /** `undefined`: none of them failed. */
  readonly failure: FoundFailure | undefined
  /** Repeats the failure: for `replay`, or as `PIGEONHOLE_SCHEDULE` in the environment. */
  readonly schedule: string | undefined
  /** Names of `sometimes` that no schedule has shown. */
  readonly neverSeen: readonly string[]
  /** Ids of `models` that no schedule has asked anything: misspelt, perhaps, or of a service that is never used. Nothing of them was judged. */
  readonly neverAsked: readonly string[]
  /** Of `faults` those that were asked for, and fell in no schedule: nothing of the kind was there to befall. What holds without them may not with them. */
  readonly neverFell: readonly string[]
  /** Processes that crashed where no fault had fallen before; first those of most schedules. It is no failure: whoever restarts them may have to. */
  readonly crashes: readonly OwnCrash[]
  /** What was tried of what there is to try. */
  readonly coverage: CoverageSummary
  /** Histories of services that are too long to find out whether an order explains them. */
  readonly undecided: number

  /** Use `explore`. */
  constructor({ schedules, failure, schedule, neverSeen, neverAsked = [], neverFell = [], crashes = [], coverage, undecided }: Findings) {
    this.schedules = schedules
    this.failure = failure
    this.schedule = schedule
    this.neverSeen = neverSeen
    this.neverAsked = neverAsked
    this.neverFell = neverFell
    this.crashes = crashes
    this.coverage = coverage
    this.undecided = undecided
  }

  /** For a terminal: what went wrong, what was out of the ordinary, what led to it, how to see it again, and what was tried. */
  get text(): string {
    if (this.#failed !== undefined) return reportText(this.#failed)
    const tried = [
      `${counted(this.schedules, "schedule")}, and none failed`,
      ...coverageLines({ ...this.#tried, neverFell: this.neverFell }),
    ]
    const crashed = crashLines(this.crashes, this.schedules)
    return [...tried, ...(crashed.length === 0 ? [] : ["", ...crashed])].join("\n")
  }

  /** The failure as one self-contained page of HTML; `undefined` where there is none. */
  get page(): string | undefined {
    return this.#failed === undefined ? undefined : sequencePage(this.#failed)
  }

  get #tried() {
    return { ...this.coverage, neverTrue: this.neverSeen, neverAsked: this.neverAsked, undecided: this.undecided }
  }

  get #failed(): FailureReport | undefined {
    const { failure } = this
    if (failure === undefined) return undefined
    const { steps, ...told } = failure
    const crashed = crashLines(this.crashes, this.schedules)
    return { failure: told, steps, coverage: this.#tried, crashed, replay: `PIGEONHOLE_SCHEDULE=${this.schedule}` }
  }
}
