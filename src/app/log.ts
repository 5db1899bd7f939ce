/** Where the runtime's log goes: the few lines that somebody should read without having asked. */

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
 * Writes to standard error, so that a program's own output stays its own. The stack of what was thrown stands below an error. Never throws,
 * whatever has taken the place of `console.error`.
 */
export const consoleLog: Log = ({ level, message, error }) => {
  const line = `[pigeonhole] ${level}: ${message}`
  // A warning says in its line what was thrown; whoever threw it has logged it in full.
  if (error === undefined || level !== "error") return void isPrinted(line)
  // Below the lines that belong to the first one, not behind the last of them.
  if (!isPrinted(message.includes("\n") ? `${line}\n   ` : line, error)) isPrinted(`${line} (what was thrown cannot be printed)`)
}

function isPrinted(...parts: readonly unknown[]): boolean {
  try {
    contain(console.error(...parts))
    return true
  } catch {
    return false
  }
}
