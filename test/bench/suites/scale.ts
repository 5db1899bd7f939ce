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
        "entries: keys in random order, made beforehand; each entry with a TTL and a session of its own as value",
      ],
      groups: groupsOf(isQuick, stores, entries),
      comparisons: [
        growth(`${manyStores}, a handful`, "1 store", FLAT),
        growth(`${manyStores}, all`, "1 store", FLAT),
        growth(manyEntries, "1 entry", 3),
        aboveMap(manyEntries, mapArm(entries)),
      ],
    }
  },
}

function groupsOf(isQuick: boolean, stores: number, entries: number): Group[] {
  const rounds = isQuick ? 1 : 5
  const sampling = isQuick ? { operations: 2000, warmups: 1, samples: 1 } : { operations: 200_000, warmups: 3, samples: 3 }
  const arm = (name: string, parameters: { stores: number; asked: number; entries: number }): Arm => ({
    name,
    command: { runs: "node", file: "ask-scale.ts", parameters: { ...sampling, ...parameters } },
  })
  const byStores = [
    arm("1 store", { stores: 1, asked: 1, entries: 1 }),
    arm("100 stores, a handful", { stores: 100, asked: HANDFUL, entries: 1 }),
    arm(`${grouped(stores)} stores, a handful`, { stores, asked: HANDFUL, entries: 1 }),
    arm("100 stores, all", { stores: 100, asked: 100, entries: 1 }),
    arm(`${grouped(stores)} stores, all`, { stores, asked: stores, entries: 1 }),
  ]
  const byEntries = [1, 1000, entries].map((size) =>
    arm(`${grouped(size)} ${size === 1 ? "entry" : "entries"}`, { stores: 1, asked: 1, entries: size }),
  )
  const map: Arm = {
    name: mapArm(entries),
    command: { runs: "node", file: "ask-map.ts", parameters: { callers: 1, entries, ...sampling } },
  }
  return [
    { rounds, arms: byStores },
    { rounds, arms: [...byEntries, map] },
  ]
}

function growth(large: string, small: string, bound: number): Comparison {
  return {
    name: `${large}, against ${small}`,
    unit: "times the cost",
    target: { rule: "below", bound },
    of: (round) => quotient(figureOf(round, large, FIGURE), figureOf(round, small, FIGURE)),
  }
}

/** What is left when that of memory far from the processor is taken off: a bare map of the same entries has to fetch them too. */
function aboveMap(large: string, map: string): Comparison {
  return {
    name: `${large}, less what a bare map of them takes`,
    unit: FIGURE,
    of: (round) => {
      const [whole, bare] = [figureOf(round, large, FIGURE), figureOf(round, map, FIGURE)]
      return whole === undefined || bare === undefined ? undefined : whole - bare
    },
  }
}

function mapArm(entries: number): string {
  return `bare map, ${grouped(entries)} entries`
}

/** 10 000: groups of three, so that sizes can be read. */
function grouped(value: number): string {
  return value.toLocaleString("en").replaceAll(",", " ")
}
