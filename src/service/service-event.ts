/** What the service layer reports. */

/** What becomes of attachments. */
export type ServiceEvent =
  | { readonly type: "attached"; readonly service: string; readonly principal: string; readonly attachment: number }
  /** A detach policy threw or gave no decision; the caller stays attached, or, where it has ended, is let go. */
  | { readonly type: "detach_policy_failed"; readonly service: string; readonly error: unknown }
