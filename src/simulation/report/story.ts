/**
 * What is out of the ordinary in a schedule, in sentences: "the reply to `get` reaches b after a's `set`".
 *
 * The ordinary is the order in which each process runs until it waits. A deviation is either a fault, or something that was put off (`Step.instead`)
 * because something else was chosen: however often it was put off, it is one deviation, and told once. It is told from what was put off, where others
 * had messages handled in between that it may concern; else from what was chosen.
 */

import type { Choice, Step } from "../schedule/step.ts"
import { listed, timeText } from "../text/plain-text.ts"
import { ScheduleIndex } from "./schedule-index.ts"
import { clauseOf, faultClauseOf, isHousekeeping, laterClauseOf, missingClauseOf, named, possessive, quoted } from "./story-clauses.ts"

/** One thing out of the ordinary. */
export interface ToldDeviation {
  /** Its place in the story, from 1. */
  readonly number: number
  readonly kind: "order" | "fault"
  /** The steps, by `Step.index`, in which something else was chosen, or in which the fault fell. */
  readonly steps: readonly number[]
  /** The step in which what was put off came after all; `undefined`: never, or it is a fault. */
  readonly came: number | undefined
  /** Without a capital or a full stop, as it may begin with a label. */
  readonly sentence: string
}

/** All of a schedule, in the order in which they first show. Cost: O(steps), and for each what lies between. */
export function deviationsOf(steps: readonly Step[]): readonly ToldDeviation[] {
  return deviationsIn(new ScheduleIndex(steps))
}

/** The same, for who has the index at hand. */
export function deviationsIn(index: ScheduleIndex): readonly ToldDeviation[] {
  const putOff = new Map<number, number[]>()
  const found: { readonly kind: ToldDeviation["kind"]; readonly positions: readonly number[] }[] = []
  for (const [position, { fault, instead }] of index.steps.entries()) {
    if (fault !== undefined) found.push({ kind: "fault", positions: [position] })
    if (instead === undefined) continue
    const known = putOff.get(instead.id)
    if (known !== undefined) known.push(position)
    else found.push({ kind: "order", positions: listIn(putOff, instead.id, position) })
  }
  return found.map(({ kind, positions }, at) => told(index, kind, positions, at + 1))
}

/** By `Step.index`, the numbers of what is out of the ordinary there. */
export type Marks = ReadonlyMap<number, readonly number[]>

/** `[2]`, and `[2…]` where it is more than one. */
export function markText([first, ...others]: readonly number[]): string {
  return first === undefined ? "" : `[${first}${others.length > 0 ? "…" : ""}]`
}

/** Where something else was chosen, where a fault fell, and where what was put off came after all. */
export function marksOf(deviations: readonly ToldDeviation[]): Marks {
  const marks = new Map<number, number[]>()
  for (const { number, steps, came } of deviations) {
    for (const step of came === undefined ? steps : [...steps, came]) {
      const known = marks.get(step)
      if (known === undefined) marks.set(step, [number])
      else known.push(number)
    }
  }
  return marks
}

function listIn(lists: Map<number, number[]>, id: number, position: number): readonly number[] {
  const list = [position]
  lists.set(id, list)
  return list
}

function told(index: ScheduleIndex, kind: ToldDeviation["kind"], positions: readonly number[], number: number): ToldDeviation {
  const steps = positions.flatMap((position) => index.steps[position] ?? [])
  const [first] = steps
  const instead = kind === "order" ? first?.instead : undefined
  const came = instead === undefined ? undefined : index.positionOf(instead)
  return {
    number,
    kind,
    steps: steps.map((step) => step.index),
    came: came === undefined ? undefined : index.steps[came]?.index,
    sentence: instead === undefined ? faultSentence(index, positions[0] ?? 0) : orderSentence(index, instead, positions, came),
  }
}

function faultSentence(index: ScheduleIndex, position: number): string {
  const step = index.steps[position]
  return step?.fault === undefined ? "" : faultClauseOf(step.fault, index.passedIn(step))
}

// -- what was put off ----------------------------------------------------------------------------------------------

function orderSentence(index: ScheduleIndex, instead: Choice, positions: readonly number[], came: number | undefined): string {
  const [first = 0] = positions
  const timer = positions.find((position) => index.steps[position]?.choice?.kind === "timer")
  const position = timer ?? first
  const choice = index.steps[position]?.choice
  if (came === undefined) return `${choice === undefined ? "" : `${clauseOf(index, choice)}, and `}${missingClauseOf(index, instead)}`
  if (choice !== undefined && (timer !== undefined || isSameInbox(choice, instead))) return before(index, choice, instead, position)
  const overtakers = overtakersOf(index, instead, first, came)
  if (overtakers.length > 0) return `${clauseOf(index, instead)}${instead.kind === "timer" ? " late," : ""} after ${inWords(overtakers)}`
  return choice === undefined ? `${clauseOf(index, instead)} later` : before(index, choice, instead, position)
}

function isSameInbox(choice: Choice, instead: Choice): boolean {
  return choice.kind === "message" && instead.kind === "message" && choice.actor === instead.actor
}

/** What was chosen, and then what was put off: in full, or in short where both do the same. */
function before(index: ScheduleIndex, choice: Choice, instead: Choice, position: number): string {
  return (
    shortly(index, choice, instead, position) ??
    `${clauseOf(index, choice)}${passing(index, choice, position)} before ${rest(index, choice, instead)}`
  )
}

function rest(index: ScheduleIndex, choice: Choice, instead: Choice): string {
  if (isSameInbox(choice, instead)) return clauseOf(index, instead).slice(`${named(instead.actor)} handles `.length)
  return laterClauseOf(index, instead)
}

function shortly(index: ScheduleIndex, choice: Choice, instead: Choice, position: number): string | undefined {
  if (choice.kind !== instead.kind || choice.actor === instead.actor) return undefined
  const isAlike = choice.what === instead.what && choice.from === instead.from
  if (choice.kind === "start") return `${named(choice.actor)} starts before ${named(instead.actor)} does`
  if (choice.kind === "reply") return isAlike ? `${clauseOf(index, choice)} before ${named(instead.actor)} has its own` : undefined
  if (choice.kind !== "message") return undefined
  if (isAlike) return `${clauseOf(index, choice)} before ${named(instead.actor)} does`
  if (!isFirst(index, choice, position) || !isFirst(index, instead, index.positionOf(instead) ?? 0)) return undefined
  return `${named(choice.actor)} handles its first message before ${named(instead.actor)} does`
}

/** Whether it is the first message that its process handles. */
function isFirst(index: ScheduleIndex, { actor }: Choice, position: number): boolean {
  return !index.doneBy(actor).some((earlier) => earlier < position && index.steps[earlier]?.choice?.kind === "message")
}

/** A timer that is chosen may have had to wait for its moment: who is put off is late by that. */
function passing(index: ScheduleIndex, { kind }: Choice, position: number): string {
  const step = index.steps[position]
  const passedMs = step === undefined ? 0 : index.passedIn(step)
  return kind === "timer" && passedMs > 0 ? `, ${timeText(passedMs)} later,` : ""
}

// -- what lies between ---------------------------------------------------------------------------------------------

/** At most so many of the messages in between are named that were handled by whom it comes from, and so many of others' whom it may concern. */
const NAMED_OVERTAKERS = [2, 1] as const

/**
 * Messages of others that were handled while something was put off, and that may matter to it: first those handled by the process it comes from or
 * goes to, then those by a process that whoever was put off turns to later. The last of each, which are the nearest to what it found then.
 */
function overtakersOf(index: ScheduleIndex, instead: Choice, first: number, came: number): readonly Choice[] {
  const found: [near: Choice[], far: Choice[]] = [[], []]
  const later = turnsTo(index, instead.actor, came)
  for (let position = came - 1; position >= first; position--) {
    const choice = index.steps[position]?.choice
    if (choice?.kind !== "message" || choice.from === asker(instead)) continue
    const list = choice.actor === handler(instead) ? found[0] : later.has(choice.actor) ? found[1] : undefined
    if (list !== undefined && !list.some(({ from, what }) => from === choice.from && what === choice.what)) list.push(choice)
  }
  const telling = found.map((list) => list.filter((choice) => !isAside(index, choice)))
  const [near = [], far = []] = telling.some((list) => list.length > 0) ? telling : found
  return [near, far]
    .flatMap((list, rank) => list.slice(0, NAMED_OVERTAKERS[rank]))
    .toSorted((a, b) => placeOf(index, a) - placeOf(index, b))
}

function isAside(index: ScheduleIndex, choice: Choice): boolean {
  const took = index.steps[index.positionOf(choice) ?? -1]?.took
  const sent = took === undefined ? undefined : index.sentOf(took)
  return sent !== undefined && isHousekeeping(sent)
}

/** Whose messages do not overtake it: they are its own. */
function asker({ kind, actor, from }: Choice): string {
  return kind === "message" ? from : actor
}

/** The process of whose state it tells, or which it changes. */
function handler({ kind, actor, from }: Choice): string {
  return kind === "reply" ? from : actor
}

function turnsTo(index: ScheduleIndex, actor: string, came: number): ReadonlySet<string> {
  const steps = index.doneBy(actor).filter((position) => position >= came)
  return new Set(steps.flatMap((position) => index.steps[position]?.sent ?? []).map(({ to }) => to))
}

function placeOf(index: ScheduleIndex, choice: Choice): number {
  return index.positionOf(choice) ?? 0
}

/** `a's `set` and `clear`, and b's `get``: those of one sender together. */
function inWords(messages: readonly Choice[]): string {
  const bySender = Map.groupBy(messages, ({ from }) => from)
  return listed([...bySender].map(([from, each]) => `${possessive(from)} ${listed(each.map(({ what }) => quoted(what)))}`))
}
