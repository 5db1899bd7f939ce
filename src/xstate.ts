/**
 * `pigeonhole/xstate`: XState machines as processes, processes and mailboxes as XState actors, the inspection stream in XState's
 * protocol, and the runtime's own lifecycles as statecharts, to be drawn and walked. Needs `xstate` 5, from 5.19 on, beside this package; the
 * other entry points load nothing of it.
 *
 * @example
 * import { childLifecycle } from "pigeonhole/xstate"
 * Object.keys(childLifecycle.states) // => ["stopped", "starting", "running", "backingOff", "restarting", "stopping", "givenUp"]
 */

export type { StatechartOptions, StatechartOptionsWithInput } from "./app/statechart.ts"
export { StatechartDefinition, statechart } from "./app/statechart.ts"
export { StatechartMailbox } from "./app/statechart-mailbox.ts"
export type { XStateInspector } from "./app/xstate-inspection.ts"
export { inspectionToXState } from "./app/xstate-inspection.ts"
export { attachmentLifecycle, childLifecycle } from "./app/xstate-lifecycles.ts"
export type {
  MailboxCalls,
  MailboxEvent,
  MailboxLogic,
  MailboxReply,
  MailboxScope,
  MailboxSnapshot,
  Releasable,
} from "./behaviours/from-mailbox.ts"
export { fromMailbox } from "./behaviours/from-mailbox.ts"
export type {
  FromProcessOptions,
  FromProcessOptionsWithArgument,
  ProcessEvent,
  ProcessLogic,
  ProcessOutput,
  ProcessSnapshot,
  Spawner,
} from "./behaviours/from-process.ts"
export { fromProcess } from "./behaviours/from-process.ts"
export { StatechartPid } from "./behaviours/statechart-pid.ts"
export { selfOf } from "./behaviours/statechart-self.ts"
export type { AttachmentEvent, AttachmentState } from "./service/attachment-lifecycle.ts"
export type { ChildEvent, ChildState } from "./supervision/child-state.ts"
