/** Carries out one schedule of an application, from its start to its stop. */

import { seededRandom } from "../../kernel/seeded-random.ts"
import { Scene } from "../scene/scene.ts"
import { Decider, type Strategy } from "../schedule/decider.ts"
import type { Order } from "../schedule/schedule.ts"
import type { Make } from "./application.ts"
import { Drive } from "./drive.ts"
import type { Interruption } from "./interruption.ts"
import type { Theatre } from "./theatre.ts"
import { Run, type Trial } from "./trial.ts"
import type { TrialRules } from "./trial-rules.ts"

/** What is carried out. */
export interface Program {
  readonly make: Make
  readonly rules: TrialRules
  readonly order: Order
  readonly theatre: Theatre
  readonly interruption: Interruption
}

/** What the calendar says when a schedule begins: the same for all, 9 o'clock on the 6th of January 2025. */
const BEGINNING = 1_736_154_000_000

/** A schedule that was carried out, and how it was decided. */
export interface Carried {
  readonly trial: Trial
  readonly decider: Decider
}

/** One that is carried out. */
export class Carrying {
  readonly #decider: Decider
  readonly #drive: Drive<Trial>

  /** `seed`: of the numbers that the application draws. */
  constructor({ make, rules, order, theatre, interruption }: Program, seed: number, strategy: Strategy) {
    this.#decider = new Decider(strategy)
    const scene = new Scene({ order, random: seededRandom(seed), systemTimeMs: BEGINNING })
    const run = new Run(make, scene, this.#decider, rules)
    this.#drive = new Drive(run.play(), theatre.hold(scene, run), interruption)
  }

  /** In a turn of the host's that has begun, if that is enough for it; `undefined`: it is on its way then, to its end in others. Errors: Canceled, where it was interrupted. */
  inThisTurn(): Carried | undefined {
    const end = this.#drive.goOn()
    return end === undefined ? undefined : { trial: end.result, decider: this.#decider }
  }

  /** Errors: Canceled, where it was interrupted. */
  async toEnd(): Promise<Carried> {
    return { trial: await this.#drive.toEnd(), decider: this.#decider }
  }
}

/** As `Carrying`, to its end. */
export function carryOut(program: Program, seed: number, strategy: Strategy): Promise<Carried> {
  return new Carrying(program, seed, strategy).toEnd()
}
