/**
 * `pigeonhole/xstate`: the runtime's own lifecycles as XState statecharts, to be drawn and walked.
 *
 * @example
 * import { childLifecycle } from "pigeonhole/xstate"
 * Object.keys(childLifecycle.states) // => ["stopped", "starting", "running", "backingOff", "restarting", "stopping", "givenUp"]
 */

export type { AttachmentEvent, AttachmentState } from "./service/attachment-lifecycle.ts"
export { attachmentLifecycle } from "./service/attachment-lifecycle.ts"
export type { ChildEvent, ChildState } from "./supervision/child-state.ts"
export { childLifecycle } from "./supervision/lifecycle.ts"
