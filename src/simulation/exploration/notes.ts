/** What a step has to say beside its choice: short lines of what the runtime told of itself meanwhile. */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { LogEntry } from "../../inspection/log.ts"
import { formatExitReason } from "../../kernel/exit-reason.ts"
import { SimulatedCrash } from "../scene/faults.ts"

/** What of the log belongs to the story: not that somebody has crashed who was made to, which the step says itself. */
export function logNotes({ level, message, error, fields }: LogEntry): readonly string[] {
  return fields?.event === "crash_report" && error instanceof SimulatedCrash ? [] : [`${level}: ${message}`]
}

/** What of the inspection stream belongs to the story, where that is what those in it are called; `undefined` for what does not. */
export function noteOf(event: InspectionEvent, called: (label: string) => string): string | undefined {
  switch (event.type) {
    case "exited":
      return `${called(event.label)} ended: ${formatExitReason(event.reason)}`
    case "dead_letter":
      return `a message to ${called(event.target)} reached nobody (${event.cause})`
    case "overflow":
      return `the inbox of ${called(event.target)} was full`
    case "timed_out":
      return `${event.operation} of ${called(event.target)} took too long`
    case "late_reply":
      return `a reply of ${called(event.target)} to ${event.operation} came too late`
    default:
      return undefined
  }
}
