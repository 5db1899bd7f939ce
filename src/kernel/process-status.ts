/** Where a process is in its life, and what moves it on without waiting behind messages. */

import type { ExitReason } from "./exit-reason.ts"

/** `suspended`: told to stand still; it serves system requests, and messages wait. */
export type ProcessStatus = "starting" | "ready" | "busy" | "suspended" | "ending" | "ended"

/** `exit` ends the process at once, `stop` after the handler that runs. */
export interface Urgent {
  readonly type: "exit" | "stop"
  readonly reason: ExitReason
}
