/** How a schedule failed. */

import type { Wait } from "../scene/wait.ts"

/**
 * `run`: the scenario threw. `check`, `always`, `finally`, `eventually`: an invariant of the user's; `sometimes`: one that threw. `start`: the tree could not be started. `stuck`: somebody waits, and
 * nothing can happen any more. `endless`: so many steps, and no end. `rejection`: a promise was rejected and nobody looked at it. `promise`: one of
 * the runtime's own promises was broken. `history`: a service answered as no order of its operations explains. `stop`: the application did not stop. `determinism`: repeated, the schedule went
 * another way. `outside`: something was begun that no schedule decides, as a file or a socket, or `process.exit` was called. `crash`: a process crashed before
 * any fault, where that is one (`crashes: "fail"`).
 */
export type FailureKind =
  | "run"
  | "check"
  | "always"
  | "finally"
  | "eventually"
  | "sometimes"
  | "start"
  | "stuck"
  | "endless"
  | "rejection"
  | "promise"
  | "history"
  | "stop"
  | "determinism"
  | "outside"
  | "crash"

/** What was violated in a schedule, and when it was seen. */
export interface Failure {
  readonly kind: FailureKind
  /** The invariant's name, the promise's number, the service's id, the label of who crashed; empty where it is none. */
  readonly name: string
  /** One sentence. */
  readonly message: string
  /** What was thrown. */
  readonly error?: unknown
  /** The step after which it was seen. */
  readonly step: number
  /** The first step of what the check itself has asked, where it was a check. */
  readonly looksFrom?: number
  /** The supervision tree then, in lines. */
  readonly tree?: string
  /** Who waits for whom, where nothing can happen any more. */
  readonly waits?: readonly Wait[]
  /** More of it, in lines: where something outside was begun, what no order explains. */
  readonly details?: string
}
