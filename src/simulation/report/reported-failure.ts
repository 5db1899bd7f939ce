/**
 * What went wrong in a schedule, as far as the report tells of it: a `Failure`, and what its judge knows beside. Data; the report is a function of it
 * and of the steps.
 */

import type { Wait } from "../scene/wait.ts"
import type { Step } from "../schedule/step.ts"
import { plain } from "../text/plain-text.ts"
import type { ReportCoverage } from "./coverage-text.ts"
import type { OperationsLeft } from "./operations-left.ts"

/** What went wrong. */
export interface ReportedFailure {
  /** Which sort of rule was broken: `always`, `stuck`, `promise`, … */
  readonly kind: string
  /** Which of that sort: `soldOnce`, `3`. Default: it is the only one. */
  readonly name?: string
  /** One sentence. */
  readonly message: string
  /** The step in which it was seen, by `Step.index`. Default: the last. */
  readonly step?: number
  /** The first step of the look at the end that has found it, where that has asked anything. */
  readonly looksFrom?: number
  /** The processes concerned, by their labels, as far as they are known. */
  readonly actors?: readonly string[]
  /** What was sent and is concerned, by `Sent.id`, as far as it is known. */
  readonly messages?: readonly number[]
  /** More of it: a stack, what no order explains. In lines. */
  readonly details?: string
  /** The state of the tree then, as `formatTree` prints it. */
  readonly tree?: string
  /** What the scenario did, where it has declared that. */
  readonly operations?: OperationsLeft
  /** Who waits for whom, where nothing can go on. */
  readonly waits?: readonly Wait[]
}

/** What a report is made of. */
export interface FailureReport {
  readonly failure: ReportedFailure
  /** The whole schedule. */
  readonly steps: readonly Step[]
  /** The line that repeats it: `PIGEONHOLE_SCHEDULE=…`. */
  readonly replay?: string
  readonly coverage?: ReportCoverage
  /** What crashed on its own, in lines: a head, and what it is about. */
  readonly crashed?: readonly string[]
}

/** `always soldOnce`, `promise 3`, `stuck`. */
export function ruleOf({ kind, name = "" }: ReportedFailure): string {
  return plain(name === "" ? kind : `${kind} ${name}`)
}

/**
 * `always soldOnce: does not hold`: the rule and the sentence, in which the name that the rule has said already is not said again. The sentence stands alone
 * elsewhere, so it has the name.
 */
export function headlineOf(failure: ReportedFailure): string {
  const { name = "", message } = failure
  const [rest = message] = name !== "" && message.startsWith(name) ? (/(?<=^:? ).+$/s.exec(message.slice(name.length)) ?? []) : []
  return `${ruleOf(failure)}: ${plain(rest)}`
}
