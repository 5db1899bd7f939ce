/** Whether a flooded runtime still serves the host's timers, and whether ticks that come again and again come at their moments. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, type Suite } from "../suite.ts"

const FIGURE = "p99, ms late"
const MANY = "flood, 1000 callers"
const ONE = "flood, one caller"
const EVERY = "every"
const DRIFTED = "ms drifted, from first to last"

export const lag: Suite = {
  name: "lag",
  title: "Lag: a host timer of 10 ms while 2 million asks flood a store; 10 000 ticks of 1 ms",
  plan(isQuick) {
    const operations = isQuick ? 50_000 : 2_000_000
    const arm = (name: string, callers: number): Arm => ({
      name,
      command: { runs: "node", file: "timer-lag.ts", parameters: { callers, operations, idleMs: isQuick ? 100 : 1000 } },
    })
    const ticking = (name: string, clock: string): Arm => ({
      name,
      command: { runs: "node", file: "timer-drift.ts", parameters: { clock, ticks: isQuick ? 100 : 10_000, periodMs: 1 } },
    })
    return {
      notes: [
        "idle: the same timer with nothing to do, so what the machine and the host add by themselves",
        "every, setInterval, a chain of setTimeout: tick n is due n periods after it was armed; ticks of ours that come as one are each counted from their own moment",
      ],
      groups: [
        { rounds: isQuick ? 1 : 7, arms: [arm(MANY, 1000), arm(ONE, 1), arm("idle", 0)] },
        { rounds: 1, arms: [ticking(EVERY, "every"), ticking("setInterval", "interval"), ticking("a chain of setTimeout", "chain")] },
      ],
      comparisons: [...[MANY, ONE].map(lateness), drift, excess],
    }
  },
}

function lateness(name: string): Comparison {
  return { name, unit: "ms late, p99", target: { rule: "below", bound: 10 }, of: (round) => figureOf(round, name, FIGURE) }
}

/** No lateness is carried on: over all ticks, less than one period. */
const drift: Comparison = {
  name: EVERY,
  unit: "ms drifted over all ticks",
  target: { rule: "below", bound: 1 },
  of: (round) => figureOf(round, EVERY, DRIFTED),
}

/** Tick n is off by no more than the lateness of one host timer: two periods for the rounding of both. */
const excess: Comparison = {
  name: EVERY,
  unit: "ms off at worst, beyond a host timer",
  target: { rule: "at_most", bound: 2 },
  of: (round) => {
    const [worst, host] = [figureOf(round, EVERY, "ms off at worst"), figureOf(round, EVERY, "ms late, a host timer at worst")]
    return worst === undefined || host === undefined ? undefined : worst - host
  },
}
