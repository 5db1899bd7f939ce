/**
 * `pigeonhole/xstate`: XState machines as processes, processes and mailboxes as XState actors, the inspection stream in XState's
 * protocol, and the runtime's own lifecycles as statecharts, to be drawn and walked. Needs `xstate` 5, from 5.19 on, beside this package; the
 * other entry points load nothing of it.
 *
 * @example
 * import { childLifecycle } from "pigeonhole/xstate"
 * Object.keys(childLifecycle.states) // => ["stopped", "starting", "running", "backingOff", "restarting", "stopping", "givenUp"]
 */

export type { XStateInspector } from "./inspection/xstate-inspection.ts"
export { inspectionToXState } from "./inspection/xstate-inspection.ts"
export { attachmentLifecycle, childLifecycle } from "./inspection/xstate-lifecycles.ts"
export type { AttachmentEvent, AttachmentState } from "./service/attachment-lifecycle.ts"
export type { StatechartOptions, StatechartOptionsWithInput } from "./service/statechart.ts"
export { StatechartDefinition, statechart } from "./service/statechart.ts"
export { StatechartMailbox } from "./service/statechart-mailbox.ts"
export type {
  MailboxCalls,
  MailboxEvent,
  MailboxLogic,
  MailboxReply,
  MailboxScope,
  MailboxSnapshot,
  Releasable,
} from "./statechart/from-mailbox.ts"
export { fromMailbox } from "./statechart/from-mailbox.ts"
export type {
  FromProcessOptions,
  FromProcessOptionsWithArgument,
  ProcessEvent,
  ProcessLogic,
  ProcessOutput,
  ProcessSnapshot,
  Spawner,
} from "./statechart/from-process.ts"
export { fromProcess } from "./statechart/from-process.ts"
export { selfOf } from "./statechart/self-of.ts"
export type { StatechartObserver, StatechartSubscription } from "./statechart/statechart-listener.ts"
export type { Machine, MachineParts } from "./statechart/statechart-machine.ts"
export { StatechartPid } from "./statechart/statechart-pid.ts"
export type { StatechartSelf } from "./statechart/statechart-self.ts"
export type { Emitted, EmittedType, EventOf, StateOf, WaitedFor } from "./statechart/statechart-state.ts"
export type { ChildEvent, ChildState } from "./supervision/child-state.ts"
