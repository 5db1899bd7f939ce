/** What a supervisor is to do about a child, with times and backoff as Effect writes them. */

import type * as Duration from "effect/Duration"
import { child as plainChild } from "../app/child-reading.ts"
import type { ChildDefinition, ExtrasParameter, Supervisable } from "../app/tree.ts"
import { ownOptions } from "../kernel/options.ts"
import type { BackoffOptions } from "../supervision/backoff.ts"
import type { Shutdown } from "../supervision/child-spec.ts"
import { isSchedule, type RestartSchedule, scheduleBackoff } from "./schedule-backoff.ts"
import { type DurationOptions, inMilliseconds, millisecondsOf } from "./time-limits.ts"

/** How long a child may take to stop. A text that is a duration is one: "5 seconds". */
export type TimedShutdown = Shutdown | Duration.Input | { readonly drain: Duration.Input }

/** The same options, with durations where times are, and a Schedule where a backoff is. */
export type Timed<Options> = {
  readonly [Name in keyof Options]: Name extends "shutdown"
    ? TimedShutdown
    : Name extends "backoff"
      ? RestartSchedule | DurationOptions<BackoffOptions>
      : Name extends `${string}Ms`
        ? Duration.Input
        : Options[Name]
}

/** They may be left out where no argument is needed. */
type TimedParameter<D> =
  ExtrasParameter<D> extends [options: infer Options]
    ? [options: Timed<Options>]
    : ExtrasParameter<D> extends [options?: infer Options]
      ? [options?: Timed<NonNullable<Options>>]
      : never

/**
 * As `child` of the runtime: says how a supervisor is to keep a child. Here a time may be a duration, and `backoff` a Schedule, whose steps are the waits
 * before restarts in a row; where it is done, the child is given up.
 *
 * Units   a number is milliseconds.
 * Errors  Invalid, naming the field under `child`.
 *
 * @example
 * import { Schedule } from "effect"
 * import { child } from "pigeonhole/effect"
 * const cache = child(store(), { shutdown: "2 seconds", backoff: Schedule.exponential("100 millis") })
 * await using runtime = await start({ "app:cache": cache })
 */
export function child<D extends Supervisable>(definition: D, ...[options]: TimedParameter<D>): ChildDefinition<D> {
  return plainChild(definition, ...([plainOptions(options)] as ExtrasParameter<D>))
}

function plainOptions(options: unknown): unknown {
  const read = ownOptions(inMilliseconds(options, ["startTimeoutMs"], "child."))
  if (read === undefined) return options
  if (read.shutdown !== undefined) read.shutdown = plainShutdown(read.shutdown)
  if (read.backoff !== undefined) read.backoff = plainBackoff(read.backoff)
  return read
}

/** What is neither a word nor a number nor `{ drain }` is a duration, or nothing. */
function plainShutdown(shutdown: unknown): unknown {
  if (shutdown === "brutal_kill" || shutdown === "infinity" || typeof shutdown === "number" || shutdown === null) return shutdown
  if (ownOptions(shutdown, "child.shutdown.")?.drain !== undefined) return inMilliseconds(shutdown, ["drain"], "child.shutdown.")
  const limitMs = millisecondsOf(shutdown, "child.shutdown")
  return limitMs === Number.POSITIVE_INFINITY ? "infinity" : limitMs
}

function plainBackoff(backoff: unknown): unknown {
  return isSchedule(backoff) ? scheduleBackoff(backoff) : inMilliseconds(backoff, ["initialMs", "maxMs", "stableAfterMs"], "child.backoff.")
}
