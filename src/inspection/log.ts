/** Where the runtime's log goes: the few lines that somebody should read without having asked. */

import { formatExitReason } from "../kernel/exit-reason.ts"
import type { TraceIds } from "../kernel/request-tracer.ts"
import { contain } from "../kernel/thenable.ts"

/** What a line is about, by name: plain, short values, for a logger that takes fields. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** A line of the log. */
export interface LogEntry {
  /** `error`: a crash, or a callback that failed; `warn`: a loss, or what may be meant so; `info`: what is good to know. */
  readonly level: "info" | "warn" | "error"
  /** For a person: one line, or one and what belongs to it, indented. */
  readonly message: string
  /** What was thrown, where something was. */
  readonly error?: unknown
  /** The same for a machine; `event` is the type of the inspection event it was drawn from. */
  readonly fields?: LogFields
  /** Of the request in whose handling it was written, where a tracer follows that. */
  readonly trace?: TraceIds
}

/** Where the log goes: console, file, or the application's own logger. One that throws or rejects is reported, and goes on being called. */
export type Log = (entry: LogEntry) => void

/** What would begin a line that is none of the log's, or move a terminal's cursor: names and words of others are in its lines. */
const OF_NO_LINE = /\n(?! {4})|(?!\n)\p{Cc}/gu

/**
 * Writes to standard error, so that a program's own output stays its own. What was thrown is said once and on one line; its stack is for a
 * log of one's own, which is given `error`. Never throws, whatever has taken the place of `console.error`.
 */
export const consoleLog: Log = ({ level, message, error, trace }) => {
  try {
    const ids = trace === undefined ? "" : ` trace_id=${trace.traceId} span_id=${trace.spanId}`
    const text = `[pigeonhole] ${level}: ${error === undefined ? message : withThrown(message, error)}${ids}`
    contain(console.error(text.replace(OF_NO_LINE, " ")))
  } catch {
    // Nobody else is left to tell.
  }
}

function withThrown(message: string, error: unknown): string {
  const thrown = formatExitReason({ error })
  return message.includes(thrown) ? message : `${message}: ${thrown}`
}
