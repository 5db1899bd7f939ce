/** Searching one program: the number of the first schedule that fails, by whichever means. */

import { type ExploreOptions, explore, type Report, replay } from "pigeonhole/simulation"
import type { Race } from "../../simulation/races/race.ts"
import { firstFailure } from "./fast-check-search.ts"

/** `mix`: the default options. */
export type Means = "mix" | "random" | "pct3" | "fast-check"

/** What a program is explored with beside its seed and strategy. */
export function optionsFor({ needs }: Race): ExploreOptions {
  return needs.includes("crashes") ? { faults: { crash: 1 } } : {}
}

/** What came of one search. */
export interface Found {
  /** `undefined`: none failed. */
  readonly at: number | undefined
  /** Of what we have found. */
  readonly told?: Told
}

/** How a failure is told: whether its line repeats it, by how many deviations, and with how many it was found. */
export interface Told {
  readonly repeats: boolean
  readonly deviations: number
  readonly foundDeviations: number
}

export async function search(race: Race, means: Means, seed: number, limit: number): Promise<Found> {
  if (means === "fast-check") return { at: await firstFailure(race.buggy, seed, limit) }
  const options = { ...optionsFor(race), seed, schedules: limit, ...(means === "mix" ? {} : { strategy: means }) }
  const report = await explore(race.buggy, options)
  return report.failure === undefined ? { at: undefined } : { at: report.schedules, told: await told(race, options, report) }
}

async function told({ buggy }: Race, options: ExploreOptions, { failure, schedule = "" }: Report): Promise<Told> {
  const again = await replay(buggy, schedule, options).catch(() => undefined)
  return {
    repeats: again?.failure !== undefined && again.failure.kind === failure?.kind && again.failure.message === failure.message,
    deviations: failure?.deviations.length ?? 0,
    foundDeviations: failure?.foundDeviations.length ?? 0,
  }
}

/** Whether a twin fails in any of so many schedules. */
export async function twinFails(race: Race, seed: number, schedules: number): Promise<boolean> {
  const { failure } = await explore(race.fixed, { ...optionsFor(race), seed, schedules })
  return failure !== undefined
}
