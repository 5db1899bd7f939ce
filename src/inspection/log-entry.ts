/** Which events become a line of the log, and what it says. A pure table. */

import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import { isA } from "../kernel/instance.ts"
import { Unshown } from "../kernel/sort.ts"
import type { DeadLetter, UndeliveredCause } from "../kernel/trace.ts"
import type { CrashOutline, CrashPeer, CrashReport } from "./crash-report.ts"
import { sortOf } from "./excerpt.ts"
import type { InspectionEvent } from "./inspection-event.ts"
import type { LogEntry, LogFields } from "./log.ts"

/** Said once, at the start of a runtime without policies, or when the last one is removed. */
export const NO_POLICIES = "no policies are configured: every operation is allowed to everyone"

/** Links that a line names. */
const MOST_LINKS = 10
/** Ancestors that a line names. */
const MOST_ANCESTORS = 10

/** The line of an event; `undefined` for one that nobody need read unasked. */
export function logEntryOf(event: InspectionEvent): LogEntry | undefined {
  switch (event.type) {
    case "dead_letter":
      return deadLetterEntry(event)
    case "restarting": {
      const { type, supervisor, child, reason, restarts, intensity, periodMs, delayMs } = event
      const after = delayMs === 0 ? "at once" : `in ${Math.round(delayMs)} ms`
      const count = `restart ${restarts} of at most ${intensity} in ${periodMs} ms`
      const fields = { event: type, supervisor, child, reason: formatExitReason(reason), restarts, intensity, periodMs, delayMs }
      return {
        level: "warn",
        message: `${supervisor} restarts ${child} ${after} (${count}): ${fields.reason}`,
        ...thrownBy(reason),
        fields,
      }
    }
    case "gave_up": {
      const { type, supervisor, child, reason, intensity, periodMs } = event
      const limit = `more than ${intensity} restarts in ${periodMs} ms`
      // The commonest surprise of a newcomer: a job that is done is started again.
      const hint = reason === "normal" ? ` (it has done its work; a job that ends wants restart: "transient" or "temporary")` : ""
      const fields = { event: type, supervisor, child, reason: formatExitReason(reason), intensity, periodMs }
      const message = `${supervisor} gives up on ${child}, ${limit}: ${fields.reason}${hint}`
      return { level: "error", message, ...thrownBy(reason), fields }
    }
    case "attempts_used_up": {
      const { type, supervisor, child, reason, attempts } = event
      const fields = { event: type, supervisor, child, reason: formatExitReason(reason), attempts }
      const message = `${supervisor} leaves ${child} down, ${counted(attempts, "restart")} in a row were of no use: ${fields.reason}`
      return { level: "error", message, ...thrownBy(reason), fields }
    }
    case "auto_shutdown": {
      const { type, supervisor, child, reason } = event
      const fields = { event: type, supervisor, child, reason: formatExitReason(reason) }
      return { level: "info", message: `${supervisor} ends, as its significant child ${child} has ended: ${fields.reason}`, fields }
    }
    case "child_left_out": {
      const { type, supervisor, child, error } = event
      const message = `${supervisor} starts without ${child}, which was deleted: its id is taken by now`
      return { level: "warn", message, error, fields: { event: type, supervisor, child } }
    }
    case "state_not_retained": {
      const { type, supervisor, child, holder } = event
      const message = `${supervisor} does not retain the state of ${child}, as ${holder} of the incarnation that has ended still runs with it`
      return { level: "warn", message, fields: { event: type, supervisor, child, holder } }
    }
    case "many_attachments": {
      const { type, service, principal, pid, label = "", held } = event
      const who = pid === undefined ? principal : named({ pid, label })
      const advice = "acquire it once, at start-up, and use that mailbox for all; release what is no longer needed (`await using` does)"
      const fields = { event: type, service, principal, held, ...(pid === undefined ? {} : { pid: String(pid) }) }
      return { level: "warn", message: `${who} holds ${held} mailboxes of ${service}, and releases none, it seems: ${advice}`, fields }
    }
    case "policies_changed": {
      const { type, version } = event
      return event.isConfigured ? undefined : { level: "info", message: NO_POLICIES, fields: { event: type, version } }
    }
    case "policy_failed": {
      const { type, policy, error } = event
      return { level: "error", message: `policy ${policy} failed; the operation was denied`, error, fields: { event: type, policy } }
    }
    case "reported": {
      const { type, pid, label, level, message, error, fields } = event
      const thrown = error === undefined ? {} : { error }
      return { level, message: `${label}: ${message}`, ...thrown, fields: { ...fields, event: type, process: label, pid: String(pid) } }
    }
    case "detach_policy_failed": {
      const { type, service, error } = event
      return { level: "error", message: `the detach policy of ${service} failed`, error, fields: { event: type, service } }
    }
    default:
      return undefined
  }
}

/** The line at the end of a period in which dead letters were left out. */
export function deadLettersEntry(suppressed: number, periodMs: number): LogEntry {
  const message = `${counted(suppressed, "more dead letter")} within ${periodMs} ms`
  return { level: "warn", message, fields: { event: "dead_letter", suppressed, periodMs } }
}

/** The line at the end of a period in which crash reports were left out. */
export function crashesEntry(suppressed: number, periodMs: number): LogEntry {
  const message = `${counted(suppressed, "more crash", "more crashes")} within ${periodMs} ms`
  return { level: "error", message, fields: { event: "crash_report", suppressed, periodMs } }
}

/** The line at the end of a period in which reports of processes were left out. */
export function reportsEntry(suppressed: number, periodMs: number): LogEntry {
  const message = `${counted(suppressed, "more report")} of processes within ${periodMs} ms`
  return { level: "warn", message, fields: { event: "reported", suppressed, periodMs } }
}

/** The line at the end of a period in which failures of a kind were left out. */
export function moreEntry(what: string, suppressed: number, periodMs: number): LogEntry {
  return {
    level: "error",
    message: `${what} failed ${counted(suppressed, "more time")} within ${periodMs} ms`,
    fields: { what, suppressed, periodMs },
  }
}

const WHY: Record<UndeliveredCause, string> = {
  overflow: "its inbox was full",
  ended: "it has ended",
  unavailable: "it is not available",
  denied: "it answers only through a mailbox",
  unhandled: "it has no handler for it",
}

/** What sort of message it was, not what it said: that may be nobody's business. */
function deadLetterEntry({ type, target, message, cause }: DeadLetter): LogEntry {
  const sort = isA(message, Unshown) ? message.sort : sortOf(message)
  return {
    level: "warn",
    message: `dead letter: ${sort} for ${target}: ${WHY[cause]}`,
    fields: { event: type, target, cause, message: sort },
  }
}

/** The line of a crash: the parts that are known, a line each. Of message and state no more than the outline says. */
export function crashEntry(report: CrashReport, outline: CrashOutline): LogEntry {
  const { pid, label, reason } = report
  const state = outline.state === undefined ? [] : [`state ${outline.state}`]
  const lines = [handling(report, outline), ...state, surroundings(report)]
  const message = [`${named({ pid, label })} crashed: ${formatExitReason(reason)}`, ...lines].join("\n    ")
  return { level: "error", message, ...thrownBy(reason), fields: crashFields(report, outline) }
}

function handling({ lastMessage, client }: CrashReport, { message }: CrashOutline): string {
  if (lastMessage === undefined) return "handling no message"
  const content = message === undefined ? "" : ` of ${message}`
  const holder = client?.pid === undefined ? "" : ` held by ${client.pid}`
  const from = client === undefined ? "" : `, asked by ${client.principal} (mailbox ${client.attachment}${holder})`
  return `handling ${lastMessage.handler}${content}${from}`
}

function surroundings({ ancestors, links, waiting }: CrashReport): string {
  const above = ancestors.length === 0 ? "spawned by nobody" : `under ${some(ancestors, MOST_ANCESTORS, " < ")}`
  const tied = links.length === 0 ? "linked to nobody" : `linked to ${some(links.map(named), MOST_LINKS, ", ")}`
  return `${above}; ${tied}; ${counted(waiting, "message")} waiting`
}

function crashFields(report: CrashReport, { message, state }: CrashOutline): LogFields {
  const { type, pid, label, reason, lastMessage, client, links, ancestors, waiting } = report
  const about = { event: type, pid: String(pid), label, reason: formatExitReason(reason), waiting }
  return {
    ...about,
    links: links.slice(0, MOST_LINKS).map(named),
    ancestors: ancestors.slice(0, MOST_ANCESTORS),
    ...(lastMessage === undefined ? {} : { handler: lastMessage.handler }),
    ...(message === undefined ? {} : { message }),
    ...(state === undefined ? {} : { state }),
    ...(client === undefined ? {} : { principal: client.principal, attachment: client.attachment }),
    ...(client?.pid === undefined ? {} : { client: String(client.pid) }),
  }
}

/** A process without a name is called by its pid. */
function named({ pid, label }: CrashPeer): string {
  return label === String(pid) ? label : `${label} ${pid}`
}

function some(names: readonly string[], most: number, between: string): string {
  const rest = names.length - most
  return `${names.slice(0, most).join(between)}${rest > 0 ? ` and ${rest} more` : ""}`
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function thrownBy(reason: ExitReason): { readonly error: unknown } | object {
  return typeof reason === "object" && "error" in reason ? { error: reason.error } : {}
}
