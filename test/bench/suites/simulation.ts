/**
 * How soon a search finds what is wrong with the programs in `test/simulation/races`, by the default mix, by single strategies and by fast-check's
 * scheduler; whether it leaves their twins alone; and what a schedule costs.
 */

import { fileURLToPath } from "node:url"
import type { Arm } from "../arm.ts"
import { nodeArm } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Round, type Suite, type Target } from "../suite.ts"

const SORTS = ["given", "ported", "own"]
const MIX = "mix"
const MEANS = [MIX, "random", "pct3", "fast-check"]
const TWINS = "twins"
/** Of about 30 decisions each; the first has no service, so that its start and stop is next to nothing, the last two are as applications are. */
const TIMED = ["lostUpdate", "closingTime", "poolOvertakes", "sessionComesBack", "hall", "orders"]

const NAMES = ["--import", fileURLToPath(new URL("../simulation/package-names.ts", import.meta.url))]
const IN_FULL = { seeds: 25, limit: 1000, patience: 5 }
const QUICK = { seeds: 1, limit: 1, patience: 1 }

/** An exploration has so many schedules where nobody says how many: the first of them are learned from most. */
const AS_BY_DEFAULT = 1000

const timedArm = (program: string): string => `cost, ${program}`

export const simulation: Suite = {
  name: "simulation",
  title: "Simulation: schedules to the first failure of a program",
  plan(isQuick) {
    const searching = isQuick ? QUICK : IN_FULL
    const sampling = isQuick ? { operations: 2, warmups: 0, samples: 1 } : { operations: AS_BY_DEFAULT, warmups: 2, samples: 7 }
    const schedules = isQuick ? 2 : AS_BY_DEFAULT
    const arm = (name: string, file: string, parameters: object): Arm => nodeArm(name, file, parameters, NAMES)
    const { seeds, limit, patience } = searching
    return {
      notes: [
        `${seeds} seeds, at most ${limit} schedules each; what is not found counts as ${limit}; a program is given up after ${patience} seeds in vain`,
        "mix: the default options, with one crash where a program needs it; fast-check: fc.scheduler around every ask, in virtual time, without crashes",
        `twins: the same programs without their faults, ${schedules} schedules each`,
        `cost: explorations of ${AS_BY_DEFAULT} schedules, judged as by default, start and stop included, beside as many bare starts and stops of the same application in the same process`,
      ],
      groups: [
        {
          rounds: 1,
          arms: [
            ...MEANS.map((means) => arm(means, "simulation-search.ts", { means, ...searching })),
            arm(TWINS, "simulation-twins.ts", { schedules }),
          ],
        },
        {
          rounds: isQuick ? 1 : 3,
          arms: TIMED.map((program) => arm(timedArm(program), "simulation-speed.ts", { program, ...sampling })),
        },
      ],
      comparisons: [
        ...SORTS.flatMap((sort) => MEANS.flatMap((means) => found(means, sort))),
        ...SORTS.flatMap(told),
        figure(TWINS, "twins that failed", "twins", { rule: "at_most", bound: 0 }),
        ...TIMED.map(cost),
      ],
    }
  },
}

function found(means: string, sort: string): Comparison[] {
  const wanted = (bound: number): { target?: Target } => (means === MIX ? { target: { rule: "at_most", bound } } : {})
  const name = `${means}, ${sort}`
  return [
    { name: `${name}: geometric mean`, unit: "schedules", ...wanted(6), of: (round) => geometricMean(meansOf(round, means, sort)) },
    { name: `${name}: worst mean`, unit: "schedules", ...wanted(40), of: (round) => worst(meansOf(round, means, sort)) },
    { name: `${name}: in vain`, unit: "searches", ...wanted(0), of: (round) => figureOf(round, means, `${sort}: in vain`) },
  ]
}

function told(sort: string): Comparison[] {
  return [
    figure(MIX, `${sort}: % repeated by their line`, "%", { rule: "at_least", bound: 100 }),
    figure(MIX, `${sort}: deviations told`, "deviations", { rule: "at_most", bound: 3 }),
  ]
}

function figure(arm: string, name: string, unit: string, target: Target): Comparison {
  return { name: `${arm}, ${name}`, unit, target, of: (round) => figureOf(round, arm, name) }
}

function cost(program: string): Comparison {
  const arm = timedArm(program)
  return {
    name: `${arm}: a schedule, against a start and stop`,
    unit: "times the time",
    target: { rule: "at_most", bound: 5 },
    of: (round) => quotient(figureOf(round, arm, "ns a schedule"), figureOf(round, arm, "ns a start and stop")),
  }
}

/** Of the programs of that sort. */
function meansOf(round: Round, arm: string, sort: string): number[] {
  const figures = Object.entries(round.get(arm) ?? {})
  return figures.flatMap(([name, mean]) => (name.startsWith(`${sort}: `) && name.endsWith(", mean") ? [mean] : []))
}

function geometricMean(means: readonly number[]): number | undefined {
  return means.length === 0 ? undefined : Math.exp(means.reduce((sum, mean) => sum + Math.log(mean), 0) / means.length)
}

function worst(means: readonly number[]): number | undefined {
  return means.length === 0 ? undefined : Math.max(...means)
}
