/**
 * The runtime's log, written through Effect's Logger.
 *
 * @example
 * import { effectLog } from "pigeonhole/effect"
 * await using runtime = await start({ "app:cache": store() }, { log: effectLog() })
 */

import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { Severity } from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Tracer from "effect/Tracer"
import { consoleLog, type Log, type LogEntry } from "../inspection/log.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import "./effect-peer.ts"

/** Where the loggers and the least level come from: a context, or a runtime made of layers. It stays its maker's to dispose of. */
export type LogServices = Context.Context<never> | ManagedRuntime.ManagedRuntime<never, unknown>

const SEVERITIES: Record<LogEntry["level"], Severity> = { info: "Info", warn: "Warn", error: "Error" }

/**
 * A log for `start({ log })` that writes through the loggers of these services; without, through Effect's default logger. A line's
 * fields are its annotations, what was thrown is its cause; of a request that is followed, `trace_id` and `span_id`.
 *
 * Errors  Invalid for what is neither a context nor a runtime. A logger that fails is reported on standard error.
 *
 * @example
 * import { Logger, ManagedRuntime } from "effect"
 * const lines: string[] = []
 * const collect = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel}: ${message}`))
 * await using services = ManagedRuntime.make(Logger.layer([collect]))
 * await using runtime = await start({}, { log: effectLog(services) })
 * lines // => ["Info: no policies are configured: every operation is allowed to everyone"]
 */
export function effectLog(services?: LogServices): Log {
  const run = runnerOf(services)
  return (entry) => void run(writing(entry)).addObserver((exit) => reportFailure(entry, exit))
}

type Runner = (writing: Effect.Effect<void>) => Fiber<void, unknown>

function runnerOf(services: LogServices | undefined): Runner {
  if (services === undefined) return (writing) => Effect.runFork(writing)
  if (isRuntime(services)) return (writing) => services.runFork(writing)
  if (isContext(services)) return Effect.runForkWith(services)
  throw invalid("services", `must be a Context or a ManagedRuntime of Effect; got ${shown(services)}`)
}

function isRuntime(services: unknown): services is ManagedRuntime.ManagedRuntime<never, unknown> {
  return passes(services, ManagedRuntime.isManagedRuntime)
}

function isContext(services: unknown): services is Context.Context<never> {
  return passes(services, Context.isContext)
}

function writing({ level, message, error, fields = {}, trace }: LogEntry): Effect.Effect<void> {
  const log = Effect.logWithLevel(SEVERITIES[level])
  const line = error === undefined ? log(message) : log(message, Cause.die(error))
  if (trace === undefined) return Effect.annotateLogs(line, fields)
  const { traceId, spanId } = trace
  // For loggers that ask for the span, and for those that look at annotations alone.
  const within = Effect.withParentSpan(line, Tracer.externalSpan({ traceId, spanId }))
  return Effect.annotateLogs(within, { ...fields, trace_id: traceId, span_id: spanId })
}

/** The entry too, so that it is not lost. */
function reportFailure(entry: LogEntry, exit: Exit.Exit<void, unknown>): void {
  if (Exit.isSuccess(exit)) return
  consoleLog(entry)
  consoleLog({ level: "error", message: "Effect's logger failed", error: Cause.squash(exit.cause) })
}
