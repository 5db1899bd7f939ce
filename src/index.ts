/**
 * The runtime's public surface. The actors we ship are written against this file alone; the package's entry point
 * (`actors/index.ts`) puts both together.
 */

export type { InspectionEvent, Inspector, Log, LogEntry } from "./app/inspection.ts"
export { consoleLog } from "./app/inspection.ts"
export type { AcquireOptions, RuntimeOptions, SpawnOptions, Statistics } from "./app/runtime.ts"
export { Caller, Runtime } from "./app/runtime.ts"
export type { AccessQuestion } from "./app/security.ts"
export { Security } from "./app/security.ts"
export { start } from "./app/start.ts"
export type { ChildExtras, Children, MailboxOf, ServicesOf, Startable, Supervisable, SupervisorSettings } from "./app/tree.ts"
export { ChildDefinition, child, SupervisorDefinition, supervisor } from "./app/tree.ts"
export type { TreeNode } from "./app/tree-view.ts"
export { formatTree } from "./app/tree-view.ts"
export type { FaceClass } from "./behaviours/context.ts"
export { Definition } from "./behaviours/definition.ts"
export { Deferred, Failure, failure } from "./behaviours/outcome.ts"
export type { ProcessBody, Received, ReceiveOptions } from "./behaviours/process.ts"
export { ProcessSelf, process } from "./behaviours/process.ts"
export type { Timer } from "./behaviours/self.ts"
export { Self } from "./behaviours/self.ts"
export type { CallsOf, CastsOf, Handler, Handlers, ServerOptions, ServerPid, ServerRoute } from "./behaviours/server.ts"
export { ServerDefinition, server } from "./behaviours/server.ts"
export type { ErrorDetails, ErrorKind, ErrorOptions } from "./kernel/errors.ts"
export {
  AlreadyExists,
  Canceled,
  Conflict,
  Internal,
  Invalid,
  invalid,
  NotFound,
  PermissionDenied,
  PigeonholeError,
  RateLimited,
  shown,
  Timeout,
  Unavailable,
  Unknown,
} from "./kernel/errors.ts"
export type { ExitReason } from "./kernel/exit-reason.ts"
export { formatExitReason } from "./kernel/exit-reason.ts"
export type { Host } from "./kernel/host.ts"
export type { InboxOptions, Overflow } from "./kernel/inbox.ts"
export type { AskOptions } from "./kernel/kernel.ts"
export { checkOptions } from "./kernel/options.ts"
export { Pid } from "./kernel/pid.ts"
export type { KernelEvent, UndeliveredCause } from "./kernel/trace.ts"
export type { AccessRequest, Attributes, Decision, Ruling } from "./security/access.ts"
export type { Condition, Operator } from "./security/condition.ts"
export type { SecurityEvent } from "./security/gate.ts"
export type { Policy, PolicyFunction, PolicyRule, Scope } from "./security/policy.ts"
export { scope } from "./security/policy.ts"
export type { Principal, PrincipalInput } from "./security/principal.ts"
export type { MailboxPort } from "./service/mailbox.ts"
export { Mailbox, ServerMailbox } from "./service/mailbox.ts"
export type { Guard, ServiceOptions } from "./service/service.ts"
export { ServiceDefinition, service } from "./service/service.ts"
export type { ServiceEvent } from "./service/service-event.ts"

export type { Backoff, BackoffOptions } from "./supervision/backoff.ts"
export type { ChildOptions, Restart, Shutdown, StateAfterCrash } from "./supervision/child-spec.ts"
export type { ChildState } from "./supervision/child-state.ts"
export type { DetachDecision, DetachEvent, DetachPolicy } from "./supervision/detach-policy.ts"
export { keep, refuse, reset, stopWhenIdle } from "./supervision/detach-policy.ts"
export type { IntensityOptions } from "./supervision/intensity.ts"
export type { Strategy } from "./supervision/strategy.ts"
export type { SupervisionEvent } from "./supervision/supervision-event.ts"
export type { Down } from "./topology/monitors.ts"
export { isDown, MonitorRef } from "./topology/monitors.ts"
export type { Exit } from "./topology/topology.ts"
export { isExit } from "./topology/topology.ts"
