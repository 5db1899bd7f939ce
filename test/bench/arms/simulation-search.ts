/** In how many schedules each program is seen to fail, by one means, over so many seeds. What is not found counts as the limit. */

import { PROGRAMS, type Sort } from "../../simulation/races/programs.ts"
import type { Race } from "../../simulation/races/race.ts"
import { parameters, report } from "../report.ts"
import { type Found, type Means, search } from "../simulation/search.ts"

const { means, seeds, limit, patience } = parameters<{
  means: Means
  seeds: number
  limit: number
  /** So many seeds in vain, and a program is given up. */
  patience: number
}>()

const figures: Record<string, readonly number[]> = {}
const found = new Map<Sort, Found[]>()
for (const { name, sort, race } of PROGRAMS) {
  const all = await searches(race)
  figures[`${sort}: ${name}, mean`] = [mean(all.map(({ at = limit }) => at))]
  found.set(sort, [...(found.get(sort) ?? []), ...all])
}
for (const [sort, all] of found) {
  figures[`${sort}: in vain`] = [all.filter(({ at }) => at === undefined).length]
  const seen = all.flatMap(({ told }) => told ?? [])
  if (seen.length === 0) continue
  figures[`${sort}: % repeated by their line`] = [100 * mean(seen.map(({ repeats }) => (repeats ? 1 : 0)))]
  figures[`${sort}: deviations told`] = seen.map(({ deviations }) => deviations)
  figures[`${sort}: deviations found with`] = seen.map(({ foundDeviations }) => foundDeviations)
}
const count = [...found.values()].reduce((sum, all) => sum + all.length, 0)
report({ expected: count, completed: count, figures })

async function searches(race: Race): Promise<Found[]> {
  const all: Found[] = []
  while (all.length < seeds && !isHopeless(all)) all.push(await search(race, means, 1 + all.length, limit))
  return all
}

function isHopeless(all: readonly Found[]): boolean {
  return all.length >= patience && all.every(({ at }) => at === undefined)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
