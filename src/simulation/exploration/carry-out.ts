/** Carries out one schedule of an application, from its start to its stop. */

import { seededRandom } from "../../kernel/seeded-random.ts"
import { Scene } from "../scene/scene.ts"
import { Decider, type Strategy } from "../schedule/decider.ts"
import type { Order } from "../schedule/schedule.ts"
import type { Application } from "./application.ts"
import { drive } from "./drive.ts"
import type { Interruption } from "./interruption.ts"
import type { Theatre } from "./theatre.ts"
import { Run, type Trial, type TrialRules } from "./trial.ts"

/** What is carried out. */
export interface Program {
  readonly make: () => Application
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

/** `seed`: of the numbers that the application draws. Errors: Canceled, where it was interrupted. */
export async function carryOut({ make, rules, order, theatre, interruption }: Program, seed: number, strategy: Strategy): Promise<Carried> {
  const decider = new Decider(strategy)
  const scene = new Scene({ order, random: seededRandom(seed), systemTimeMs: BEGINNING })
  const run = new Run(make, scene, decider, rules)
  const trial = await drive(run.play(), theatre.hold(scene, run), interruption)
  return { trial, decider }
}
