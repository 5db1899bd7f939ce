/** What an ask costs as the application grows: in stores, and in entries of one store. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, type Group, quotient, type Suite } from "../suite.ts"

const FIGURE = "ns an ask"

/** As many as a request handler of an application may have at hand. */
const HANDFUL = 8

/** "Flat" leaves room for noise and for the processor's caches, not for growth: a list that is searched would cost a hundred times more. */
const FLAT = 1.5

/** The large sizes; small ones for a smoke test. */
const SIZES = { stores: 10_000, entries: 1_000_000 }
const QUICK_SIZES = { stores: 200, entries: 2000 }

export const scale: Suite = {
  name: "scale",
  title: "Scale: an ask as stores and entries grow (one caller, asking in turn)",
  plan(isQuick) {
    const { stores, entries } = isQuick ? QUICK_SIZES : SIZES
    const [manyStores, manyEntries] = [`${grouped(stores)} stores`, `${grouped(entries)} entries`]
    return {
      notes: [
        `a handful: ${HANDFUL} of the stores asked in turn; all: every store asked in turn, so that none stays in the processor's caches`,
        "entries: keys made beforehand; each entry with a TTL and a session of its own as value",
        "popular: keys asked for as in production, the n-th 1/n^1.2 as often as the first (the median of Twitter's clusters); alike: all as often, which no cache sees and no processor cache can hold",
      ],
      groups: groupsOf(isQuick, stores, entries),
      comparisons: [
        growth(`${manyStores}, a handful`, "1 store", FLAT),
        growth(`${manyStores}, all`, "1 store", FLAT),
        growth(`${manyEntries}, popular`, "1 entry", 3),
        growth(`${manyEntries}, alike`, "1 entry", undefined),
        growth(mapArm(entries, "popular"), mapArm(1, "alike"), undefined),
        growth(mapArm(entries, "alike"), mapArm(1, "alike"), undefined),
      ],
    }
  },
}

function groupsOf(isQuick: boolean, stores: number, entries: number): Group[] {
  const rounds = isQuick ? 1 : 5
  const sampling = isQuick ? { operations: 2000, warmups: 1, samples: 1 } : { operations: 200_000, warmups: 3, samples: 3 }
  const arm = (name: string, parameters: { stores: number; asked: number; entries: number; popular?: number }): Arm => ({
    name,
    command: { runs: "node", file: "ask-scale.ts", parameters: { popular: 0, ...sampling, ...parameters } },
  })
  const byStores = [
    arm("1 store", { stores: 1, asked: 1, entries: 1 }),
    arm("100 stores, a handful", { stores: 100, asked: HANDFUL, entries: 1 }),
    arm(`${grouped(stores)} stores, a handful`, { stores, asked: HANDFUL, entries: 1 }),
    arm("100 stores, all", { stores: 100, asked: 100, entries: 1 }),
    arm(`${grouped(stores)} stores, all`, { stores, asked: stores, entries: 1 }),
  ]
  const sizes = [
    [1, "alike"],
    [1000, "alike"],
    [entries, "popular"],
    [entries, "alike"],
  ] as const
  const byEntries = sizes.map(([size, asking]) =>
    arm(size === 1 ? "1 entry" : `${grouped(size)} entries, ${asking}`, {
      stores: 1,
      asked: 1,
      entries: size,
      popular: asking === "popular" ? 1 : 0,
    }),
  )
  const maps = sizes.map(([size, asking]): Arm => {
    const parameters = { callers: 1, entries: size, popular: asking === "popular" ? 1 : 0, ...sampling }
    return { name: mapArm(size, asking), command: { runs: "node", file: "ask-map.ts", parameters } }
  })
  return [
    { rounds, arms: byStores },
    { rounds, arms: [...byEntries, ...maps] },
  ]
}

function growth(large: string, small: string, bound: number | undefined): Comparison {
  return {
    name: `${large}, against ${small}`,
    unit: "times the cost",
    ...(bound === undefined ? {} : { target: { rule: "below", bound } as const }),
    of: (round) => quotient(figureOf(round, large, FIGURE), figureOf(round, small, FIGURE)),
  }
}

/** A bare map of the same entries has to fetch them from the same far memory. */
function mapArm(entries: number, asking: string): string {
  return `bare map, ${grouped(entries)} entries, ${asking}`
}

/** 10 000: groups of three, so that sizes can be read. */
function grouped(value: number): string {
  return value.toLocaleString("en").replaceAll(",", " ")
}
