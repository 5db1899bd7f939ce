/**
 * The report of a failure as one HTML file that stands for itself: the sequence diagram, under it what was out of the ordinary, the steps in
 * words, the tree, and how to see it again.
 *
 * It has no script, refers to nothing outside, and forbids itself both; its one style is allowed by its hash. Where a style is forbidden, too, the
 * drawing looks the same and the tables are plain. Light or dark, as whoever reads it has it.
 *
 * Bounds  24 lanes, 400 rows, 100 deviations: half a megabyte at the most. All that is the program's is escaped (`markup.ts`).
 */

import { element, type Markup, together } from "../text/markup.ts"
import { counted, plain, plainLine, timeText } from "../text/plain-text.ts"
import { sliceOf } from "./causal-slice.ts"
import { operationLines, operationsHead } from "./operations-left.ts"
import { type FailureReport, headlineOf, type ReportedFailure, ruleOf } from "./reported-failure.ts"
import { ScheduleIndex } from "./schedule-index.ts"
import { sequenceOf } from "./sequence.ts"
import { drawn } from "./sequence-drawing.ts"
import { stepLines } from "./step-lines.ts"
import { deviationsIn, type ToldDeviation } from "./story.ts"
import { storySteps } from "./story-steps.ts"
import { waitCells } from "./wait-lines.ts"

const ROOM = { lanes: 24, rows: 400 }
const DEVIATIONS = 100
const LETTERS = 20_000
/** Columns of a line that is laid out here. */
const WIDTH = 100

/** The text of the file. */
export function sequencePage({ failure, steps, replay }: FailureReport): string {
  const { operations } = failure
  const index = new ScheduleIndex(steps)
  const deviations = deviationsIn(index)
  const slice = sliceOf(index, failure)
  const { told } = storySteps(index, slice, failure, deviations)
  const sequence = sequenceOf(index, told, failure, deviations, ROOM)
  const drawing = drawn(sequence, plain(failure.message))
  const seen = index.steps.findLast((step) => step.index <= (failure.step ?? Number.POSITIVE_INFINITY))
  const facts = [
    ...(seen === undefined ? [] : [`seen in step ${seen.index}, at ${timeText(seen.at)}`]),
    `${slice.length} of ${counted(steps.length, "step")} can have led to it`,
  ]
  const body = [
    element("h1", {}, ruleOf(failure)),
    element("p", { class: "message" }, plain(failure.message)),
    element("p", { class: "facts" }, facts.join("; ")),
    element("div", { class: "heads" }, drawing.heads),
    element("div", {}, drawing.body),
    ...titled("What was out of the ordinary", deviationTable(deviations)),
    ...(operations === undefined ? [] : titled(operationsHead(operations), preformatted(operationLines(operations, WIDTH).join("\n")))),
    ...titled("What led to it, in words", lineTable(index, told, deviations)),
    ...titled("More of it", preformatted(failure.details)),
    ...titled("The tree then", preformatted(failure.tree)),
    ...titled("Who waits for whom", waitTable(failure)),
    ...titled("To see it again", preformatted(replay)),
  ]
  return document(headlineOf(failure), together(body))
}

function titled(title: string, content: Markup | undefined): readonly Markup[] {
  return content === undefined ? [] : [element("h2", {}, title), content]
}

function preformatted(text: string | undefined): Markup | undefined {
  if (text === undefined || text === "") return undefined
  const lines = text.slice(0, LETTERS).split(/\r?\n/)
  return element("pre", {}, together(lines.map((line) => element("span", {}, plainLine(line)))))
}

// -- tables --------------------------------------------------------------------------------------------------------

function deviationTable(deviations: readonly ToldDeviation[]): Markup {
  if (deviations.length === 0) return element("p", {}, "Nothing: each process ran until it waited, and no fault fell.")
  const rows = deviations
    .slice(0, DEVIATIONS)
    .map(({ number, kind, steps, came, sentence }) => [
      String(number),
      steps.length > 3 ? `${steps.slice(0, 3).join(", ")}, …` : steps.join(", "),
      kind === "fault" ? "" : came === undefined ? "never" : String(came),
      sentence,
    ])
  const more = deviations.length - DEVIATIONS
  return table(["", "step", "came in", "what"], more > 0 ? [...rows, ["", "", "", `and ${more} more`]] : rows)
}

function lineTable(index: ScheduleIndex, slice: Parameters<typeof stepLines>[1], deviations: readonly ToldDeviation[]): Markup {
  const lines = stepLines(index, slice, deviations, ROOM.rows)
  return table(
    ["step", "", "what"],
    lines.map(({ steps, deviations: numbers, text }) => [steps, numbers.slice(0, 3).join(", "), text]),
  )
}

function waitTable({ waits = [] }: ReportedFailure): Markup | undefined {
  const rows = waits.slice(0, DEVIATIONS).map((wait) => [plain(wait.actor), ...waitCells(wait)])
  return rows.length === 0 ? undefined : table(["who", "waits for", "what"], rows)
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const cells = (name: string, texts: readonly string[]): Markup => element("tr", {}, ...texts.map((text) => element(name, {}, text)))
  return element("table", {}, cells("th", heads), ...rows.map((texts) => cells("td", texts)))
}

// -- the file ------------------------------------------------------------------------------------------------------

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 24px }
h1 { font-size: 20px; margin: 0 }
h2 { font-size: 16px; margin: 32px 0 8px }
.message { font-size: 17px; margin: 4px 0; max-width: 60em }
.facts { color: GrayText; margin: 4px 0 16px }
.heads { position: sticky; top: 0; background: Canvas; z-index: 1 }
svg { display: block }
table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-bottom: 1px solid #8884 }
th { color: GrayText; font-weight: normal }
pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
`
/** Of STYLE, to the letter; a test makes it anew. */
const STYLE_HASH = "sha256-Jx52WKCNtYIIj9Sc3lNGeN2Jn40oBoYpAzajf69btTc="

function document(title: string, body: Markup): string {
  const policy = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    element("title", {}, title).text,
    `<style>${STYLE}</style>`,
    element("body", {}, body).text,
    "</html>",
    "",
  ].join("\n")
}
