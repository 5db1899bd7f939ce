/**
 * The one place where a schedule is decided: `choose` is asked whenever more than one thing could be, and its answers are the schedule.
 *
 * A schedule is told as deviations from a base order, the one in which each process runs until it waits: so the strategy that found it, its
 * replay and the shrinker speak of the same list.
 */

import type { Choice } from "./step.ts"

/**
 * `step`: what happens next. `fault`: whether one falls now, and which; the first of its choices is none. `operation`: whether one that the scenario has
 * declared is done, which is the first of its choices, or left out.
 */
export type DecisionKind = "step" | "fault" | "operation"

/** What is to be decided. */
export interface Decision {
  readonly kind: DecisionKind
  /** How many came before it in this schedule. */
  readonly number: number
  readonly choices: readonly Choice[]
  /** The base order's. */
  readonly base: number
}

/** At that decision, that choice instead of the base order's. */
export interface Deviation {
  readonly at: number
  readonly choice: number
}

/** Decides: gives the index of one of the choices. */
export interface Strategy {
  choose(decision: Decision): number
  /** Told of what came next where nothing else could. */
  went?: ((choice: Choice) => void) | undefined
}

/** How a schedule was decided. */
export interface DecisionsMade {
  readonly deviations: readonly Deviation[]
  readonly decisions: readonly Decided[]
}

/** Of its deviations, the ones in which something came in another order, or befell somebody: not the operations that were left out. */
export function deviationsOfOrder({ deviations, decisions }: DecisionsMade): readonly Deviation[] {
  return deviations.filter(({ at }) => decisions[at]?.kind !== "operation")
}

/** The base order itself. */
export const inBaseOrder: Strategy = { choose: ({ base }) => base }

/** A decision that was taken. */
export interface Decided {
  readonly kind: DecisionKind
  readonly choices: readonly Choice[]
  readonly base: number
  /** So many steps came before it. */
  readonly after: number
}

export class Decider {
  readonly #strategy: Strategy
  readonly deviations: Deviation[] = []
  readonly decisions: Decided[] = []
  /** Steps that it was asked for, those too that could only be what they were. */
  steps = 0
  /** While it is quiet, all goes by the base order, and is no decision. */
  isQuiet = false

  constructor(strategy: Strategy) {
    this.#strategy = strategy
  }

  /** That comes next, as nothing else can: no decision. */
  goOn(only: Choice): void {
    if (!this.isQuiet) this.#only("step", only)
  }

  #only(kind: DecisionKind, only: Choice): void {
    if (kind === "step") this.steps += 1
    this.#strategy.went?.(only)
  }

  choose(kind: DecisionKind, choices: readonly Choice[], base: number): number {
    if (this.isQuiet) return base
    const [only] = choices
    if (choices.length < 2) {
      if (only !== undefined) this.#only(kind, only)
      return base
    }
    const after = this.steps
    if (kind === "step") this.steps += 1
    const number = this.decisions.length
    const decision = { kind, number, choices, base, after }
    this.decisions.push(decision)
    const choice = this.#strategy.choose(decision)
    if (choice !== base) this.deviations.push({ at: number, choice })
    return choice
  }
}
