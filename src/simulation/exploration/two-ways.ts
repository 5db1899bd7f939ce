/**
 * Whether a schedule that was carried out twice was the same twice: its steps, and how it ended. Where it was not, something is not the world's: it is left from
 * one schedule to the next, or comes from outside, unseen.
 */

import type { Failure } from "../report/failure.ts"
import { ruleOf } from "../report/reported-failure.ts"
import type { Step } from "../schedule/step.ts"
import { traceHash } from "../schedule/trace-hash.ts"
import type { Trial } from "./trial.ts"

/** As much of a schedule as is compared. */
export type Went = Pick<Trial, "failure" | "steps">

/** Short lines, as a report cuts long ones. */
const WHERE_TO_LOOK = [
  "what one schedule leaves is there for the next: a variable outside of the application's function,",
  "a cache, something that is opened once; or it came from outside, unseen",
].join("\n")

const BEGUN_ONCE = "carried out again, the schedule went another way: it is begun once, and is there from then on"

export function isSameWay(first: Went, second: Went): boolean {
  return traceHash(first.steps) === traceHash(second.steps) && brokenIn(first) === brokenIn(second)
}

/** The failure that it is where they are two ways; `first` was the first. What it began outside is by itself why it goes another way again. */
export function twoWays(first: Went, second: Went): Failure {
  if (first.failure?.kind === "outside") return { ...first.failure, details: [first.failure.details, BEGUN_ONCE].join("\n") }
  const at = first.steps.findIndex((step, index) => told(step) !== told(second.steps[index]))
  const step = at < 0 ? first.steps.length : at
  const message = `carried out twice, the schedule went two ways: ${difference(first, second, step)}`
  const details = [WHERE_TO_LOOK, ...[first, second].flatMap(({ failure }) => failure?.details ?? [])].join("\n")
  return { kind: "determinism", name: "", message, step, details }
}

/** Where only one of them ended early, that is said, and not which step came next in the other. */
function difference(first: Went, second: Went, step: number): string {
  const [once, again] = [first.steps[step], second.steps[step]]
  const steps = `${told(once)} at step ${step}, and then ${told(again)}`
  if (brokenIn(first) === brokenIn(second)) return steps
  const outcomes = `at first it ${outcome(first)}, and then it ${outcome(second)}`
  return once === undefined || again === undefined ? outcomes : `${steps}; ${outcomes}`
}

function brokenIn({ failure }: Went): string {
  return failure === undefined ? "" : ruleOf(failure)
}

function outcome({ failure }: Went): string {
  return failure === undefined ? "passed" : `failed by ${ruleOf(failure)} (${failure.message})`
}

function told(step: Step | undefined): string {
  if (step === undefined) return "nothing"
  const { choice, fault } = step
  return choice === undefined ? `${fault?.kind} of ${fault?.actor}` : `${choice.kind} ${choice.what} of ${choice.actor}`
}

// -- what was left before -------------------------------------------------------------------------------------------------------

/** Told of a failure that needs nothing out of the ordinary, where the first schedule of all goes another way by now. */
export const LEFT_BEFORE = [
  "the first schedule passed, and goes another way when it is carried out again: what the schedules",
  "before this one have left, as in a variable outside of the application's function, may be the cause",
].join("\n")
