/** What an ask costs that is an Effect, against one that is awaited. */

import type { Arm } from "../arm.ts"
import { nodeArm, samplingOf } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Suite } from "../suite.ts"

const FIGURE = "ns an ask"
const LOADS = { sequential: 1, "100 callers": 100 } as const
type Load = keyof typeof LOADS

export const effect: Suite = {
  name: "effect",
  title: "Asks that are Effects: through a mailbox of a server",
  plan(isQuick) {
    const loads = Object.keys(LOADS) as Load[]
    return {
      notes: ["plain: await mailbox.call.add(1); effect: yield* mailbox.call.add(1), in one fiber, or in as many as there are callers"],
      groups: loads.map((load) => ({ rounds: isQuick ? 1 : 5, arms: armsOf(load, isQuick) })),
      comparisons: loads.map(withinThree),
    }
  },
}

function armsOf(load: Load, isQuick: boolean): Arm[] {
  const parameters = { callers: LOADS[load], ...samplingOf(isQuick, 200_000, 1000) }
  return ["plain", "effect"].map((kind) => nodeArm(`${kind}, ${load}`, "effect-ask.ts", { ...parameters, kind }))
}

function withinThree(load: Load): Comparison {
  return {
    name: `effect against plain, ${load}`,
    unit: "times the time",
    target: { rule: "at_most", bound: 3 },
    of: (round) => quotient(figureOf(round, `effect, ${load}`, FIGURE), figureOf(round, `plain, ${load}`, FIGURE)),
  }
}
