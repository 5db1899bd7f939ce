/**
 * Steps in words, a line each: what happened, and what was sent because of it. A request that is answered at once, and whose reply arrives at once,
 * is one line of two steps.
 */

import { nearestTo } from "./nearest.ts"
import { counted, listed, plain } from "./plain-text.ts"
import type { ScheduleIndex } from "./schedule-index.ts"
import type { Sent, Step } from "./step.ts"
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
  for (let place = 0; place < shown.length; place++) {
    const [step, next] = [shown[place], shown[place + 1]]
    if (step === undefined) continue
    const isPair = next !== undefined && isAnsweredAtOnce(step, next, marks)
    lines.push(isPair ? pairLine(index, step, next) : lineOf(index, step, marks.get(step.index) ?? []))
    if (isPair) place++
  }
  return lines
}

/** Nothing else happens in either, and nothing between them. */
function isAnsweredAtOnce(step: Step, next: Step, marks: Marks): boolean {
  const [reply, ...others] = step.sent
  const isPlain = [step, next].every(({ index, fault, notes }) => fault === undefined && notes.length === 0 && !marks.has(index))
  const isAnswer = reply?.kind === "reply" && reply.answers === step.took && others.length === 0 && next.took === reply.id
  return isPlain && isAnswer && next.index === step.index + 1 && step.choice?.kind === "message" && next.choice?.kind === "reply"
}

function pairLine(index: ScheduleIndex, step: Step, next: Step): StepLine {
  const { choice } = step
  const who = named(choice?.actor ?? "")
  const failure = step.sent[0]?.isFailure === true ? " with a failure" : ""
  const text = `${who} answers ${choice === undefined ? "" : messageOf(index, choice)}${failure}${andThen(next, true)}`
  return { steps: `${step.index}–${next.index}`, deviations: [], text }
}

function lineOf(index: ScheduleIndex, step: Step, deviations: readonly number[]): StepLine {
  return { steps: String(step.index), deviations, text: `${happened(index, step)}${andThen(step, !isSubject(step))}${noted(step)}` }
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

/** What was sent because of it. */
function andThen(step: Step, isAnother: boolean): string {
  const { choice, fault, sent } = step
  if (sent.length === 0) return ""
  const parts = sent.slice(0, SHOWN_SENT).map((each) => sending(each, step.took))
  const more = sent.length > SHOWN_SENT ? [`sends ${sent.length - SHOWN_SENT} more`] : []
  const who = isAnother ? `${named(choice?.actor ?? fault?.actor ?? "")} ` : ""
  return `, and ${who}${listed([...parts, ...more])}`
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
