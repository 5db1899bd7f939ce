/** Whether asks leave anything behind: an armed deadline that has been settled must hold no memory until its time runs out. */

import { figureOf, type Suite } from "../suite.ts"

const ARM = "100 callers, deadline of 5 s"
const FIGURE = "growth, bytes an ask"

/** The heap moves by a few hundred kB for reasons of its own; one pointer left behind by each ask would be 8. */
const NO_GROWTH = 0.5

export const heap: Suite = {
  name: "heap",
  title: "Heap: 10 million asks with a deadline of 5 s each",
  plan: (isQuick) => ({
    notes: ["heap and buffers after a full collection, before the first ask counted and after the last; looked at ten times in between"],
    groups: [
      {
        rounds: isQuick ? 1 : 3,
        arms: [
          {
            name: ARM,
            command: {
              runs: "node",
              file: "ask-heap.ts",
              parameters: { operations: isQuick ? 100_000 : 10_000_000, intervals: 10 },
              nodeOptions: ["--expose-gc"],
            },
          },
        ],
      },
    ],
    comparisons: [
      { name: "no growth", unit: "bytes an ask", target: { rule: "below", bound: NO_GROWTH }, of: (round) => figureOf(round, ARM, FIGURE) },
    ],
  }),
}
