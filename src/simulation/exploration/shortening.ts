/**
 * Makes a schedule that fails short: to the fewest deviations, faults among them, then to the fewest operations of the scenario, and then once more to the fewest
 * deviations, as fewer operations may need fewer.
 *
 * Invariant: what is given fails as what was found did, by the same rule.
 */

import { deviationsOfOrder, type Strategy } from "../schedule/decider.ts"
import { type Attempt, Shrinker } from "../strategies/shrink.ts"
import { type LeftOut, leavingOut, OperationShrinker, operationsOf } from "../strategies/shrink-operations.ts"
import type { Draw } from "../strategies/strategies.ts"
import { type Carried, carryOut, type Program } from "./carry-out.ts"

/** So many schedules for deviations, so many for operations, … */
const MOST_TRIES = 600
/** … and so many for deviations once more. */
const MOST_ONCE_MORE = 200

/** How far it is. */
export interface Shortened {
  readonly tries: number
  readonly deviations: number
  readonly operations: number | undefined
  /** The shortest that was found. */
  readonly best: Carried
}

export class Shortening {
  readonly #program: Program
  readonly #seed: number
  readonly #draw: Draw
  readonly #tell: (progress: Shortened) => void
  readonly #rule: string
  #best: Carried
  #tries = 0

  constructor(program: Program, seed: number, found: Carried, draw: Draw, tell: (progress: Shortened) => void) {
    this.#program = program
    this.#seed = seed
    this.#best = found
    this.#draw = draw
    this.#tell = tell
    this.#rule = ruleOf(found)
  }

  async shortest(): Promise<Carried> {
    this.#told()
    await this.#fewestDeviations(new Set(), MOST_TRIES)
    const leftOut = await this.#fewestOperations()
    if (leftOut.size > 0) await this.#fewestDeviations(leftOut, MOST_ONCE_MORE)
    return this.#best
  }

  async #fewestDeviations(leftOut: LeftOut, mostTries: number): Promise<void> {
    const mostOperations = leftOut.size === 0 ? Number.POSITIVE_INFINITY : countsOf(this.#best).operations
    const isBetter = (tried: Counts, best: Counts): boolean => tried.deviations < best.deviations
    const attempt = async (strategy: Strategy): Promise<Attempt> => {
      const tried = await this.#attempt(leavingOut(leftOut, strategy), isBetter, mostOperations)
      return { ...tried, deviations: deviationsOfOrder(tried) }
    }
    const { trial, decider } = this.#best
    const found = { deviations: deviationsOfOrder(decider), decisions: decider.decisions, steps: trial.steps }
    await new Shrinker(found, attempt, this.#draw, mostTries).shortest()
  }

  #fewestOperations(): Promise<LeftOut> {
    const { trial, decider } = this.#best
    const found = { deviations: decider.deviations, decisions: decider.decisions, steps: trial.steps }
    const isBetter = (tried: Counts, best: Counts): boolean => tried.operations < best.operations
    const attempt = (strategy: Strategy): Promise<Attempt> => this.#attempt(strategy, isBetter, Number.POSITIVE_INFINITY)
    return new OperationShrinker(found, attempt, this.#draw, MOST_TRIES).most()
  }

  async #attempt(strategy: Strategy, isBetter: (tried: Counts, best: Counts) => boolean, mostOperations: number): Promise<Attempt> {
    const carried = await carryOut(this.#program, this.#seed, strategy)
    const counts = countsOf(carried)
    const isSameFailure = ruleOf(carried) === this.#rule && counts.operations <= mostOperations
    if (isSameFailure && isBetter(counts, countsOf(this.#best))) this.#best = carried
    this.#tries += 1
    this.#told()
    const { deviations, decisions } = carried.decider
    return { deviations, decisions, steps: carried.trial.steps, isSameFailure }
  }

  #told(): void {
    const { deviations, operations, declared } = countsOf(this.#best)
    this.#tell({ tries: this.#tries, deviations, operations: declared === 0 ? undefined : operations, best: this.#best })
  }
}

/** How short a schedule is. */
interface Counts {
  readonly deviations: number
  readonly operations: number
  /** Those that were left out, too. */
  readonly declared: number
}

function countsOf({ decider }: Carried): Counts {
  const { all, kept } = operationsOf(decider)
  return { deviations: deviationsOfOrder(decider).length, operations: kept.length, declared: all.length }
}

/** Which rule was broken. */
function ruleOf({ trial: { failure } }: Carried): string {
  return failure === undefined ? "" : `${failure.kind} ${failure.name}`
}
