/** What a store does in a second, and what an entry takes beyond its key and its value. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, quotient, type Suite } from "../suite.ts"

const BYTES = "bytes an entry"
const VALUES = "the values alone"
const FULL = "store of 200 000, full"
const HOLDERS = ["store", "map of objects", "map, a host timer a key"] as const

export const store: Suite = {
  name: "store",
  title: "Store: sessions of ten fields with a TTL",
  plan(isQuick) {
    const sampling = isQuick ? { operations: 2000, warmups: 1, samples: 1 } : { operations: 200_000, warmups: 2, samples: 3 }
    const entries = isQuick ? 2000 : 1_000_000
    const throughput = (callers: number): Arm => ({
      name: callers === 1 ? "store, one caller" : `store, ${callers} callers`,
      command: { runs: "node", file: "store-throughput.ts", parameters: { callers, ...sampling } },
    })
    const bytes = (name: string, holder: string): Arm => ({
      name,
      command: { runs: "node", file: "store-bytes.ts", parameters: { entries, holder }, nodeOptions: ["--expose-gc"] },
    })
    return {
      notes: [
        `${sampling.operations} keys, in random order where they exist; every set copies and freezes the session`,
        "a set where it is full: one entry has expired, anywhere among others whose TTLs were extended; one set at a time, virtual time",
        "bytes beyond key and value: what the holder takes less what the frozen copies take alone; the keys exist before",
      ],
      groups: [
        { rounds: isQuick ? 1 : 5, arms: [throughput(100), throughput(1)] },
        { rounds: isQuick ? 1 : 3, arms: [fullStore(isQuick)] },
        { rounds: isQuick ? 1 : 2, arms: [bytes(VALUES, "values"), ...HOLDERS.map((holder) => bytes(`${holder}, bytes`, holder))] },
      ],
      comparisons: [...HOLDERS.map(overhead), FULL_AGAINST_ROOMY],
    }
  },
}

function fullStore(isQuick: boolean): Arm {
  const parameters = isQuick ? { entries: 1000, warmups: 1, samples: 3 } : { entries: 200_000, warmups: 300, samples: 700 }
  return { name: FULL, command: { runs: "node", file: "store-full.ts", parameters } }
}

const FULL_AGAINST_ROOMY: Comparison = {
  name: "a set of a new key where it is full, against one where there is room",
  unit: "times the cost",
  of: (round) => quotient(figureOf(round, FULL, "ns a set where it is full"), figureOf(round, FULL, "ns a set where there is room")),
}

function overhead(holder: (typeof HOLDERS)[number]): Comparison {
  return {
    name: `${holder}: beyond key and value`,
    unit: "bytes an entry",
    of: (round) => {
      const whole = figureOf(round, `${holder}, bytes`, BYTES)
      const values = figureOf(round, VALUES, BYTES)
      return whole === undefined || values === undefined ? undefined : whole - values
    },
  }
}
