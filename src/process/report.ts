/**
 * What a process says of itself to whoever watches the runtime: an event of the inspection stream, and a line of the log.
 *
 * For what somebody should know and no caller asked: what failed beside all requests, what was left out, what was begun anew. No answer, and no crash.
 */

import { anything, field, oneOf, otherwise, text } from "../kernel/option-fields.ts"
import { entriesOf, type Field, readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"

/** What a report is about, by name: plain, short values. */
export type ReportFields = Readonly<Record<string, string | number | boolean>>

/** What a process may report. */
export interface Report {
  /** For a person: one line. What callers have sent is theirs, and does not belong here. */
  readonly message: string
  /** `error`: something has failed; `warn`: a loss, or what may be meant so; `info`: what is good to know. Default `info`. */
  readonly level?: "info" | "warn" | "error"
  /** What was thrown, where something was. */
  readonly error?: unknown
  /** The same for a machine. Default: none. */
  readonly fields?: ReportFields
}

/** A process has something to say that no caller asked for (`self.report`). */
export interface ReportEvent {
  readonly type: "reported"
  /** Who says it. */
  readonly pid: Pid
  /** Its name, or its pid where it has none. */
  readonly label: string
  /** How much it matters. */
  readonly level: "info" | "warn" | "error"
  readonly message: string
  /** `undefined`: nothing was thrown. */
  readonly error: unknown
  /** The same for a machine. */
  readonly fields: ReportFields
}

/** Reads a report once, into an object of our own. Throws `Invalid` that names the field. */
export function reportOf(report: Report): Pick<ReportEvent, "level" | "message" | "error" | "fields"> {
  const { level, message, error, fields } = readOptions(report, OPTIONS)
  return { level, message, error, fields }
}

const plain = field<string | number | boolean>(
  (value) => typeof value === "string" || typeof value === "number" || typeof value === "boolean",
  "text, a number, true or false",
)

const plainFields: Field<ReportFields> = (value, path) =>
  Object.freeze(Object.fromEntries(entriesOf(value, path).map(([name, part]) => [name, plain(part, `${path}.${name}`)])))

const OPTIONS = {
  message: text,
  level: otherwise(oneOf<ReportEvent["level"]>("info", "warn", "error"), "info"),
  error: anything,
  fields: otherwise(plainFields, Object.freeze({})),
}
