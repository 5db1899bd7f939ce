/** The life of an attachment, as a statechart: plain data, executed as the table made of it, like a child's. */

import { compileStatechart, type FlatStatechart } from "../supervision/statechart-table.ts"

/** Where an attachment is in its life. */
export type AttachmentState = "offered" | "attached" | "releasing" | "detached"

/** What moves an attachment from state to state. */
export type AttachmentEvent =
  /** The caller may have the mailbox, which is of use from now on. */
  | "ATTACHED"
  /** The caller gives its mailbox back, or has ended. */
  | "RELEASE"
  /** The policy keeps the caller. */
  | "REFUSED"
  | "DETACHED"

/** What an attachment goes through. */
export const ATTACHMENT_LIFECYCLE: FlatStatechart<AttachmentState, AttachmentEvent> = {
  id: "attachment",
  initial: "offered",
  states: {
    offered: { on: { ATTACHED: "attached" } },
    attached: { on: { RELEASE: "releasing" } },
    releasing: { on: { REFUSED: "attached", DETACHED: "detached" } },
    detached: { type: "final" },
  },
}

export const attachmentTable = compileStatechart(ATTACHMENT_LIFECYCLE)
