/** What comes of very many entries that are due in the same second, and what a `set` with a TTL costs as a store grows. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, quotient, type Suite } from "../suite.ts"

const FIGURE = "ns a set"
const UNWATCHED = "due in the same second"
const WATCHED = "due in the same second, watched"
const FEW = 1000
const HOLDERS = ["store", "map"] as const

export const expiryBurst: Suite = {
  name: "expiry-burst",
  title: "Expiry: all in the same second, and a set with a TTL among few and among many",
  plan(isQuick) {
    const [entries, leadMs] = isQuick ? [2000, 1000] : [1_000_000, 15_000]
    const burst = (name: string, isWatched: boolean): Arm => ({
      name,
      command: { runs: "node", file: "expiry-burst.ts", parameters: { entries, leadMs, isWatched } },
    })
    const sets = (holder: string, size: number): Arm => {
      const sampling = { operations: isQuick ? 2000 : 300_000, warmups: isQuick ? 1 : 3, samples: isQuick ? 1 : 5 }
      return {
        name: setArm(holder, size),
        command: { runs: "node", file: "store-set.ts", parameters: { holder, entries: size, ...sampling } },
      }
    }
    return {
      notes: [
        `${entries} entries, in real time; watched: by a reader of all keys, with the room that is usual`,
        "a turn: from one turn of the host to the next; of a processor: without what this thread has waited for one, which no other program makes longer",
        "a set: overwrites a random key, with another TTL each time, one at a time, awaited; bare map: Map.set of the same, behind await",
      ],
      groups: [
        { rounds: isQuick ? 1 : 3, arms: [burst(UNWATCHED, false), burst(WATCHED, true)] },
        { rounds: isQuick ? 1 : 3, arms: [FEW, entries].flatMap((size) => HOLDERS.map((holder) => sets(holder, size))) },
      ],
      comparisons: [...[UNWATCHED, WATCHED].flatMap(comparisonsOf), growth(entries)],
    }
  },
}

function setArm(holder: string, size: number): string {
  return `${holder}, a set among ${size}`
}

function comparisonsOf(arm: string): Comparison[] {
  const of = (figure: string, unit: string, bound: number): Comparison => ({
    name: `${arm}: ${figure}`,
    unit,
    target: { rule: "at_most", bound },
    of: (round) => figureOf(round, arm, figure),
  })
  return [
    of("ms until gone, from the last deadline", "ms", 2000),
    of("longest turn without the collector's pauses, ms", "ms", 10),
    of("told of anything else", "events", 0),
  ]
}

/** How much more of a bare map's time a set takes among many than among few. */
function growth(many: number): Comparison {
  const against = (size: number) => (round: Parameters<Comparison["of"]>[0]) =>
    quotient(figureOf(round, setArm("store", size), FIGURE), figureOf(round, setArm("map", size), FIGURE))
  return {
    name: `a set's time in a bare map's: among ${many} against among ${FEW}`,
    unit: "times the ratio",
    target: { rule: "at_most", bound: 2 },
    of: (round) => quotient(against(many)(round), against(FEW)(round)),
  }
}
