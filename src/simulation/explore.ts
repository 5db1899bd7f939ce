/** Runs an application under many schedules, looks for one that breaks it, makes it short, and says how to repeat it. */

import { seededRandom } from "../kernel/seeded-random.ts"
import type { Always, Application, Finally, Sometimes } from "./application.ts"
import { Decider, type Deviation, type Strategy } from "./decider.ts"
import { drive } from "./drive.ts"
import type { Failure } from "./failure.ts"
import { Portfolio, type StrategyName } from "./portfolio.ts"
import { Scene } from "./scene.ts"
import type { Order } from "./scene-port.ts"
import { decodeSchedule, encodeSchedule, Replay, type Schedule } from "./schedule.ts"
import { shrink } from "./shrink.ts"
import type { Step } from "./step.ts"
import { below } from "./strategies.ts"
import { Run, type Trial, type TrialRules } from "./trial.ts"

/** How an application is explored; all of it may be left out. */
export interface ExploreOptions {
  /** So many schedules at most. Default 1000. */
  readonly schedules?: number
  readonly seed?: number
  readonly order?: Order
  readonly strategy?: StrategyName
  readonly always?: Readonly<Record<string, Always>>
  readonly finally?: Readonly<Record<string, Finally>>
  readonly sometimes?: Readonly<Record<string, Sometimes>>
  readonly maxSteps?: number
}

/** What was found. */
export interface Report {
  /** Schedules that were carried out until then; those of shrinking and repeating are not counted. */
  readonly schedules: number
  readonly failure: FoundFailure | undefined
  /** Names of `sometimes` that no schedule has shown. */
  readonly neverSeen: readonly string[]
}

export interface FoundFailure extends Failure {
  /** The strategy that found it. */
  readonly strategy: StrategyName
  /** Repeats it. */
  readonly schedule: string
  readonly deviations: readonly Deviation[]
  /** Those it was found with. */
  readonly foundDeviations: readonly Deviation[]
  readonly steps: readonly Step[]
  /** Whether it went the same way when it was repeated. */
  readonly isRepeatable: boolean
}

const REPEATED = 50
const MOST_SHRINKING = 500

export async function explore(make: () => Application, options: ExploreOptions = {}): Promise<Report> {
  const { schedules = 1000, seed = 1, order = "contract", strategy = "mix" } = options
  const rules = rulesOf(options)
  const draw = seededRandom(seed)
  const portfolio = new Portfolio(strategy, draw)
  const seen = new Set<string>()
  let done = 0
  const neverSeen = (): string[] => Object.keys(rules.sometimes).filter((name) => !seen.has(name))
  while (done < schedules) {
    const own = below(draw, 2 ** 31)
    const { name, strategy: chosen } = portfolio.next()
    const { trial, decider } = await carryOut(make, { seed: own, order, rules, strategy: fair(chosen, draw, rules.mostUnfair) })
    done += 1
    for (const each of trial.seen) seen.add(each)
    portfolio.learn(name, decider, trial.steps)
    const isRepeated = trial.failure !== undefined || done % REPEATED === 0
    const again = isRepeated ? await carryOut(make, { seed: own, order, rules, strategy: new Replay(decider.deviations) }) : undefined
    const isRepeatable = again === undefined || again.trial.trace === trial.trace
    if (trial.failure !== undefined) {
      const found = isRepeatable
        ? await shortest(make, { seed: own, order, rules }, decider.deviations, trial)
        : { trial, deviations: decider.deviations }
      const schedule = encodeSchedule({ seed: own, order, deviations: found.deviations, trace: found.trial.trace })
      const failure = found.trial.failure as Failure
      const { steps } = found.trial
      const report = { strategy: name, schedule, deviations: found.deviations, foundDeviations: decider.deviations, steps, isRepeatable }
      return { schedules: done, neverSeen: neverSeen(), failure: { ...failure, ...report } }
    }
    if (!isRepeatable) throw new Error(`a schedule that was repeated went another way`)
  }
  return { schedules: done, failure: undefined, neverSeen: neverSeen() }
}

/** Repeats one schedule. */
export async function replay(make: () => Application, schedule: string, options: ExploreOptions = {}): Promise<Trial> {
  const { seed, order, deviations, trace } = decodeSchedule(schedule)
  const strategy = new Replay(deviations)
  const { trial } = await carryOut(make, { seed, order, rules: rulesOf(options), strategy })
  if (strategy.misfits > 0 || (trace !== "" && trial.trace !== trace))
    throw new Error("the schedule is of another program, or of another version of it")
  return trial
}

function rulesOf({ always = {}, finally: last = {}, sometimes = {}, maxSteps = 10_000 }: ExploreOptions): TrialRules {
  return { always, finally: last, sometimes, mostSteps: maxSteps, mostUnfair: 500 }
}

interface Plan extends Pick<Schedule, "seed" | "order"> {
  readonly rules: TrialRules
}

async function carryOut(
  make: () => Application,
  { seed, order, rules, strategy }: Plan & { readonly strategy: Strategy },
): Promise<{ readonly trial: Trial; readonly decider: Decider }> {
  const decider = new Decider(strategy)
  const scene = new Scene({ order, random: seededRandom(seed), systemTimeMs: 0 })
  const trial = await drive(new Run(make, scene, decider, rules).play())
  return { trial, decider }
}

/** After so many decisions no one is left behind for ever. */
function fair(strategy: Strategy, draw: () => number, most: number): Strategy {
  return {
    choose: (decision) => (decision.number < most ? strategy.choose(decision) : below(draw, decision.choices.length)),
  }
}

async function shortest(
  make: () => Application,
  plan: Plan,
  deviations: readonly Deviation[],
  first: Trial,
): Promise<{ trial: Trial; deviations: readonly Deviation[] }> {
  let best = { trial: first, deviations }
  const { kind, name } = first.failure as Failure
  const short = await shrink(
    deviations,
    async (candidate) => {
      const { trial, decider } = await carryOut(make, { ...plan, strategy: new Replay(candidate) })
      if (trial.failure?.kind !== kind || trial.failure.name !== name) return undefined
      if (decider.deviations.length < best.deviations.length) best = { trial, deviations: decider.deviations }
      return decider.deviations
    },
    MOST_SHRINKING,
  )
  return short.length < deviations.length ? best : { trial: first, deviations }
}
