/**
 * Steps in words, a line each: what happened, and what was sent because of it. A request that is answered at once, and whose reply arrives at once,
 * is one line of two steps; so is a timer with the tick that it has sent. What goes round is told once, and how often.
 */

import { CLOCK } from "../scene/candidate.ts"
import type { Sent, Step } from "../schedule/step.ts"
import { nearestTo } from "../text/nearest.ts"
import { counted, listed, plain } from "../text/plain-text.ts"
import { type Repetition, repetitionsIn } from "./repetition.ts"
import type { ScheduleIndex } from "./schedule-index.ts"
import { type Marks, marksOf, type ToldDeviation } from "./story.ts"
import { clauseOf, faultClauseOf, messageOf, named, possessive, quoted } from "./story-clauses.ts"

/** One line of the report, or several steps of it that nobody is shown. */
export interface StepLine {
  /** `7`, or `7–8` for a request with its reply; empty for what is left out. */
  readonly steps: string
  /** What is out of the ordinary in it, by its number in the story. */
  readonly deviations: readonly number[]
  readonly text: string
}

const SHOWN_SENT = 3

/** Of those steps at most `room` lines, and one for each stretch that is left out: what is nearest to what is out of the ordinary, or to the end. */
export function stepLines(
  index: ScheduleIndex,
  shown: readonly Step[],
  deviations: readonly ToldDeviation[],
  room = Number.POSITIVE_INFINITY,
): readonly StepLine[] {
  const lines = allLines(index, shown, marksOf(deviations))
  const positions = nearestTo(
    lines.map((line) => line.deviations.length > 0),
    room,
  )
  return positions.flatMap((position, row) => {
    const line = lines[position]
    const leftOut = position - 1 - (positions[row - 1] ?? -1)
    const gap = leftOut === 0 ? [] : [{ steps: "", deviations: [], text: `… ${counted(leftOut, "line")} left out` }]
    return line === undefined ? gap : [...gap, line]
  })
}

function allLines(index: ScheduleIndex, shown: readonly Step[], marks: Marks): readonly StepLine[] {
  const lines: StepLine[] = []
  const repetitions = new Map(repetitionsIn(shown, marks).map((repetition) => [repetition.from, repetition]))
  for (let place = 0; place < shown.length; place++) {
    const repetition = repetitions.get(place)
    if (repetition !== undefined) {
      lines.push(repetitionLine(shown, repetition))
      place = repetition.to - 1
      continue
    }
    const [step, next] = [shown[place], repetitions.has(place + 1) ? undefined : shown[place + 1]]
    if (step === undefined) continue
    const pair = next === undefined || !isFollowed(step, next, marks) ? undefined : pairText(index, step, next)
    const line = { steps: String(step.index), deviations: marks.get(step.index) ?? [], text: lineText(index, step) }
    lines.push(pair === undefined ? line : { steps: `${step.index}–${next?.index}`, deviations: line.deviations, text: pair })
    if (pair !== undefined) place++
  }
  return lines
}

function repetitionLine(shown: readonly Step[], { from, to, times }: Repetition): StepLine {
  const steps = `${shown[from]?.index}–${shown[to - 1]?.index}`
  return { steps, deviations: [], text: `and so on: the same ${counted(times, "time")} more` }
}

/** All that was sent in the one is taken in the next, in which nothing is out of the ordinary; and nothing else is to be said of either. */
function isFollowed(step: Step, next: Step, marks: Marks): boolean {
  const [sent, ...others] = step.sent
  const isPlain = [step, next].every(({ fault, notes }) => fault === undefined && notes.length === 0) && !marks.has(next.index)
  return isPlain && next.index === step.index + 1 && others.length === 0 && sent !== undefined && next.took === sent.id
}

/** Of a request and its reply, or of a timer and its tick. */
function pairText(index: ScheduleIndex, step: Step, next: Step): string | undefined {
  const { choice, took } = step
  const [sent] = step.sent
  if (choice?.kind === "timer" && sent?.from === CLOCK) return `${clauseOf(index, choice)}${andThen(next, true)}`
  if (choice?.kind !== "message" || next.choice?.kind !== "reply" || sent?.answers !== took) return undefined
  const failure = sent?.isFailure === true ? " with a failure" : ""
  return `${named(choice.actor)} answers ${messageOf(index, choice)}${failure}${andThen(next, true)}`
}

function lineText(index: ScheduleIndex, step: Step): string {
  return `${happened(index, step)}${andThen(step, !isSubject(step))}${noted(step)}`
}

function happened(index: ScheduleIndex, step: Step): string {
  const { choice, fault } = step
  const befell = fault === undefined ? [] : [faultClauseOf(fault, index.passedIn(step))]
  return [...(choice === undefined ? [] : [clauseOf(index, choice)]), ...befell].join(", and ")
}

/** Whether the clause is about the process that goes on. */
function isSubject({ choice, fault }: Step): boolean {
  return fault === undefined && (choice?.kind === "start" || choice?.kind === "message" || choice?.kind === "turn")
}

/** What was sent because of it: most often by who has gone on, who is named where the clause is not about it. */
function andThen(step: Step, isAnother: boolean): string {
  const actor = step.choice?.actor ?? step.fault?.actor
  const sent = step.sent.filter(({ from }) => from !== CLOCK)
  const shown = Map.groupBy(sent.slice(0, SHOWN_SENT), ({ from }) => from)
  const parts = [...shown].map(([from, each]) => {
    const who = from === actor && !isAnother ? "" : `${named(from)} `
    return `, and ${who}${listed(each.map((one) => sending(one, step.took)))}`
  })
  const more = sent.length - SHOWN_SENT
  return `${parts.join("")}${more > 0 ? `, and ${counted(more, "more is", "more are")} sent` : ""}`
}

function sending({ kind, to, what, answers, isFailure }: Sent, took: number | undefined): string {
  if (kind === "request") return `asks ${named(to)} ${quoted(what)}`
  if (kind === "message") return `sends ${named(to)} ${quoted(what)}`
  if (kind === "signal") return `signals ${named(to)} ${quoted(what)}`
  const failure = isFailure === true ? " with a failure" : ""
  return answers === took ? `replies${failure}` : `replies${failure} to ${possessive(to)} ${quoted(what)}`
}

function noted({ notes }: Step): string {
  return notes.length === 0 ? "" : ` (${notes.map((note) => plain(note)).join("; ")})`
}
