/**
 * The order in which all was answered, tried before any other (`linearization.ts`): it keeps each behind what was answered before it was asked for, and explains
 * nearly every history there is. Tried alone it needs none of what a search remembers.
 *
 * Invariant: where it says that the order explains all, the search would find one. Where it does not, nothing is known.
 */

import type { Budget, Machine } from "./linearization.ts"
import type { Occurrence } from "./occurrence.ts"

const WHOLE: readonly string[] = [""]

/** Whether that order explains all that has taken effect for certain, and nothing else has; each is a configuration that was looked at. */
export function isExplainedAsAnswered<State, Call>(
  machine: Machine<State, Call>,
  occurrences: readonly Occurrence<Call>[],
  budget: Budget,
): boolean {
  const certain = occurrences.filter(({ isCertain }) => isCertain)
  if (certain.length > budget.left || certain.some(({ asked, answered }) => asked > answered)) return false
  const order = certain.length < 2 ? certain : certain.sort((one, other) => one.answered - other.answered)
  const parts = order.map(({ call }) => machine.partsOf?.(call) ?? WHOLE)
  const until = latestMoments(order, parts)
  const since = new Map<string, number>()
  let state = machine.initial
  for (let place = 0; place < order.length; place += 1) {
    const { call, askedAt } = order[place] as Occurrence<Call>
    const own = parts[place] as readonly string[]
    let from = askedAt
    for (const part of own) from = Math.max(from, since.get(part) ?? from)
    const [next] = machine.step(state, call, { from, to: until[place] as number }, true)
    if (next === undefined) return false
    state = next.state
    for (const part of own) {
      const earliest = Math.max(since.get(part) ?? askedAt, askedAt)
      if (machine.at !== undefined) state = machine.at(state, part, earliest)
      since.set(part, earliest)
    }
  }
  budget.left -= order.length
  return true
}

/** Each takes effect before the first answer of those behind it that are about the same. */
function latestMoments(order: readonly Occurrence<unknown>[], parts: readonly (readonly string[])[]): readonly number[] {
  const until = new Map<string, number>()
  const latest: number[] = []
  for (let place = order.length - 1; place >= 0; place -= 1) {
    const { answeredAt } = order[place] as Occurrence<unknown>
    let to = answeredAt
    for (const part of parts[place] as readonly string[]) {
      const earliest = Math.min(until.get(part) ?? answeredAt, answeredAt)
      to = Math.min(to, earliest)
      until.set(part, earliest)
    }
    latest[place] = to
  }
  return latest
}
