/** What must not compile of what can be observed, logged and listened to. */

import { type CrashReport, type DeadLetter, type InspectionEvent, type Log, type StopSignal, start } from "../../actors/index.ts"

export function words(event: InspectionEvent): string {
  switch (event.type) {
    case "crash_report":
      return `${event.label}: ${event.ancestors.join()} ${event.lastMessage?.handler}`
    case "dead_letter":
      return event.cause
    case "restarting":
      return `${event.restarts} of ${event.intensity} in ${event.periodMs}, after ${event.delayMs}`
    default:
      // @ts-expect-error -- not before it is known which it is
      return event.ancestors
  }
}

export function unknownType(event: InspectionEvent): boolean {
  // @ts-expect-error -- there is no such event
  return event.type === "crashed"
}

export function change(report: CrashReport, letter: DeadLetter): void {
  // @ts-expect-error -- an event is for reading
  report.waiting = 0
  // @ts-expect-error -- an event is for reading
  letter.cause = "ended"
}

const signals: StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK"]
const log: Log = ({ level, fields }) => void [level, fields?.event]
void start({}, { signals, log })
void start({}, { signals: true })
// @ts-expect-error -- nobody can listen to it
void start({}, { signals: ["SIGKILL"] })
// @ts-expect-error -- its default action does not end a program
void start({}, { signals: ["SIGCHLD"] })
// @ts-expect-error -- a list of them
void start({}, { signals: "SIGTERM" })
