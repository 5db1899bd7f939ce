/**
 * Of the steps that can have led to a failure those that are told: without the runtime's own housekeeping (a mailbox that is given back, and that this is
 * known), and without what the look at the end has asked, which is told in one line.
 *
 * A step of these is told after all where something is out of the ordinary in it, where it is noted, and where something that is told follows from it: who
 * stopped as its last caller had left has all that led to it. The steps of a failure, as data, are all there.
 */

import type { Sent, Step } from "../schedule/step.ts"
import type { ReportedFailure } from "./reported-failure.ts"
import type { ScheduleIndex } from "./schedule-index.ts"
import { marksOf, type ToldDeviation } from "./story.ts"
import { isHousekeeping } from "./story-clauses.ts"

export interface StorySteps {
  readonly told: readonly Step[]
  /** What the look at the end did. */
  readonly looks: readonly Step[]
}

/** Of a slice of them. Where nothing would be left, all are told. */
export function storySteps(
  index: ScheduleIndex,
  slice: readonly Step[],
  failure: ReportedFailure,
  deviations: readonly ToldDeviation[],
): StorySteps {
  const { looksFrom = Number.POSITIVE_INFINITY } = failure
  const marks = marksOf(deviations)
  const kept = new Set(slice.map(({ index: number }) => number))
  const isLeftOut = ({ id }: Sent): boolean => !kept.has(index.steps[index.takenIn(id) ?? -1]?.index ?? -1)
  const looks: Step[] = []
  // From the end: what follows from a step is decided before it is.
  for (const step of slice.toReversed()) {
    const isQuiet = step.fault === undefined && step.notes.length === 0 && !marks.has(step.index)
    if (!isQuiet) continue
    const sent = step.took === undefined ? undefined : index.sentOf(step.took)
    const isLook = step.index >= looksFrom
    const isOwn = sent === undefined ? isOwnNotice(step) : isHousekeeping(sent)
    const isHousework = isOwn && step.sent.every((each) => isHousekeeping(each) && isLeftOut(each))
    if (!isLook && !isHousework) continue
    if (isLook) looks.unshift(step)
    kept.delete(step.index)
  }
  const told = slice.filter((step) => kept.has(step.index))
  if (told.length === 0) return { told: slice, looks: [] }
  return { told: told.map((step) => withoutSent(step, (each) => isAside(index, each, looksFrom) && isLeftOut(each))), looks }
}

/** What the runtime puts before all that a process is sent, and what has no name: that somebody has given back its mailbox, mostly. */
function isOwnNotice({ choice }: Step): boolean {
  return choice?.kind === "message" && choice.from === choice.actor && choice.what === "signal"
}

/** What may go without saying. */
function isAside(index: ScheduleIndex, sent: Sent, looksFrom: number): boolean {
  return isHousekeeping(sent) || (index.steps[index.takenIn(sent.id) ?? -1]?.index ?? -1) >= looksFrom
}

function withoutSent(step: Step, isLeftOut: (sent: Sent) => boolean): Step {
  const sent = step.sent.filter((each) => !isLeftOut(each))
  return sent.length === step.sent.length ? step : { ...step, sent }
}
