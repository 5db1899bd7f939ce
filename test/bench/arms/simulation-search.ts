/** In how many schedules each program of a sort is seen to fail, by one means, over so many seeds. What is never found counts as the limit. */

import { PROGRAMS, type Sort } from "../../simulation/races/programs.ts"
import { parameters, report } from "../report.ts"
import { type Found, type Means, search } from "../simulation/search.ts"

const { sort, means, seeds, limit, patience } = parameters<{
  sort: Sort
  means: Means
  seeds: number
  limit: number
  /** So many seeds in vain, and a program is given up. */
  patience: number
}>()

const figures: Record<string, number[]> = {}
const all: Found[] = []
let missed = 0
for (const { name, race } of PROGRAMS.filter((program) => program.sort === sort)) {
  const found: Found[] = []
  for (let seed = 1; seed <= seeds && !isHopeless(found); seed += 1) found.push(await search(race, means, seed, limit))
  missed += found.filter(({ at }) => at === undefined).length
  const counts = found.map(({ at = limit }) => at)
  figures[`${name}, mean`] = [counts.reduce((total, count) => total + count, 0) / counts.length]
  all.push(...found)
}
figures["searches in vain"] = [missed]
const repeats = all.flatMap((each) => each.repeats ?? [])
if (repeats.length > 0) figures["% repeated by their line"] = [(100 * repeats.filter((isSame) => isSame).length) / repeats.length]
const deviations = all.flatMap((each) => each.deviations ?? [])
if (deviations.length > 0) figures["deviations told"] = deviations
const foundDeviations = all.flatMap((each) => each.foundDeviations ?? [])
if (foundDeviations.length > 0) figures["deviations found with"] = foundDeviations
report({ expected: all.length, completed: all.length, figures })

function isHopeless(found: readonly Found[]): boolean {
  return found.length >= patience && found.every(({ at }) => at === undefined)
}
