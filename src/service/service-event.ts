/** What the service layer reports. */

import type { DetachDecision } from "../supervision/detach-policy.ts"

/** What becomes of attachments. */
export type ServiceEvent =
  | { readonly type: "attached"; readonly service: string; readonly principal: string; readonly attachment: number }
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
