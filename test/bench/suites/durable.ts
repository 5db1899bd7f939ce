/** The durable store: how much of SQLite's speed is left to its writers, and what reading costs beside them. */

import { nodeArm } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Suite, type Target } from "../suite.ts"

const WRITERS = 100
const MANY = `${WRITERS} writers`
const ONE = "one writer"
const HOT = "hot reads"
const COLD = "cold reads"

const P50 = "µs a read, p50, beside writers"
const P99 = "µs a read, p99, beside writers"
const QUIET_P99 = "µs a read, p99, quiet"
const COMMIT = "µs a commit meanwhile"

export const durable: Suite = {
  name: "durable",
  title: "Durable store: every write synced; against node:sqlite in a bare loop; reads beside writers",
  plan(isQuick) {
    const entries = isQuick ? 2000 : 20_000
    const [warmups, pairs] = isQuick ? [0, 1] : [3, 10]
    const writes = (name: string, writers: number, commits: number) =>
      nodeArm(name, "durable-writes.ts", { writers, entries, commits: isQuick ? 3 : commits, warmups, pairs })
    const reads = (name: string, kind: string, count: number) =>
      nodeArm(name, "durable-reads.ts", { writers: WRITERS, entries, kind, reads: isQuick ? 200 : count, warmups: isQuick ? 0 : 2, pairs })
    return {
      notes: [
        "journal_mode=WAL, synchronous=FULL for all, in the folder for temporary files: on a disk that does not sync (tmpfs) these figures mean nothing",
        `writes: sessions of ten fields with a TTL over ${entries} entries in random order; a writer waits for its acknowledgement before it writes again`,
        "bare loop: the same statement, keys, order and values, as many a commit as there are writers; its bytes are made beforehand. Both files hold the same in the end",
        "the bare loop moves its log into the database every 1000 pages, as SQLite does where nothing is said; the store every 4000",
        "store and bare loop take turns of a fraction of a second; a ratio is of two turns that follow each other",
        "reads: one reader, a turn of the host after each; hot: of a hundred in memory; cold: each from disk",
      ],
      groups: [
        { rounds: isQuick ? 1 : 3, arms: [writes(MANY, WRITERS, 50), writes(ONE, 1, 50)] },
        { rounds: isQuick ? 1 : 3, arms: [reads(HOT, "hot", 20_000), reads(COLD, "cold", 1500)] },
      ],
      comparisons: [
        figure(MANY, "of a bare loop's speed", "times the speed", { rule: "at_least", bound: 0.8 }),
        figure(ONE, "of a bare loop's speed", "times the speed"),
        figure(MANY, "writes a commit", "writes", { rule: "at_least", bound: WRITERS }),
        ratio(`${HOT}: p99 beside writers in times of quiet`, [HOT, P99], [HOT, QUIET_P99], { rule: "at_most", bound: 2 }),
        ratio(`${COLD}: p99 beside writers in times of quiet`, [COLD, P99], [COLD, QUIET_P99]),
        ratio(`${COLD}: p50 beside writers in times of a commit`, [COLD, P50], [COLD, COMMIT], { rule: "below", bound: 0.5 }),
      ],
    }
  },
}

function figure(arm: string, name: string, unit: string, target?: Target): Comparison {
  return { name: `${arm}: ${name}`, unit, ...(target === undefined ? {} : { target }), of: (round) => figureOf(round, arm, name) }
}

function ratio(name: string, one: readonly [string, string], other: readonly [string, string], target?: Target): Comparison {
  return {
    name,
    unit: "times the time",
    ...(target === undefined ? {} : { target }),
    of: (round) => quotient(figureOf(round, ...one), figureOf(round, ...other)),
  }
}
