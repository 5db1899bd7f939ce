/** Runs an application under many schedules, looks for one that breaks it, makes it short, and says how to repeat it. */

import { invalid } from "../../kernel/errors.ts"
import { defaultHost } from "../../kernel/host.ts"
import { callback } from "../../kernel/option-fields.ts"
import { seededRandom } from "../../kernel/seeded-random.ts"
import { thenableOf } from "../../kernel/thenable.ts"
import type { Failure } from "../report/failure.ts"
import { operationsLeft } from "../report/operations-left.ts"
import { type FoundFailure, Report } from "../report/report.ts"
import { askedFaults } from "../scene/fault-options.ts"
import { type Deviation, deviationsOfOrder, type Strategy } from "../schedule/decider.ts"
import { decodeSchedule, encodeSchedule, Replay } from "../schedule/schedule.ts"
import { traceHash } from "../schedule/trace-hash.ts"
import { Portfolio, type StrategyName } from "../strategies/portfolio.ts"
import { below, type Draw } from "../strategies/strategies.ts"
import type { Make } from "./application.ts"
import { type Carried, Carrying, carryOut, type Program } from "./carry-out.ts"
import { type Exploration, type ExploreOptions, type ExploreProgress, readExploration, toNobody } from "./explore-options.ts"
import { Interruption } from "./interruption.ts"
import { type Shortened, Shortening } from "./shortening.ts"
import { Theatre } from "./theatre.ts"
import type { Trial } from "./trial.ts"
import { Tried } from "./tried.ts"
import { isSameWay, LEFT_BEFORE, twoWays, type Went } from "./two-ways.ts"
import type { ActorKnowledge } from "./world.ts"

/** One schedule in so many that pass is carried out twice, and must go the same way. */
const REPEATED = 50
/** The host may have to wait for so long; for a schedule that takes longer it waits anyway. */
const LONGEST_TURN_MS = 10

/** After so many decisions in one schedule nobody is left behind any longer. */
const MOST_UNFAIR = 500

/** Explores; `knowledge` is of services of a kind. Where the environment names a schedule, that one alone is carried out. */
export async function exploreWith(knowledge: ActorKnowledge, make: Make, options?: ExploreOptions): Promise<Report> {
  const named = globalThis.process?.env?.PIGEONHOLE_SCHEDULE
  if (named !== undefined && named !== "") return replayWith(knowledge, make, named, options)
  return within(knowledge, make, readExploration(options), (program, exploration) => new Explorer(program, exploration).explore())
}

/** Carries out one schedule again. */
export async function replayWith(knowledge: ActorKnowledge, make: Make, schedule: string, options?: ExploreOptions): Promise<Report> {
  const { seed, deviations, trace, order } = decodeSchedule(schedule)
  return within(knowledge, make, { ...readExploration(options), order }, async (program, { sometimes, models, faults }) => {
    const strategy = new Replay(deviations)
    const { trial, decider } = await carryOut(program, seed, strategy)
    const isOver = deviations.some(({ at }) => at >= decider.decisions.length)
    if (isOver || strategy.misfits > 0 || (trace !== "" && traceHash(trial.steps) !== trace)) {
      throw invalid("schedule", "is of another application, of other options, or of another version of one of them: explore anew")
    }
    const tried = new Tried({ sometimes, models, faults })
    tried.add(trial, () => schedule)
    const { failure, steps } = trial
    const order = deviationsOfOrder(decider)
    const told = { deviations: order, foundDeviations: order, ...operationsLeft(decider) }
    const found = failure === undefined ? undefined : { ...failure, strategy: "replay" as const, ...told, steps }
    return new Report({ schedules: 1, failure: found, schedule, ...tried.summary() })
  })
}

async function within<Result>(
  knowledge: ActorKnowledge,
  make: Make,
  exploration: Exploration,
  work: (program: Program, exploration: Exploration) => Promise<Result>,
): Promise<Result> {
  const program = {
    make: callback<Make>()(make, "application"),
    rules: { ...exploration, knowledge, askedFaults: askedFaults(exploration.faults) },
    order: exploration.order,
  }
  const interruption = new Interruption(exploration.signal)
  try {
    const theatre = new Theatre(exploration.allow)
    try {
      return await work({ ...program, theatre, interruption }, exploration)
    } finally {
      theatre.close()
    }
  } finally {
    interruption.end()
  }
}

class Explorer {
  readonly #program: Program
  readonly #exploration: Exploration
  readonly #draw: Draw
  readonly #portfolio: Portfolio
  readonly #tried: Tried
  /** For so long schedules follow each other in one turn of the host: where nobody is to hear of each, and nothing else is to come in between. */
  readonly #turnMs: number
  #done = 0
  #first: FirstSchedule | undefined = undefined
  /** What a promise that progress has given was rejected with. */
  #progressFailed: { readonly error: unknown } | undefined = undefined

  constructor(program: Program, exploration: Exploration) {
    const { seed, strategy, onProgress, signal, allow } = exploration
    this.#program = program
    this.#turnMs = onProgress === toNobody && signal === undefined && allow.length === 0 ? LONGEST_TURN_MS : 0
    this.#exploration = exploration
    this.#tried = new Tried(exploration)
    this.#draw = seededRandom(seed)
    this.#portfolio = new Portfolio(strategy, this.#draw, { asked: program.rules.askedFaults, inboxFull: exploration.faults.inboxFull })
  }

  async explore(): Promise<Report> {
    while (this.#done < this.#exploration.schedules) {
      const failure = await this.#next()
      if (failure !== undefined) return this.#report(failure)
    }
    return this.#report(undefined)
  }

  #tell(progress: ExploreProgress): void {
    if (this.#progressFailed !== undefined) throw this.#progressFailed.error
    const said: unknown = this.#exploration.onProgress(progress.schedules, progress)
    thenableOf(said)?.catch((error: unknown) => {
      this.#progressFailed = { error }
    })
  }

  #report(found: Found | undefined): Report {
    return new Report({ schedules: this.#done, failure: found?.failure, schedule: found?.schedule, ...this.#tried.summary() })
  }

  async #next(): Promise<Found | undefined> {
    const { seed, name, carried } = await this.#some()
    const { trial, decider } = carried
    if (!this.#isToRepeat(trial)) return undefined
    const again = await carryOut(this.#program, seed, new Replay(decider.deviations))
    if (!isSameWay(trial, again.trial)) return this.#found(seed, name, carried, twoWays(trial, again.trial))
    if (trial.failure === undefined) return undefined
    const short = this.#exploration.shrink ? await this.#shortened(seed, carried) : carried
    return this.#found(seed, name, short, await this.#withRemark(short), deviationsOfOrder(decider))
  }

  /** Those that pass, as many as one turn of the host has room for: gives the last one. */
  #some(): Promise<Explored> {
    return new Promise((resolve, reject) => {
      defaultHost.yield(() => {
        try {
          const { theatre } = this.#program
          const explored = (): Explored | Promise<Explored> => this.#inTurn(defaultHost.now() + this.#turnMs)
          resolve(this.#turnMs === 0 ? explored() : theatre.inOneTurn(explored))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #inTurn(until: number): Explored | Promise<Explored> {
    for (;;) {
      const seed = below(this.#draw, 2 ** 31)
      const { name, strategy } = this.#portfolio.next()
      const carrying = new Carrying(this.#program, seed, fair(strategy, this.#draw))
      const carried = carrying.inThisTurn()
      if (carried === undefined) return carrying.toEnd().then((late) => this.#learn({ seed, name, carried: late }))
      const explored = this.#learn({ seed, name, carried })
      const isLast = this.#done >= this.#exploration.schedules || defaultHost.now() >= until
      if (isLast || this.#isToRepeat(carried.trial)) return explored
    }
  }

  #isToRepeat({ failure }: Trial): boolean {
    return failure !== undefined || this.#done % REPEATED === 0
  }

  #learn(explored: Explored): Explored {
    const { seed, name, carried } = explored
    const { trial, decider } = carried
    this.#done += 1
    this.#tried.add(trial, () => this.#lineOf(seed, carried))
    this.#portfolio.learn(name, decider, trial.steps)
    this.#first ??= { seed, deviations: decider.deviations, failure: trial.failure, steps: trial.steps }
    this.#tell({ phase: "exploring", schedules: this.#done, tries: 0, deviations: undefined })
    return explored
  }

  /** One that any schedule would have, and the first had not. */
  async #withRemark({ trial: { failure }, decider }: Carried): Promise<Failure | undefined> {
    const first = this.#first
    if (failure === undefined || decider.deviations.length > 0) return failure
    if (first === undefined || first.failure !== undefined) return failure
    const again = await carryOut(this.#program, first.seed, new Replay(first.deviations))
    if (isSameWay(first, again.trial)) return failure
    return { ...failure, details: failure.details === undefined ? LEFT_BEFORE : `${LEFT_BEFORE}\n${failure.details}` }
  }

  #shortened(seed: number, carried: Carried): Promise<Carried> {
    const tell = ({ best, ...progress }: Shortened): void =>
      this.#tell({ phase: "shrinking", schedules: this.#done, ...progress, schedule: this.#lineOf(seed, best) })
    return new Shortening(this.#program, seed, carried, this.#draw, tell).shortest()
  }

  #found(
    seed: number,
    name: StrategyName,
    { trial, decider }: Carried,
    failure = trial.failure,
    foundDeviations = deviationsOfOrder(decider),
  ): Found {
    const schedule = this.#lineOf(seed, { trial, decider })
    const told = { deviations: deviationsOfOrder(decider), ...operationsLeft(decider) }
    return { schedule, failure: { ...(failure as Failure), strategy: name, ...told, foundDeviations, steps: trial.steps } }
  }

  /** What repeats it. */
  #lineOf(seed: number, { trial: { steps }, decider: { deviations } }: Carried): string {
    return encodeSchedule({ seed, order: this.#exploration.order, deviations, trace: traceHash(steps) })
  }
}

/** The first schedule of all. */
interface FirstSchedule extends Went {
  readonly seed: number
  readonly deviations: readonly Deviation[]
}

/** One of those that are explored. */
interface Explored {
  readonly seed: number
  readonly name: StrategyName
  readonly carried: Carried
}

interface Found {
  readonly failure: FoundFailure
  readonly schedule: string
}

/** After so many decisions each choice is as likely as any other. */
function fair(strategy: Strategy, draw: Draw): Strategy {
  return {
    choose: (decision) =>
      decision.number < MOST_UNFAIR || decision.kind !== "step" ? strategy.choose(decision) : below(draw, decision.choices.length),
    went: strategy.went?.bind(strategy),
  }
}
