/** What copying a large value into a store and out of it costs, against the host's own `structuredClone` both ways. */

import { nodeArm } from "../contest.ts"
import { COPIED } from "../copied-values.ts"
import { type Comparison, figureOf, type Round, type Suite } from "../suite.ts"

const MOST = 2

export const copy: Suite = {
  name: "copy",
  title: "Copy: plain values of every sort into a store, and out of it",
  plan(isQuick) {
    const size = isQuick ? 100 : 10_000
    const sampling = isQuick ? { warmups: 1, samples: 1 } : { warmups: 10, samples: 21 }
    const sorts = Object.keys(COPIED)
    return {
      notes: [
        "in and out, against structuredClone both ways; the three alternate in one process, and a sort has a process of its own",
        "lists and records are frozen, and shared out as they are; what cannot be frozen is copied out as well",
      ],
      groups: [{ rounds: isQuick ? 1 : 3, arms: sorts.map((sort) => nodeArm(sort, "store-copy.ts", { sort, size, ...sampling })) }],
      comparisons: sorts.flatMap((sort) => [both(sort), inOnly(sort)]),
    }
  },
}

function both(sort: string): Comparison {
  return {
    name: `${sort}, in and out`,
    unit: "times structuredClone",
    target: { rule: "at_most", bound: MOST },
    of: (round) => ratioOf(round, sort, ["ns in", "ns out"]),
  }
}

function inOnly(sort: string): Comparison {
  return { name: `${sort}, in`, unit: "times structuredClone", of: (round) => ratioOf(round, sort, ["ns in"]) }
}

function ratioOf(round: Round, sort: string, figures: readonly string[]): number | undefined {
  const clone = figureOf(round, sort, "ns structuredClone")
  const ours = figures.map((figure) => figureOf(round, sort, figure) ?? Number.NaN).reduce((sum, figure) => sum + figure, 0)
  return clone === undefined ? undefined : ours / (clone * figures.length)
}
