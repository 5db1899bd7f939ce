/** The layers that start an application: what they are told, and on whose time it runs. */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Runtime, RuntimeOptions, StopOptions } from "../app/runtime.ts"
import { start } from "../app/start.ts"
import type { SupervisorDefinition } from "../app/supervisor-definition.ts"
import type { Children } from "../app/tree.ts"
import { invalid } from "../kernel/errors.ts"
import { defaultHost, type Host } from "../kernel/host.ts"
import { boolean, optional, ownFields } from "../kernel/option-fields.ts"
import type { RequestTracer } from "../kernel/request-tracer.ts"
import { hostOf, testHostOf } from "./clock-host.ts"
import { effectLog } from "./effect-log.ts"
import { tracerOf } from "./effect-tracer.ts"
import { launched } from "./launched.ts"
import { provideHost } from "./runtime-context.ts"
import type { StartError } from "./runtime-error.ts"
import { RuntimeService } from "./runtime-service.ts"
import { millisecondsOf, timeLimitOf } from "./time-limits.ts"

/** How the application of a layer is started and stopped: as `start`, with Effect's durations; all of it may be left out. */
export interface LayerOptions extends Omit<RuntimeOptions, "host" | "measureEveryMs" | "tracer"> {
  /** How often `inspect` is told of the numbers of processes. Default: never. */
  readonly measureEvery?: Duration.Input | undefined
  /**
   * Who follows requests across processes; `false`: nobody. Default: Effect's Tracer. With one in the layer's context each request is followed; without, each that has a
   * span above it.
   */
  readonly tracer?: RequestTracer | false | undefined
  /** Whether each process first serves what it had accepted, when the scope closes. Default `false`. */
  readonly drain?: boolean | undefined
  /** For how long the closing scope lets everything take; what is left then is killed. Default 30 seconds. */
  readonly stopTimeout?: Duration.Input | undefined
}

/** A tree, as `start` takes it. */
export type Tree = SupervisorDefinition<object> | Children

interface Plan {
  readonly runtime: RuntimeOptions
  readonly stop: StopOptions
}

/** Starts the application for the scope in the context. `isTest`: on the time of a test. */
export function startedIn(
  tree: Tree,
  options: LayerOptions | undefined,
  isTest: boolean,
): Effect.Effect<RuntimeService, StartError, Scope.Scope> {
  return Effect.contextWith((context: Context.Context<never>) => {
    let plan: Plan | undefined
    const begin = async (): Promise<Runtime<object>> => {
      const host = isTest ? testHostOf(context) : hostOf(context)
      provideHost(host, context)
      plan = planOf(options, host, context)
      return start(tree as Children, plan.runtime)
    }
    return Effect.map(
      launched(begin, (runtime) => (isTest ? stopInTest(runtime, plan?.stop) : runtime.stop(plan?.stop))),
      (running) => new RuntimeService(running),
    )
  })
}

/** Nobody moves the time of a test on while its scope closes: what would stop by its limits alone is killed when so much real time is over. */
const REAL_STOP_MS = 1000

function stopInTest(runtime: Runtime<object>, options: StopOptions | undefined): Promise<void> {
  const timer = defaultHost.setTimer(() => void runtime.stop({ timeoutMs: 0 }), REAL_STOP_MS)
  defaultHost.holdTimer(timer, true)
  return runtime.stop(options).finally(() => defaultHost.clearTimer(timer))
}

/** Whether the clock in this context is a test's. */
export function hasTestClock(context: Context.Context<never>): boolean {
  return "adjust" in Context.get(context, Clock.Clock)
}

/** Throws `Invalid`; what is the runtime's own is read by `start`. */
function planOf(options: LayerOptions | undefined, host: Host, context: Context.Context<never>): Plan {
  const { measureEvery, drain, stopTimeout, log, tracer, ...rest } =
    options === undefined ? {} : (ownFields(options, "options") as LayerOptions)
  if ("host" in rest) throw invalid("host", "is the layer's own, over Effect's Clock: provide that")
  if ("measureEveryMs" in rest) throw invalid("measureEveryMs", "is measureEvery here, a duration")
  const drains = optional(boolean)(drain, "drain")
  const measureEveryMs = measureEvery === undefined ? {} : { measureEveryMs: timeLimitOf(measureEvery, "measureEvery") }
  const stop = {
    ...(drains === undefined ? {} : { drain: drains }),
    ...(stopTimeout === undefined ? {} : { timeoutMs: millisecondsOf(stopTimeout, "stopTimeout") }),
  }
  const traced = tracer === false ? {} : { tracer: tracer ?? tracerOf(context) }
  return { runtime: { ...rest, ...measureEveryMs, ...traced, log: log ?? effectLog(context), host }, stop }
}
