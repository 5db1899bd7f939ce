/** What a step has to say beside its choice: short lines of what the runtime told of itself meanwhile. */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import { formatExitReason } from "../../kernel/exit-reason.ts"

/** What of the inspection stream belongs to the story; `undefined` for what does not. */
export function noteOf(event: InspectionEvent): string | undefined {
  switch (event.type) {
    case "exited":
      return `${event.label} ended: ${formatExitReason(event.reason)}`
    case "dead_letter":
      return `a message to ${event.target} reached nobody (${event.cause})`
    case "overflow":
      return `the inbox of ${event.target} was full`
    case "timed_out":
      return `${event.operation} of ${event.target} took too long`
    case "late_reply":
      return `a reply of ${event.target} to ${event.operation} came too late`
    default:
      return undefined
  }
}
