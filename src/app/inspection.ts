/** One stream of all that happens in a runtime, and the log that is drawn from it. */

import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { KernelEvent } from "../kernel/trace.ts"
import type { SecurityEvent } from "../security/gate.ts"
import type { ServiceEvent } from "../service/service-event.ts"
import type { SupervisionEvent } from "../supervision/supervision-event.ts"

/** What can be observed of a runtime; `type` tells which. */
export type InspectionEvent = KernelEvent | SupervisionEvent | SecurityEvent | ServiceEvent

/** Called with every event as it happens, in the middle of the runtime's work: it must be quick. */
export type Inspector = (event: InspectionEvent) => void

/** A line of the log: the few events that somebody should read without having asked. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error"
  readonly message: string
  /** What was thrown, where something was. */
  readonly error?: unknown
}

/** Where the log goes: console, file, or the application's own logger. */
export type Log = (entry: LogEntry) => void

/** Said at the start of a runtime without policies, and when the last one is removed. */
export const NO_POLICIES = "no policies are configured: every operation is allowed to everyone"

/** Writes to standard error, so that a program's own output stays its own. */
export const consoleLog: Log = ({ level, message, error }) => {
  const line = `[pigeonhole] ${level}: ${message}`
  if (error === undefined) console.error(line)
  else console.error(line, error)
}

export class Inspection {
  readonly #kernel: Kernel
  readonly #log: Log
  readonly #inspectors = new Set<Inspector>()

  constructor(kernel: Kernel, log: Log) {
    this.#kernel = kernel
    this.#log = log
  }

  /** Adds an inspector; returns what removes it. While there is none, nothing is made to be inspected. */
  add(inspector: Inspector): () => void {
    this.#inspectors.add(inspector)
    this.#kernel.trace = this.#emit
    return () => {
      this.#inspectors.delete(inspector)
      if (this.#inspectors.size === 0) this.#kernel.trace = undefined
    }
  }

  /** For the layers above the kernel. */
  readonly report = (event: InspectionEvent): void => {
    const entry = logEntryOf(event)
    if (entry !== undefined) this.log(entry)
    if (this.#inspectors.size > 0) this.#emit(event)
  }

  /** A log that throws must not take down what is logged. */
  log(entry: LogEntry): void {
    try {
      this.#log(entry)
    } catch (error) {
      consoleLog({ level: "error", message: "the log function threw", error })
    }
  }

  readonly #emit = (event: InspectionEvent): void => {
    for (const inspector of this.#inspectors) {
      try {
        inspector(event)
      } catch (error) {
        this.log({ level: "error", message: `an inspector threw on ${event.type}`, error })
      }
    }
  }
}

function thrownBy(reason: ExitReason): { readonly error: unknown } | object {
  return typeof reason === "object" && "error" in reason ? { error: reason.error } : {}
}

function logEntryOf(event: InspectionEvent): LogEntry | undefined {
  switch (event.type) {
    case "restarting": {
      const after = event.delayMs === 0 ? "at once" : `in ${Math.round(event.delayMs)} ms`
      const message = `${event.supervisor} restarts ${event.child} ${after} (restart ${event.restarts} of this period): ${formatExitReason(event.reason)}`
      return { level: "warn", message, ...thrownBy(event.reason) }
    }
    case "gave_up": {
      const limit = `more than ${event.intensity} restarts in ${event.periodMs} ms`
      // The commonest surprise of a newcomer: a job that is done is started again.
      const hint = event.reason === "normal" ? ` (it has done its work; a job that ends wants restart: "transient" or "temporary")` : ""
      const message = `${event.supervisor} gives up on ${event.child}, ${limit}: ${formatExitReason(event.reason)}${hint}`
      return { level: "error", message, ...thrownBy(event.reason) }
    }
    case "policies_changed":
      return event.isConfigured ? undefined : { level: "info", message: NO_POLICIES }
    case "policy_failed":
      return { level: "error", message: `policy ${event.policy} failed; the operation was denied`, error: event.error }
    case "detach_policy_failed":
      return { level: "error", message: `the detach policy of ${event.service} failed`, error: event.error }
    default:
      return undefined
  }
}
