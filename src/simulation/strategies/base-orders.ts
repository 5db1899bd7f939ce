/** Two plain orders: the one that schedules are told against, and that of production. Both give the index of what comes next. */

import type { Choice } from "../schedule/step.ts"

/**
 * Each runs until it waits, and then whom it has set off: who went on last, else what came up last. So a request is carried out, and its asker goes on,
 * before anybody else does; one deviation puts another's whole errand before it. Time passes where nobody can go on.
 */
export function untilItWaits(choices: readonly Choice[], last: string | undefined): number {
  let newest = -1
  for (let at = 0; at < choices.length; at += 1) {
    const { kind, actor } = choices[at] as Choice
    if (kind === "timer" || kind === "turn") continue
    if (actor === last) return at
    newest = at
  }
  return newest >= 0 ? newest : inProductionOrder(choices)
}

/** Answers arrive at once, and messages are handled in the order in which they were sent; time passes where nobody can go on. */
export function inProductionOrder(choices: readonly Choice[]): number {
  const answer = choices.findIndex(({ kind }) => kind === "reply")
  if (answer >= 0) return answer
  const ready = choices.findIndex(({ kind }) => kind !== "timer")
  return ready >= 0 ? ready : earliest(choices)
}

function earliest(choices: readonly Choice[]): number {
  let first = 0
  choices.forEach(({ at }, index) => {
    if (at < (choices[first]?.at ?? at)) first = index
  })
  return first
}
