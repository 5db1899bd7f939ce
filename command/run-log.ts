/**
 * The log of an application that is run: to where the terminal is told things, as lines for a person or as JSON, without secrets.
 *
 * Invariant: what is cut out never makes a line of JSON something else, nor another level of a line, however common a word the environment says.
 */

import { formatExitReason, type Log, type LogEntry } from "../actors/index.ts"
import { jsonLog } from "../src/telemetry.ts"
import type { Redaction } from "./redaction.ts"
import type { LogFormat, LogLevel } from "./run-flags.ts"
import type { Terminal } from "./terminal.ts"

const RANKS: Readonly<Record<LogEntry["level"], number>> = { info: 0, warn: 1, error: 2 }

export interface RunLogOptions {
  readonly format: LogFormat
  readonly level: LogLevel
  readonly terminal: Terminal
  readonly redaction: Redaction
}

export function runLog({ format, level, terminal, redaction }: RunLogOptions): Log {
  if (format === "json") return jsonLog({ level, write: (line) => terminal.tell(`${redactedJson(line, redaction)}\n`) })
  return (entry) => {
    if (RANKS[entry.level] < RANKS[level]) return
    terminal.tell(`[pigeonhole] ${entry.level}: ${redaction.redacted(textOf(entry))}\n`)
  }
}

function textOf({ message, error }: LogEntry): string {
  if (error === undefined) return message
  const thrown = formatExitReason({ error })
  return message.includes(thrown) ? message : `${message}: ${thrown}`
}

/** What is of the runtime's own words. */
const PLAIN = ["time", "level", "event"]

/** The record as it was written, whatever it was made of. */
function redactedJson(line: string, redaction: Redaction): string {
  return JSON.stringify(JSON.parse(line), (name, value: unknown) => {
    if (PLAIN.includes(name)) return value
    if (typeof value === "string") return redaction.redacted(value)
    if (typeof value !== "number") return value
    const text = redaction.redacted(String(value))
    return text === String(value) ? value : text
  })
}
