/** A log that writes through a logger of the application's. */

import type { Log } from "../inspection/log.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA, passes } from "../kernel/instance.ts"
import { memberOf } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { isWritten, type LogLevel, logLevel, plainFields, thrownText } from "./log-record.ts"

/** Any logger with pino's methods: fields first, then the message. */
export interface StructuredLogger {
  /** What is good to know. */
  info(fields: object, message: string): unknown
  /** What may be a loss. */
  warn(fields: object, message: string): unknown
  /** What has failed. */
  error(fields: object, message: string): unknown
}

/** How lines are handed to a logger; all of it may be left out. */
export interface LoggerLogOptions {
  /** The least that is handed on; the logger's own level counts beside it. Default `info`: all. */
  readonly level?: LogLevel
}

const METHODS = ["info", "warn", "error"] as const
const TAKEN = ["err"]

/**
 * A log for `start({ log })` that writes through a logger: by the method of the line's level, with its fields, what was thrown as `err`, and
 * `trace_id` and `span_id` where it belongs to a trace.
 *
 * A field of the name `err` is `fields.err`. The methods are looked up at each line, as a logger whose level is changed may have others. A logger
 * that throws is reported by the runtime.
 *
 * Errors  Invalid, for what has not these methods.
 *
 * @example
 * const lines: string[] = []
 * const keep = (fields: object, message: string) => void lines.push(message)
 * await using quiet = await start({}, { log: loggerLog({ info: keep, warn: keep, error: keep }) })
 * lines // => ["no policies are configured: every operation is allowed to everyone"]
 */
export function loggerLog(logger: StructuredLogger, options?: LoggerLogOptions): Log {
  for (const method of METHODS) {
    if (typeof memberOf(logger, method) === "function") continue
    throw invalid("logger", `must have the methods info, warn and error; got ${shown(logger)}`)
  }
  const { level: least } = readOptions(options, { level: logLevel })
  return (entry) => {
    const { level, message, error } = entry
    if (!isWritten(level, least)) return
    const fields = plainFields(entry, TAKEN)
    // What it gives goes back to the runtime, which contains a promise that is rejected.
    return logger[level](error === undefined ? fields : { ...fields, err: errorOf(error) }, message) as void
  }
}

/** The error itself, for the logger's own serialiser; as text what that would stumble over. */
function errorOf(error: unknown): unknown {
  return isA(error, Error) && passes(error, isReadableError) ? error : thrownText(error)
}

function isReadableError(error: Error): boolean {
  for (const name in error) Reflect.get(error, name)
  return typeof error.message === "string" && (error.stack === undefined || typeof error.stack === "string")
}
