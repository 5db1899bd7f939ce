/**
 * What happens again and again in a schedule: somebody looks whether something has come, two answer each other for ever, one operation follows another of
 * its like. It is told once, and then how often. What is out of the ordinary, befalls somebody or was noted is no part of it: it is told each time.
 */

import type { Sent, Step } from "../schedule/step.ts"
import type { Marks } from "./story.ts"

/** A stretch of steps that does again what the steps right before it have done. Positions. */
export interface Repetition {
  /** Of its first step. */
  readonly from: number
  /** Behind its last step. */
  readonly to: number
  /** How often it does so. */
  readonly times: number
}

/** What goes round is at most so many steps. */
const LONGEST_ROUND = 16
/** So many steps and more have to be alike before fewer are told: a round of one or two is a line. */
const FEWEST_ROUNDS = (size: number): number => (size <= 2 ? 4 : 3)

/** In order; none of them overlap. Cost: O(steps · longest round). */
export function repetitionsIn(steps: readonly Step[], marks: Marks): readonly Repetition[] {
  const likenesses = likenessesOf(steps, marks)
  const found: Repetition[] = []
  for (let position = 0; position < steps.length; position++) {
    const repetition = longestAt(likenesses, position)
    if (repetition === undefined) continue
    found.push(repetition)
    position = repetition.to - 1
  }
  return found
}

/** Of the rounds that begin there the one with which most is told; of several the shortest. */
function longestAt(likenesses: readonly number[], position: number): Repetition | undefined {
  let longest: Repetition | undefined
  for (let size = 1; size <= LONGEST_ROUND; size++) {
    const rounds = roundsAt(likenesses, position, size)
    const repetition = { from: position + size, to: position + rounds * size, times: rounds - 1 }
    if (rounds >= FEWEST_ROUNDS(size) && repetition.to > (longest?.to ?? 0)) longest = repetition
  }
  return longest
}

function roundsAt(likenesses: readonly number[], position: number, size: number): number {
  let length = size
  while (position + length < likenesses.length && likenesses[position + length] === likenesses[position + length - size]) length++
  return Math.floor(length / size)
}

/** The same number for two steps in which the same happens; what is told each time has one of its own. */
function likenessesOf(steps: readonly Step[], marks: Marks): readonly number[] {
  const numbers = new Map<string, number>()
  return steps.map((step, position) => {
    const { index, fault, notes } = step
    if (fault !== undefined || notes.length > 0 || marks.has(index)) return -1 - position
    const likeness = likenessOf(step)
    const known = numbers.get(likeness)
    if (known !== undefined) return known
    numbers.set(likeness, numbers.size)
    return numbers.size - 1
  })
}

/** Who does what, and what is sent because of it; not which of its like that is, nor when. */
function likenessOf({ choice, took, sent }: Step): string {
  const { kind, actor, from, what } = choice ?? {}
  const sending = ({ kind, from, to, what, answers, isFailure }: Sent): unknown => [kind, from, to, what, answers === took, isFailure]
  return JSON.stringify([kind, actor, from, what, sent.map(sending)])
}
