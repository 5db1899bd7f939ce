/**
 * A Schedule of Effect as the backoff of a child: its steps are the waits before restarts in a row, and where it is done the child is given up.
 *
 * It is driven without a clock: the time it is told is the sum of what it has had its child wait. Its chance is the runtime's.
 *
 * Invariant: the first restart waits for the first step, as a retry by that Schedule would.
 */

import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { invalid, shown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import { seededRandom } from "../kernel/seeded-random.ts"
import type { BackoffOptions } from "../supervision/backoff.ts"

/** What drives restarts: it needs nothing, does not fail, and is told nothing. */
export type RestartSchedule = Schedule.Schedule<unknown, unknown, never, never>

/** Steps that are gone through to see whether it ends; one that goes on has no limit, and waits as long each time from then on. */
const MOST_STEPS = 1000

/** About 30 years. */
const LONGEST_MS = 1e12

/** Numbers that `seededRandom` takes. */
const SEEDS = 2 ** 31

/**
 * A child's backoff by a Schedule. In `child` of this entry the Schedule itself may stand in its place.
 *
 * Errors  Invalid, for what is no Schedule, or one whose steps fail or wait.
 * Cost    O(restarts in a row) a restart.
 *
 * @example
 * import { Schedule } from "effect"
 * import { scheduleBackoff } from "pigeonhole/effect"
 * const backoff = scheduleBackoff(Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(5)]))
 * backoff.maxAttempts // => 5
 * backoff.waits?.(3, 0.5) // => 4000
 */
export function scheduleBackoff(schedule: RestartSchedule): BackoffOptions {
  if (!isSchedule(schedule)) throw invalid("backoff", `must be a Schedule; got ${shown(schedule)}`)
  const steps = waitsOf(schedule, MOST_STEPS, 0.5)
  if (steps.length === 0) throw invalid("backoff", "is a Schedule without a step, and so no restart: make the child temporary")
  const waits = (attempt: number, chance: number): number => waitsOf(schedule, Math.min(attempt, MOST_STEPS), chance).at(-1) ?? 0
  return { waits, maxAttempts: steps.length === MOST_STEPS ? 0 : steps.length }
}

/** Total: what resists the look is none. */
export function isSchedule(value: unknown): value is RestartSchedule {
  return passes(value, Schedule.isSchedule)
}

/** In ms, of so many steps at most; fewer where it is done before. */
function waitsOf(schedule: RestartSchedule, most: number, chance: number): number[] {
  const services = Context.make(Random.Random, randomBy(chance))
  const stepped = Effect.runSyncExitWith(services)(Schedule.toStep(schedule))
  if (Exit.isFailure(stepped)) throw invalid("backoff", "is a Schedule that cannot be begun without waiting", stepped.cause)
  const waits: number[] = []
  let now = 0
  while (waits.length < most) {
    const exit = Effect.runSyncExitWith(services)(stepped.value(now, undefined))
    if (Exit.isFailure(exit)) return checkedEnd(exit.cause, waits)
    const waitMs = Math.min(Duration.toMillis(exit.value[1]), LONGEST_MS)
    waits.push(waitMs)
    now += waitMs
  }
  return waits
}

function checkedEnd(cause: Cause.Cause<unknown>, waits: number[]): number[] {
  if (cause.reasons.some((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error))) return waits
  throw invalid("backoff", "is a Schedule whose step failed or waited: it must need nothing and be done at once", cause)
}

function randomBy(chance: number): Context.Service.Shape<typeof Random.Random> {
  const next = seededRandom(Math.floor(chance * SEEDS))
  return { nextDoubleUnsafe: next, nextIntUnsafe: () => Math.floor((next() * 2 - 1) * Number.MAX_SAFE_INTEGER) }
}
