/** A log of one JSON object a line. */

import type { Log, LogEntry } from "../inspection/log.ts"
import { defaultHost, systemTimeOf } from "../kernel/host.ts"
import { callback, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { isWritten, type LogLevel, logLevel, type PlainRecord, plainFields, stackOf, thrownText } from "./log-record.ts"

/** How lines of JSON are written; all of it may be left out. */
export interface JsonLogOptions {
  /** The least that is written. Default `info`: all. */
  readonly level?: LogLevel
  /** Given each line, without the line feed at its end. Default: `console.error`, so that a program's own output stays its own. */
  readonly write?: (line: string) => void
  /** The time of a line, in ms since 1970. Default: the host's. */
  readonly systemTime?: () => number
}

const TAKEN = ["time", "level", "message", "error", "stack"]

const toConsole = (line: string): void => console.error(line)

/**
 * A log for `start({ log })` that writes each line as one JSON object: `time` (ISO 8601), `level`, `message`, the fields by their names,
 * `error` and `stack` where something was thrown, `trace_id` and `span_id` where it belongs to a trace.
 *
 * A field that has the name of one of these is `fields.NAME`. What JSON has no words for is text. A `write` that throws is reported by the
 * runtime.
 *
 * Errors  Invalid.
 *
 * @example
 * const lines: string[] = []
 * await using quiet = await start({}, { log: jsonLog({ write: (line) => lines.push(line) }) })
 * const { level, event } = JSON.parse(lines[0] ?? "")
 * level // => "info"
 * event // => "policies_changed"
 */
export function jsonLog(options?: JsonLogOptions): Log {
  const read = readOptions(options, {
    level: logLevel,
    write: otherwise(callback<(line: string) => void>(), toConsole),
    systemTime: otherwise(callback<() => number>(), () => systemTimeOf(defaultHost)),
  })
  const { level, write, systemTime } = read
  // What it gives goes back to the runtime, which contains a promise that is rejected.
  return (entry) => (isWritten(entry.level, level) ? write(JSON.stringify(recordOf(entry, systemTime()))) : undefined)
}

function recordOf(entry: LogEntry, now: number): PlainRecord {
  const { level, message, error } = entry
  const record: PlainRecord = Object.create(null)
  Object.assign(record, { time: timeText(now), level, message, ...plainFields(entry, TAKEN) })
  if (error === undefined) return record
  record.error = thrownText(error)
  const stack = stackOf(error)
  if (stack !== undefined) record.stack = stack
  return record
}

/** Furthest from 1970 that a date can be. */
const LAST_MOMENT = 8.64e15

function timeText(now: number): string {
  return Math.abs(now) <= LAST_MOMENT ? new Date(now).toISOString() : String(now)
}
