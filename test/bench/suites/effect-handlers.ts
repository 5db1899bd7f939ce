/** What a handler costs that is an Effect, against one that is a plain function. */

import type { Arm } from "../arm.ts"
import { nodeArm, samplingOf } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Suite } from "../suite.ts"

const FIGURE = "ns an ask"
const LOADS = { sequential: 1, "100 callers": 100 } as const
type Load = keyof typeof LOADS

export const effectHandlers: Suite = {
  name: "effect-handlers",
  title: "Handlers that are Effects: an ask of a server",
  plan(isQuick) {
    const loads = Object.keys(LOADS) as Load[]
    return {
      notes: [
        "all five are a server of pigeonhole/effect, whose handler adds to a number; plain: no Effect at all",
        "Effect.gen in a handler makes a generator function a message, which alone costs the host microseconds: Effect.fnUntraced makes one",
        "sync: Effect.sync; generator: Effect.fnUntraced with one yield that does not wait; waits: an Effect that waits for a promise, against an async function that does",
      ],
      groups: loads.map((load) => ({ rounds: isQuick ? 1 : 5, arms: armsOf(load, isQuick) })),
      comparisons: loads.flatMap((load) => [
        within(load, "sync", "plain", 3),
        within(load, "generator", "plain", 4),
        within(load, "waits", "promise"),
      ]),
    }
  },
}

function armsOf(load: Load, isQuick: boolean): Arm[] {
  const parameters = { callers: LOADS[load], asyncContext: "sender", ...samplingOf(isQuick, 200_000, 1000) }
  return ["plain", "sync", "generator", "promise", "waits"].map((kind) =>
    nodeArm(`${kind}, ${load}`, "effect-handler.ts", { ...parameters, kind }),
  )
}

function within(load: Load, kind: string, other: string, atMost?: number): Comparison {
  return {
    name: `${kind} against ${other}, ${load}`,
    unit: "times the time",
    ...(atMost === undefined ? {} : { target: { rule: "at_most", bound: atMost } as const }),
    of: (round) => quotient(figureOf(round, `${kind}, ${load}`, FIGURE), figureOf(round, `${other}, ${load}`, FIGURE)),
  }
}
