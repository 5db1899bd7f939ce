/**
 * How soon a search finds what is wrong with the programs in `test/simulation/races`, by the default mix, by single strategies and by fast-check's
 * scheduler; whether it leaves their twins alone; and what a schedule costs.
 */

import { fileURLToPath } from "node:url"
import type { Arm } from "../arm.ts"
import { nodeArm } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Round, type Suite, type Target } from "../suite.ts"

const SORTS = ["given", "ported", "own"]
const MEANS = ["mix", "random", "pct3", "fast-check"]
/** Of about 30 decisions each; the first has no service, so that its start and stop is next to nothing. */
const TIMED = ["lostUpdate", "closingTime", "poolOvertakes", "sessionComesBack", "chargedTwice"]

const NAMES = ["--import", fileURLToPath(new URL("../simulation/package-names.ts", import.meta.url))]
const MEAN = ", mean"
const IN_FULL = { seeds: 25, limit: 1000, patience: 5 }
const QUICK = { seeds: 1, limit: 3, patience: 1 }

const searchArm = (means: string, sort: string): string => `${means}, ${sort}`
const twinsArm = (sort: string): string => `twins, ${sort}`
const timedArm = (program: string): string => `cost, ${program}`

export const simulation: Suite = {
  name: "simulation",
  title: "Simulation: schedules to the first failure of a program",
  plan(isQuick) {
    const searching = isQuick ? QUICK : IN_FULL
    const sampling = isQuick ? { operations: 2, warmups: 0, samples: 1 } : { operations: 100, warmups: 5, samples: 15 }
    const schedules = isQuick ? 2 : 1000
    const arm = (name: string, file: string, parameters: object): Arm => nodeArm(name, file, parameters, NAMES)
    return {
      notes: [
        `${searching.seeds} seeds each, at most ${searching.limit} schedules; what is not found counts as ${searching.limit}, and a program is given up after ${searching.patience} seeds in vain`,
        "mix: the default options, with one crash where a program needs it; fast-check: fc.scheduler around every ask, in virtual time, without crashes",
        `twins: the same programs without their faults, ${schedules} schedules each`,
        "cost: judged as by default, start and stop included, beside a bare start and stop of the same application in the same process",
      ],
      groups: [
        {
          rounds: 1,
          arms: SORTS.flatMap((sort) => [
            ...MEANS.map((means) => arm(searchArm(means, sort), "simulation-search.ts", { means, sort, ...searching })),
            arm(twinsArm(sort), "simulation-twins.ts", { sort, schedules }),
          ]),
        },
        {
          rounds: isQuick ? 1 : 3,
          arms: TIMED.map((program) => arm(timedArm(program), "simulation-speed.ts", { program, ...sampling })),
        },
      ],
      comparisons: [...SORTS.flatMap((sort) => MEANS.flatMap((means) => found(means, sort))), ...SORTS.flatMap(held), ...TIMED.map(cost)],
    }
  },
}

function found(means: string, sort: string): Comparison[] {
  const arm = searchArm(means, sort)
  const wanted = (bound: number): { target?: Target } => (means === "mix" ? { target: { rule: "at_most", bound } } : {})
  return [
    { name: `${arm}: geometric mean`, unit: "schedules", ...wanted(6), of: (round) => geometricMean(meansOf(round, arm)) },
    { name: `${arm}: worst mean`, unit: "schedules", ...wanted(40), of: (round) => worst(meansOf(round, arm)) },
    { name: `${arm}: in vain`, unit: "searches", ...wanted(0), of: (round) => figureOf(round, arm, "searches in vain") },
  ]
}

function held(sort: string): Comparison[] {
  const arm = searchArm("mix", sort)
  const figure = (name: string, unit: string, target: Target, of = arm): Comparison => ({
    name: `${of}: ${name}`,
    unit,
    target,
    of: (round) => figureOf(round, of, name),
  })
  return [
    figure("% repeated by their line", "%", { rule: "at_least", bound: 100 }),
    figure("deviations told", "deviations", { rule: "at_most", bound: 3 }),
    figure("twins that failed", "twins", { rule: "at_most", bound: 0 }, twinsArm(sort)),
  ]
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

function meansOf(round: Round, arm: string): number[] {
  return Object.entries(round.get(arm) ?? {}).flatMap(([name, mean]) => (name.endsWith(MEAN) ? [mean] : []))
}

function geometricMean(means: readonly number[]): number | undefined {
  return means.length === 0 ? undefined : Math.exp(means.reduce((sum, mean) => sum + Math.log(mean), 0) / means.length)
}

function worst(means: readonly number[]): number | undefined {
  return means.length === 0 ? undefined : Math.max(...means)
}
