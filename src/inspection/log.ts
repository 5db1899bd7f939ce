/** Where the runtime's log goes: the few lines that somebody should read without having asked. */

import { formatExitReason } from "../kernel/exit-reason.ts"
import { contain } from "../kernel/thenable.ts"

/** What a line is about, by name: plain, short values, for a logger that takes fields. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** A line of the log. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error"
  /** For a person: one line, or one and what belongs to it, indented. */
  readonly message: string
  /** What was thrown, where something was. */
  readonly error?: unknown
  /** The same for a machine; `event` is the type of the inspection event it was drawn from. */
  readonly fields?: LogFields
}

/** Where the log goes: console, file, or the application's own logger. One that throws or rejects is reported, and goes on being called. */
export type Log = (entry: LogEntry) => void

/**
 * Writes to standard error, so that a program's own output stays its own. What was thrown is said once and on one line; its stack is for a
 * log of one's own, which is given `error`. Never throws, whatever has taken the place of `console.error`.
 */
export const consoleLog: Log = ({ level, message, error }) => {
  try {
    contain(console.error(`[pigeonhole] ${level}: ${error === undefined ? message : withThrown(message, error)}`))
  } catch {
    // Nobody else is left to tell.
  }
}

function withThrown(message: string, error: unknown): string {
  const thrown = formatExitReason({ error })
  return message.includes(thrown) ? message : `${message}: ${thrown}`
}
