/**
 * A line of the log as flat, plain values, for whatever writes it.
 *
 * Invariants
 * - Nothing in a line that resists (a getter that throws, a circle, a BigInt) costs the line: what cannot be shown is shown as well as can be.
 * - Nothing stands in it that the entry has not.
 */

import { excerpt } from "../inspection/excerpt.ts"
import type { LogEntry } from "../inspection/log.ts"
import { SHOWN_LETTERS } from "../kernel/errors.ts"
import { formatExitReason } from "../kernel/exit-reason.ts"
import { memberOf, oneOf, otherwise } from "../kernel/option-fields.ts"
import type { Field } from "../kernel/options.ts"
import { cut } from "../kernel/sort.ts"

/** The least that is written. No line is below `info`: `debug` is all, as other loggers call it. */
export type LogLevel = "debug" | "info" | "warn" | "error"

export const logLevel: Field<LogLevel> = otherwise(oneOf("debug", "info", "warn", "error"), "info")

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

export function isWritten(level: LogEntry["level"], least: LogLevel): boolean {
  return RANKS[level] >= RANKS[least]
}

/** What a logger of JSON can write without a thought. */
export type PlainValue = string | number | boolean | null | readonly string[]

/** A record under way; without a prototype, as a field may have any name. */
export type PlainRecord = Record<string, PlainValue>

/**
 * The entry's fields, then `trace_id` and `span_id` where it belongs to a trace. `taken`: names that the record has for something else; a field
 * of such a name is `fields.NAME`.
 */
export function plainFields(entry: LogEntry, taken: readonly string[]): PlainRecord {
  const record: PlainRecord = Object.create(null)
  const { fields, trace } = entry
  const reserved = [...taken, "trace_id", "span_id"]
  for (const name of namesIn(fields)) {
    const value = plain(valueIn(fields, name))
    if (value !== undefined) record[reserved.includes(name) ? `fields.${name}` : name] = value
  }
  if (trace !== undefined) Object.assign(record, { trace_id: trace.traceId, span_id: trace.spanId })
  return record
}

function namesIn(fields: unknown): string[] {
  try {
    return Object.keys(Object(fields))
  } catch {
    return []
  }
}

const UNREADABLE = Symbol("it cannot be read")

function valueIn(fields: unknown, name: string): unknown {
  try {
    return Reflect.get(Object(fields), name)
  } catch {
    return UNREADABLE
  }
}

/** `undefined`: there is nothing to say. */
function plain(value: unknown): PlainValue | undefined {
  if (value === UNREADABLE) return "?"
  if (value === undefined || value === null || typeof value === "string" || typeof value === "boolean") return value
  // JSON has no words for what is not finite, and none for BigInt.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint") return String(value)
  return textsOf(value) ?? excerpt(value)
}

/** A list of texts, read once; `undefined` for any other. */
function textsOf(value: unknown): readonly string[] | undefined {
  try {
    if (!Array.isArray(value)) return undefined
    const copy: readonly unknown[] = Array.from(value)
    return copy.every((item) => typeof item === "string") ? copy : undefined
  } catch {
    return undefined
  }
}

/** The stack of what was thrown, where it has one. It begins with the message, and of a very long one the frames behind it are shown all the same. */
export function stackOf(error: unknown): string | undefined {
  const stack = memberOf(error, "stack")
  if (typeof stack !== "string") return undefined
  return stack.length > 2 * SHOWN_LETTERS ? cut(stack, SHOWN_LETTERS) + stack.slice(-SHOWN_LETTERS) : stack
}

/** What was thrown, on one line, whatever it is. */
export function thrownText(error: unknown): string {
  return typeof error === "string" ? cut(error, SHOWN_LETTERS) : formatExitReason({ error })
}
