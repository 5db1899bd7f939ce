/**
 * Deviations told by what they are about, and not by the number of a decision: the same ones can be tried in a schedule that has fewer operations, in
 * which every number is another.
 *
 * A deviation is known by who was put off and who was chosen instead, and by how often that could have been decided since the one before it.
 */

import type { Decided, Decision, Deviation, Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"

export interface Likeness {
  /** What came. */
  readonly chosen: string
  /** What would have come in the base order; `undefined`: whatever that is. */
  readonly instead: string | undefined
  /** Decisions in which that could have been so, since the last deviation, and was not. */
  readonly passed: number
}

/** The deviations of a schedule. */
export function likenesses(deviations: readonly Deviation[], decisions: readonly Decided[]): readonly Likeness[] {
  let from = 0
  return deviations.flatMap(({ at, choice }) => {
    const decided = decisions[at]
    const chosen = decided?.choices[choice]
    const instead = decided?.choices[decided.base]
    if (chosen === undefined || instead === undefined) return []
    const pair = { chosen: nameOf(chosen), instead: nameOf(instead) }
    const passed = timesIn(decisions.slice(from, at), pair)
    from = at + 1
    return [{ ...pair, passed }]
  })
}

/** In how many of them that deviation could be. */
export function timesIn(decisions: readonly Decided[], pair: Pick<Likeness, "chosen" | "instead">): number {
  return decisions.filter((decided) => placeIn(decided, pair) >= 0).length
}

/**
 * The same as far as they have a meaning there: of what never comes up nothing is left, and who was chosen before somebody that is gone is chosen before
 * whoever comes in that place.
 */
export function fitted(deviations: readonly Likeness[], decisions: readonly Decided[]): readonly Likeness[] {
  return deviations.flatMap((each) => {
    const anywhere = { chosen: each.chosen, instead: undefined }
    if (timesIn(decisions, each) > 0) return [each]
    return timesIn(decisions, anywhere) > 0 ? [{ ...anywhere, passed: 0 }] : []
  })
}

/** Decides so, and else as the base order does. */
export class Alike implements Strategy {
  readonly #left: Likeness[]
  #passed = 0

  constructor(deviations: readonly Likeness[]) {
    this.#left = [...deviations]
  }

  choose(decision: Decision): number {
    const [next] = this.#left
    const place = next === undefined ? -1 : placeIn(decision, next)
    if (next === undefined || place < 0) return decision.base
    this.#passed += 1
    if (this.#passed <= next.passed) return decision.base
    this.#passed = 0
    this.#left.shift()
    return place
  }
}

/** Its place among the choices; -1 where it cannot be decided so. */
function placeIn({ choices, base }: Pick<Decided, "choices" | "base">, { chosen, instead }: Pick<Likeness, "chosen" | "instead">): number {
  const present = choices[base]
  if (present === undefined || (instead !== undefined && nameOf(present) !== instead)) return -1
  return choices.findIndex((choice, place) => place !== base && nameOf(choice) === chosen)
}

function nameOf({ kind, actor, from, what }: Choice): string {
  return `${kind} ${actor} ${from} ${what}`
}
