/** How callers get at what a definition starts: which mailbox they are given, and what each of its operations needs permission for. */

import type { Definition } from "../behaviours/definition.ts"
import { ServerDefinition } from "../behaviours/server.ts"
import { StatechartDefinition } from "../behaviours/statechart.ts"
import { type Mailbox, type MailboxPort, ServerMailbox } from "../service/mailbox.ts"
import { type Guard, guardOf, ServiceDefinition } from "../service/service.ts"
import type { Reception } from "../service/service-record.ts"
import { type ChildRequest, SUPERVISOR_ROUTES } from "../supervision/supervisor-route.ts"
import { statechartReception } from "./statechart-mailbox.ts"
import { DynamicSupervisorMailbox, PartitionSupervisorMailbox, SupervisorMailbox } from "./supervisor-mailbox.ts"
import { type AnySupervisor, DynamicSupervisorDefinition, PartitionSupervisorDefinition, SupervisorDefinition } from "./tree.ts"

/** `undefined`: a plain process, which has no mailbox. */
export function receptionOf(definition: Definition<never> | AnySupervisor): Reception | undefined {
  if (definition instanceof ServiceDefinition) return definition
  if (definition instanceof ServerDefinition) return serverReception(definition)
  if (definition instanceof StatechartDefinition) return statechartReception
  if (definition instanceof SupervisorDefinition) return supervisorReception("supervisor", (port) => new SupervisorMailbox(port))
  if (definition instanceof DynamicSupervisorDefinition) {
    return supervisorReception("dynamic supervisor", (port) => new DynamicSupervisorMailbox(port))
  }
  if (!(definition instanceof PartitionSupervisorDefinition)) return undefined
  const { partitions } = definition
  return { ...supervisorReception("partition supervisor", (port) => new PartitionSupervisorMailbox(port, partitions)), partitions }
}

function serverReception(definition: ServerDefinition<never, unknown, unknown>): Reception {
  return {
    kind: "service",
    acquireAction: "service.acquire",
    routes: definition.routes,
    guards: definition.routes.map((route) => guardOf(route)),
    hasDetachedHook: definition.options.detached !== undefined,
    createMailbox: (port) => new ServerMailbox(port, definition),
  }
}

/** Acquiring it needs `supervisor.acquire`, each operation `supervisor.NAME` with the child's id as attribute `child`. */
function supervisorReception(kind: string, createMailbox: (port: MailboxPort) => Mailbox): Reception {
  const routes = Object.values(SUPERVISOR_ROUTES)
  const guards = routes.map(({ name }): Guard => ({ action: `supervisor.${name}`, attributes: childOf }))
  return { kind, acquireAction: "supervisor.acquire", routes, guards, hasDetachedHook: false, createMailbox }
}

function childOf({ id, pid }: ChildRequest): { readonly child?: string } {
  const child = id ?? pid?.toString()
  return child === undefined ? {} : { child }
}
