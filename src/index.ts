/**
 * The runtime's public surface. The actors we ship are written against this file alone; the package's entry point
 * (`actors/index.ts`) puts both together.
 */

export type { AcquireOptions, Acquiring } from "./app/acquiring.ts"
export type { EndListener } from "./app/application-end.ts"
export { Caller } from "./app/caller.ts"
export type { SpawnOptions } from "./app/caller-context.ts"
export { child } from "./app/child-reading.ts"
export type { DynamicSupervisorSettings } from "./app/dynamic-supervisor-definition.ts"
export { DynamicSupervisorDefinition } from "./app/dynamic-supervisor-definition.ts"
export type { PartitionSupervisorSettings } from "./app/partition-supervisor-definition.ts"
export { PartitionSupervisorDefinition } from "./app/partition-supervisor-definition.ts"
export { pool } from "./app/pool.ts"
export type { PoolSettings } from "./app/pool-definition.ts"
export { PoolDefinition } from "./app/pool-definition.ts"
export { PoolMailbox } from "./app/pool-mailbox.ts"
export type { RuntimeOptions, StopOptions } from "./app/runtime.ts"
export { Runtime } from "./app/runtime.ts"
export type { RuntimeRegistry } from "./app/runtime-registry.ts"
export type { Statistics } from "./app/runtime-statistics.ts"
export type { AccessQuestion } from "./app/security.ts"
export { Security } from "./app/security.ts"
export type { MailboxOf, RootService, ServicesOf } from "./app/services-of.ts"
export type { StopSignal } from "./app/signals.ts"
export { start } from "./app/start.ts"
export { dynamicSupervisor, partitionSupervisor, supervisor } from "./app/supervisor.ts"
export type { SupervisorSettings } from "./app/supervisor-definition.ts"
export { SupervisorDefinition } from "./app/supervisor-definition.ts"
export type { LookUpOptions, TerminateOptions } from "./app/supervisor-mailbox.ts"
export { ChildrenMailbox, DynamicSupervisorMailbox, PartitionSupervisorMailbox, SupervisorMailbox } from "./app/supervisor-mailbox.ts"
export type { AnySupervisor, ChildExtras, Children, Startable, Supervisable } from "./app/tree.ts"
export { ChildDefinition } from "./app/tree.ts"
export type { CrashClient, CrashPeer, CrashReport, LastMessage } from "./inspection/crash-report.ts"
export type { InspectionEvent, Inspector } from "./inspection/inspection-event.ts"
export type { Log, LogEntry, LogFields } from "./inspection/log.ts"
export { consoleLog } from "./inspection/log.ts"
export type { MessageCounts, ProcessStatistics } from "./inspection/process-statistics.ts"
export type { TracedFailure, TracedMessage, TracedReply, TraceEvent, TraceSink } from "./inspection/process-trace.ts"
export type { ChangeCodeOptions, SystemTarget } from "./inspection/sys.ts"
export { Sys } from "./inspection/sys.ts"
export type { SystemStatus } from "./inspection/system-status.ts"
export type { TreeNode } from "./inspection/tree-view.ts"
export { formatTree } from "./inspection/tree-view.ts"
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
export type { ActorBody, ActorSettings } from "./process/actor.ts"
export { actor } from "./process/actor.ts"
export type { FaceClass } from "./process/context.ts"
export type { AddressOf } from "./process/definition.ts"
export { Definition } from "./process/definition.ts"
export { Deferred, Failure, failure, Stashed } from "./process/outcome.ts"
export type { ProcessGroups } from "./process/process-groups.ts"
export type { ProcessRegistry, ValueList } from "./process/process-registry.ts"
export type { ItemWork, ReceiveOptions, TaskWork } from "./process/process-self.ts"
export { ProcessSelf } from "./process/process-self.ts"
export type { Received } from "./process/receiver.ts"
export type { Report, ReportEvent, ReportFields } from "./process/report.ts"
export type { Timer, TimerOptions } from "./process/self.ts"
export { Self } from "./process/self.ts"
export type { SelfGroups } from "./process/self-groups.ts"
export type { SelfRegistry } from "./process/self-registry.ts"
export type {
  AwaitOptions,
  ItemOutcome,
  LinkedTaskStreamOptions,
  TaskOptions,
  TaskOutcome,
  TaskShutdown,
  TaskStreamOptions,
} from "./process/self-tasks.ts"
export { Task } from "./process/self-tasks.ts"
export { Via } from "./process/via.ts"
export type { AccessRequest, Attributes, Decision, Ruling } from "./security/access.ts"
export type { Condition, Operator } from "./security/condition.ts"
export type { SecurityEvent } from "./security/gate.ts"
export type { Policy, PolicyFunction, PolicyRule, Scope } from "./security/policy.ts"
export { scope } from "./security/policy.ts"
export type { Principal, PrincipalInput } from "./security/principal.ts"
export type { ServerPid } from "./server/bound-pid.ts"
export type { CallsOf, CastsOf, OneWaysOf, Operations, OperationsOf } from "./server/operations.ts"
export { ServerDefinition, server } from "./server/server.ts"
export type { ServerRoute } from "./server/server-code.ts"
export type { Handler, Handlers, ServerOptions } from "./server/server-options.ts"
export { ServerSelf } from "./server/server-self.ts"
export type { Guard } from "./service/guard.ts"
export type { MailboxPort, MailboxRoute } from "./service/mailbox.ts"
export { Mailbox } from "./service/mailbox.ts"
export type { PartitionedPort } from "./service/partitioned-port.ts"
export { ServerMailbox } from "./service/server-mailbox.ts"
export type { ServiceOptions } from "./service/service.ts"
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
export type { ResultsOf } from "./task/task.ts"
export { awaitMany } from "./task/task.ts"
export { task } from "./task/task-process.ts"
export type { GroupChange, GroupName, GroupWatch } from "./topology/groups.ts"
export { GroupRef, isGroupChange } from "./topology/groups.ts"
export type { Down } from "./topology/monitors.ts"
export { isDown, MonitorRef } from "./topology/monitors.ts"
export type { RegistryEntry, ValueUpdate } from "./topology/registry.ts"
export type { RegistryChange } from "./topology/registry-change.ts"
export { isRegistryChange, RegistryRef } from "./topology/registry-change.ts"
export type { RegistryKey, RegistryKeys, RegistryOptions } from "./topology/registry-definition.ts"
export { RegistryDefinition } from "./topology/registry-definition.ts"
export { registry } from "./topology/registry-maker.ts"
export type { Subscription } from "./topology/subscription.ts"
export type { Exit } from "./topology/topology.ts"
export { isExit } from "./topology/topology.ts"
