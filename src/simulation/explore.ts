/** Runs an application under many schedules, looks for one that breaks it, makes it short, and says how to repeat it. */

import { invalid } from "../kernel/errors.ts"
import { callback } from "../kernel/option-fields.ts"
import { seededRandom } from "../kernel/seeded-random.ts"
import type { Application } from "./application.ts"
import { type Carried, carryOut, type Program } from "./carry-out.ts"
import type { Deviation, Strategy } from "./decider.ts"
import { type Exploration, type ExploreOptions, readExploration } from "./explore-options.ts"
import type { Failure } from "./failure.ts"
import { mostFaults } from "./fault-options.ts"
import { Portfolio, type StrategyName } from "./portfolio.ts"
import { decodeSchedule, encodeSchedule, Replay } from "./schedule.ts"
import { Shrinker } from "./shrink.ts"
import type { Step } from "./step.ts"
import { below, type Draw } from "./strategies.ts"

/** What was found. */
export interface Report {
  /** Schedules that were carried out until then; those of shrinking and repeating are not counted. */
  readonly schedules: number
  /** `undefined`: none of them failed. */
  readonly failure: FoundFailure | undefined
  /** Repeats the failure: for `replay`, or as `PIGEONHOLE_SCHEDULE`. */
  readonly schedule: string | undefined
  /** Names of `sometimes` that no schedule has shown. */
  readonly neverSeen: readonly string[]
}

export interface FoundFailure extends Failure {
  /** The strategy that found it. */
  readonly strategy: StrategyName
  /** From the order in which each runs until it waits: as few as were found, … */
  readonly deviations: readonly Deviation[]
  /** … and those it was found with. */
  readonly foundDeviations: readonly Deviation[]
  readonly steps: readonly Step[]
}

/** One schedule in so many that pass is carried out twice, and must go the same way. */
const REPEATED = 50
const MOST_SHRINKING = 600
/** After so many decisions in one schedule nobody is left behind any longer. */
const MOST_UNFAIR = 500

/**
 * Runs the application under so many schedules, each other than those before.
 *
 * @example
 * const counter = server({ init: () => ({ count: 0 }), call: { count: (state) => state.count, set: (state, to: number) => void (state.count = to) } })
 * const report = await explore(() => ({
 *   tree: { "app:counter": counter },
 *   async run(runtime) {
 *     const raise = async () => {
 *       const box = await runtime.acquire("app:counter")
 *       await box.call.set((await box.call.count()) + 1)
 *     }
 *     await Promise.all([raise(), raise()])
 *   },
 * }), { schedules: 20 })
 * report.failure // => undefined
 */
export async function explore(make: () => Application, options?: ExploreOptions): Promise<Report> {
  const exploration = readExploration(options)
  return new Explorer(callback<() => Application>()(make, "application"), exploration).explore()
}

/**
 * Carries out one schedule again, of a report's `schedule`.
 *
 * Errors  Invalid, for what is none, and for one of another application or another version of it.
 */
export async function replay(make: () => Application, schedule: string, options?: ExploreOptions): Promise<FoundFailure | undefined> {
  const { order, ...rules } = readExploration(options)
  const { seed, deviations, trace, order: own } = decodeSchedule(schedule)
  const strategy = new Replay(deviations)
  const { trial } = await carryOut({ make, rules, order: own }, seed, strategy)
  if (strategy.misfits > 0 || (trace !== "" && trial.trace !== trace))
    throw invalid("schedule", "is of another application, or of another version of it: explore anew")
  const { failure, steps } = trial
  return failure === undefined ? undefined : { ...failure, strategy: "mix", deviations, foundDeviations: deviations, steps }
}

class Explorer {
  readonly #program: Program
  readonly #exploration: Exploration
  readonly #draw: Draw
  readonly #portfolio: Portfolio
  readonly #seen = new Set<string>()
  #done = 0

  constructor(make: () => Application, exploration: Exploration) {
    const { order, seed, strategy, faults } = exploration
    this.#program = { make, rules: exploration, order }
    this.#exploration = exploration
    this.#draw = seededRandom(seed)
    this.#portfolio = new Portfolio(strategy, this.#draw, { most: mostFaults(faults), inboxFull: faults.inboxFull })
  }

  async explore(): Promise<Report> {
    while (this.#done < this.#exploration.schedules) {
      const failure = await this.#next()
      this.#exploration.onProgress(this.#done)
      if (failure !== undefined) return this.#report(failure)
    }
    return this.#report(undefined)
  }

  #report(found: Found | undefined): Report {
    const neverSeen = Object.keys(this.#exploration.sometimes).filter((name) => !this.#seen.has(name))
    return { schedules: this.#done, failure: found?.failure, schedule: found?.schedule, neverSeen }
  }

  async #next(): Promise<Found | undefined> {
    const seed = below(this.#draw, 2 ** 31)
    const { name, strategy } = this.#portfolio.next()
    const carried = await carryOut(this.#program, seed, fair(strategy, this.#draw))
    const { trial, decider } = carried
    this.#done += 1
    for (const each of trial.seen) this.#seen.add(each)
    this.#portfolio.learn(name, decider, trial.steps)
    if (trial.failure === undefined && this.#done % REPEATED !== 0) return undefined
    const again = await carryOut(this.#program, seed, new Replay(decider.deviations))
    if (again.trial.trace !== trial.trace) return this.#found(seed, name, carried, otherWay(trial.steps, again.trial.steps))
    if (trial.failure === undefined) return undefined
    return this.#found(seed, name, this.#exploration.shrink ? await this.#shortest(seed, carried) : carried, undefined, decider.deviations)
  }

  #found(
    seed: number,
    name: StrategyName,
    { trial, decider }: Carried,
    failure = trial.failure,
    foundDeviations = decider.deviations,
  ): Found {
    const { deviations } = decider
    const schedule = encodeSchedule({ seed, order: this.#exploration.order, deviations, trace: trial.trace })
    return { schedule, failure: { ...(failure as Failure), strategy: name, deviations, foundDeviations, steps: trial.steps } }
  }

  async #shortest(seed: number, found: Carried): Promise<Carried> {
    let best = found
    const { kind, name } = found.trial.failure as Failure
    const attempt = async (list: readonly Deviation[]) => {
      const carried = await carryOut(this.#program, seed, new Replay(list))
      const { deviations, decisions } = carried.decider
      const isSameFailure = carried.trial.failure?.kind === kind && carried.trial.failure.name === name
      if (isSameFailure && deviations.length < best.decider.deviations.length) best = carried
      return { deviations, decisions, steps: carried.trial.steps, isSameFailure }
    }
    await new Shrinker(found.decider.deviations, attempt, this.#draw, MOST_SHRINKING).shortest()
    return best
  }
}

interface Found {
  readonly failure: FoundFailure
  readonly schedule: string
}

/** After so many decisions each choice is as likely as any other. */
function fair(strategy: Strategy, draw: Draw): Strategy {
  return {
    choose: (decision) =>
      decision.number < MOST_UNFAIR || decision.kind === "fault" ? strategy.choose(decision) : below(draw, decision.choices.length),
  }
}

function otherWay(first: readonly Step[], second: readonly Step[]): Failure {
  const at = first.findIndex((step, index) => told(step) !== told(second[index]))
  const step = at < 0 ? first.length : at
  const message = `carried out twice, the schedule went two ways: ${told(first[step])} at step ${step}, and then ${told(second[step])}`
  return { kind: "determinism", name: "", message, step }
}

function told(step: Step | undefined): string {
  if (step === undefined) return "nothing"
  const { choice, fault } = step
  return choice === undefined ? `${fault?.kind} of ${fault?.actor}` : `${choice.kind} ${choice.what} of ${choice.actor}`
}
