/** What supervisors report. */

import type { ExitReason } from "../kernel/exit-reason.ts"

/** What supervisors do. */
export type SupervisionEvent =
  /** A child runs: its start is over. */
  | { readonly type: "child_started"; readonly supervisor: string; readonly child: string; readonly pid: string }
  /** It ended and will be started again, `delayMs` from now; `restarts` counts those of the present period. */
  | {
      readonly type: "restarting"
      readonly supervisor: string
      readonly child: string
      readonly reason: ExitReason
      readonly restarts: number
      /** More restarts than so many within `periodMs`, and the supervisor gives up. */
      readonly intensity: number
      readonly periodMs: number
      readonly delayMs: number
    }
  /** A child is down, and will not be started again by itself. */
  | { readonly type: "child_stopped"; readonly supervisor: string; readonly child: string; readonly reason: ExitReason }
  /** A child has failed after `attempts` restarts in a row, which is all that its backoff allows: it stays down until somebody wants it. */
  | {
      readonly type: "attempts_used_up"
      readonly supervisor: string
      readonly child: string
      readonly reason: ExitReason
      readonly attempts: number
    }
  /** A child that the supervisor was defined with, and that was deleted, is not there again: its id is another's by now. */
  | { readonly type: "child_left_out"; readonly supervisor: string; readonly child: string; readonly error: unknown }
  /** Its state was to be retained, and `holder`, something of the incarnation that has ended, still runs with it: the next one starts anew. */
  | { readonly type: "state_not_retained"; readonly supervisor: string; readonly child: string; readonly holder: string }
  /** A significant child has ended: all children are stopped and the supervisor ends. */
  | { readonly type: "auto_shutdown"; readonly supervisor: string; readonly child: string; readonly reason: ExitReason }
  /** The intensity limit is met: all children are stopped and the supervisor ends. */
  | {
      readonly type: "gave_up"
      readonly supervisor: string
      readonly child: string
      readonly reason: ExitReason
      readonly intensity: number
      readonly periodMs: number
    }

export type SupervisionReport = (event: SupervisionEvent) => void
