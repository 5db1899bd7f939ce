/**
 * The runtime's public surface. The actors we ship are written against this file alone; the package's entry point
 * (`actors/index.ts`) puts both together.
 */

export type { EndListener } from "./app/application-end.ts"
export type { CrashClient, CrashPeer, CrashReport, LastMessage } from "./app/crash-report.ts"
export type { InspectionEvent, Inspector } from "./app/inspection.ts"
export type { Log, LogEntry, LogFields } from "./app/log.ts"
export { consoleLog } from "./app/log.ts"
export type { MessageCounts, ProcessStatistics } from "./app/process-statistics.ts"
export type { TracedFailure, TracedMessage, TracedReply, TraceEvent, TraceSink } from "./app/process-trace.ts"
export type { AcquireOptions, RuntimeOptions, SpawnOptions, Statistics, StopOptions } from "./app/runtime.ts"
export { Caller, Runtime } from "./app/runtime.ts"
export type { RuntimeRegistry } from "./app/runtime-registry.ts"
export type { AccessQuestion } from "./app/security.ts"
export { Security } from "./app/security.ts"
export type { MailboxOf, RootService, ServicesOf } from "./app/services-of.ts"
export type { StopSignal } from "./app/signals.ts"
export { start } from "./app/start.ts"
export { dynamicSupervisor, partitionSupervisor, supervisor } from "./app/supervisor.ts"
export type { AddressOf, TerminateOptions } from "./app/supervisor-mailbox.ts"
export { ChildrenMailbox, DynamicSupervisorMailbox, PartitionSupervisorMailbox, SupervisorMailbox } from "./app/supervisor-mailbox.ts"
export type { ChangeCodeOptions, SystemTarget } from "./app/sys.ts"
export { Sys } from "./app/sys.ts"
export type { SystemStatus } from "./app/system-status.ts"
export type {
  AnySupervisor,
  ChildExtras,
  Children,
  DynamicSupervisorSettings,
  PartitionSupervisorSettings,
  Startable,
  Supervisable,
  SupervisorSettings,
} from "./app/tree.ts"
export {
  ChildDefinition,
  child,
  DynamicSupervisorDefinition,
  PartitionSupervisorDefinition,
  SupervisorDefinition,
} from "./app/tree.ts"
export type { TreeNode } from "./app/tree-view.ts"
export { formatTree } from "./app/tree-view.ts"
export type { FaceClass } from "./behaviours/context.ts"
export { Definition } from "./behaviours/definition.ts"
export { Deferred, Failure, failure, Stashed } from "./behaviours/outcome.ts"
export type { ProcessBody, ProcessSettings } from "./behaviours/process.ts"
export { process } from "./behaviours/process.ts"
export type { ProcessGroups } from "./behaviours/process-groups.ts"
export type { ProcessRegistry, ValueList } from "./behaviours/process-registry.ts"
export { ProcessSelf, type ReceiveOptions } from "./behaviours/process-self.ts"
export type { Received } from "./behaviours/receiver.ts"
export type { Timer, TimerOptions } from "./behaviours/self.ts"
export { Self } from "./behaviours/self.ts"
export type { SelfGroups } from "./behaviours/self-groups.ts"
export type { SelfRegistry } from "./behaviours/self-registry.ts"
export type {
  AwaitOptions,
  ItemWork,
  LinkedTaskStreamOptions,
  TaskOutcome,
  TaskShutdown,
  TaskStreamOptions,
  TaskWork,
} from "./behaviours/self-tasks.ts"
export { Task } from "./behaviours/self-tasks.ts"
export type { CallsOf, CastsOf, Handler, Handlers, ServerOptions, ServerPid, ServerRoute } from "./behaviours/server.ts"
export { ServerDefinition, server } from "./behaviours/server.ts"
export { ServerSelf } from "./behaviours/server-self.ts"
export type { ResultsOf } from "./behaviours/task.ts"
export { awaitMany } from "./behaviours/task.ts"
export { task } from "./behaviours/task-process.ts"
export type { AskOptions } from "./kernel/ask-options.ts"
export type { AsyncContext, AsyncContextRule, AsyncContexts, ProcessContextRule } from "./kernel/async-context.ts"
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
export type { InboxOptions, Overflow } from "./kernel/inbox-rules.ts"
export { checkOptions } from "./kernel/options.ts"
export { Pid } from "./kernel/pid.ts"
export type { DeadLetter, KernelEvent, UndeliveredCause } from "./kernel/trace.ts"
export type { AccessRequest, Attributes, Decision, Ruling } from "./security/access.ts"
export type { Condition, Operator } from "./security/condition.ts"
export type { SecurityEvent } from "./security/gate.ts"
export type { Policy, PolicyFunction, PolicyRule, Scope } from "./security/policy.ts"
export { scope } from "./security/policy.ts"
export type { Principal, PrincipalInput } from "./security/principal.ts"
export type { MailboxPort, MailboxRoute } from "./service/mailbox.ts"
export { Mailbox, ServerMailbox } from "./service/mailbox.ts"
export type { Guard, ServiceOptions } from "./service/service.ts"
export { ServiceDefinition, service } from "./service/service.ts"
export type { ServiceEvent } from "./service/service-event.ts"

export type { AutoShutdown } from "./supervision/auto-shutdown.ts"
export type { Backoff, BackoffOptions } from "./supervision/backoff.ts"
export type { ChildOptions, Restart, Shutdown, StateAfterCrash } from "./supervision/child-spec.ts"
export type { ChildState } from "./supervision/child-state.ts"
export type { DetachDecision, DetachEvent, DetachPolicy } from "./supervision/detach-policy.ts"
export { keep, refuse, reset, stopWhenIdle } from "./supervision/detach-policy.ts"
export type { IntensityOptions } from "./supervision/intensity.ts"
export type { Strategy } from "./supervision/strategy.ts"
export type { SupervisionEvent } from "./supervision/supervision-event.ts"
export type { ChildCounts, ChildDetails, ChildSpecView, ChildStatus } from "./supervision/supervisor-route.ts"
export type { GroupChange, GroupName, GroupWatch } from "./topology/groups.ts"
export { GroupRef, isGroupChange } from "./topology/groups.ts"
export type { Down } from "./topology/monitors.ts"
export { isDown, MonitorRef } from "./topology/monitors.ts"
export type { RegistryChange, RegistryEntry, ValueUpdate } from "./topology/registry.ts"
export { isRegistryChange, RegistryRef } from "./topology/registry.ts"
export type { RegistryKey, RegistryKeys, RegistryOptions } from "./topology/registry-definition.ts"
export { RegistryDefinition, registry } from "./topology/registry-definition.ts"
export type { Subscription } from "./topology/subscription.ts"
export type { Exit } from "./topology/topology.ts"
export { isExit } from "./topology/topology.ts"
