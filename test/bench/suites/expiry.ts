/** The structure that knows which entry expires next: the one the store has, against the others that it might have. */

import { totalmem } from "node:os"
import type { Arm } from "../arm.ts"
import { CANDIDATES, type Candidate } from "../expiry/candidates.ts"
import { type Comparison, figureOf, type Group, type Suite } from "../suite.ts"

const [CHOSEN] = CANDIDATES
const WORST = ["worst turn scheduling, ms", "worst turn expiring, ms", "worst turn after a burst put off, ms"]

/** What the largest size takes, with room to spare. */
const LARGEST_BYTES = 10e9

interface Size {
  readonly entries: number
  readonly rounds: number
  /** Lives measured in one child. */
  readonly samples: number
}

const SIZES: readonly Size[] = [
  { entries: 10_000, rounds: 3, samples: 10 },
  { entries: 1_000_000, rounds: 3, samples: 1 },
  { entries: 10_000_000, rounds: 2, samples: 1 },
]

export const expiry: Suite = {
  name: "expiry",
  title: "Expiry: which entry goes next",
  plan(isQuick) {
    const hasRoom = totalmem() > LARGEST_BYTES
    const sizes = isQuick ? [{ entries: 2000, rounds: 1, samples: 1 }] : SIZES.filter(({ entries }) => hasRoom || entries < 10_000_000)
    return {
      notes: [
        "TTLs drawn from those of production caches, set over a minute, put off at random, overwritten at random, then expired in turns of at most 512",
        "after a burst put off: all set within a second for an hour, all put off half an hour later, then their old deadlines come up",
        "host timers: in real time; expiry is time of the processor",
        ...(hasRoom || isQuick ? [] : ["10 000 000 entries: left out, this machine has too little memory"]),
      ],
      groups: sizes.map((size, index) => groupOf(size, index === 0)),
      comparisons: sizes.flatMap(({ entries }) => WORST.map((figure) => worstTurn(entries, figure))),
    }
  },
}

function groupOf({ entries, rounds, samples }: Size, hasHostTimers: boolean): Group {
  const nodeOptions = ["--expose-gc", "--max-old-space-size=8192"]
  const arms = CANDIDATES.map(
    (candidate): Arm => ({
      name: armName(candidate, entries),
      command: { runs: "node", file: "expiry.ts", parameters: { candidate, entries, samples }, nodeOptions },
    }),
  )
  const hostTimers: Arm = {
    name: `a host timer a key, ${entries}`,
    command: { runs: "node", file: "expiry-host-timers.ts", parameters: { entries, samples: Math.min(samples, 3) }, nodeOptions },
  }
  return { rounds, arms: hasHostTimers ? [...arms, hostTimers] : arms }
}

function worstTurn(entries: number, figure: string): Comparison {
  return {
    name: `${CHOSEN}, ${entries} entries: ${figure.replace(", ms", "")}`,
    unit: "ms",
    of: (round) => figureOf(round, armName(CHOSEN, entries), figure),
  }
}

function armName(candidate: Candidate, entries: number): string {
  return `${candidate}, ${entries}`
}
