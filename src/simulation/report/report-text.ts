/**
 * The report of a failure for a terminal, as a story: what went wrong, what was out of the ordinary, what the scenario did, what led to it, the same as a
 * diagram, the state of the tree, who waits for whom, how to see it again, and what was tried.
 *
 * Bounds  20 deviations, 20 operations, 60 lines of what led to it, 80 of the tree and of details; 100 columns, but for the diagram (120) and for the line that
 * replays it, which is to be copied as it is. No colours, no control characters.
 */

import type { Sent, Step } from "../schedule/step.ts"
import { counted, cutMiddle, listed, padded, plainLine, timeText, wrapped } from "../text/plain-text.ts"
import { sliceOf } from "./causal-slice.ts"
import { coverageLines } from "./coverage-text.ts"
import { operationLines, operationsHead } from "./operations-left.ts"
import { type FailureReport, headlineOf, type ReportedFailure } from "./reported-failure.ts"
import { ScheduleIndex } from "./schedule-index.ts"
import { diagramOf, NOTHING_TO_DRAW } from "./sequence-diagram.ts"
import { type StepLine, stepLines } from "./step-lines.ts"
import { deviationsIn, markText, type ToldDeviation } from "./story.ts"
import { named, possessive, quoted } from "./story-clauses.ts"
import { storySteps } from "./story-steps.ts"
import { waitLines } from "./wait-lines.ts"

const WIDTH = 100
const DEVIATIONS = 20
const LINES = 60
/** Columns for the number that a line has in the story. */
const MARK = 5
const TREE_LINES = 80

/** Lines, without one at the end. */
export function reportText({ failure, steps, replay, coverage, crashed = [] }: FailureReport): string {
  const { operations } = failure
  const index = new ScheduleIndex(steps)
  const deviations = deviationsIn(index)
  const slice = sliceOf(index, failure)
  const { told, looks } = storySteps(index, slice, failure, deviations)
  const diagram = diagramOf(index, told, failure, deviations)
  const sections = [
    [...headLines(failure, index)],
    section("What was out of the ordinary", deviationLines(deviations)),
    operations === undefined ? [] : section(operationsHead(operations), operationLines(operations, WIDTH)),
    section(`What led to it (${told.length + looks.length} of ${counted(steps.length, "step")})`, [
      ...sliceLines(stepLines(index, told, deviations, LINES)),
      ...onTheWayLines(index, told, failure),
      ...lookLines(looks),
    ]),
    diagram === NOTHING_TO_DRAW
      ? []
      : section(
          "The same as a diagram: each message where it is taken; ‹7: it was sent in step 7, and others came between",
          diagram.split("\n"),
        ),
    section("The tree then", laidOut(failure.tree)),
    section("Who waits for whom", waitLines(failure.waits ?? [], WIDTH)),
    section("To see it again", replay === undefined ? [] : [`  ${plainLine(replay)}`]),
    section("What was tried", coverage === undefined ? [] : coverageLines(coverage)),
    crashed,
  ]
  const kept = sections.filter((lines) => lines.length > 0)
  return kept.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n")
}

function section(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [head, ...lines]
}

function headLines(failure: ReportedFailure, { steps }: ScheduleIndex): readonly string[] {
  const { details } = failure
  const last = failure.step === undefined ? steps.at(-1) : steps.findLast(({ index }) => index <= (failure.step ?? 0))
  const seen = last === undefined ? "before the first step" : `in step ${last.index}, at ${timeText(last.at)}`
  return [...wrapped(headlineOf(failure), WIDTH), `Seen ${seen}`, ...laidOut(details)]
}

/** Text that has its lines already. */
function laidOut(text: string | undefined): readonly string[] {
  const lines = text === undefined || text === "" ? [] : text.split(/\r?\n/, TREE_LINES + 1)
  const shown = lines.slice(0, TREE_LINES).map((line) => `  ${cutMiddle(plainLine(line.slice(0, WIDTH * 4)), WIDTH - 2)}`)
  return lines.length > TREE_LINES ? [...shown, "  …"] : shown
}

function deviationLines(deviations: readonly ToldDeviation[]): readonly string[] {
  if (deviations.length === 0) return ["  nothing: each process ran until it waited, and no fault fell"]
  const shown = deviations.slice(0, DEVIATIONS).flatMap(({ number, sentence }) => wrapped(sentence, WIDTH, `  ${`[${number}]`.padEnd(5)}`))
  const more = deviations.length - DEVIATIONS
  return more > 0 ? [...shown, `  and ${more} more`] : shown
}

function sliceLines(lines: readonly StepLine[]): readonly string[] {
  const width = Math.max(...lines.map(({ steps }) => steps.length), 4)
  return lines.flatMap(({ steps, deviations, text }) => {
    return wrapped(text, WIDTH, `  ${padded(steps, width)} ${padded(markText(deviations), MARK)} `)
  })
}

function lookLines(looks: readonly Step[]): readonly string[] {
  const [first, last] = [looks[0]?.index, looks.at(-1)?.index]
  return first === undefined
    ? []
    : [`  then the check asked what it asked (${first === last ? `step ${first}` : `steps ${first}–${last}`})`]
}

const LISTED_ON_THE_WAY = 5

/** What was sent in these steps, and had not come when it failed. */
function onTheWayLines(index: ScheduleIndex, slice: readonly Step[], failure: ReportedFailure): readonly string[] {
  const end = failure.step ?? index.steps.at(-1)?.index ?? 0
  const isOnTheWay = ({ id }: Sent): boolean => (index.steps[index.takenIn(id) ?? -1]?.index ?? Number.POSITIVE_INFINITY) > end
  const open = slice.flatMap(({ sent }) => sent).filter(isOnTheWay)
  const shown = open.slice(0, LISTED_ON_THE_WAY).map(onTheWay)
  const more = open.length - shown.length
  const list = listed(more > 0 ? [...shown, `${more} more`] : shown)
  return open.length === 0 ? [] : wrapped(`on its way then: ${list}`, WIDTH, "  ")
}

function onTheWay({ kind, from, to, what }: Sent): string {
  return kind === "reply" ? `the reply to ${quoted(what)} for ${named(to)}` : `${possessive(from)} ${quoted(what)} for ${named(to)}`
}
