/**
 * Draws which faults fall in a schedule, and where: first which of those that were asked for, each as likely as the others, then at which of the chances that
 * this one has, and where a fault has them only after another, that one too.
 */

import type { Decision, Strategy } from "../schedule/decider.ts"
import type { Choice, FaultKind } from "../schedule/step.ts"
import { ASIDE, type FaultChances, type FaultPlace } from "./fault-chances.ts"
import { below, type Draw } from "./strategies.ts"

/** What was asked for by one name: of which kinds, and how many in a schedule at most. */
export interface AskedFault {
  readonly kinds: readonly FaultKind[]
  readonly most: number
}

/** What is drawn from. */
export interface FaultPlan {
  /** But for those that are decided each for itself. */
  readonly asked: readonly AskedFault[]
  /** How likely a message finds no room. */
  readonly inboxFull: number
  readonly chances: FaultChances
}

/** So many fall in a schedule at most, however many it may have. */
const MOST = 100

/** One that is to fall: it does at the next of its chances once `left` of them have passed. */
interface Due extends FaultPlace {
  left: number
}

/** Decides about faults by a draw; all else is another strategy's. */
export function withFaults(strategy: Strategy, draw: Draw, plan: FaultPlan): Strategy {
  const due = drawnFaults(draw, plan)
  const drawn = new Map<string, boolean>()
  const isUsed = (kind: string): boolean => {
    if (!drawn.has(kind)) drawn.set(kind, draw() < 0.5)
    return drawn.get(kind) === true
  }
  const aside = (choices: readonly Choice[]): number => {
    if (choices[1]?.what === "inbox_full") return draw() < plan.inboxFull ? 1 : 0
    return isUsed("small_bounds") && draw() < 0.5 ? 1 + below(draw, choices.length - 1) : 0
  }
  const fault = ({ choices }: Decision): number => {
    if (ASIDE.has(choices[1]?.what as string)) return aside(choices)
    let falls: Due | undefined
    for (const each of due) {
      if (!choices.some((choice) => isFor(each, choice))) continue
      if (each.left > 0) each.left -= 1
      else falls ??= each
    }
    if (falls === undefined) return 0
    due.splice(due.indexOf(falls), 1)
    const befallen = choices.flatMap((choice, index) => (isFor(falls, choice) ? [index] : []))
    return befallen[below(draw, befallen.length)] as number
  }
  return {
    choose: (decision) => (decision.kind === "fault" ? fault(decision) : strategy.choose(decision)),
    went: strategy.went?.bind(strategy),
  }
}

function isFor({ kind, actor, moment }: FaultPlace, choice: Choice): boolean {
  if (choice.what !== kind) return false
  return actor === undefined || (choice.actor === actor && (moment === undefined || choice.about === moment))
}

function drawnFaults(draw: Draw, { asked, chances }: FaultPlan): Due[] {
  const most = asked.reduce((sum, each) => sum + each.most, 0)
  // One at least, three times of four: a schedule without is what the others are for.
  if (most === 0 || draw() < 0.25) return []
  const count = 1 + below(draw, Math.min(most, MOST))
  const left = new Map(asked.map((each) => [each, each.most]))
  const due: Due[] = []
  const add = (of: AskedFault, place: FaultPlace): void => {
    left.set(of, (left.get(of) as number) - 1)
    due.push({ ...place, left: place.after })
  }
  const isLeft = (each: AskedFault): boolean => (left.get(each) as number) > 0
  while (due.length < count) {
    const open = asked.filter(isLeft)
    if (open.length === 0) break
    const one = open[below(draw, open.length)] as AskedFault
    const place = chances.draw(one.kinds[below(draw, one.kinds.length)] as FaultKind, draw)
    add(one, place)
    const reason = chances.reasonOf(place)
    if (reason === undefined || due.some(({ kind, actor }) => kind === reason.kind && actor === reason.actor)) continue
    const before = asked.find((each) => each.kinds.includes(reason.kind) && isLeft(each))
    if (before !== undefined) add(before, chances.drawFor(reason, draw))
  }
  return due
}
