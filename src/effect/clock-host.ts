/**
 * The kernel's port to the world over Effect's Clock: its time is the clock's, its timers are sleeps of it. With a `TestClock` nothing of it comes before
 * the test says so, and in order with Effect's own sleeps.
 *
 * Turns and async contexts are the host's; chance is seeded where the time is a test's. While a schedule of a simulation has the program, all of it is the
 * world's, and a clock of the program's own has no say.
 */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fiber } from "effect/Fiber"
import { invalid } from "../kernel/errors.ts"
import { defaultHost, type Host } from "../kernel/host.ts"
import { isInSimulation, presentHost } from "../kernel/present-host.ts"
import { seededRandom } from "../kernel/seeded-random.ts"

const NANOS_A_MS = 1_000_000

/** Turns given to what a timer has set off before a test clock goes on to the next sleep. */
const SETTLING_TURNS = 4

/**
 * A host of a program's own clock, as its context has it; the present host, in a copy of its own, where that has none but Effect's default. Throws `Invalid`
 * in a simulation, whose time is the schedule's.
 */
export function hostOf(context: Context.Context<never>): Host {
  const clock = Context.get(context, Clock.Clock)
  return isDefault(clock) ? { ...presentHost() } : clockHost(context, clock, false)
}

/** The same over a test's clock: chance is seeded, and the log does not say that no policies are configured. Throws as `hostOf`. */
export function testHostOf(context: Context.Context<never>): Host {
  return clockHost(context, Context.get(context, Clock.Clock), true)
}

function isDefault(clock: Clock.Clock): boolean {
  return clock === Context.get(Context.empty(), Clock.Clock)
}

function clockHost(context: Context.Context<never>, clock: Clock.Clock, isVirtual: boolean): Host {
  if (isInSimulation()) throw invalid("Clock", "has no place in a simulation, whose time is the schedule's: provide none, and no TestClock")
  const fork = Effect.runForkWith(context)
  return {
    ...defaultHost,
    now: () => Number(clock.monotonicTimeNanosUnsafe()) / NANOS_A_MS,
    systemTime: () => clock.currentTimeMillisUnsafe(),
    setTimer: (callback, delayMs) => fork(timer(clock, callback, delayMs)),
    clearTimer: (fiber) => (fiber as Fiber<void>).interruptUnsafe(),
    holdTimer: () => {},
    ...(isVirtual ? { random: seededRandom(1), isVirtual } : {}),
  }
}

/** Its callback is over when all that it has set off has had its turns: a test clock waits for that. */
function timer(clock: Clock.Clock, callback: () => void, delayMs: number): Effect.Effect<void> {
  return clock.sleep(Duration.millis(Math.max(delayMs, 0))).pipe(Effect.andThen(Effect.sync(callback)), Effect.andThen(settled))
}

const settled = Effect.gen(function* () {
  for (let turn = 0; turn < SETTLING_TURNS; turn += 1) yield* Effect.yieldNow
})
