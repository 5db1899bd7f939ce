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
  /** Of what was found by us: whether its line repeats it, how many deviations it is told by, and was found with. */
  readonly repeats?: boolean
  readonly deviations?: number
  readonly foundDeviations?: number
}

export async function search(race: Race, means: Means, seed: number, limit: number): Promise<Found> {
  if (means === "fast-check") return { at: await firstFailure(race.buggy, seed, limit) }
  const options = { ...optionsFor(race), seed, schedules: limit, ...(means === "mix" ? {} : { strategy: means }) }
  return found(race, options, await explore(race.buggy, options))
}

async function found({ buggy }: Race, options: ExploreOptions, { failure, schedule, schedules }: Report): Promise<Found> {
  if (failure === undefined) return { at: undefined }
  const again = await replay(buggy, schedule ?? "", options).catch(() => undefined)
  return {
    at: schedules,
    repeats: again?.kind === failure.kind && again.message === failure.message,
    deviations: failure.deviations.length,
    foundDeviations: failure.foundDeviations.length,
  }
}

/** Whether a twin fails in any of so many schedules. */
export async function twinFails(race: Race, seed: number, schedules: number): Promise<boolean> {
  const { failure } = await explore(race.fixed, { ...optionsFor(race), seed, schedules })
  return failure !== undefined
}
