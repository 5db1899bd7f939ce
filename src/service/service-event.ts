/** What the service layer reports. */

import type { Pid } from "../kernel/pid.ts"
import type { DetachDecision } from "../supervision/detach-policy.ts"

/** What becomes of attachments. */
export type ServiceEvent =
  | { readonly type: "attached"; readonly service: string; readonly principal: string; readonly attachment: number }
  /** A caller holds so many mailboxes of a service that it acquires in a loop, perhaps, and releases none. Told once of a caller and a service. */
  | {
      readonly type: "many_attachments"
      readonly service: string
      readonly principal: string
      /** Of the process that holds them; `undefined` for a caller outside. */
      readonly pid: Pid | undefined
      readonly label: string | undefined
      readonly held: number
    }
  | {
      readonly type: "detached"
      readonly service: string
      readonly principal: string
      readonly cause: "released" | "caller_ended"
      readonly decision: DetachDecision["action"]
      readonly remaining: number
    }
  /** A detach policy threw or gave no decision; the caller stays attached, or, where it has ended, is let go. */
  | { readonly type: "detach_policy_failed"; readonly service: string; readonly error: unknown }
