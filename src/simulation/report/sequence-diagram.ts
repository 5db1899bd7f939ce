/**
 * A sequence diagram in letters: a column for each that takes part, an arrow for each message in the row in which it is taken.
 *
 *   ──▶ a message    ╌╌▶ a reply    ○ a start    ◷ a timer    • a turn    ↺ of its own    × a fault
 *
 * At the left: the step, the clock where it has moved, and the number that a deviation has in the story, both where something else was chosen and
 * where what was put off came after all. `set ‹7`: it was sent in step 7, and others came between.
 *
 * Bounds  120 columns, 8 lanes, 120 rows. Escapes nothing: labels are `plain`.
 */

import type { Step } from "../schedule/step.ts"
import { counted, cutMiddle, padded, plain, timeText, widthOf } from "../text/plain-text.ts"
import type { ReportedFailure } from "./reported-failure.ts"
import { ScheduleIndex } from "./schedule-index.ts"
import { type Row, type Sequence, type SequenceEvent, sequenceOf } from "./sequence.ts"
import { deviationsIn, markText, type ToldDeviation } from "./story.ts"

const WIDTH = 120
const MARGIN = 24
const ROOM = { lanes: 8, rows: 120 }
const LANE = 16
const WIDEST_LANE = 24
const SHOWN_NOTES = 2

const SYMBOLS: Readonly<Record<SequenceEvent, string>> = { start: "○", timer: "◷", turn: "•", "own message": "↺", fault: "×" }

/** Where no message was taken. */
export const NOTHING_TO_DRAW = "(no step to draw)"

/** Of all steps, or of those that are `shown`. No line is longer than 120 columns. */
export function sequenceDiagram(steps: readonly Step[], failure: ReportedFailure, shown: readonly Step[] = steps): string {
  const index = new ScheduleIndex(steps)
  return diagramOf(index, shown, failure, deviationsIn(index))
}

/** The same, for who has the index and the deviations at hand. */
export function diagramOf(
  index: ScheduleIndex,
  shown: readonly Step[],
  failure: ReportedFailure,
  deviations: readonly ToldDeviation[],
): string {
  const sequence = sequenceOf(index, shown, failure, deviations, ROOM)
  if (sequence.rows.length === 0) return NOTHING_TO_DRAW
  const grid = new Grid(sequence)
  const times = timesOf(sequence.rows)
  const rows = sequence.rows.flatMap((row, place) => [...gap(grid, row), ...linesOf(grid, row, times[place] ?? "")])
  const end = cutMiddle(`${" ".repeat(MARGIN)}× ${plain(failure.message)}`, WIDTH)
  return [grid.heads(), ...rows, grid.line(margin("", "", ""), []), end].map((line) => line.trimEnd()).join("\n")
}

/** The clock where it has moved. */
function timesOf(rows: readonly Row[]): readonly string[] {
  return rows.map(({ step }, place) => (step.at === rows[place - 1]?.step.at ? "" : timeText(step.at)))
}

function margin(step: string, time: string, mark: string): string {
  return `${step.padStart(5)}  ${cutMiddle(time, 9).padStart(9)} ${padded(cutMiddle(mark, 6), 6)} `
}

function gap(grid: Grid, { leftOut }: Row): readonly string[] {
  return leftOut === 0 ? [] : [grid.line(padded(`   ⋮  ${counted(leftOut, "step")}`, MARGIN), [])]
}

function linesOf(grid: Grid, row: Row, time: string): readonly string[] {
  const mark = markText(row.deviations)
  const drawn = row.arrow === undefined ? grid.event(row) : grid.arrow(row)
  const fault =
    row.step.choice !== undefined && row.step.fault !== undefined
      ? [grid.beside(row.lane, "×", row.step.fault.kind.replaceAll("_", " "))]
      : []
  const notes = row.step.notes.slice(0, SHOWN_NOTES).map((note) => grid.beside(row.lane, "│", `(${plain(note)})`))
  const [first = [], ...others] = [drawn, ...fault, ...notes]
  return [grid.line(margin(String(row.step.index), time, mark), first), ...others.map((pieces) => grid.line(margin("", "", ""), pieces))]
}

/** Text that stands at a column, over what is below it. */
interface Piece {
  readonly at: number
  readonly text: string
}

/** Columns to the right of the margin: the lifelines, and what is drawn over them. */
class Grid {
  readonly #lanes: readonly string[]
  readonly #laneWidth: number

  constructor({ lanes }: Sequence) {
    this.#lanes = lanes
    const longest = Math.max(...lanes.map((lane) => widthOf(lane) + 2), LANE)
    this.#laneWidth = Math.min(WIDEST_LANE, longest, Math.floor((WIDTH - MARGIN) / lanes.length))
  }

  get #width(): number {
    return WIDTH - MARGIN
  }

  #centre(lane: number): number {
    return lane * this.#laneWidth + (this.#laneWidth >> 1)
  }

  heads(): string {
    const pieces = this.#lanes.map((label, lane) => {
      const text = cutMiddle(label, this.#laneWidth - 1)
      return { at: this.#centre(lane) - (widthOf(text) >> 1), text }
    })
    return padded(" step      clock", MARGIN) + laidOut(pieces)
  }

  /** The lifelines, and over them what is drawn. */
  line(margin: string, pieces: readonly Piece[]): string {
    const isFree = (at: number): boolean => pieces.every((piece) => at < piece.at || at >= piece.at + widthOf(piece.text))
    const lifelines = this.#lanes.map((_label, lane) => ({ at: this.#centre(lane), text: "│" })).filter(({ at }) => isFree(at))
    return margin + laidOut([...lifelines, ...pieces])
  }

  arrow({ lane, label, arrow }: Row): readonly Piece[] {
    const [from, to] = [this.#centre(arrow?.from ?? lane), this.#centre(lane)]
    const room = Math.abs(to - from) - 2
    const stroke = arrow?.kind === "reply" ? "╌" : "─"
    const since = arrow?.sentStep === undefined ? "" : ` ‹${arrow.sentStep}`
    const failed = arrow?.isFailure === true ? " failed" : ""
    const text = ` ${cutMiddle(label, Math.max(1, room - 2 - widthOf(since) - failed.length))}${failed}${since} `
    const shaft = ontoShaft(cutMiddle(text, room), room, stroke)
    return [{ at: Math.min(from, to) + 1, text: from < to ? `${shaft}▶` : `◀${shaft}` }]
  }

  event({ lane, label, event }: Row): readonly Piece[] {
    return this.beside(lane, SYMBOLS[event ?? "turn"], label)
  }

  /** To the right of a lifeline, or to the left of it where that has more room. */
  beside(lane: number, symbol: string, text: string): readonly Piece[] {
    const at = this.#centre(lane)
    const right = this.#width - at - 2
    const left = at - 1
    const isRight = widthOf(text) <= right || right >= left
    const shown = cutMiddle(text, isRight ? right : left)
    return [
      { at, text: symbol },
      { at: isRight ? at + 2 : at - 1 - widthOf(shown), text: shown },
    ].toSorted((a, b) => a.at - b.at)
  }
}

function ontoShaft(text: string, room: number, stroke: string): string {
  const free = Math.max(0, room - widthOf(text))
  return stroke.repeat(free >> 1) + text + stroke.repeat(free - (free >> 1))
}

/** What does not overlap, from left to right. */
function laidOut(pieces: readonly Piece[]): string {
  let line = ""
  for (const { at, text } of pieces.toSorted((a, b) => a.at - b.at)) line = padded(line, at) + text
  return line
}
