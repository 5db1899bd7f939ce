/**
 * A sequence as SVG: what is sent and taken at once is a level arrow, what others overtook is one that slopes from where it was sent to where it was
 * taken. Steps that are out of the ordinary have a band and the number of the story.
 *
 * All looks are attributes in colours that are read on light and on dark, so that it shows where no style is allowed. No script, no reference to
 * anything outside.
 */

import { element, type Markup, together } from "../text/markup.ts"
import { counted, cutMiddle, plain, timeText, widthOf } from "../text/plain-text.ts"
import type { Arrow, Row, Sequence } from "./sequence.ts"

/** From the left: the step, the clock, the number in the story, the lanes. */
const STEP = 36
const CLOCK = 112
const BADGE = 118
const MARGIN = 150
/** What the lanes share, as long as each has its least. */
const PAGE = 1400
const NARROWEST = 110
const USUAL = 160
const WIDEST = 220
const ROW = 30
const HEADS = 40
const LETTER = 7.2
const SHOWN_NOTES = 2

const INK = "currentColor"
const GREY = "#8a8f98"
const BLUE = "#3b7de0"
const AMBER = "#d07a00"
const RED = "#e0304a"

const FONT = { "font-family": "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace", "font-size": 12, fill: INK }
/** Letters stand out from the lines below them. */
const HALO = { stroke: "Canvas", "stroke-width": 4, "stroke-linejoin": "round", "paint-order": "stroke" }

type Attributes = Readonly<Record<string, string | number>>

/** The heads, which a page keeps in sight, and what is below them. */
export interface Drawing {
  readonly heads: Markup
  readonly body: Markup
}

export function drawn(sequence: Sequence, failure: string): Drawing {
  const picture = new Picture(sequence)
  return { heads: picture.heads(), body: picture.body(failure) }
}

class Picture {
  readonly #sequence: Sequence
  readonly #laneWidth: number
  /** Where the rows are, from above. */
  readonly #heights: readonly number[]
  readonly #end: number

  constructor(sequence: Sequence) {
    this.#sequence = sequence
    const longest = Math.max(0, ...sequence.lanes.map((lane) => widthOf(lane) * LETTER + 40))
    const share = PAGE / Math.max(1, sequence.lanes.length)
    this.#laneWidth = Math.max(NARROWEST, Math.min(WIDEST, share, Math.max(longest, USUAL)))
    const heights: number[] = []
    let at = ROW
    for (const row of sequence.rows) {
      at += row.leftOut > 0 ? ROW : 0
      heights.push(at)
      at += ROW + (row.step.notes.length > 0 ? ROW / 2 : 0)
    }
    this.#heights = heights
    this.#end = at
  }

  get #width(): number {
    return MARGIN + this.#laneWidth * Math.max(1, this.#sequence.lanes.length) + 90
  }

  #x(lane: number): number {
    return MARGIN + this.#laneWidth * (lane + 0.5)
  }

  #y(row: number): number {
    return this.#heights[row] ?? 0
  }

  #image(height: number, label: string, parts: readonly Markup[]): Markup {
    const [width, viewBox] = [this.#width, `0 0 ${Math.round(this.#width)} ${Math.round(height)}`]
    return element(
      "svg",
      { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox, role: "img", "aria-label": label },
      together(parts),
    )
  }

  heads(): Markup {
    const room = this.#laneWidth - 16
    const boxes = this.#sequence.lanes.flatMap((label, lane) => [
      element("rect", { x: this.#x(lane) - room / 2, y: 6, width: room, height: HEADS - 12, rx: 5, fill: "Canvas", stroke: GREY }),
      this.#text(label, room - 12, { x: this.#x(lane), y: HEADS / 2 + 4, "text-anchor": "middle", "font-weight": "bold" }),
    ])
    const names = ["step", "clock"].map((name, column) =>
      this.#text(name, 60, { x: column === 0 ? STEP : CLOCK, y: HEADS / 2 + 4, "text-anchor": "end", fill: GREY }),
    )
    return this.#image(HEADS, "who takes part", [...names, ...boxes])
  }

  body(failure: string): Markup {
    const { lanes, rows } = this.#sequence
    const bottom = this.#end + ROW
    const lifelines = lanes.map((_label, lane) =>
      line(this.#x(lane), 0, this.#x(lane), this.#end - ROW * 0.65, { stroke: GREY, "stroke-width": 1 }),
    )
    const strokes = rows.map((row, place) => this.#strokes(row, place))
    const letters = rows.map((row, place) => this.#letters(row, place))
    const bands = rows.map((row, place) => this.#band(row, place))
    const parts = [...bands.flat(), ...lifelines, ...strokes.flat(), ...letters.flat(), ...this.#failure(failure)]
    return this.#image(bottom, "the steps, from above", parts)
  }

  /** Below the lifelines: what is out of the ordinary. */
  #band({ step, deviations }: Row, place: number): readonly Markup[] {
    if (deviations.length === 0 && step.fault === undefined) return []
    const fill = step.fault === undefined ? AMBER : RED
    return [element("rect", { x: 0, y: this.#y(place) - ROW * 0.65, width: this.#width, height: ROW, fill, "fill-opacity": 0.14 })]
  }

  /** What has no letters is below what has. */
  #strokes(row: Row, place: number): readonly Markup[] {
    const { step, lane, arrow } = row
    const y = this.#y(place)
    const isAside = step.fault !== undefined && step.choice !== undefined
    const fault = isAside ? [cross(this.#x(lane), y)] : []
    return [...(arrow === undefined ? symbolOf(row.event, this.#x(lane), y) : this.#arrow(row, arrow, y)), ...fault]
  }

  #letters(row: Row, place: number): readonly Markup[] {
    const y = this.#y(place)
    const { step, deviations, leftOut } = row
    const gap = leftOut === 0 ? [] : [this.#text(`⋮ ${counted(leftOut, "step")} left out`, MARGIN, { x: 12, y: y - ROW + 4, fill: GREY })]
    const hasMoved = step.at !== this.#sequence.rows[place - 1]?.step.at
    const clock = hasMoved ? [this.#text(timeText(step.at), CLOCK - STEP, { x: CLOCK, y: y + 4, "text-anchor": "end", fill: GREY })] : []
    const number = this.#text(String(step.index), STEP, { x: STEP, y: y + 4, "text-anchor": "end", fill: GREY })
    const label = row.arrow === undefined ? this.#eventLabel(row, y) : this.#arrowLabel(row, row.arrow, y)
    return [...gap, number, ...clock, ...badge(deviations, y), label, ...this.#notes(row, y)]
  }

  #arrow({ lane, deviations }: Row, arrow: Arrow, y: number): readonly Markup[] {
    const [from, to] = [this.#x(arrow.from), this.#x(lane)]
    const startY = isLate(arrow) ? this.#y(arrow.sentIn ?? 0) : y
    const stroke = arrow.isFailure ? RED : deviations.length > 0 ? AMBER : arrow.kind === "reply" ? GREY : BLUE
    const looks = { stroke, "stroke-width": isLate(arrow) ? 2 : 1.5, "stroke-dasharray": arrow.kind === "reply" ? "5 4" : undefined }
    const origin = isLate(arrow) ? [element("circle", { cx: from, cy: startY, r: 3, fill: stroke })] : []
    return [line(from, startY, to, y, looks), head(from, startY, to, y, stroke), ...origin]
  }

  /** Over a level arrow; of one that slopes behind its head, where no line comes. */
  #arrowLabel({ label, lane }: Row, arrow: Arrow, y: number): Markup {
    const [from, to] = [this.#x(arrow.from), this.#x(lane)]
    const since = arrow.sentStep === undefined ? "" : ` ‹${arrow.sentStep}`
    const text = `${label}${arrow.isFailure ? " failed" : ""}${since}`
    const fill = arrow.isFailure ? RED : INK
    const over = { x: (from + to) / 2, y: y - 5, "text-anchor": "middle" }
    const behind = { x: to + (from < to ? 12 : -12), y: y + 4, "text-anchor": from < to ? "start" : "end" }
    return isLate(arrow)
      ? this.#inLanes(text, { ...behind, fill }, this.#laneWidth)
      : this.#inLanes(text, { ...over, fill }, Math.abs(to - from) - 24)
  }

  #eventLabel({ lane, label, event }: Row, y: number): Markup {
    return this.#inLanes(label, { x: this.#x(lane) + 12, y: y + 4, fill: event === "fault" ? RED : INK })
  }

  #notes({ lane, step }: Row, y: number): readonly Markup[] {
    if (step.notes.length === 0) return []
    const text = step.notes.slice(0, SHOWN_NOTES).map(plain).join("; ")
    const looks = { fill: GREY, "font-style": "italic", "font-size": 11 }
    return [this.#inLanes(text, { x: this.#x(lane) + 12, y: y + ROW * 0.65, ...looks })]
  }

  #failure(message: string): readonly Markup[] {
    const y = this.#end
    const band = element("rect", { x: 0, y: y - ROW * 0.65, width: this.#width, height: ROW, fill: RED, "fill-opacity": 0.18 })
    const text = this.#text(message, this.#width - MARGIN - 20, { x: MARGIN, y: y + 4, "font-weight": "bold" })
    return [band, cross(MARGIN - 16, y), text]
  }

  /** It has as much room as there is from where it stands, and no more than `most`. */
  #inLanes(text: string, attributes: Attributes & { readonly x: number }, most = Number.POSITIVE_INFINITY): Markup {
    const { x, "text-anchor": anchor } = attributes
    const [left, right] = [x - MARGIN, this.#width - 8 - x]
    const room = anchor === "end" ? left : anchor === "middle" ? 2 * Math.min(left, right) : right
    return this.#text(text, Math.min(most, room), { ...HALO, ...attributes })
  }

  /** Cut where it has no room; what is cut is shown in full to who points at it. */
  #text(text: string, room: number, attributes: Attributes): Markup {
    const shown = cutMiddle(text, Math.max(1, Math.floor(room / LETTER)))
    return element("text", { ...FONT, ...attributes }, shown === text ? undefined : element("title", {}, text), shown)
  }
}

/** What others have overtaken slopes, where it is shown from where. */
function isLate({ sentStep, sentIn }: Arrow): boolean {
  return sentStep !== undefined && sentIn !== undefined
}

// -- shapes --------------------------------------------------------------------------------------------------------

function line(x1: number, y1: number, x2: number, y2: number, attributes: Readonly<Record<string, string | number | undefined>>): Markup {
  return element("line", { x1, y1, x2, y2, ...attributes })
}

/** The head of an arrow, along its line. */
function head(x1: number, y1: number, x2: number, y2: number, fill: string): Markup {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length]
  const corner = (side: number): string => `${Math.round(x2 - dx * 10 - dy * side * 4.5)},${Math.round(y2 - dy * 10 + dx * side * 4.5)}`
  return element("polygon", { points: `${Math.round(x2)},${Math.round(y2)} ${corner(1)} ${corner(-1)}`, fill })
}

function cross(x: number, y: number): Markup {
  const looks = { stroke: RED, "stroke-width": 3, "stroke-linecap": "round" }
  return together([line(x - 6, y - 6, x + 6, y + 6, looks), line(x - 6, y + 6, x + 6, y - 6, looks)])
}

function symbolOf(event: Row["event"], x: number, y: number): readonly Markup[] {
  if (event === "fault") return [cross(x, y)]
  const stroke = event === "timer" ? AMBER : BLUE
  const circle = element("circle", {
    cx: x,
    cy: y,
    r: event === "turn" ? 3 : 6,
    fill: event === "turn" ? stroke : "Canvas",
    stroke,
    "stroke-width": 1.5,
  })
  const hands = [line(x, y, x, y - 4, { stroke, "stroke-width": 1.5 }), line(x, y, x + 3, y, { stroke, "stroke-width": 1.5 })]
  return event === "timer" ? [circle, ...hands] : [circle]
}

/** The number that it has in the story. */
function badge(deviations: readonly number[], y: number): readonly Markup[] {
  const [first] = deviations
  if (first === undefined) return []
  const text = deviations.length > 1 ? `${first}…` : String(first)
  const width = 12 + text.length * LETTER
  const box = element("rect", { x: BADGE, y: y - 9, width, height: 18, rx: 9, fill: AMBER })
  const label = element(
    "text",
    { ...FONT, x: BADGE + width / 2, y: y + 4, "text-anchor": "middle", fill: "#fff", "font-weight": "bold" },
    text,
  )
  return [box, label]
}
