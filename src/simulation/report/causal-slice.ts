/**
 * Of all steps of a schedule those that can have led to its failure.
 *
 * A step can have led to another if the same process did it before, or if something was sent in it that the other took; and so on, backwards from
 * where the failure was seen and from the last steps of the processes concerned. A process that was started comes after what its starter did
 * until then. That says nothing of what a step has read or changed: it leaves out nobody who mattered, and keeps some who did not.
 * Where nobody is known to be concerned, who was befallen by a fault is: what it does afterwards is what the fault has led to.
 *
 * A deviation is kept, whatever it is, where nothing is known of who is concerned. Where that is known, one is kept that is such a step itself, that put
 * off such a step or one of such a process for ever, or, of faults, that befell such a process or nobody in particular.
 */

import type { Choice, Step } from "../schedule/step.ts"
import type { ReportedFailure } from "./reported-failure.ts"
import { ScheduleIndex } from "./schedule-index.ts"

/** In the order of the schedule. Cost: O(steps). */
export function causalSlice(steps: readonly Step[], failure: ReportedFailure): readonly Step[] {
  return sliceOf(new ScheduleIndex(steps), failure)
}

/** The same, for who has the index at hand. */
export function sliceOf(index: ScheduleIndex, failure: ReportedFailure): readonly Step[] {
  const end = endOf(index, failure)
  const kept = new Set<number>()
  keepCauses(index, kept, seedsOf(index, failure, end))
  for (const position of deviationsThatMatter(index, kept, end)) kept.add(position)
  return index.steps.filter((_step, position) => kept.has(position))
}

/** The position at which the failure was seen; of an empty list, -1. */
function endOf({ steps }: ScheduleIndex, { step }: ReportedFailure): number {
  return step === undefined ? steps.length - 1 : steps.findLastIndex(({ index }) => index <= step)
}

function seedsOf(index: ScheduleIndex, { actors = [], messages = [], waits = [] }: ReportedFailure, end: number): readonly number[] {
  const concerned = [...actors, ...waits.flatMap(({ actor, on }) => (on === undefined ? [actor] : [actor, on]))]
  const last = concerned.flatMap((actor) => index.lastOf(actor, end + 1) ?? [])
  const ofMessages = messages
    .flatMap((id) => [index.sentIn(id) ?? [], index.takenIn(id) ?? []].flat())
    .filter((position) => position <= end)
  const isKnown = last.length + ofMessages.length > 0
  return [...(end < 0 ? [] : [end]), ...last, ...ofMessages, ...(isKnown ? [] : allDeviations(index, end))]
}

/** Where something else was chosen, where a fault fell and what came of it with whom it befell, and where what was put off came after all. */
function allDeviations(index: ScheduleIndex, end: number): readonly number[] {
  return index.steps.slice(0, end + 1).flatMap(({ fault, instead }, position) => {
    const came = instead === undefined ? undefined : index.positionOf(instead)
    const after = fault === undefined ? undefined : index.lastOf(fault.actor, end + 1)
    const others = [came, after].filter((other) => other !== undefined && other <= end) as readonly number[]
    return fault === undefined && instead === undefined ? [] : [position, ...others]
  })
}

/** With all that comes before them. */
function keepCauses(index: ScheduleIndex, kept: Set<number>, seeds: readonly number[]): void {
  const open = [...seeds]
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    if (kept.has(position)) continue
    kept.add(position)
    open.push(...causesOf(index, position))
  }
}

function causesOf(index: ScheduleIndex, position: number): readonly number[] {
  const step = index.steps[position]
  if (step === undefined) return []
  const { choice, fault, took } = step
  const own = choice?.actor ?? fault?.actor
  const causes = [
    ...(own === undefined ? [] : [index.lastOf(own, position)]),
    ...(took === undefined || choice === undefined ? [] : sendingOf(index, took, choice)),
    ...(choice === undefined || took !== undefined ? [] : [index.lastOf(choice.from, position)]),
  ]
  return causes.flatMap((cause) => (cause === undefined || cause >= position ? [] : [cause]))
}

/** The step in which it was sent, and the last that its sender did by then, where that was another's step. */
function sendingOf(index: ScheduleIndex, took: number, { from }: Choice): readonly (number | undefined)[] {
  const sentIn = index.sentIn(took)
  return sentIn === undefined ? [] : [sentIn, index.lastOf(from, sentIn + 1)]
}

function deviationsThatMatter(index: ScheduleIndex, kept: ReadonlySet<number>, end: number): readonly number[] {
  const actors = new Set([...index.actors].filter((actor) => index.doneBy(actor).some((position) => kept.has(position))))
  return index.steps.slice(0, end + 1).flatMap((step, position) => (matters(index, step, kept, actors, end) ? [position] : []))
}

function matters(index: ScheduleIndex, step: Step, kept: ReadonlySet<number>, actors: ReadonlySet<string>, end: number): boolean {
  const { fault, instead } = step
  if (fault !== undefined && (actors.has(fault.actor) || isNobodys(index, fault.actor))) return true
  if (instead === undefined) return false
  const came = index.positionOf(instead)
  return came === undefined || came > end ? actors.has(instead.actor) : kept.has(came)
}

/** The clock, the policies: what everybody depends on. */
function isNobodys(index: ScheduleIndex, actor: string): boolean {
  return !index.doneBy(actor).some((position) => index.steps[position]?.choice !== undefined)
}
