/**
 * Steps as a sequence diagram has them: who takes part, and in each row an arrow or an event. What is drawn with, letters or SVG, is not known here.
 *
 * Left out are processes that nobody has a message from or to, and with which nothing is out of the ordinary. Where more take part than there is
 * room for, those least concerned share the last lane. What goes round is drawn once. Where there are more steps than there is room for, those are
 * kept that are nearest to what is out of the ordinary, or to the end.
 */

import { CLOCK, OUTSIDE } from "../scene/candidate.ts"
import type { Sent, Step } from "../schedule/step.ts"
import { nearestTo } from "../text/nearest.ts"
import { plain } from "../text/plain-text.ts"
import { repetitionsIn } from "./repetition.ts"
import type { ReportedFailure } from "./reported-failure.ts"
import type { ScheduleIndex } from "./schedule-index.ts"
import { type Marks, marksOf, type ToldDeviation } from "./story.ts"

/** What goes from one lane to another, and is taken in this row. */
export interface Arrow {
  readonly from: number
  readonly kind: Sent["kind"]
  readonly isFailure: boolean
  /** The row in which it was sent; `undefined` where that is not shown. */
  readonly sentIn: number | undefined
  /** The number of the step in which it was sent, where others came between. */
  readonly sentStep: number | undefined
}

/** What is not an arrow: it happens to one process alone. */
export type SequenceEvent = "start" | "timer" | "turn" | "own message" | "fault"

export interface Row {
  readonly step: Step
  readonly lane: number
  /** What the arrow carries, or the event is. */
  readonly label: string
  readonly arrow: Arrow | undefined
  readonly event: SequenceEvent | undefined
  /** Of what is out of the ordinary here, by its number in the story. */
  readonly deviations: readonly number[]
  /** So many steps right before it have no room. */
  readonly leftOut: number
}

export interface Sequence {
  /** The labels of those who take part. */
  readonly lanes: readonly string[]
  readonly rows: readonly Row[]
}

/** How much there is room for. */
export interface Room {
  readonly lanes: number
  readonly rows: number
}

/** Rows of `shown`, which are steps of `index`. */
export function sequenceOf(
  index: ScheduleIndex,
  shown: readonly Step[],
  failure: ReportedFailure,
  deviations: readonly ToldDeviation[],
  room: Room,
): Sequence {
  const marks = marksOf(deviations)
  const lanes = lanesOf(index, shown, failure, marks, room.lanes)
  const drawn = shown.filter((step) => isDrawn(index, step, lanes, marks))
  const kept = withRoom(drawn, marks, room.rows)
  const places = new Map(kept.map(({ step }, row) => [step.index, row]))
  const rows = kept.map(({ step, leftOut }, row): Row => {
    const lane = lanes.of(actorOf(step)) ?? 0
    const arrow = arrowOf(index, step, lanes, places, row)
    const event = arrow === undefined ? eventOf(step) : undefined
    return { step, lane, label: labelOf(step, lanes), arrow, event, deviations: marks.get(step.index) ?? [], leftOut }
  })
  return { lanes: lanes.labels, rows }
}

// -- who takes part ------------------------------------------------------------------------------------------------

const OTHERS = "others"

class Lanes {
  readonly labels: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #isFull: boolean

  constructor(actors: readonly string[], others: ReadonlySet<string>) {
    const own = actors.filter((actor) => !others.has(actor))
    this.labels = [...own.map((actor) => laneLabel(actor)), ...(others.size > 0 ? [`${others.size} ${OTHERS}`] : [])]
    this.#places = new Map(actors.map((actor) => [actor, others.has(actor) ? own.length : own.indexOf(actor)]))
    this.#isFull = others.size > 0
  }

  of(actor: string): number | undefined {
    return this.#places.get(actor)
  }

  /** Whether it has no lane of its own. */
  isShared(actor: string): boolean {
    return this.#isFull && this.of(actor) === this.labels.length - 1
  }
}

function laneLabel(actor: string): string {
  return actor === OUTSIDE ? "scenario" : plain(actor)
}

function lanesOf(index: ScheduleIndex, shown: readonly Step[], failure: ReportedFailure, marks: Marks, room: number): Lanes {
  const weights = new Map<string, number>()
  const weigh = (actor: string, weight: number): void => void weights.set(actor, (weights.get(actor) ?? 0) + weight)
  for (const step of shown) for (const [actor, weight] of partsIn(index, step, marks.has(step.index))) weigh(actor, weight)
  for (const actor of failure.actors ?? []) if (weights.has(actor)) weigh(actor, CONCERNED)
  const parties = [...weights.keys()].filter((actor) => (weights.get(actor) ?? 0) > 0)
  const actors = parties.toSorted((a, b) => Number(b === OUTSIDE) - Number(a === OUTSIDE))
  const ranked = actors.toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
  return new Lanes(actors, new Set(actors.length > room ? ranked.slice(room - 1) : []))
}

/** What is out of the ordinary counts for more than any number of messages. */
const CONCERNED = 1_000_000

/** Who takes part in a step, and how much that counts; the lanes are in the order in which they first do anything, the scenario before all. */
function partsIn(index: ScheduleIndex, step: Step, isMarked: boolean): readonly (readonly [actor: string, weight: number])[] {
  const { choice, instead } = step
  const actor = actorOf(step)
  const marked = isMarked ? CONCERNED : 0
  const isMessage = choice !== undefined && isArrow(step)
  const putOff = instead !== undefined && index.doneBy(instead.actor).length > 0 ? [[instead.actor, 0] as const] : []
  return [...(isMessage ? [[choice.from, 1] as const] : []), [actor, marked + (isMessage ? 1 : 0)], ...putOff]
}

function actorOf({ choice, fault }: Step): string {
  return choice?.actor ?? fault?.actor ?? OUTSIDE
}

/** Whether something goes from one to another in it. */
function isArrow({ choice }: Step): boolean {
  if (choice === undefined || choice.from === choice.actor || choice.from === CLOCK) return false
  return choice.kind === "message" || choice.kind === "reply"
}

function isDrawn(index: ScheduleIndex, step: Step, lanes: Lanes, marks: Marks): boolean {
  if (lanes.of(actorOf(step)) === undefined) return false
  if (marks.has(step.index) || index.steps.at(-1) === step) return true
  return !(lanes.isShared(actorOf(step)) && (!isArrow(step) || lanes.isShared(step.choice?.from ?? "")))
}

// -- a row ---------------------------------------------------------------------------------------------------------

function arrowOf(index: ScheduleIndex, step: Step, lanes: Lanes, places: ReadonlyMap<number, number>, row: number): Arrow | undefined {
  const { choice, took } = step
  if (choice === undefined || !isArrow(step)) return undefined
  const from = lanes.of(choice.from)
  if (from === undefined || from === lanes.of(choice.actor)) return undefined
  const sent = took === undefined ? undefined : index.sentOf(took)
  const sending = took === undefined ? undefined : index.steps[index.sentIn(took) ?? -1]?.index
  const sentIn = sending === undefined ? undefined : places.get(sending)
  const kind = sent?.kind ?? (choice.kind === "reply" ? "reply" : "message")
  const isDirect = sending === undefined || sending >= step.index || sentIn === row - 1
  return { from, kind, isFailure: sent?.isFailure === true, sentIn, sentStep: isDirect ? undefined : sending }
}

function eventOf({ choice }: Step): SequenceEvent {
  if (choice === undefined) return "fault"
  return EVENTS.find((event) => event === choice.kind) ?? "own message"
}

const EVENTS: readonly SequenceEvent[] = ["start", "timer", "turn", "fault"]

/** On a lane that several share it says whose it is. */
function labelOf(step: Step, lanes: Lanes): string {
  const { choice, fault } = step
  const actor = actorOf(step)
  const who = lanes.isShared(actor) ? `${plain(actor)}: ` : ""
  if (choice === undefined) return fault === undefined ? "" : `${who}${faultLabel(fault.kind, fault.what)}`
  const from = lanes.isShared(choice.from) ? ` of ${plain(choice.from)}` : ""
  return choice.kind === "start" ? `${who}starts` : `${who}${plain(choice.what)}${from}`
}

function faultLabel(kind: string, what: string): string {
  const name = kind.replaceAll("_", " ")
  return what === "" ? name : `${name}: ${plain(what)}`
}

// -- room ----------------------------------------------------------------------------------------------------------

interface Kept {
  readonly step: Step
  readonly leftOut: number
}

/** What goes round is shown once; the last step is shown in any case. */
function withRoom(steps: readonly Step[], marks: Marks, room: number): readonly Kept[] {
  const alike = new Set(repetitionsIn(steps, marks).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)))
  const shown = [...steps.entries()].filter(([position]) => !alike.has(position) || position === steps.length - 1)
  const places = nearestTo(
    shown.map(([_position, { index }]) => marks.has(index)),
    room,
  )
  const positions = places.map((place) => shown[place]?.[0] ?? 0)
  return positions.flatMap((position, row) => {
    const step = steps[position]
    return step === undefined ? [] : [{ step, leftOut: position - 1 - (positions[row - 1] ?? -1) }]
  })
}
