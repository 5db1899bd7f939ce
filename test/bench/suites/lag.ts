/** Whether a flooded runtime still serves the host's timers. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, type Suite } from "../suite.ts"

const FIGURE = "p99, ms late"
const MANY = "flood, 1000 callers"
const ONE = "flood, one caller"

export const lag: Suite = {
  name: "lag",
  title: "Lag: a host timer of 10 ms while 2 million asks flood a store",
  plan(isQuick) {
    const operations = isQuick ? 50_000 : 2_000_000
    const arm = (name: string, callers: number): Arm => ({
      name,
      command: { runs: "node", file: "timer-lag.ts", parameters: { callers, operations, idleMs: isQuick ? 100 : 1000 } },
    })
    return {
      notes: ["idle: the same timer with nothing to do, so what the machine and the host add by themselves"],
      groups: [{ rounds: isQuick ? 1 : 7, arms: [arm(MANY, 1000), arm(ONE, 1), arm("idle", 0)] }],
      comparisons: [MANY, ONE].map(
        (name): Comparison => ({
          name,
          unit: "ms late, p99",
          target: { rule: "below", bound: 10 },
          of: (round) => figureOf(round, name, FIGURE),
        }),
      ),
    }
  },
}
