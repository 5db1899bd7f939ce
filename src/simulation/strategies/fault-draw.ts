/** Draws where faults fall in a schedule: how many, of which kinds and at which decisions is drawn at its beginning, and whom they befall when they do. */

import type { Decision, Strategy } from "../schedule/decider.ts"
import { below, type Draw, drawnPlaces } from "./strategies.ts"

/** What is drawn from. */
export interface FaultPlan {
  /** Faults in one schedule at most. */
  readonly most: number
  /** How likely a message finds no room. */
  readonly inboxFull: number
  /** Decisions about faults in the longest schedule so far. */
  readonly decisions: number
}

/** Before the first schedule nothing is known of how long one is. */
const FIRST_GUESS = 30

/** Decides about faults by a draw; all else is another strategy's. */
export function withFaults(strategy: Strategy, draw: Draw, { most, inboxFull, decisions }: FaultPlan): Strategy {
  // One at least, three times of four: a schedule without is what the others are for.
  const count = most === 0 || draw() < 0.25 ? 0 : 1 + below(draw, most)
  const places = drawnPlaces(count, draw, decisions === 0 ? FIRST_GUESS : decisions)
  const drawn = new Map<string, boolean>()
  const isUsed = (kind: string): boolean => {
    if (!drawn.has(kind)) drawn.set(kind, draw() < 0.5)
    return drawn.get(kind) === true
  }
  let asked = 0
  const fault = ({ choices }: Decision): number => {
    if (choices[1]?.what === "inbox_full") return draw() < inboxFull ? 1 : 0
    const bound = choices[1]?.what
    if (bound === "small_inbox" || bound === "small_sweep")
      return isUsed("small_bounds") && draw() < 0.5 ? 1 + below(draw, choices.length - 1) : 0
    asked += 1
    if (!places.has(asked - 1)) return 0
    const kinds = [...new Set(choices.slice(1).map(({ what }) => what))]
    const used = kinds.filter(isUsed)
    const open = used.length === 0 ? kinds : used
    const kind = open[below(draw, open.length)]
    const befallen = choices.flatMap(({ what }, index) => (what === kind ? [index] : []))
    return befallen[below(draw, befallen.length)] ?? 0
  }
  return {
    choose: (decision) => (decision.kind === "fault" ? fault(decision) : strategy.choose(decision)),
    went: strategy.went?.bind(strategy),
  }
}
