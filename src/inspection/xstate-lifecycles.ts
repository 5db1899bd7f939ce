/** The runtime's own lifecycles as XState machines, to be drawn and walked: made of the data that the executed tables are made of. */

import type { AnyStateMachine } from "xstate"
import { ATTACHMENT_LIFECYCLE } from "../service/attachment-lifecycle.ts"
import { createMachine } from "../statechart/xstate-peer.ts"
import { CHILD_LIFECYCLE } from "../supervision/lifecycle.ts"

/** Where a supervised child is in its life. */
export const childLifecycle: AnyStateMachine = createMachine(CHILD_LIFECYCLE)

/** An attachment's life, to be drawn and walked. */
export const attachmentLifecycle: AnyStateMachine = createMachine(ATTACHMENT_LIFECYCLE)
